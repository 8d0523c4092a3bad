//! Telling the opening and closing lines of events whose time has come: of many events together, for the whole history of each listing is
//! read for it.

use std::collections::HashMap;

use odds::board::Order;
use odds::closing::Start;
use odds::joined;
use odds::settlement::Told;
use odds::timeline::Timeline;
use odds::{EventId, ListingId, Moment, Seq};
use store::boards::Kept;
use store::rows::Rows;
use store::{EventRow, Following, ListingRows, Result, Store};

use super::RowsFollower;
use super::event::EventShown;
use super::history::tracks;
use super::slot::{Sides, Understood, of_event, sides};
use super::stats::told_lines;

/// Events whose histories are read together.
const TOGETHER: usize = 32;
/// Rows of histories after which the transaction ends.
const MOST_ROWS: usize = 20_000;

impl RowsFollower {
    /// Tells the lines of events anew, until their histories are long enough for one transaction; gives of how many it has told.
    pub(super) fn write_histories(&mut self, following: &mut Following<'_>, store: &Store, events: &[String], until: Seq) -> Result<usize> {
        let (mut told, mut rows) = (0, 0);
        for some in events.chunks(TOGETHER) {
            rows += self.write_some(following, store, some, until)?;
            told += some.len();
            if rows >= MOST_ROWS {
                break;
            }
        }
        Ok(told)
    }

    /// Gives how many rows the histories have.
    fn write_some(&mut self, following: &mut Following<'_>, store: &Store, events: &[String], until: Seq) -> Result<usize> {
        let keys: Vec<&str> = events.iter().map(String::as_str).collect();
        following.histories_told(&keys)?;
        let ids: Vec<EventId> = events.iter().filter_map(|event| event.parse().ok()).collect();
        let found = store.events_known(&ids, until)?;
        let listings: Vec<ListingId> = found.iter().flat_map(|event| &event.listings).map(|listing| listing.id).collect();
        let mut rows = store.rows_of_listings(&listings, until)?;
        following.clear_all(Rows::History, &listings)?;
        for event in &found {
            self.write_lines(following, event, &mut rows, until)?;
        }
        for id in ids {
            if let Some(known) = self.events.get_mut(&id) {
                known.is_history_due = false;
            }
        }
        Ok(rows.values().map(|rows| rows.timeline.rows().len()).sum())
    }

    fn write_lines(
        &self,
        following: &mut Following<'_>,
        event: &EventRow,
        rows: &mut HashMap<ListingId, ListingRows>,
        until: Seq,
    ) -> Result<()> {
        // Boards that are not in memory are folded from the rows that are here, and not kept: nobody has asked for them.
        let mut folded: HashMap<ListingId, Kept> = HashMap::new();
        for listing in event.listings.iter().filter(|listing| self.boards.get(listing.id).is_none()) {
            let rows = rows.entry(listing.id).or_default();
            let board = rows.timeline.board_at(Order::end_of(Moment::MAX), &rows.names);
            let names = std::mem::take(&mut rows.names);
            folded.insert(listing.id, Kept { listing: listing.clone(), names, board, seq: until });
        }
        let kept: Vec<&Kept> =
            event.listings.iter().filter_map(|listing| self.boards.get(listing.id).or_else(|| folded.get(&listing.id))).collect();
        let Some(shown) = EventShown::of(event.id, &kept, self.newest) else { return Ok(()) };
        let Some(starts_at) = shown.starts_at else { return Ok(()) };
        let boards: Vec<_> = kept.iter().map(|kept| &kept.board).collect();
        let is_exact = joined::is_start_exact(&boards, starts_at);
        let (told, sides_of_event) = (told_lines(&kept)?, of_event(&kept));
        for kept in kept {
            let sides = sides(kept, sides_of_event.as_ref());
            let closes_at = kept.board.start_on_day().map(|day| day.closes_at);
            let start = Start { at: starts_at, is_exact, closes_at };
            let Some(rows) = rows.get(&kept.listing.id) else { continue };
            self.write_tracks(following, (kept, &sides, &told), &shown, (&rows.timeline, &start))?;
        }
        Ok(())
    }

    fn write_tracks(
        &self,
        following: &mut Following<'_>,
        (kept, sides, told): (&Kept, &Sides, &[Told]),
        shown: &EventShown,
        (timeline, start): (&Timeline, &Start),
    ) -> Result<()> {
        let mut tracks = tracks(&kept.names, timeline, start);
        let provider = self.providers.get(&kept.listing.provider).map(|provider| &**provider);
        for track in &mut tracks {
            if let Some(meant) = Understood::of(kept, track.slot(), provider, sides) {
                track.settle(kept, &meant, shown, sides, told);
            }
        }
        let mut values = Vec::with_capacity(tracks.len() * 17);
        tracks.iter().for_each(|track| track.values(kept.listing.id, &mut values));
        following.add_at_end(Rows::History, &values)
    }
}
