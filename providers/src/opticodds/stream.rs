//! The event stream: what is subscribed to, and what a body of its frames tells. It is a feed of changes, so its silence says nothing;
//! what a note of ours says of a gap is that nobody looked.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use odds::Moment;
use odds::observation::{BookScope, Decoded, EVERY_MARKET, FactKind, FactSeen, ListingScope, ListingSeen, Refusal, Scope, Snapshot};
use odds::reply::{Basis, Reply, Request};
use serde_json::Value;

use super::decode::{form_of, reading};
use super::form::{self, Form};
use super::leagues::Target;
use super::quotes::{Extent, Gathered, Quote, Reading, fact, gather, quote};
use super::wire::{Notes, any_text, field, rows, text};
use super::{books, fixture, scope};
use crate::push::{Beat, EntryId, Note, PushTerms, Subscription};
use crate::sse::{Frame, frames};

/// The endpoint's name.
pub(crate) const ENDPOINT: &str = "stream_odds";
/// The most books of a line of this dialect.
const MOST_BOOKS: usize = 5;

/// Pings come every 5 s; three of them missing is a dead line. Entries of the last 30 s are played again, and no older ones.
pub(crate) const TERMS: PushTerms = PushTerms {
    beats_every: Duration::from_secs(5),
    dead_after: Duration::from_secs(15),
    replays: Duration::from_secs(30),
    resume: "last_entry_id",
};

/// A line for each league and five books.
pub(super) fn subscriptions(sport: &str, wanted: &[String]) -> Vec<Subscription> {
    let Some(target) = Target::of(sport).filter(|target| !target.is_futures) else { return Vec::new() };
    let line = |books: &[String]| Subscription {
        endpoint: ENDPOINT,
        sport: sport.to_owned(),
        request: Request::to(format!("/stream/odds/{}", target.sport))
            .with("league", target.league)
            .with_each("sportsbook", books)
            .with("odds_format", form::ASKED)
            .with("include_fixture_updates", "true"),
    };
    books::asked(wanted).chunks(MOST_BOOKS).map(line).collect()
}

/// What a frame says of the line.
pub(crate) fn beat<'f>(frame: &'f Frame<'_>) -> Beat<'f> {
    match frame.event {
        "connected" | "ping" | "" => Beat::Alive,
        _ => Beat::Data(EntryId::parse(frame.id), Some(frame.id).filter(|id| !id.is_empty())),
    }
}

/// What one frame brings.
#[derive(Default)]
struct Told {
    quotes: Vec<(String, Quote)>,
    facts: Vec<(String, FactSeen<'static>)>,
}

/// Everything between two notes of ours that can stand in one snapshot: no outcome and no fact of a fixture twice.
#[derive(Default)]
struct Together {
    quotes: BTreeMap<String, Vec<Quote>>,
    facts: BTreeMap<String, Vec<FactSeen<'static>>>,
    met: BTreeSet<(String, String, String)>,
}

/// Reads a body of frames.
pub(crate) fn decode(reply: &Reply<'_>) -> Decoded<'static> {
    let text = String::from_utf8_lossy(reply.body);
    let mut reader = Reader::of(reply, &text);
    for (number, frame) in frames(&text).enumerate() {
        reader.take(&format!("frame {number}"), &frame);
    }
    reader.finish()
}

struct Reader<'r> {
    reply: &'r Reply<'r>,
    form: Form,
    notes: Notes,
    at: Moment,
    together: Together,
    snapshots: Vec<Snapshot<'static>>,
}

impl<'r> Reader<'r> {
    fn of(reply: &'r Reply<'r>, text: &str) -> Self {
        let prices: Vec<Value> = frames(text).filter_map(|frame| serde_json::from_str(&frame.data).ok()).collect();
        let form = form_of(reply.request, &Value::Array(prices));
        Self { reply, form, notes: Notes::default(), at: reply.fetched_at, together: Together::default(), snapshots: Vec::new() }
    }

    fn take(&mut self, at: &str, frame: &Frame<'_>) {
        for note in frame.comments.iter().filter_map(|comment| Note::read(comment)) {
            self.close();
            match note {
                Note::At(moment) => self.at = moment,
                Note::GapSince(since) => self.gap(since),
            }
        }
        let told = match frame.event {
            "odds" => self.odds(at, frame, false),
            "locked-odds" => self.odds(at, frame, true),
            "fixture-status" | "game-status" | "game-time" => self.standing(at, frame),
            "connected" | "ping" | "" => return,
            other => {
                self.notes.refuse(at, Refusal::NoPlace, format!("{other:?}: a kind of frame that we do not know"));
                return;
            }
        };
        self.add(told);
    }

    fn odds(&mut self, at: &str, frame: &Frame<'_>, is_locked: bool) -> Told {
        let mut told = Told::default();
        let Some(body) = self.body(at, frame) else { return told };
        let Some(rows) = rows(&body) else {
            self.notes.refuse(at, Refusal::NotTheShape, "a frame of odds without its list");
            return told;
        };
        for (number, row) in rows.iter().enumerate() {
            let at = format!("{at}.data[{number}]");
            let Some(id) = any_text(row, &["fixture_id", "game_id"]) else {
                self.notes.unreadable += 1;
                self.notes.refuse(at, Refusal::MissingField, "an odd without its fixture");
                continue;
            };
            let sport = self.sport_of(row);
            let of_sport = sport.split('/').next().unwrap_or_default();
            let reading = Reading { is_locked, ..reading(self.form, of_sport) };
            told.quotes.extend(quote(&mut self.notes, &at, row, reading).map(|quote| (key(&id, &sport), quote)));
        }
        told
    }

    /// A changed start or standing; of each pair the unchanged one is null.
    fn standing(&mut self, at: &str, frame: &Frame<'_>) -> Told {
        let mut told = Told::default();
        let Some(body) = self.body(at, frame) else { return told };
        let row = field(&body, "data");
        let Some(id) = any_text(row, &["fixture_id", "game_id"]) else {
            self.notes.refuse(at, Refusal::MissingField, "a change of a fixture without its id");
            return told;
        };
        let key = key(&id, &self.sport_of(row));
        let mut facts: Vec<FactSeen<'static>> = fixture::start(&mut self.notes, at, row, "new_start_date").into_iter().collect();
        let status = text(row, "new_status").and_then(|word| fixture::status(&mut self.notes, at, &word));
        facts.extend(status.map(|status| fact(FactKind::Status, "", status.as_str())));
        let about = field(row, "fixture");
        for (name, kind) in [("home_team_display", FactKind::Home), ("away_team_display", FactKind::Away)] {
            facts.extend(text(about, name).map(|side| fact(kind, "", side)));
        }
        told.facts.extend(facts.into_iter().map(|fact| (key.clone(), fact)));
        told
    }

    fn body(&mut self, at: &str, frame: &Frame<'_>) -> Option<Value> {
        let read = serde_json::from_str(&frame.data);
        read.map_err(|error| self.notes.refuse(at, Refusal::NotTheShape, format!("no JSON: {error}"))).ok()
    }

    /// The league of the line is the one that was subscribed to, whatever a frame calls it.
    fn sport_of(&self, row: &Value) -> String {
        subscribed(self.reply).or_else(|| fixture::sport(row)).unwrap_or_default()
    }

    fn add(&mut self, told: Told) {
        let is_met = |(listing, quote): &(String, Quote)| self.together.met.contains(&(listing.clone(), quote.book.clone(), slot(quote)));
        let is_told = |(listing, fact): &(String, FactSeen<'static>)| {
            self.together
                .facts
                .get(listing)
                .is_some_and(|facts| facts.iter().any(|known| (known.kind, &known.subject) == (fact.kind, &fact.subject)))
        };
        if told.quotes.iter().any(is_met) || told.facts.iter().any(is_told) {
            self.close();
        }
        for (listing, quote) in told.quotes {
            self.together.met.insert((listing.clone(), quote.book.clone(), slot(&quote)));
            self.together.quotes.entry(listing).or_default().push(quote);
        }
        for (listing, fact) in told.facts {
            self.together.facts.entry(listing).or_default().push(fact);
        }
    }

    /// Makes a snapshot of what stands together.
    fn close(&mut self) {
        let Together { quotes, mut facts, .. } = std::mem::take(&mut self.together);
        let mut listings: Vec<ListingSeen<'static>> = Vec::new();
        for (listing, quotes) in quotes {
            let Gathered { books, facts: of_quotes } = gather(quotes, Extent::Changes);
            let facts = facts.remove(&listing).unwrap_or_default().into_iter().chain(of_quotes).collect();
            listings.push(listing_of(&listing, facts, books));
        }
        listings.extend(facts.into_iter().map(|(listing, facts)| listing_of(&listing, facts, Vec::new())));
        if !listings.is_empty() {
            self.snapshots.push(Snapshot { observed_at: self.at, basis: self.reply.basis, scope: self.scope(), listings });
        }
    }

    fn scope(&self) -> Scope {
        Scope { sport: subscribed(self.reply).unwrap_or_default(), ..Scope::default() }
    }

    /// Nobody looked from a moment on: everything that the line brings is not observed.
    fn gap(&mut self, since: Moment) {
        let asked = scope::books(self.reply.request);
        let books = if asked == BookScope::Unknown { BookScope::All } else { asked };
        let scope = Scope { listings: ListingScope::Sport, markets: Some(vec![EVERY_MARKET.to_owned()]), books, ..self.scope() };
        self.snapshots.push(Snapshot { observed_at: since, basis: Basis::Fetched, scope, listings: Vec::new() });
    }

    fn finish(mut self) -> Decoded<'static> {
        self.close();
        Decoded {
            catalogue: self.notes.catalogue(),
            snapshots: self.snapshots,
            problems: self.notes.problems,
            unreadable: self.notes.unreadable,
            ..Decoded::default()
        }
    }
}

/// Two swapped lines are one outcome under two keys: both are met at once.
fn slot(quote: &Quote) -> String {
    let words = &quote.words;
    format!("{}|{}|{}", quote.market, words.name, words.description)
}

/// A listing of the body: its id, and its sport behind it.
fn key(id: &str, sport: &str) -> String {
    format!("{id}\n{sport}")
}

fn listing_of(key: &str, facts: Vec<FactSeen<'static>>, books: Vec<odds::observation::BookSeen<'static>>) -> ListingSeen<'static> {
    let (id, sport) = key.split_once('\n').unwrap_or((key, ""));
    ListingSeen { id: id.to_owned().into(), sport: sport.to_owned().into(), facts, books, ..ListingSeen::default() }
}

/// The sport key of the line: its path names the sport, or a parameter does.
fn subscribed(reply: &Reply<'_>) -> Option<String> {
    let sport = reply.request.path.strip_prefix("/stream/odds/").or_else(|| reply.request.query.get("sport").map(String::as_str));
    let league = reply.request.query.get("league");
    sport.zip(league).map(|(sport, league)| format!("{sport}/{league}")).or_else(|| reply.sport.map(str::to_owned))
}

/// The moment of the last entry in a stored body.
pub(crate) fn stamp(body: &[u8]) -> Option<Moment> {
    frames(&String::from_utf8_lossy(body)).filter_map(|frame| EntryId::parse(frame.id)).max().map(EntryId::moment)
}
