//! What a slot means in our language: market kind, period, subject, side and line.
//!
//! A meaning is a pure function of the provider's words, so it can get better without a byte of history being rewritten.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::line::Line;

/// Which question is asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarketKind {
    /// Who wins; two or three ways, as the quote has it.
    Moneyline,
    /// Who wins, the draw being one of three answers by rule.
    ThreeWay,
    /// Who wins after a handicap.
    Spread,
    /// Over or under a sum of both sides' points.
    Total,
    /// Over or under one side's points.
    TeamTotal,
    /// Whether both sides score.
    BothTeamsToScore,
    /// Who wins, the stake being returned on a draw.
    DrawNoBet,
    /// Two of three results in one bet.
    DoubleChance,
    /// Whether the sum of both sides' points is odd or even.
    OddEven,
    /// Who wins a competition.
    Outright,
    /// A handicap or total of something other than points (`corners`, `cards`).
    Counted(&'static str, CountedKind),
    /// A player's figure: our key of the statistic (`points`, `pass_yds`).
    PlayerStat(&'static str),
    /// Something that a player does or does not (`anytime_td`, `double_double`).
    PlayerFeat(&'static str),
}

/// How a counted thing is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CountedKind {
    /// With a handicap.
    Spread,
    /// Over or under a sum.
    Total,
}

impl fmt::Display for MarketKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moneyline => f.write_str("moneyline"),
            Self::ThreeWay => f.write_str("three_way"),
            Self::Spread => f.write_str("spread"),
            Self::Total => f.write_str("total"),
            Self::TeamTotal => f.write_str("team_total"),
            Self::BothTeamsToScore => f.write_str("both_teams_to_score"),
            Self::DrawNoBet => f.write_str("draw_no_bet"),
            Self::DoubleChance => f.write_str("double_chance"),
            Self::OddEven => f.write_str("odd_even"),
            Self::Outright => f.write_str("outright"),
            Self::Counted(what, CountedKind::Spread) => write!(f, "{what}_spread"),
            Self::Counted(what, CountedKind::Total) => write!(f, "{what}_total"),
            Self::PlayerStat(stat) | Self::PlayerFeat(stat) => write!(f, "player_{stat}"),
        }
    }
}

impl MarketKind {
    /// Whether it is about a player.
    #[must_use]
    pub const fn is_prop(&self) -> bool {
        matches!(self, Self::PlayerStat(_) | Self::PlayerFeat(_))
    }
}

impl Serialize for MarketKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Which part of the event is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Period {
    /// The whole, with extra time as the league settles it.
    #[default]
    Full,
    /// A half, from 1.
    Half(u8),
    /// A quarter, from 1.
    Quarter(u8),
    /// A hockey period, from 1.
    Third(u8),
    /// The first so many innings.
    FirstInnings(u8),
    /// One inning alone.
    Inning(u8),
    /// A set, from 1.
    Set(u8),
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("full"),
            Self::Half(n) => write!(f, "half_{n}"),
            Self::Quarter(n) => write!(f, "quarter_{n}"),
            Self::Third(n) => write!(f, "period_{n}"),
            Self::FirstInnings(n) => write!(f, "first_{n}_innings"),
            Self::Inning(n) => write!(f, "inning_{n}"),
            Self::Set(n) => write!(f, "set_{n}"),
        }
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Which answer is backed (or laid).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The home side, where the provider names the side itself.
    Home,
    /// The away side, where the provider names the side itself.
    Away,
    /// A participant by the provider's name; home or away comes from the facts as of the moment asked about.
    Named(String),
    /// The draw.
    Draw,
    /// More than the line.
    Over,
    /// Less than the line.
    Under,
    /// It happens.
    Yes,
    /// It does not.
    No,
    /// An odd sum.
    Odd,
    /// An even sum; none at all is even.
    Even,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Home => "home",
            Self::Away => "away",
            Self::Named(name) => name,
            Self::Draw => "draw",
            Self::Over => "over",
            Self::Under => "under",
            Self::Yes => "yes",
            Self::No => "no",
            Self::Odd => "odd",
            Self::Even => "even",
        })
    }
}

impl Serialize for Side {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Whether the price is for backing an answer or for laying it. Never mixed: a lay price is not a best price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stance {
    /// A bet on it.
    #[default]
    Back,
    /// A bet against it.
    Lay,
}

/// What a slot means.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Meaning {
    /// Which question.
    pub kind: MarketKind,
    /// About which part.
    pub period: Period,
    /// About whom: a player or team in the provider's spelling; `None` where it is about the event.
    pub subject: Option<String>,
    /// Which answer.
    pub side: Side,
    /// The line, signed from the side's own view.
    pub line: Option<Line>,
    /// Back or lay.
    pub stance: Stance,
    /// Whether the provider offers it as an alternate line.
    pub is_alternate: bool,
    /// Whether it was said as "N or more" and is kept as over N - 0.5.
    pub is_milestone: bool,
}

impl Meaning {
    /// A plain meaning: full event, back, no subject, main line.
    #[must_use]
    pub const fn of(kind: MarketKind, side: Side, line: Option<Line>) -> Self {
        Self { kind, period: Period::Full, subject: None, side, line, stance: Stance::Back, is_alternate: false, is_milestone: false }
    }
}

/// Whether a market that we do not understand is one about players, by its key.
#[must_use]
pub fn is_player_key(market: &str) -> bool {
    ["player_", "batter_", "pitcher_"].iter().any(|start| market.starts_with(start))
}

/// The words of a slot, as a provider's `meaning` reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Words<'a> {
    /// Book key.
    pub book: &'a str,
    /// Market key.
    pub market: &'a str,
    /// Outcome name.
    pub name: &'a str,
    /// Further description, or empty.
    pub description: &'a str,
    /// Point.
    pub point: Option<Line>,
}
