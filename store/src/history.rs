//! What was known when: cuts of the log, events and facts inside a cut, decisions, and what became of a reply.

use odds::board::{Board, Order};
use odds::diff::Counts;
use odds::id::{ListingId, ReplyId, Seq};
use odds::names::{Interner, Names};
use odds::observation::Scope;
use odds::timeline::{Row, Timeline};
use odds::{EventId, Moment};

use crate::directory::{EventRow, ListingRow, all, founder_first, listing};
use crate::error::{Result, StoreError};
use crate::read::{self, Cut, counts};
use crate::store::Store;

/// What the log says of one reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryOfReply {
    /// Its place.
    pub seq: Seq,
    /// The provider's sport key.
    pub sport: String,
    /// What was asked for.
    pub scope: Scope,
    /// The latest moment that it describes.
    pub observed_at: Moment,
    /// What that rests on.
    pub basis: String,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// The version of the decoder.
    pub decoder: i64,
    /// Listings that it speaks of.
    pub listings: i64,
    /// Changes of facts.
    pub facts: i64,
    /// What became of its outcomes.
    pub counts: Counts,
    /// What could not be used: path, reason, detail.
    pub problems: Vec<(String, String, String)>,
}

/// Which events are wanted, in the order of their starts; those without a start come last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventsAsked {
    /// No earlier start than this.
    pub from: Moment,
    /// No later start than this; [`Moment::MAX`] takes those without a start in.
    pub to: Moment,
    /// Behind this event: its start ([`Moment::MAX`] where it has none) and its founding listing.
    pub after: (Moment, ListingId),
    /// At most so many.
    pub limit: i64,
}

impl Store {
    /// The last entry that was recorded by a moment.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn known_by(&self, at: Moment) -> Result<Seq> {
        let sql = "select seq from @entries where recorded_at <= $1 order by recorded_at desc, seq desc limit 1";
        Ok(self.collect(sql, &[at.into()], &|row| row.int(0))?.into_iter().next().map_or(Seq(0), Seq))
    }

    /// An event as it was known at a place in the log: the listings that were it by the decisions until then.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn event_known(&self, id: EventId, known: Seq) -> Result<Option<EventRow>> {
        if known == Cut::ALL.known {
            return self.event(id);
        }
        let text = id.to_string();
        let sql = listing!(
            "where listing_id in (select d.listing_id from @decisions d where d.event_id = $1 and d.seq <= $2 and not exists
                (select 1 from @decisions n where n.listing_id = d.listing_id and n.seq <= $2 and (n.seq > d.seq or (n.seq = d.seq and n.i > d.i))))
            order by listing_id"
        );
        let mut listings = self.read(|connection| all(connection, sql, &[(&text).into(), known.0.into()]))?;
        listings.iter_mut().for_each(|row| row.event = id);
        founder_first(id, &mut listings);
        Ok((!listings.is_empty()).then_some(EventRow { id, listings, asked_as: None }))
    }

    /// The event that went by another id at a place in the log: one that it had before a join, or one that a provider gives it. An id
    /// is its founder's for ever, and leads to whatever event that listing is.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn event_alias(&self, id: &str, known: Seq) -> Result<Option<EventId>> {
        let sql =
            listing!("where external_id = $1 or listing_id in (select listing_id from @decisions where event_id = $2) order by listing_id");
        let rows = self.read(|connection| all(connection, sql, &[id.into(), id.into()]))?;
        let is_founder = |row: &&ListingRow| EventId::founded_by(&row.provider, &row.external_id).to_string() == id;
        let Some(row) = rows.iter().find(is_founder).or(rows.first()) else { return Ok(None) };
        Ok(self.listing_known(row.id, known)?.map(|row| row.event))
    }

    /// Ids of events that begin as this text does, at most `limit`.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn events_like(&self, start: &str, limit: i64) -> Result<Vec<String>> {
        let end = format!("{start}g");
        let sql = "select distinct event_id from @listings where event_id >= $1 and event_id < $2 order by event_id limit $3";
        self.collect(sql, &[start.into(), (&end).into(), limit.into()], &|row| Ok(row.text(0)?.to_owned()))
    }

    /// Provider's ids of listings that begin as this text does, at most `limit`.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn listings_like(&self, provider: &str, start: &str, limit: i64) -> Result<Vec<String>> {
        let end = format!("{start}\u{10ffff}");
        let sql = "select external_id from @listings where provider = $1 and external_id >= $2 and external_id < $3 order by external_id limit $4";
        self.collect(sql, &[provider.into(), start.into(), (&end).into(), limit.into()], &|row| Ok(row.text(0)?.to_owned()))
    }

    /// The founding listings of events, by start.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn events_by_start(&self, asked: EventsAsked) -> Result<Vec<ListingRow>> {
        // The figure is `Moment::MAX`, in the words of the index listings_by_start.
        let sql = listing!(
            "as l where l.kind in ('contest', 'outright') and coalesce(l.starts_at, 253370764800000000) >= $1 and coalesce(l.starts_at, 253370764800000000) <= $2
                and (coalesce(l.starts_at, 253370764800000000) > $3 or (coalesce(l.starts_at, 253370764800000000) = $3 and l.listing_id > $4))
                and not exists (select 1 from @listings m where m.event_id = l.event_id and m.listing_id < l.listing_id)
            order by coalesce(l.starts_at, 253370764800000000), l.listing_id limit $5"
        );
        let params = [asked.from.into(), asked.to.into(), asked.after.0.into(), asked.after.1.0.into(), asked.limit.into()];
        self.read(|connection| all(connection, sql, &params))
    }

    /// The injury lists.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn injury_lists(&self) -> Result<Vec<ListingRow>> {
        self.read(|connection| all(connection, listing!("where kind = 'injury_list' order by provider, external_id"), &[]))
    }

    /// The moves of leagues, by day.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn transaction_lists(&self) -> Result<Vec<ListingRow>> {
        self.read(|connection| all(connection, listing!("where kind = 'transactions' order by provider, external_id"), &[]))
    }

    /// Every statement of facts about a listing inside a cut, in the order of the world.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn fact_rows(&self, listing: ListingId, cut: Cut) -> Result<Vec<Row>> {
        self.read(|connection| read::facts(connection, listing, cut, &mut Interner::default()))
    }

    /// The facts of a listing inside a cut, as a board without quotes; `None` where nothing was said of it by then.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn facts_at(&self, listing: ListingId, cut: Cut) -> Result<Option<Board>> {
        let rows = self.fact_rows(listing, cut)?;
        let is_known = !rows.is_empty();
        Ok(is_known.then(|| Timeline::new(rows).board_at(Order::end_of(cut.as_of), &Names::default())))
    }

    /// The entry of a reply; `None` where the log does not have it.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn entry_of(&self, reply: ReplyId) -> Result<Option<EntryOfReply>> {
        let sql = "select e.seq, e.sport, s.body, e.observed_at, e.basis, e.recorded_at, e.decoder, e.listings, e.facts,
                e.received, e.opened, e.moved, e.returned, e.unchanged, e.duplicate, e.refused, e.reformatted, e.quotes_before, e.quotes_after,
                e.withdrawn, e.not_observed
            from @entries e join @scopes s on s.scope_id = e.scope_id where e.reply_id = $1";
        let Some(mut entry) = self.collect(sql, &[reply.0.into()], &entry)?.pop() else { return Ok(None) };
        let sql = "select path, reason, detail from @problems where seq = $1 order by i";
        let problem = |row: &dyn crate::engine::Row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned(), row.text(2)?.to_owned()));
        entry.problems = self.collect(sql, &[entry.seq.0.into()], &problem)?;
        Ok(Some(entry))
    }
}

fn entry(row: &dyn crate::engine::Row) -> Result<EntryOfReply> {
    Ok(EntryOfReply {
        seq: Seq(row.int(0)?),
        sport: row.text(1)?.to_owned(),
        scope: serde_json::from_str(row.text(2)?).map_err(|error| StoreError::damaged("a scope", error))?,
        observed_at: Moment::from_micros(row.int(3)?),
        basis: row.text(4)?.to_owned(),
        recorded_at: Moment::from_micros(row.int(5)?),
        decoder: row.int(6)?,
        listings: row.int(7)?,
        facts: row.int(8)?,
        counts: counts(row, 9)?,
        problems: Vec::new(),
    })
}
