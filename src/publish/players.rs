//! Who is who among players: a follower that meets every name of the log in its order (props, injuries, what players did, rosters, moves), and takes up
//! what a person decided about one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use odds::decision::{Decision, Found, Subject};
use odds::injury::Injury;
use odds::market::Words;
use odds::names::{CellName, Interner};
use odds::observation::FactKind;
use odds::player::{Binding, Directory, Other, PlayerId, RULE_VERSION, Sighting, Teams, key};
use odds::roster::{Member, Transaction};
use odds::stat::{StatLine, TeamSide};
use odds::timeline::RowContent;
use odds::{ListingId, Moment, Seq};
use providers::person;
use store::meanings::MeaningRead;
use store::players::{PLAYERS_FOLLOWER, Spelling};
use store::{Entry, Following, ListingRow, Result, Store, StoreError};

use super::follower::Follows;
use super::player_changes;
use crate::decode::Providers;

/// Listings whose cells are held in memory.
const MOST_LISTINGS: usize = 4_000;

/// Entries of the log that are read again in one step.
const ENTRIES_AGAIN: i64 = 128;

/// Among versions of meanings, the name of the rules of who is who.
const RULES: &str = "rules of players";

/// The follower of the directory of players.
pub struct PlayersFollower {
    providers: Providers,
    reading: Option<Reading>,
    /// The version of the rules of who is who.
    rules: u16,
    again: Option<Again>,
    has_looked: bool,
}

/// The directory as newer rules, or a newer version of some meaning, make it, from the beginning of the log.
struct Again {
    reading: Reading,
    /// How far it has come.
    at: Seq,
    /// By which versions the directory that it follows upon was made.
    known: Vec<MeaningRead>,
}

/// The directory as it comes out of the log, entry by entry.
struct Reading {
    providers: Providers,
    directory: Directory,
    cells: HashMap<ListingId, Vec<CellName>>,
    words: Interner,
    spellings: BTreeSet<Spelling>,
}

/// A name in an entry, with whose it is.
struct Met<'a> {
    id: Option<&'a str>,
    name: &'a str,
    teams: Teams<'a>,
    position: Option<&'a str>,
    at: Moment,
}

impl PlayersFollower {
    /// The name of its cursor.
    pub const NAME: &'static str = PLAYERS_FOLLOWER;

    /// A follower that understands slots by these providers.
    #[must_use]
    pub fn new(providers: Providers) -> Self {
        Self { providers, reading: None, rules: u16::from(RULE_VERSION), again: None, has_looked: false }
    }

    /// The same by another version of the rules, for tests.
    #[must_use]
    pub fn by_rules(self, version: u16) -> Self {
        Self { rules: version, ..self }
    }

    fn versions(&self) -> Vec<MeaningRead> {
        let meanings = self.providers.iter().map(|provider| MeaningRead::whole(provider.key(), provider.meaning_version()));
        meanings.chain([MeaningRead::whole(RULES, self.rules)]).collect()
    }

    /// From which version to which a provider's names were read again: of the rules where those are newer, else of its meaning.
    fn since(&self, known: &[MeaningRead], provider: &str) -> (u16, u16) {
        let before = |key: &str| known.iter().find(|read| read.provider == key).map_or(0, |read| read.version);
        let now = self.providers.get(provider).map_or(0, |provider| provider.meaning_version());
        if before(RULES) == self.rules { (before(provider), now) } else { (before(RULES), self.rules) }
    }

    fn note_versions(&self, following: &mut Following<'_>) -> Result<()> {
        self.versions().iter().try_for_each(|read| following.set_meaning(Self::NAME, read))
    }

    /// Looks, once, by which versions of meanings the directory was made, and begins to make it again where those are older.
    fn look(&mut self, following: &mut Following<'_>) -> Result<()> {
        let (known, ours) = (following.meanings(Self::NAME)?, self.versions());
        let of = |read: &MeaningRead| known.iter().find(|one| one.provider == read.provider).map_or(0, |one| one.version);
        if !following.is_versioned(Self::NAME)? || ours.iter().any(|read| of(read) < read.version) {
            tracing::info!("the directory of players is made again by newer rules or meanings");
            let reading = Reading::of(self.providers.clone(), Directory::default());
            self.again = Some(Again { reading, at: Seq(0), known });
        } else if ours.iter().any(|read| of(read) > read.version) {
            // what we add is older: the newer program makes it again
            self.note_versions(following)?;
        }
        Ok(())
    }

    /// One step of making the directory again, beside the one that is followed; once it has come as far, it takes its place.
    fn read_again(&mut self, following: &mut Following<'_>, store: &Store, seq: Seq, now: Moment) -> Result<bool> {
        let Some(Again { mut reading, at, known }) = self.again.take() else { return Ok(false) };
        let mut entries = store.entries_after(at, ENTRIES_AGAIN, &mut reading.words)?;
        entries.retain(|entry| entry.seq <= seq);
        if let Some(last) = entries.last().map(|entry| entry.seq) {
            reading.read(store, &entries)?;
            self.again = Some(Again { reading, at: last, known });
            return Ok(true);
        }
        if at == seq {
            let was = following.player_directory()?;
            if !is_same(&was, &reading.directory) {
                player_changes::tell(following, (&was, &reading.directory), &|provider| self.since(&known, provider), now)?;
                following.drop_players()?;
                reading.write(following)?;
            }
            reading.forget_changed();
            self.note_versions(following)?;
            self.reading = Some(reading);
            tracing::info!("the directory of players is by the newest rules and meanings");
        }
        Ok(false)
    }
}

/// Whether two directories hold the same players by the same names.
fn is_same(one: &Directory, other: &Directory) -> bool {
    let named = |directory: &Directory| -> BTreeMap<[String; 3], Binding> {
        let key = |name: &Binding| [&name.provider, &name.league, &name.reference].map(String::clone);
        directory.bindings().iter().map(|name| (key(name), name.clone())).collect()
    };
    one.players().eq(other.players()) && named(one) == named(other)
}

impl Reading {
    fn of(providers: Providers, directory: Directory) -> Self {
        Self { providers, directory, cells: HashMap::new(), words: Interner::default(), spellings: BTreeSet::new() }
    }

    fn write(&mut self, following: &mut Following<'_>) -> Result<()> {
        let (players, names) = self.directory.take_changed();
        following.set_players(&players, &names, &std::mem::take(&mut self.spellings))
    }

    fn forget_changed(&mut self) {
        self.directory.take_changed();
        self.spellings.clear();
    }

    fn meet(&mut self, listing: &ListingRow, met: &Met<'_>) {
        let Some(league) = listing.league.as_deref() else { return };
        let directory = &mut self.directory;
        let id = met.id.filter(|id| *id != met.name && key(id) != key(met.name));
        let sighting =
            Sighting { league, provider: &listing.provider, id, name: met.name, teams: met.teams, position: met.position, at: met.at };
        directory.meet(&sighting);
        for reference in directory.references(&sighting) {
            let spelling = [&listing.provider, league, met.name, reference, &listing.sport].map(|text: &str| text.to_owned());
            self.spellings.insert(spelling);
        }
    }

    /// Injuries, what players did, rosters and moves.
    fn meet_facts(&mut self, listing: &ListingRow, row: &odds::timeline::Row) -> Result<()> {
        let RowContent::Facts(facts) = &row.content else { return Ok(()) };
        let damaged =
            |error: serde_json::Error| StoreError::Damaged { what: format!("a fact of listing {}", listing.id), source: error.into() };
        for fact in facts {
            let Some(value) = fact.value.as_deref() else { continue };
            match fact.kind {
                FactKind::Injury => {
                    let injury: Injury = serde_json::from_str(value).map_err(damaged)?;
                    let teams = if injury.team.is_empty() { Teams::Unknown } else { Teams::Stated(&injury.team) };
                    let position = injury.position.as_deref();
                    self.meet(listing, &Met { id: Some(&fact.subject), name: &injury.player, teams, position, at: row.order.at });
                }
                FactKind::Stat => {
                    let line: StatLine = serde_json::from_str(value).map_err(damaged)?;
                    let side = line.side.and_then(|side| match side {
                        TeamSide::Home => listing.home.as_deref(),
                        TeamSide::Away => listing.away.as_deref(),
                    });
                    let teams = line.team.as_deref().or(side).map_or_else(|| playing(listing), Teams::Stated);
                    let (name, position) = (line.player.as_str(), line.position.as_deref());
                    self.meet(listing, &Met { id: Some(&fact.subject), name, teams, position, at: row.order.at });
                }
                FactKind::Member => {
                    let member: Member = serde_json::from_str(value).map_err(damaged)?;
                    let (teams, position) = (Teams::Stated(&member.team), member.position.as_deref());
                    self.meet(listing, &Met { id: Some(&fact.subject), name: &member.player, teams, position, at: row.order.at });
                }
                FactKind::Transaction => {
                    let moved: Transaction = serde_json::from_str(value).map_err(damaged)?;
                    self.meet_move(listing, &moved, row.order.at);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A move says whom a player plays for from then on, where it names him and a team of the league: who is sent to a farm team is
    /// still somebody's, and the move does not say for how long.
    fn meet_move(&mut self, listing: &ListingRow, moved: &Transaction, at: Moment) {
        let Some(name) = moved.player.as_deref() else { return };
        let league = listing.league.as_deref().unwrap_or_default();
        let team = moved.to_team.as_deref().filter(|team| odds::participant::is_known(league, team, Some(at)));
        let teams = team.map_or(Teams::Unknown, Teams::Stated);
        self.meet(listing, &Met { id: moved.provider_player_id.as_deref(), name, teams, position: None, at });
    }

    fn cells_of(&mut self, store: &Store, listing: ListingId, until: Seq) -> Result<&[CellName]> {
        if self.cells.len() > MOST_LISTINGS {
            self.cells.clear();
        }
        if !self.cells.contains_key(&listing) {
            let cells = store.cells_known(listing, until, &mut self.words)?;
            self.cells.insert(listing, cells);
        }
        Ok(self.cells.get(&listing).map(Vec::as_slice).unwrap_or_default())
    }

    /// Players whom slots that were never met before are about.
    fn meet_slots(&mut self, store: &Store, entry: &Entry, listings: &HashMap<ListingId, ListingRow>) -> Result<()> {
        entry.cells.iter().for_each(|(listing, ..)| drop(self.cells.remove(listing)));
        let mut subjects: BTreeSet<(ListingId, String)> = BTreeSet::new();
        for (id, slot) in &entry.slots {
            let Some(listing) = listings.get(id) else { continue };
            let cell = self.cells_of(store, *id, entry.seq)?.get(slot.cell.0 as usize).cloned();
            let (Some(cell), Some(provider)) = (cell, self.providers.get(&listing.provider)) else { continue };
            let words =
                Words { book: &cell.book, market: &cell.market, name: &slot.name, description: &slot.description, point: slot.point };
            let meaning = provider.meaning(&listing.sport, &words).filter(|meaning| meaning.kind.is_prop());
            subjects.extend(meaning.and_then(|meaning| meaning.subject).map(|subject| (*id, subject)));
        }
        for (id, subject) in subjects {
            let listing = &listings[&id];
            let at = entry.observed_at;
            self.meet(listing, &Met { id: None, name: &subject, teams: playing(listing), position: None, at });
        }
        Ok(())
    }

    fn decide(&mut self, store: &Store, entry: &Entry) -> Result<()> {
        let Some(reply) = store.reply(entry.reply)? else { return Ok(()) };
        let body = store.body(&reply)?;
        let Ok(decision) = serde_json::from_slice::<Decision>(&body) else { return Ok(()) };
        if decision.subject != Subject::Player {
            return Ok(());
        }
        if let Err(why) = apply(&mut self.directory, &decision) {
            tracing::warn!(seq = entry.seq.0, %why, "a person's decision about a player changes nothing");
        }
        Ok(())
    }

    /// Meets every name of some entries.
    fn read(&mut self, store: &Store, entries: &[Entry]) -> Result<()> {
        let Some(until) = entries.last().map(|entry| entry.seq) else { return Ok(()) };
        let mut listings: HashMap<ListingId, ListingRow> = HashMap::new();
        for entry in entries {
            let told = entry.rows.iter().filter(|(_, row)| matches!(row.content, RowContent::Facts(_))).map(|(listing, _)| *listing);
            for id in told.chain(entry.slots.iter().map(|(listing, _)| *listing)) {
                if !listings.contains_key(&id) {
                    listings.extend(store.listing_known(id, until)?.map(|row| (id, row)));
                }
            }
            for (id, row) in &entry.rows {
                if let Some(listing) = listings.get(id) {
                    self.meet_facts(listing, row)?;
                }
            }
            self.meet_slots(store, entry, &listings)?;
            if entry.provider == person::KEY {
                self.decide(store, entry)?;
            }
        }
        Ok(())
    }
}

/// Takes up a person's decision about a player, unless another was taken up since it was judged.
///
/// # Errors
/// Why it cannot be, in words; then nothing changes.
pub fn apply(directory: &mut Directory, decision: &Decision) -> std::result::Result<PlayerId, String> {
    if let Some(found) = &decision.found
        && *found != stood(directory, decision)?
    {
        return Err("somebody else decided about it in the meantime: look at the name again".to_owned());
    }
    let (name, other) = names(decision)?;
    directory.decide(decision.what, name, other, evidence_of(decision))
}

/// How the names of a decision stand.
///
/// # Errors
/// That a name is none, in words.
pub fn stood(directory: &Directory, decision: &Decision) -> std::result::Result<Found, String> {
    let (name, other) = names(decision)?;
    Ok(Found { name: directory.standing(Other::Name(name.0, name.1))?, other: other.map(|other| directory.standing(other)).transpose()? })
}

type Named<'a> = ((&'a str, &'a str), Option<Other<'a>>);

fn names(decision: &Decision) -> std::result::Result<Named<'_>, String> {
    let id = decision.event.as_deref().map(str::parse::<PlayerId>).transpose().map_err(|error| error.to_string())?;
    let other = decision.with.as_ref().map(|name| Other::Name(&name.provider, &name.id)).or(id.map(Other::Player));
    Ok(((&decision.listing.provider, &decision.listing.id), other))
}

/// What became of a decision at its place in the log, by a directory of before: what lies between the two is read first.
///
/// # Errors
/// What the store reports; inside, why the decision changes nothing.
pub fn became(
    store: &Store,
    providers: Providers,
    (mut at, directory): (Seq, Directory),
    (decision, seq): (&Decision, Seq),
) -> Result<std::result::Result<PlayerId, String>> {
    let mut reading = Reading::of(providers, directory);
    loop {
        let mut entries = store.entries_after(at, ENTRIES_AGAIN, &mut reading.words)?;
        entries.retain(|entry| entry.seq < seq);
        let Some(last) = entries.last().map(|entry| entry.seq) else { break };
        reading.read(store, &entries)?;
        at = last;
    }
    Ok(apply(&mut reading.directory, decision))
}

/// What a person's decision rests on, as the directory keeps it.
#[must_use]
pub fn evidence_of(decision: &Decision) -> serde_json::Value {
    serde_json::json!({ "by": decision.by, "reason": decision.reason, "made_at": decision.made_at })
}

fn playing(listing: &ListingRow) -> Teams<'_> {
    listing.home.as_deref().zip(listing.away.as_deref()).map_or(Teams::Unknown, |(home, away)| Teams::Playing(home, away))
}

impl Follows for PlayersFollower {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn apply(&mut self, following: &mut Following<'_>, store: &Store, entries: &[Entry]) -> Result<()> {
        let Some(first) = entries.first() else { return Ok(()) };
        if first.seq == Seq(1) {
            self.note_versions(following)?;
        }
        let mut reading = match self.reading.take() {
            Some(reading) => reading,
            None => Reading::of(self.providers.clone(), following.player_directory()?),
        };
        reading.read(store, entries)?;
        reading.write(following)?;
        self.reading = Some(reading);
        Ok(())
    }

    fn at_head(&mut self, following: &mut Following<'_>, store: &Store, seq: Seq, now: Moment) -> Result<bool> {
        if !self.has_looked && seq > Seq(0) {
            self.has_looked = true;
            self.look(following)?;
        }
        self.read_again(following, store, seq, now)
    }

    fn forget(&mut self) {
        *self = Self::new(self.providers.clone()).by_rules(self.rules);
    }

    fn drop_all(&mut self, following: &mut Following<'_>) -> Result<()> {
        following.drop_players()
    }
}
