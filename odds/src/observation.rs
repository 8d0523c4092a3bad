//! What a reply says, in the provider's own words, before anything is compared or understood.
//!
//! The nesting is the coverage: a book that is listed with a market says that the market was read in full at that book,
//! unless it is marked as damaged.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::cover::FactMask;
use crate::line::Line;
use crate::moment::Moment;
use crate::price::Price;
use crate::reply::Basis;
use crate::rows::RowTold;

pub use crate::problem::{Problem, Refusal};

/// Everything that one reply tells.
#[derive(Debug, Clone, Default)]
pub struct Decoded<'a> {
    /// What it saw, by the moment that it speaks of: one for most replies, several for files that tell of many times.
    pub snapshots: Vec<Snapshot<'a>>,
    /// What could not be used, and why.
    pub problems: Vec<Problem>,
    /// Outcomes refused without our knowing which selection they were; each has a problem.
    pub unreadable: u64,
    /// Catalogue rows: sports, books, participants that the reply names.
    pub catalogue: Vec<CatalogueRow<'a>>,
    /// Where the walk goes on, for endpoints with pages or neighbouring snapshots.
    pub next: Option<crate::reply::Request>,
    /// What each row of a table came to, where the reply is a page of somebody's table: an old database.
    pub rows: Vec<RowTold<'a>>,
    /// What a person decides in it.
    pub decision: Option<crate::decision::Decision>,
}

/// What a reply saw at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot<'a> {
    /// The moment that it describes.
    pub observed_at: Moment,
    /// What that moment rests on.
    pub basis: Basis,
    /// What was asked for: silence means something only inside it.
    pub scope: Scope,
    /// What it saw, by listing.
    pub listings: Vec<ListingSeen<'a>>,
}

/// Stands for every market there is, where a request named none and was answered with all.
pub const EVERY_MARKET: &str = "*";

/// What a request asked for; the frame inside which absence speaks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Scope {
    /// The provider's sport key.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sport: String,
    /// Which listings were asked for.
    #[serde(default)]
    pub listings: ListingScope,
    /// Market keys that were asked for, or [`EVERY_MARKET`]; `None` where the request is not known, or asked for no prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub markets: Option<Vec<String>>,
    /// Which books were asked for.
    #[serde(default)]
    pub books: BookScope,
}

/// Which listings a request asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListingScope {
    /// Not known: no absence can be told.
    #[default]
    Unknown,
    /// Every listing of the sport that has not ended.
    Sport,
    /// Every listing of the sport that starts in a span (either end may be open).
    Starting {
        /// No earlier than.
        from: Option<Moment>,
        /// No later than.
        to: Option<Moment>,
    },
    /// These listings alone, by the provider's ids.
    Listed(Vec<String>),
}

/// Which books a request asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookScope {
    /// Not known: the absence of a book tells nothing.
    #[default]
    Unknown,
    /// Every book that the provider carries.
    All,
    /// These alone, by key. A provider that is asked by region lists the books that it is known to have there.
    Listed(Vec<String>),
}

/// What kind of thing a listing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListingKind {
    /// A contest between two participants.
    #[default]
    Contest,
    /// A question with many answers and no two sides: a championship, an election.
    Outright,
    /// A league's injury list: its facts are the injuries.
    InjuryList,
    /// A team's roster: its facts are the players.
    Roster,
    /// A league's moves of one day: its facts are the moves.
    Transactions,
}

impl ListingKind {
    /// The word in text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contest => "contest",
            Self::Outright => "outright",
            Self::InjuryList => "injury_list",
            Self::Roster => "roster",
            Self::Transactions => "transactions",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Contest, Self::Outright, Self::InjuryList, Self::Roster, Self::Transactions].into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether one can bet on it: lists of people are kept as listings, and are no events.
    #[must_use]
    pub const fn is_event(self) -> bool {
        matches!(self, Self::Contest | Self::Outright)
    }

    /// The kind of fact that a whole list consists of: where such a listing states none of it, nobody is on the list.
    #[must_use]
    pub const fn is_list_of(self) -> Option<FactKind> {
        match self {
            Self::InjuryList => Some(FactKind::Injury),
            Self::Roster => Some(FactKind::Member),
            Self::Contest | Self::Outright | Self::Transactions => None,
        }
    }
}

/// What a reply says of one listing.
#[derive(Debug, Clone, Default)]
pub struct ListingSeen<'a> {
    /// The provider's id of it.
    pub id: Cow<'a, str>,
    /// The provider's sport key.
    pub sport: Cow<'a, str>,
    /// What kind of listing it is.
    pub kind: ListingKind,
    /// Facts that the reply states.
    pub facts: Vec<FactSeen<'a>>,
    /// Kinds of facts of quotes that were asked for: where a quote comes without one, it has none.
    pub asked: FactMask,
    /// Quotes, by book.
    pub books: Vec<BookSeen<'a>>,
}

/// A kind of fact about a listing. The number is stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum FactKind {
    /// When it starts: RFC 3339 UTC.
    Start = 0,
    /// One of the words of [`EventStatus`].
    Status = 1,
    /// The home (or first) participant's name, in the provider's words.
    Home = 2,
    /// The away (or second) participant's name.
    Away = 3,
    /// Points of the home participant so far: a decimal number.
    HomeScore = 4,
    /// Points of the away participant so far.
    AwayScore = 5,
    /// Scores by period: JSON `{"home":[..],"away":[..]}`.
    PeriodScores = 6,
    /// Where it is played.
    Venue = 7,
    /// `true` where no side plays at home.
    NeutralSite = 8,
    /// One injury; the subject is the provider's id of the player, or the name; the value JSON of [`crate::injury::Injury`].
    Injury = 9,
    /// What a provider says besides: the subject says of what (`start`, `book`, `book/market` or `book/market/outcome`), the value is JSON.
    Attribute = 10,
    /// The season's part in the provider's words (`regular-season`, `preseason`, `ALLSTAR`).
    SeasonType = 11,
    /// The provider's own id of a side, for crosswalks; the subject is `home` or `away`.
    SideId = 12,
    /// Rotation number of a side; the subject is `home` or `away`.
    Rotation = 13,
    /// The title of an outright or a listing without sides.
    Title = 14,
    /// The game's number within a day between the same two (doubleheaders): a whole number.
    GameNumber = 15,
    /// A link to where a quote can be bet on; the subject is one of [`crate::attribute`], the value JSON. So are the next three.
    Link = 16,
    /// The book's own id of a quote, its market or the event.
    Sid = 17,
    /// The most that a book takes on an outcome.
    BetLimit = 18,
    /// What a pick pays by, at books that pay by multipliers.
    Multiplier = 19,
    /// Another provider's id of the same listing, as this one passes it on; the subject is that provider's key.
    ExternalId = 20,
    /// What one player did; the subject is the provider's id of the player, or the name; the value JSON of [`crate::stat::StatLine`].
    Stat = 21,
    /// One player of a roster; the subject is the provider's id of the player, or the name; the value JSON of [`crate::roster::Member`].
    Member = 22,
    /// One move of a league; the subject is the provider's id of it, else made of its words; the value JSON of [`crate::roster::Transaction`].
    Transaction = 23,
    /// One official of a game; the subject is the provider's id of the official, or the name; the value JSON of [`crate::roster::Official`].
    Official = 24,
}

impl FactKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [FactKind; 25] = [
        Self::Start,
        Self::Status,
        Self::Home,
        Self::Away,
        Self::HomeScore,
        Self::AwayScore,
        Self::PeriodScores,
        Self::Venue,
        Self::NeutralSite,
        Self::Injury,
        Self::Attribute,
        Self::SeasonType,
        Self::SideId,
        Self::Rotation,
        Self::Title,
        Self::GameNumber,
        Self::Link,
        Self::Sid,
        Self::BetLimit,
        Self::Multiplier,
        Self::ExternalId,
        Self::Stat,
        Self::Member,
        Self::Transaction,
        Self::Official,
    ];

    /// The kind of a stored number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The word in text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Status => "status",
            Self::Home => "home",
            Self::Away => "away",
            Self::HomeScore => "home_score",
            Self::AwayScore => "away_score",
            Self::PeriodScores => "period_scores",
            Self::Venue => "venue",
            Self::NeutralSite => "neutral_site",
            Self::Injury => "injury",
            Self::Attribute => "attribute",
            Self::SeasonType => "season_type",
            Self::SideId => "side_id",
            Self::Rotation => "rotation",
            Self::Title => "title",
            Self::GameNumber => "game_number",
            Self::Link => "link",
            Self::Sid => "sid",
            Self::BetLimit => "bet_limit",
            Self::Multiplier => "multiplier",
            Self::ExternalId => "external_id",
            Self::Stat => "stat",
            Self::Member => "member",
            Self::Transaction => "transaction",
            Self::Official => "official",
        }
    }

    /// Whether a reply that states any fact of this kind states all of them, so that a missing subject is gone.
    #[must_use]
    pub const fn is_a_whole_list(self) -> bool {
        matches!(self, Self::Injury | Self::Stat | Self::Member | Self::Official)
    }

    /// Whether it comes along with a quote, where it was asked for.
    #[must_use]
    pub const fn is_of_quotes(self) -> bool {
        matches!(self, Self::Link | Self::Sid | Self::BetLimit | Self::Multiplier)
    }

    /// Whether it belongs to a side, and a reply may tell it of one side alone.
    #[must_use]
    pub const fn is_of_sides(self) -> bool {
        matches!(self, Self::SideId | Self::Rotation)
    }

    /// Whether a reply may tell some of its subjects and leave out others.
    #[must_use]
    pub const fn is_told_apart(self) -> bool {
        self.is_of_quotes() || self.is_of_sides() || matches!(self, Self::Attribute | Self::Transaction)
    }

    /// Whether its value is JSON.
    #[must_use]
    pub const fn is_json(self) -> bool {
        let is_of_people = matches!(self, Self::Injury | Self::Stat | Self::Member | Self::Transaction | Self::Official);
        self.is_of_quotes() || is_of_people || matches!(self, Self::Attribute | Self::PeriodScores)
    }
}

/// A fact as a reply states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactSeen<'a> {
    /// What it is about.
    pub kind: FactKind,
    /// Which one, where there can be several; else empty.
    pub subject: Cow<'a, str>,
    /// The value, in the text that its kind names.
    pub value: Cow<'a, str>,
}

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventStatus {
    /// Not begun.
    Scheduled,
    /// Being played.
    Live,
    /// Begun late, or held up.
    Delayed,
    /// Stopped, to go on later.
    Suspended,
    /// Moved to a time that may not be known yet.
    Postponed,
    /// Will not be played.
    Cancelled,
    /// Over.
    Final,
}

impl EventStatus {
    /// The word in text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Live => "live",
            Self::Delayed => "delayed",
            Self::Suspended => "suspended",
            Self::Postponed => "postponed",
            Self::Cancelled => "cancelled",
            Self::Final => "final",
        }
    }

    /// The status of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Scheduled, Self::Live, Self::Delayed, Self::Suspended, Self::Postponed, Self::Cancelled, Self::Final]
            .into_iter()
            .find(|status| status.as_str() == word)
    }

    /// Whether nothing more will happen in it.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Final | Self::Cancelled)
    }
}

/// What a reply says of one book in a listing. A book without markets is a book that was read and offered nothing.
#[derive(Debug, Clone, Default)]
pub struct BookSeen<'a> {
    /// The provider's key of the book.
    pub key: Cow<'a, str>,
    /// When the provider last read the book, where it says so and no market says it better.
    pub seen_at: Option<Moment>,
    /// Its markets.
    pub markets: Vec<MarketSeen<'a>>,
}

/// What a reply says of one market at one book.
#[derive(Debug, Clone, Default)]
pub struct MarketSeen<'a> {
    /// The provider's key of the market.
    pub key: Cow<'a, str>,
    /// When the provider last read it.
    pub seen_at: Option<Moment>,
    /// Whether something in it could not be read, so that a missing outcome does not mean that it was withdrawn.
    pub is_damaged: bool,
    /// Its outcomes.
    pub outcomes: Vec<OutcomeSeen<'a>>,
    /// What is told of outcomes that it does not bring, where it comes from a feed of changes.
    pub gone: Gone<'a>,
}

/// What a feed of changes tells of outcomes that it does not bring: its silence says nothing, so what is gone must be said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gone<'a> {
    /// Each of its outcomes has one point at a time: with one that is brought, the same outcome at every other point is gone.
    pub has_other_points: bool,
    /// Outcomes that are gone: name, description, point.
    pub named: Vec<(Cow<'a, str>, Cow<'a, str>, Option<Line>)>,
}

/// One outcome of a market, with what is offered on it.
#[derive(Debug, Clone)]
pub struct OutcomeSeen<'a> {
    /// The provider's name of the outcome (`Over`, `Boston Celtics`).
    pub name: Cow<'a, str>,
    /// The provider's further description (a player, a team); empty where there is none.
    pub description: Cow<'a, str>,
    /// The point, where there is one.
    pub point: Option<Line>,
    /// What is offered, or why it cannot be used.
    pub offer: Result<Offer, Refusal>,
}

/// What a book offers on an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// The price.
    pub price: Price,
    /// Whether the provider says that bets are not taken for now.
    pub is_suspended: bool,
    /// When the price moved, where the provider states it.
    pub changed_at: Option<Moment>,
}

/// A row of a provider's catalogue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CatalogueRow<'a> {
    /// What it names.
    pub kind: CatalogueKind,
    /// The provider's key.
    pub key: Cow<'a, str>,
    /// The name for people.
    pub title: Cow<'a, str>,
    /// Further properties, as JSON (`{"active":true,"has_outrights":false}`), or empty.
    pub detail: String,
}

/// What a catalogue row names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CatalogueKind {
    /// A sport, league or competition key.
    Sport,
    /// A book.
    Book,
    /// A team, or a competitor of an individual sport.
    Participant,
    /// A market that a book was seen to offer on a listing; the key is `listing/book/market`.
    Market,
}

impl CatalogueKind {
    /// The word in text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sport => "sport",
            Self::Book => "book",
            Self::Participant => "participant",
            Self::Market => "market",
        }
    }
}
