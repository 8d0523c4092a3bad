//! Connections that are made when needed and used again: one that writes, several that read.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::engine::{Connection, Engine};
use crate::error::Result;

const MOST_IDLE: usize = 8;

/// The connections of one store.
pub(crate) struct Pool {
    engine: Box<dyn Engine>,
    writer: Mutex<Option<Box<dyn Connection>>>,
    follower: Mutex<Option<Box<dyn Connection>>>,
    readers: Mutex<Vec<Box<dyn Connection>>>,
}

/// A connection for reading, which goes back when it is dropped.
pub(crate) struct Reader<'a> {
    pool: &'a Pool,
    connection: Option<Box<dyn Connection>>,
}

/// The connection that writes, held by one at a time.
pub(crate) struct Writer<'a> {
    slot: MutexGuard<'a, Option<Box<dyn Connection>>>,
}

impl Pool {
    pub(crate) fn new(engine: Box<dyn Engine>) -> Self {
        Self { engine, writer: Mutex::new(None), follower: Mutex::new(None), readers: Mutex::new(Vec::new()) }
    }

    pub(crate) fn engine(&self) -> &dyn Engine {
        &*self.engine
    }

    pub(crate) fn writer(&self) -> Result<Writer<'_>> {
        self.hold(&self.writer)
    }

    /// The connection that followers write with. SQLite has one writer: there it is the same one, so that followers queue with the log.
    pub(crate) fn follower(&self) -> Result<Writer<'_>> {
        self.hold(if self.engine.name() == "sqlite" { &self.writer } else { &self.follower })
    }

    fn hold<'a>(&'a self, slot: &'a Mutex<Option<Box<dyn Connection>>>) -> Result<Writer<'a>> {
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_none() {
            *slot = Some(self.engine.connect()?);
        }
        Ok(Writer { slot })
    }

    /// Gives every connection up that nobody holds: what they began with (rights, statements) no longer fits.
    pub(crate) fn forget(&self) {
        for slot in [&self.writer, &self.follower] {
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(crate) fn reader(&self) -> Result<Reader<'_>> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = idle.map_or_else(|| self.engine.connect_to_read(), Ok)?;
        Ok(Reader { pool: self, connection: Some(connection) })
    }
}

impl Writer<'_> {
    /// Gives the connection up, so that the next writer makes a new one.
    pub(crate) fn discard(&mut self) {
        *self.slot = None;
    }

    pub(crate) fn connection(&mut self) -> &mut dyn Connection {
        &mut **self.slot.as_mut().expect("a writer holds its connection until it is discarded")
    }
}

impl Reader<'_> {
    /// Gives the connection up, and with it those that wait: what cut one has cut them.
    pub(crate) fn discard_all(mut self) {
        self.connection = None;
        self.pool.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Deref for Reader<'_> {
    type Target = dyn Connection;

    fn deref(&self) -> &Self::Target {
        &**self.connection.as_ref().expect("a reader holds its connection until it is dropped")
    }
}

impl DerefMut for Reader<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut **self.connection.as_mut().expect("a reader holds its connection until it is dropped")
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            let mut idle = self.pool.readers.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < MOST_IDLE {
                idle.push(connection);
            }
        }
    }
}
