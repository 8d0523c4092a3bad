//! Account: what became of each row of an old database, in the transaction that records the page in which it came.

use std::collections::HashMap;

use odds::ListingId;
use odds::id::EventId;
use odds::rows::{RowFate, RowTold};
use store::Result;
use store::adopted::{NewAdopted, Outcome, old_row};
use store::boards::Boards;
use store::log::Appending;

use crate::resolve::{Meeting, Standing};

/// Accounts for the rows of a page. `met` are the listings that the page brought for the first time.
///
/// # Errors
/// What the store reports.
pub fn account(
    log: &mut Appending<'_>,
    boards: &Boards,
    meeting: &Meeting<'_>,
    rows: &[RowTold<'_>],
    met: &HashMap<ListingId, Standing>,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = rows.iter().filter(|row| is_a_listing(row)).map(|row| old_row(&row.table, &row.id)).collect();
    let before = log.outcomes_of(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
    let mut told = Vec::with_capacity(rows.len());
    for row in rows {
        let (outcome, listing, reason) = match &row.fate {
            RowFate::Named => (Outcome::Adopted, None, ""),
            RowFate::Refused(_, reason) => (Outcome::Refused, None, &**reason),
            RowFate::Kept { listing, note } => {
                let (id, event) = match boards.id_of(meeting.provider, listing).and_then(|id| boards.get(id)) {
                    Some(kept) => (Some(kept.listing.id), Some(kept.listing.event)),
                    None => log.find_listing(meeting.provider, listing)?.map(|row| (row.id, row.event)).unzip(),
                };
                let was = before.get(&old_row(&row.table, &row.id)).copied();
                let is_own = event.is_none_or(|event| event == EventId::founded_by(meeting.provider, listing));
                let outcome = match id.and_then(|id| met.get(&id)) {
                    _ if !is_a_listing(row) => Outcome::Adopted,
                    Some(Standing::Joined) => Outcome::Joined,
                    Some(Standing::Waiting) => Outcome::Waiting,
                    Some(Standing::Founded) => Outcome::Adopted,
                    None if !is_own => Outcome::Joined,
                    None if was == Some(Outcome::Waiting) => Outcome::Waiting,
                    None => Outcome::Adopted,
                };
                (outcome, id, &**note)
            }
        };
        let (table, id, fingerprint, reply) = (&*row.table, &*row.id, row.fingerprint, meeting.reply);
        told.push(NewAdopted { table, id, fingerprint, outcome, listing, reason, reply });
    }
    log.adopt(&told);
    Ok(())
}

/// Whether a row is a listing itself, not a part of one.
fn is_a_listing(row: &RowTold<'_>) -> bool {
    matches!(&row.fate, RowFate::Kept { listing, .. } if *listing == row.id)
}
