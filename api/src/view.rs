//! A board as people read it: quotes with their meaning, their state and their five times.

use odds::Moment;
use odds::attribute;
use odds::block::Value;
use odds::board::Seen;
use odds::market::{Meaning, Side, Stance, Words, is_player_key};
use odds::names::Word;
use odds::observation::FactKind;
use odds::price::Format;
use odds::{Price, SlotNo};
use serde::Serialize;
use serde_json::Value as Json;
use store::boards::Kept;
use utoipa::ToSchema;

use crate::sides::{EventSides, is_turned, turned};
use crate::sources::Source;
use crate::state::Meanings;

/// How a quote stands. The states are distinct everywhere: an outage never looks like an empty market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = QuoteState)]
pub enum State {
    /// Offered, and seen lately.
    Live,
    /// The provider says that bets are not taken for now.
    Suspended,
    /// Taken down: its market was read and it was not in it.
    Withdrawn,
    /// We looked, and what the provider shows of the book is old.
    Stale,
    /// We were not looking, or what we asked for did not come.
    NotObserved,
    /// Nobody offers it to us.
    NotCovered,
}

impl State {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Suspended => "suspended",
            Self::Withdrawn => "withdrawn",
            Self::Stale => "stale",
            Self::NotObserved => "not_observed",
            Self::NotCovered => "not_covered",
        }
    }
}

/// A book time older than this when we looked makes a quote stale, in seconds.
pub const STALE_BOOK_SECS: f64 = 600.0;
/// Statuses of an event on which nothing can be bet any more.
const OVER: [&str; 2] = ["final", "cancelled"];
/// A quote that nobody looked at for longer than this is not observed, in seconds.
pub const UNLOOKED_SECS: f64 = 3600.0;

/// One quote.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Quote {
    /// Who delivered it: of several sources the freshest.
    pub provider: String,
    /// Who quotes: our key of the book, or the provider's where we have none.
    pub book: String,
    /// The provider's own key of the book.
    pub provider_book: String,
    /// The market in our words, or the provider's key where we do not know it.
    pub market: String,
    /// Which part of the event.
    pub period: String,
    /// A player or team, where the market is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The player that the subject is, whatever a provider calls him: `/v1/players`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub player_id: Option<String>,
    /// The answer: `home`, `away`, `draw`, `over`, `under`, `yes`, `no`, or a name.
    pub selection: String,
    /// The answer in the provider's words.
    pub name: String,
    /// The line, signed from the selection's own side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<f64>,
    /// The price in the format that was asked for; absent once it was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<ShownPrice>,
    /// How it stands.
    pub state: State,
    /// `back` or `lay`.
    pub stance: &'static str,
    /// Whether it is the best live price of its selection among all books of the event; lay prices and aggregates never are.
    pub is_best: bool,
    /// Whether the book is no book but the best or the mean of many: nothing that can be bet.
    pub is_aggregate: bool,
    /// Whether it is about a player.
    pub is_prop: bool,
    /// Whether it is an alternate line.
    pub is_alternate: bool,
    /// Whether it was said as "N or more" and stands as over N - 0.5; absent where it was not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_milestone: bool,
    /// Whether we know what the market means.
    pub is_understood: bool,
    /// When the price moved, where the provider states it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub changed_at: Option<Moment>,
    /// When we first saw it as it stands.
    #[schema(value_type = String, format = DateTime)]
    pub first_seen_at: Moment,
    /// Seconds since the move (stated, else first seen).
    pub changed_age_secs: f64,
    /// The moment at which it was last seen to stand.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub observed_at: Option<Moment>,
    /// What that moment rests on.
    pub observed_basis: Option<&'static str>,
    /// Seconds since then.
    pub observed_age_secs: Option<f64>,
    /// When the provider last read the book.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub book_seen_at: Option<Moment>,
    /// Since when it is not observed, where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub not_observed_since: Option<Moment>,
    /// The reply that brought this price: `/v1/replies/{id}`.
    pub reply: String,
    /// The reply that last confirmed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<String>,
    /// The provider's own key of the market.
    pub provider_market: String,
    /// Where it can be bet on: the way to the outcome, else to its market, else to the event at the book. This and the next three
    /// are absent where the provider sent none, and once the quote was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://sportsbook.draftkings.com/event/32225662?outcomes=0QA244339537")]
    pub link: Option<String>,
    /// The book's own id of the outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0QA244339537")]
    pub sid: Option<String>,
    /// The most that the book takes on it, in the book's own money.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 5000.0)]
    pub limit: Option<f64>,
    /// What a pick pays by, at books that pay by multipliers; 1 is a usual pick.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 1.25)]
    pub multiplier: Option<f64>,
    /// What each provider says of it, the freshest (the one shown) first; absent where one alone delivers it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
}

/// What came along with a quote.
#[derive(Default)]
struct Extras {
    link: Option<String>,
    sid: Option<String>,
    limit: Option<f64>,
    multiplier: Option<f64>,
}

impl Extras {
    fn of(kept: &Kept, words: &Words<'_>) -> Self {
        let has_any = kept.board.facts().range((FactKind::Link, Word::from(""))..).next().is_some();
        if !has_any {
            return Self::default();
        }
        let outcome = attribute::of_outcome(words.book, words.market, words.name, words.description, words.point);
        let told = |kind, subject: &str| -> Option<Json> {
            let fact = kept.board.facts().get(&(kind, Word::from(subject)))?;
            serde_json::from_str(fact.value.as_deref()?).ok()
        };
        let link = told(FactKind::Link, &outcome)
            .or_else(|| told(FactKind::Link, &attribute::of_market(words.book, words.market)))
            .or_else(|| told(FactKind::Link, &attribute::of_book(words.book)));
        Self {
            link: link.and_then(text),
            sid: told(FactKind::Sid, &outcome).and_then(text),
            limit: told(FactKind::BetLimit, &outcome).and_then(|value| value.as_f64()),
            multiplier: told(FactKind::Multiplier, &outcome).and_then(|value| value.as_f64()),
        }
    }
}

/// Ids are texts at some books and numbers at others.
fn text(value: Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A price as a caller asked for it: a number in decimal and American, a text in fractional odds.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ShownPrice {
    /// Decimal odds.
    Decimal(f64),
    /// American odds.
    American(i64),
    /// Fractional odds.
    Fractional(String),
}

impl ShownPrice {
    /// A price in a format.
    #[must_use]
    pub fn of(price: Price, format: Format) -> Self {
        match format {
            Format::Decimal => Self::Decimal(price.decimal()),
            Format::American => Self::American(price.american()),
            Format::Fractional => Self::Fractional(price.in_format(Format::Fractional)),
        }
    }
}

/// How quotes are to be shown.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// The moment from which ages are counted.
    pub at: Moment,
    /// The format of prices.
    pub format: Format,
}

/// A slot with everything that a reader needs of it.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    /// Its number.
    pub slot: SlotNo,
    /// The board that it stands on.
    pub kept: &'a Kept,
    /// What it means.
    pub meaning: Option<Meaning>,
    /// What stands.
    pub value: Value,
    /// When it was last seen.
    pub seen: Option<Seen>,
    /// How it stands.
    pub state: State,
    /// Whether its listing has the event's sides the other way round.
    pub is_turned: bool,
}

/// Every slot of a board that ever had a value, with its state as of a moment. `sides` are the event's, where they are known.
pub fn standings<'a>(
    kept: &'a Kept,
    meanings: &'a dyn Meanings,
    at: Moment,
    sides: Option<&EventSides>,
) -> impl Iterator<Item = Standing<'a>> {
    let is_turned = is_turned(sides, &kept.board);
    let is_over = kept.board.fact(FactKind::Status).is_some_and(|status| OVER.contains(&status));
    (0..kept.board.slots().len() as u32).map(SlotNo).filter_map(move |slot| {
        let value = kept.board.slot(slot)?.value?;
        let words = kept.names.words(slot)?;
        let meaning = meanings.meaning(&kept.listing.provider, &kept.listing.sport, &words);
        let seen = last_seen(kept, slot);
        Some(Standing {
            slot,
            kept,
            meaning,
            value,
            seen,
            state: if is_over { state_after(value) } else { state(kept, slot, value, seen, at) },
            is_turned,
        })
    })
}

/// The later of the last coverage and the reply that said the value.
fn last_seen(kept: &Kept, slot: SlotNo) -> Option<Seen> {
    kept.board.seen(slot)
}

/// How a quote stands once its event is over: nobody offers it, and nobody looks any more.
fn state_after(value: Value) -> State {
    if value == Value::Withdrawn { State::Withdrawn } else { State::NotObserved }
}

fn state(kept: &Kept, slot: SlotNo, value: Value, seen: Option<Seen>, at: Moment) -> State {
    if value == Value::Withdrawn {
        return State::Withdrawn;
    }
    let Some(seen) = seen else { return State::NotObserved };
    if kept.board.not_observed_since(slot).is_some() || (seen.basis.is_measured() && at.secs_since(seen.order.at) > UNLOOKED_SECS) {
        return State::NotObserved;
    }
    if seen.book_seen_at.is_some_and(|book| seen.order.at.secs_since(book) > STALE_BOOK_SECS) {
        return State::Stale;
    }
    if matches!(value, Value::Suspended(_)) { State::Suspended } else { State::Live }
}

/// Which side a selection is, by the names that the listing's participants have as of the board.
#[must_use]
pub fn selection(kept: &Kept, meaning: &Meaning) -> String {
    match &meaning.side {
        Side::Named(name) if kept.board.fact(FactKind::Home) == Some(name) => "home".to_owned(),
        Side::Named(name) if kept.board.fact(FactKind::Away) == Some(name) => "away".to_owned(),
        side => side.to_string(),
    }
}

/// What a slot is called in our words, or in the provider's where we have none.
#[derive(Debug, Clone)]
pub struct Named {
    /// The market.
    pub market: String,
    /// Which part of the event.
    pub period: String,
    /// A player or team.
    pub subject: Option<String>,
    /// The answer.
    pub selection: String,
    /// The line, signed from the selection's own side.
    pub line: Option<f64>,
    /// `back` or `lay`.
    pub stance: &'static str,
}

impl Named {
    /// The names of a slot, from the event's own view.
    #[must_use]
    pub fn of(kept: &Kept, words: &Words<'_>, meaning: Option<&Meaning>, is_turned: bool) -> Self {
        let Some(meaning) = meaning else {
            return Self {
                market: words.market.to_owned(),
                period: "full".to_owned(),
                subject: (!words.description.is_empty()).then(|| words.description.to_owned()),
                selection: words.name.to_owned(),
                line: words.point.map(odds::Line::as_f64),
                stance: "back",
            };
        };
        Self {
            market: meaning.kind.to_string(),
            period: meaning.period.to_string(),
            subject: meaning.subject.clone(),
            selection: turned(selection(kept, meaning), is_turned),
            line: meaning.line.map(odds::Line::as_f64),
            stance: if meaning.stance == Stance::Lay { "lay" } else { "back" },
        }
    }
}

impl Standing<'_> {
    /// As it is served.
    #[must_use]
    pub fn quote(&self, shown: Shown) -> Quote {
        let words = self.kept.names.words(self.slot).expect("a standing was made from a slot that has words");
        let slot = self.kept.board.slots()[self.slot.0 as usize];
        let meaning = self.meaning.as_ref();
        let named = Named::of(self.kept, &words, meaning, self.is_turned);
        let changed = slot.changed_at.unwrap_or(slot.said.at);
        let extras = if self.state == State::Withdrawn { Extras::default() } else { Extras::of(self.kept, &words) };
        Quote {
            provider: self.kept.listing.provider.clone(),
            book: odds::book::key(&self.kept.listing.provider, words.book).to_owned(),
            provider_book: words.book.to_owned(),
            market: named.market,
            period: named.period,
            subject: named.subject,
            player_id: None,
            selection: named.selection,
            name: words.name.to_owned(),
            line: named.line,
            price: self.value.price().map(|price| ShownPrice::of(price, shown.format)),
            state: self.state,
            stance: named.stance,
            is_best: false,
            is_aggregate: false,
            is_prop: meaning.map_or_else(|| is_player_key(words.market), |meaning| meaning.kind.is_prop()),
            is_alternate: meaning.is_some_and(|meaning| meaning.is_alternate),
            is_milestone: meaning.is_some_and(|meaning| meaning.is_milestone),
            is_understood: meaning.is_some(),
            changed_at: slot.changed_at,
            first_seen_at: slot.said.at,
            changed_age_secs: shown.at.secs_since(changed),
            observed_at: self.seen.map(|seen| seen.order.at),
            observed_basis: self.seen.map(|seen| seen.basis.as_str()),
            observed_age_secs: self.seen.map(|seen| shown.at.secs_since(seen.order.at)),
            book_seen_at: self.seen.and_then(|seen| seen.book_seen_at),
            not_observed_since: self.kept.board.not_observed_since(self.slot).map(|order| order.at),
            reply: slot.said.reply.to_string(),
            confirmed_by: self.seen.map(|seen| seen.order.reply.to_string()),
            provider_market: words.market.to_owned(),
            link: extras.link,
            sid: extras.sid,
            limit: extras.limit,
            multiplier: extras.multiplier,
            sources: Vec::new(),
        }
    }
}
