//! Covers that lie as bytes until somebody wants them: of hundreds the last few tell how far a listing was read.

use std::ops::Range;

use odds::Moment;
use odds::board::Order;
use odds::cover;
use odds::id::{ListingId, Seq};

use super::PlacedCover;
use crate::error::{Result, StoreError};

/// Covers of a listing, unread.
#[derive(Default)]
pub(crate) struct Laid {
    bytes: Vec<u8>,
    covers: Vec<LaidCover>,
}

/// Where a cover lies, its place, its entry, and the number of what its reply asked for.
pub(crate) struct LaidCover {
    order: Order,
    seq: Seq,
    scope: i64,
    at: Range<usize>,
}

impl Laid {
    /// Adds one.
    pub(crate) fn add(&mut self, order: Order, seq: Seq, scope: i64, bytes: &[u8]) {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.covers.push(LaidCover { order, seq, scope, at: from..self.bytes.len() });
    }

    /// Keeps those of some places and entries.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(Order, Seq) -> bool) {
        self.covers.retain(|cover| is_kept(cover.order, cover.seq));
    }

    /// Puts them in the order of the world.
    pub(crate) fn sort(&mut self) {
        self.covers.sort_unstable_by_key(|cover| (cover.order, cover.seq));
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &LaidCover> {
        self.covers.iter()
    }

    /// Those of the replies up to a moment, once they are sorted.
    pub(crate) fn until(&self, moment: Moment) -> &[LaidCover] {
        &self.covers[..self.covers.partition_point(|cover| cover.order.at <= moment)]
    }

    /// Reads one of them.
    ///
    /// # Errors
    /// Damaged bytes.
    pub(crate) fn read(&self, listing: ListingId, laid: &LaidCover) -> Result<PlacedCover> {
        let cover = cover::decode(&self.bytes[laid.at.clone()], laid.order.at)
            .map_err(|error| StoreError::damaged(format!("a cover of listing {listing}"), error))?;
        Ok((laid.order, laid.seq, cover, laid.scope))
    }
}
