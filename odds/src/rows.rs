//! Rows of somebody's table that was read as a reply, and what each came to: so that none is lost unseen.

use std::borrow::Cow;

use crate::observation::Refusal;

/// What one row of somebody's table came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowTold<'a> {
    /// The table.
    pub table: Cow<'a, str>,
    /// The row's own id in it; its place in the page (`[17]`) where it has none.
    pub id: Cow<'a, str>,
    /// Of the row's text, see [`fingerprint`].
    pub fingerprint: i64,
    /// What it came to.
    pub fate: RowFate<'a>,
}

/// What a row of a table comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowFate<'a> {
    /// It is this listing of the provider, or a part of it. The note says what of it could not be used; else empty.
    Kept {
        /// The provider's id of the listing.
        listing: Cow<'a, str>,
        /// What could not be used of it, for people.
        note: String,
    },
    /// It is a name for the catalogue.
    Named,
    /// It could not be used.
    Refused(Refusal, String),
}

/// What tells one text of a row from another: the first 63 bits of a hash.
#[must_use]
pub fn fingerprint(row: &[u8]) -> i64 {
    let mut first = [0_u8; 8];
    first.copy_from_slice(&blake3::hash(row).as_bytes()[..8]);
    (u64::from_be_bytes(first) >> 1) as i64
}
