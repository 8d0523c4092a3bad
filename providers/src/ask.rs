//! What the scheduler wants to know, in words that every provider turns into its own requests.

use odds::Moment;
use serde::{Deserialize, Serialize};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The catalogue of sports.
    Sports,
    /// Listings of a sport, without prices.
    Events,
    /// Featured markets of every listing of a sport.
    Odds,
    /// Any markets of one listing: props, alternates, periods.
    EventOdds,
    /// Which markets are offered on one listing.
    EventMarkets,
    /// Scores and states of a sport.
    Scores,
    /// Teams or competitors of a sport.
    Participants,
    /// Injuries of a league.
    Injuries,
    /// Who plays for a team; the listing names the team by its key in the catalogue of participants.
    Rosters,
    /// The moves of a league: who was signed, traded, let go.
    Transactions,
    /// Everything on one listing (box score, injuries, odds where there are).
    Summary,
    /// A whole season of a league, as one file.
    Season,
    /// What is coming, with the prices in it.
    Fixtures,
    /// [`What::Odds`] as it stood at a moment.
    HistoricalOdds,
    /// [`What::Events`] as it stood at a moment.
    HistoricalEvents,
    /// [`What::EventOdds`] as it stood at a moment.
    HistoricalEventOdds,
}

impl What {
    /// The word in text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sports => "sports",
            Self::Events => "events",
            Self::Odds => "odds",
            Self::EventOdds => "event_odds",
            Self::EventMarkets => "event_markets",
            Self::Scores => "scores",
            Self::Participants => "participants",
            Self::Injuries => "injuries",
            Self::Rosters => "rosters",
            Self::Transactions => "transactions",
            Self::Summary => "summary",
            Self::Season => "season",
            Self::Fixtures => "fixtures",
            Self::HistoricalOdds => "historical_odds",
            Self::HistoricalEvents => "historical_events",
            Self::HistoricalEventOdds => "historical_event_odds",
        }
    }
}

/// One thing to ask a provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ask {
    /// What.
    pub what: What,
    /// The provider's sport key; empty for catalogues.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sport: String,
    /// The provider's id of the one listing that is asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing: Option<String>,
    /// The provider's ids of the listings that are asked about, where it is asked listing by listing. The calls name them; the ask is
    /// remembered without.
    #[serde(skip)]
    pub listings: Vec<String>,
    /// Market keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub markets: Vec<String>,
    /// Book keys; where given, they beat regions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub books: Vec<String>,
    /// The provider's regions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// The moment asked about, for history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    /// The league's day asked about, `YYYY-MM-DD`, or a season (`2223`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
}

impl Ask {
    /// An ask of a kind about a sport, with nothing else said.
    #[must_use]
    pub fn of(what: What, sport: impl Into<String>) -> Self {
        Self {
            what,
            sport: sport.into(),
            listing: None,
            listings: Vec::new(),
            markets: Vec::new(),
            books: Vec::new(),
            regions: Vec::new(),
            at: None,
            day: None,
        }
    }
}
