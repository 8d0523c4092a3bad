//! Rows are made on one thread while another writes those before them.

use std::panic::resume_unwind;
use std::sync::mpsc::sync_channel;
use std::thread;

use crate::asked::Asked;
use crate::error::{Result, TablesError};
use crate::source::{OnBatch, Source};

/// Batches that may wait: as much memory as they take, and no more.
const WAITING: usize = 2;

impl Source {
    /// As [`Source::make`]: `on_batch` takes a batch while the next ones are made on a thread of their own.
    ///
    /// # Errors
    /// What the store or `on_batch` reports.
    pub fn make_beside(&self, asked: &Asked, on_batch: OnBatch<'_>) -> Result<()> {
        thread::scope(|scope| {
            let (sender, made) = sync_channel(WAITING);
            let making = scope.spawn(move || self.make(asked, &mut |batch| sender.send(batch).map_err(|_| TablesError::NotWanted)));
            let taken = made.into_iter().try_for_each(on_batch);
            let made = making.join().unwrap_or_else(|panic| resume_unwind(panic));
            taken.and(made)
        })
    }
}
