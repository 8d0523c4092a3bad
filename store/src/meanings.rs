//! By which version of a provider's meaning rows were made, what a newer one changed, and the words that were met.
//!
//! All of it is written by the rows follower, in the transaction of the rows that it speaks of.

use odds::observation::FactKind;
use odds::{ListingId, Moment, Seq, SlotNo};
use serde::Serialize;

use crate::engine::{Connection, Row};
use crate::error::Result;
use crate::follow::Following;
use crate::store::Store;

/// By which version a follower's rows of a provider were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MeaningRead {
    /// The provider.
    pub provider: String,
    /// The version by which all of them were made at least; 0 for that of a program that kept none.
    pub version: u16,
    /// The version by which they are read again; the same where nothing goes on.
    pub target: u16,
    /// The last listing that was read again.
    pub read_up_to: ListingId,
}

impl MeaningRead {
    /// All rows by one version.
    #[must_use]
    pub fn whole(provider: &str, version: u16) -> Self {
        Self { provider: provider.to_owned(), version, target: version, read_up_to: ListingId(0) }
    }

    /// Whether rows are still to be read again.
    #[must_use]
    pub const fn goes_on(&self) -> bool {
        self.version != self.target
    }

    /// Whether the rows of a listing may still be by an older version.
    #[must_use]
    pub fn is_ahead_of(&self, listing: ListingId) -> bool {
        self.goes_on() && listing > self.read_up_to
    }
}

/// A slot's row as it was written, in what depends on the meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotWritten {
    /// The slot.
    pub slot: SlotNo,
    /// The provider's market key.
    pub provider_market: String,
    /// The market in our words.
    pub market: String,
    /// The period.
    pub period: String,
    /// The player or team.
    pub subject: Option<String>,
    /// The answer.
    pub selection: String,
    /// The line, in thousandths.
    pub line: Option<i64>,
    /// `back` or `lay`.
    pub stance: String,
    /// Prop, alternate, understood, milestone.
    pub flags: [bool; 4],
}

/// What a newer version made of slots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MeaningChange {
    /// The provider.
    pub provider: String,
    /// The version that they were read by; 0 for that of a program that kept none.
    pub from_version: u16,
    /// The version that they are read by.
    pub to_version: u16,
    /// The provider's sport key.
    pub sport: String,
    /// The provider's market key.
    pub provider_market: String,
    /// Market and period that they were taken for; `unknown`.
    pub was: String,
    /// Market and period that they are; `unknown`.
    pub became: String,
    /// What of them changed, with commas.
    pub fields: String,
    /// How many slots.
    pub slots: i64,
    /// In how many listings.
    pub listings: i64,
    /// When the first was read again.
    pub first_at: Moment,
    /// When the last was.
    pub last_at: Moment,
}

/// What a word is a word for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WordKind {
    /// A market's key.
    Market,
    /// A book's key.
    Book,
    /// The name of a side of a contest.
    Participant,
}

impl WordKind {
    /// The word in text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Market => "market",
            Self::Book => "book",
            Self::Participant => "participant",
        }
    }

    fn from_word(word: &str) -> Self {
        match word {
            "market" => Self::Market,
            "book" => Self::Book,
            _ => Self::Participant,
        }
    }
}

/// A word of a provider and how often it was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WordCount {
    /// The provider.
    pub provider: String,
    /// The provider's sport key.
    pub sport: String,
    /// What it is a word for.
    pub kind: WordKind,
    /// The word.
    pub word: String,
    /// Our league of the sport, where we know it.
    pub league: Option<String>,
    /// Slots of it; of a participant, how often a listing came to be called so.
    pub met: i64,
    /// Slots without a meaning.
    pub unknown: i64,
    /// The words of one slot without a meaning; empty where there is none.
    pub example: String,
    /// The moment of the world at which it was met first.
    pub first_seen_at: Moment,
    /// The hour in which it was last seen.
    pub last_seen_at: Moment,
}

impl WordCount {
    /// Whether it is a word that we do not understand: a market of which a slot has no meaning, a book without a key of ours, the name of
    /// no team in our table of its league.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        match self.kind {
            WordKind::Market => self.unknown > 0,
            WordKind::Book => odds::book::known(&self.provider, &self.word).is_none(),
            WordKind::Participant => {
                self.league.as_deref().and_then(|league| odds::participant::is_in_table(league, &self.word)) == Some(false)
            }
        }
    }
}

const COUNTS: &str = "select provider, sport, kind, word, league, met, unknown, example, first_seen_at, last_seen_at from @word_counts
    order by provider, sport, kind, word";

impl Following<'_> {
    /// Whether the cursor was last moved by a program that keeps versions; a follower that never moved is new.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn is_versioned(&mut self, follower: &str) -> Result<bool> {
        let mut is_versioned = true;
        let sql = "select seq, versioned_seq from @cursors where follower = $1";
        self.connection.query(sql, &[follower.into()], &mut |row| {
            is_versioned = row.int(0)? == 0 || row.opt_int(1)? == Some(row.int(0)?);
            Ok(())
        })?;
        Ok(is_versioned)
    }

    /// By which versions the rows of a follower were made.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn meanings(&mut self, follower: &str) -> Result<Vec<MeaningRead>> {
        read_meanings(self.connection, follower)
    }

    /// Notes by which version the rows of a follower were made; twice changes nothing.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn set_meaning(&mut self, follower: &str, read: &MeaningRead) -> Result<()> {
        let sql = "insert into @meanings (follower, provider, version, target, read_up_to) values ($1, $2, $3, $4, $5)
            on conflict (follower, provider) do update set version = excluded.version, target = excluded.target, read_up_to = excluded.read_up_to";
        let (version, target) = (i64::from(read.version), i64::from(read.target));
        let params = [follower.into(), (&read.provider).into(), version.into(), target.into(), read.read_up_to.0.into()];
        self.connection.execute(sql, &params).map(drop)
    }

    /// The listings of a provider after one, in the order of their numbers.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn listings_after(&mut self, provider: &str, after: ListingId, limit: i64) -> Result<Vec<ListingId>> {
        let mut found = Vec::new();
        let sql = "select listing_id from @listings where listing_id > $1 and provider = $2 order by listing_id limit $3";
        self.connection.query(sql, &[after.0.into(), provider.into(), limit.into()], &mut |row| {
            found.push(ListingId(row.int(0)?));
            Ok(())
        })?;
        Ok(found)
    }

    /// The slots of a listing as they were written, by number.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn slots_written(&mut self, listing: ListingId) -> Result<Vec<SlotWritten>> {
        let mut written = Vec::new();
        let sql = "select slot, provider_market, market, period, subject, selection, line, stance, is_prop, is_alternate, is_understood, is_milestone
            from @slot_rows where listing_id = $1 order by slot";
        self.connection.query(sql, &[listing.0.into()], &mut |row| {
            written.push(slot_written(row)?);
            Ok(())
        })?;
        Ok(written)
    }

    /// The moment of the world at which each slot of a listing was met, by number, as far as an entry.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn slots_met_at(&mut self, listing: ListingId, until: Seq) -> Result<Vec<(SlotNo, Moment)>> {
        let mut met = Vec::new();
        let sql = "select s.slot, e.observed_at from @slots s join @entries e on e.seq = s.seq where s.listing_id = $1 and s.seq <= $2 order by s.slot";
        self.connection.query(sql, &[listing.0.into(), until.0.into()], &mut |row| {
            met.push((SlotNo(row.int(0)? as u32), Moment::from_micros(row.int(1)?)));
            Ok(())
        })?;
        Ok(met)
    }

    /// What the sides of a listing were ever called, as far as an entry, each time that it was said anew.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn sides_said(&mut self, listing: ListingId, until: Seq) -> Result<Vec<(String, Moment)>> {
        let mut said = Vec::new();
        let sql = "select value, observed_at from @facts where listing_id = $1 and seq <= $2 and kind in ($3, $4) and value is not null";
        let kinds = [FactKind::Home, FactKind::Away].map(|kind| i64::from(kind as u8));
        self.connection.query(sql, &[listing.0.into(), until.0.into(), kinds[0].into(), kinds[1].into()], &mut |row| {
            said.push((row.text(0)?.to_owned(), Moment::from_micros(row.int(1)?)));
            Ok(())
        })?;
        Ok(said)
    }

    /// Adds to the report of what a newer version changed.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn note_meaning_change(&mut self, change: &MeaningChange) -> Result<()> {
        let sql = "insert into @meaning_changes as c (provider, from_version, to_version, sport, provider_market, was, became, fields, slots, listings,
                first_at, last_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            on conflict (provider, from_version, to_version, sport, provider_market, was, became, fields)
            do update set slots = c.slots + excluded.slots, listings = c.listings + excluded.listings, last_at = excluded.last_at";
        let params = [
            (&change.provider).into(),
            i64::from(change.from_version).into(),
            i64::from(change.to_version).into(),
            (&change.sport).into(),
            (&change.provider_market).into(),
            (&change.was).into(),
            (&change.became).into(),
            (&change.fields).into(),
            change.slots.into(),
            change.listings.into(),
            change.first_at.into(),
            change.last_at.into(),
        ];
        self.connection.execute(sql, &params).map(drop)
    }

    /// Says of a provider's market what a slot of it became, where the market is said to be what the slot was.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn meet_market_anew(
        &mut self,
        provider: &str,
        was: &SlotWritten,
        became: (&str, &str),
        is_prop: bool,
        is_understood: bool,
    ) -> Result<()> {
        let sql = "update @market_rows set market = $1, period = $2, is_prop = $3, is_understood = $4
            where provider = $5 and provider_market = $6 and market = $7 and period = $8 and is_understood = $9";
        let params = [
            became.0.into(),
            became.1.into(),
            i64::from(is_prop).into(),
            i64::from(is_understood).into(),
            provider.into(),
            (&was.provider_market).into(),
            (&was.market).into(),
            (&was.period).into(),
            i64::from(was.flags[2]).into(),
        ];
        self.connection.execute(sql, &params).map(drop)
    }

    /// Has the opening and closing lines of an event told again.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn history_is_due(&mut self, event: &str) -> Result<()> {
        self.connection.execute("update @event_rows set is_history_due = 1 where event_id = $1", &[event.into()]).map(drop)
    }

    /// Has the rows of an event in the operator's old tables looked at again, where they are followed. Those are in PostgreSQL alone.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn old_rows_are_due(&mut self, event: &str) -> Result<()> {
        let sql = "insert into @old_due (event_id) select cast($1 as text) where exists (select 1 from @old_follower where is_on)
            on conflict (event_id) do nothing";
        self.connection.execute(sql, &[event.into()])?;
        self.connection.execute("delete from @old_told where event_id = $1", &[event.into()]).map(drop)
    }

    /// Adds to the counts of words: slots that were met, and when a word was seen.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn count_word(&mut self, count: &WordCount) -> Result<()> {
        let sql = "insert into @word_counts as c (provider, sport, kind, word, league, met, unknown, example, first_seen_at, last_seen_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            on conflict (provider, sport, kind, word) do update set league = excluded.league, met = c.met + excluded.met,
                unknown = c.unknown + excluded.unknown, example = case when c.example = '' then excluded.example else c.example end,
                first_seen_at = case when excluded.first_seen_at < c.first_seen_at then excluded.first_seen_at else c.first_seen_at end,
                last_seen_at = case when excluded.last_seen_at > c.last_seen_at then excluded.last_seen_at else c.last_seen_at end";
        let params = [
            (&count.provider).into(),
            (&count.sport).into(),
            count.kind.as_str().into(),
            (&count.word).into(),
            count.league.as_deref().into(),
            count.met.into(),
            count.unknown.into(),
            (&count.example).into(),
            count.first_seen_at.into(),
            count.last_seen_at.into(),
        ];
        self.connection.execute(sql, &params).map(drop)
    }

    /// Notes the hour in which a word was seen, where it was counted already and that is later than what was noted.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn see_word(&mut self, (provider, sport): (&str, &str), (kind, word): (WordKind, &str), at: Moment) -> Result<()> {
        let sql = "update @word_counts set last_seen_at = $1 where provider = $2 and sport = $3 and kind = $4 and word = $5 and last_seen_at < $6";
        let params = [at.into(), provider.into(), sport.into(), kind.as_str().into(), word.into(), at.into()];
        self.connection.execute(sql, &params).map(drop)
    }

    /// Sets the counts of a provider's words to nothing: they are counted anew.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn forget_counts(&mut self, provider: &str) -> Result<()> {
        let sql = "update @word_counts set met = 0, unknown = 0, example = '' where provider = $1";
        self.connection.execute(sql, &[provider.into()]).map(drop)
    }
}

fn slot_written(row: &dyn Row) -> Result<SlotWritten> {
    let flag = |column| row.int(column).map(|flag| flag != 0);
    Ok(SlotWritten {
        slot: SlotNo(row.int(0)? as u32),
        provider_market: row.text(1)?.to_owned(),
        market: row.text(2)?.to_owned(),
        period: row.text(3)?.to_owned(),
        subject: row.opt_text(4)?.map(str::to_owned),
        selection: row.text(5)?.to_owned(),
        line: row.opt_int(6)?,
        stance: row.text(7)?.to_owned(),
        flags: [flag(8)?, flag(9)?, flag(10)?, flag(11)?],
    })
}

fn read_meanings(connection: &mut dyn Connection, follower: &str) -> Result<Vec<MeaningRead>> {
    let mut read = Vec::new();
    let sql = "select provider, version, target, read_up_to from @meanings where follower = $1 order by provider";
    connection.query(sql, &[follower.into()], &mut |row| {
        read.push(MeaningRead {
            provider: row.text(0)?.to_owned(),
            version: version(row, 1)?,
            target: version(row, 2)?,
            read_up_to: ListingId(row.int(3)?),
        });
        Ok(())
    })?;
    Ok(read)
}

fn version(row: &dyn Row, column: usize) -> Result<u16> {
    u16::try_from(row.int(column)?).map_err(|error| crate::error::StoreError::damaged("a version of a meaning", error))
}

impl Store {
    /// By which versions the rows of a follower were made.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn meanings(&self, follower: &str) -> Result<Vec<MeaningRead>> {
        self.read(|connection| read_meanings(connection, follower))
    }

    /// What newer versions of meanings changed, the newest first: kept for ever.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn meaning_changes(&self) -> Result<Vec<MeaningChange>> {
        let sql =
            "select provider, from_version, to_version, sport, provider_market, was, became, fields, slots, listings, first_at, last_at
            from @meaning_changes order by last_at desc, provider, sport, provider_market, was, became, fields";
        self.read(|connection| {
            let mut changes = Vec::new();
            connection.query(sql, &[], &mut |row| {
                changes.push(MeaningChange {
                    provider: row.text(0)?.to_owned(),
                    from_version: version(row, 1)?,
                    to_version: version(row, 2)?,
                    sport: row.text(3)?.to_owned(),
                    provider_market: row.text(4)?.to_owned(),
                    was: row.text(5)?.to_owned(),
                    became: row.text(6)?.to_owned(),
                    fields: row.text(7)?.to_owned(),
                    slots: row.int(8)?,
                    listings: row.int(9)?,
                    first_at: Moment::from_micros(row.int(10)?),
                    last_at: Moment::from_micros(row.int(11)?),
                });
                Ok(())
            })?;
            Ok(changes)
        })
    }

    /// Every word that was met, with how often.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn word_counts(&self) -> Result<Vec<WordCount>> {
        self.read(|connection| {
            let mut counts = Vec::new();
            connection.query(COUNTS, &[], &mut |row| {
                counts.push(WordCount {
                    provider: row.text(0)?.to_owned(),
                    sport: row.text(1)?.to_owned(),
                    kind: WordKind::from_word(row.text(2)?),
                    word: row.text(3)?.to_owned(),
                    league: row.opt_text(4)?.map(str::to_owned),
                    met: row.int(5)?,
                    unknown: row.int(6)?,
                    example: row.text(7)?.to_owned(),
                    first_seen_at: Moment::from_micros(row.int(8)?),
                    last_seen_at: Moment::from_micros(row.int(9)?),
                });
                Ok(())
            })?;
            Ok(counts)
        })
    }
}
