//! What a player did in an event, as a source states it: exact numbers under our names, so that props can be graded by them.
//!
//! The names are those of [`crate::market::MarketKind::PlayerStat`]. What a line does not state it may still imply: `pra` is points,
//! rebounds and assists together. What it neither states nor implies is not known, and never taken to be nought.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::decimal::{NumberError, format_scaled, parse_scaled};
use crate::settlement::Figure;

/// A number in thousandths, written in JSON as the number itself: `21`, `8.58`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(i64);

/// Whole thousandths beyond which a JSON number would not come back exactly.
const LARGEST_MILLI: i64 = 999_999_999_999_999;

impl Amount {
    /// From thousandths; a magnitude above 999,999,999,999.999 becomes that.
    #[must_use]
    pub const fn from_milli(milli: i64) -> Self {
        if milli > LARGEST_MILLI {
            Self(LARGEST_MILLI)
        } else if milli < -LARGEST_MILLI {
            Self(-LARGEST_MILLI)
        } else {
            Self(milli)
        }
    }

    /// A whole number.
    #[must_use]
    pub const fn whole(number: i32) -> Self {
        Self(number as i64 * 1000)
    }

    /// Reads `21`, `8.58`, `-3`; what is finer than a thousandth is rounded.
    ///
    /// # Errors
    /// [`NumberError`] where it is no number, or too large.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let milli = parse_scaled(text, 3)?.units;
        if milli.unsigned_abs() > LARGEST_MILLI.unsigned_abs() { Err(NumberError::OutOfRange) } else { Ok(Self(milli)) }
    }

    /// Thousandths.
    #[must_use]
    pub const fn milli(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_scaled(self.0, 3))
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 1000 == 0 {
            return serializer.serialize_i64(self.0 / 1000);
        }
        serializer.serialize_f64(self.0 as f64 / 1000.0)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        Self::parse(&number.to_string()).map_err(|error| de::Error::custom(format_args!("{number} {error}")))
    }
}

/// A side of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TeamSide {
    /// The home (or first) side.
    Home,
    /// The away (or second) side.
    Away,
}

/// What one player did in one event: the value of [`crate::observation::FactKind::Stat`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StatLine {
    /// The player's name in the source's spelling.
    pub player: String,
    /// The team's name in the source's spelling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Which side of the event the team was, where the source says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<TeamSide>,
    /// The position, in the source's abbreviation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// Whether the source says that he took no part. Nobody is said so for want of a line.
    #[serde(default, skip_serializing_if = "is_false")]
    pub did_not_play: bool,
    /// The statistics by our names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stats: BTreeMap<String, Amount>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Statistics that others make up: our name, and each part with how often it counts.
const SUMS: &[(&str, &[(&str, i64)])] = &[
    ("blocks_steals", &[("blocks", 1), ("steals", 1)]),
    ("hrr", &[("hits", 1), ("runs", 1), ("rbis", 1)]),
    ("pa", &[("points", 1), ("assists", 1)]),
    ("pass_rush_rec_tds", &[("pass_tds", 1), ("rush_tds", 1), ("rec_tds", 1)]),
    ("pass_rush_rec_yds", &[("pass_yds", 1), ("rush_yds", 1), ("rec_yds", 1)]),
    ("pass_rush_yds", &[("pass_yds", 1), ("rush_yds", 1)]),
    ("pr", &[("points", 1), ("rebounds", 1)]),
    ("pra", &[("points", 1), ("rebounds", 1), ("assists", 1)]),
    ("ra", &[("rebounds", 1), ("assists", 1)]),
    ("rush_rec_tds", &[("rush_tds", 1), ("rec_tds", 1)]),
    ("rush_rec_yds", &[("rush_yds", 1), ("rec_yds", 1)]),
    ("singles", &[("hits", 1), ("doubles", -1), ("triples", -1), ("home_runs", -1)]),
    ("tackles_assists", &[("solo_tackles", 1), ("tackle_assists", 1)]),
    ("total_bases", &[("hits", 1), ("doubles", 1), ("triples", 2), ("home_runs", 3)]),
];

/// Feats that a figure decides: our name, the statistic, and the least that it must come to.
const FEATS: &[(&str, &str, i64)] = &[
    ("anytime_goal", "goals", 1),
    ("anytime_td", "tds", 1),
    ("anytime_try", "tries", 1),
    ("card", "cards", 1),
    ("pitcher_win", "pitcher_win", 1),
    ("red_card", "red_cards", 1),
];

/// What doubles are counted of in basketball.
const DOUBLES: [&str; 5] = ["points", "rebounds", "assists", "steals", "blocks"];

impl StatLine {
    /// The figure that a prop on a statistic is graded by: stated, or made up of what is stated; `None` where it is not known.
    #[must_use]
    pub fn figure(&self, stat: &str) -> Option<Figure> {
        if self.did_not_play {
            return Some(Figure::DidNotPlay);
        }
        self.milli(stat).map(Figure::Milli)
    }

    /// Whether the player did what a feat names (`anytime_td`); `None` where the line does not decide it.
    #[must_use]
    pub fn did(&self, feat: &str) -> Option<bool> {
        match feat {
            "double_double" => self.has_doubles(2),
            "triple_double" => self.has_doubles(3),
            _ => {
                let (_, stat, least) = FEATS.iter().find(|(name, ..)| *name == feat)?;
                Some(self.milli(stat)? >= least * 1000)
            }
        }
    }

    fn milli(&self, stat: &str) -> Option<i64> {
        if let Some(stated) = self.stats.get(stat) {
            return Some(stated.milli());
        }
        let (_, parts) = SUMS.iter().find(|(name, _)| *name == stat)?;
        parts.iter().map(|(part, times)| Some(self.stats.get(*part)?.milli() * times)).sum()
    }

    /// Whether at least so many of the five reach ten. Known early where enough do; else only where all five are.
    fn has_doubles(&self, least: usize) -> Option<bool> {
        let stated: Vec<i64> = DOUBLES.iter().filter_map(|stat| self.stats.get(*stat)).map(|amount| amount.milli()).collect();
        let reached = stated.iter().filter(|milli| **milli >= 10_000).count();
        (reached >= least || stated.len() == DOUBLES.len()).then_some(reached >= least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(stats: &[(&str, i32)]) -> StatLine {
        let stats = stats.iter().map(|(name, number)| ((*name).to_owned(), Amount::whole(*number))).collect();
        StatLine { player: "A Player".to_owned(), stats, ..StatLine::default() }
    }

    #[test]
    fn combos_are_made_up_of_their_parts_and_only_of_all_of_them() {
        let guard = line(&[("points", 25), ("rebounds", 7), ("assists", 11), ("blocks", 1), ("steals", 2)]);
        for (stat, milli) in [("pra", 43_000), ("pr", 32_000), ("pa", 36_000), ("ra", 18_000), ("blocks_steals", 3000), ("points", 25_000)]
        {
            assert_eq!(guard.figure(stat), Some(Figure::Milli(milli)), "{stat}");
        }
        assert_eq!(line(&[("points", 25), ("rebounds", 7)]).figure("pra"), None);
        assert_eq!(guard.figure("threes"), None, "what is not stated is not nought");
        let batter = line(&[("hits", 3), ("doubles", 1), ("triples", 0), ("home_runs", 1)]);
        assert_eq!([batter.figure("total_bases"), batter.figure("singles")], [7000, 1000].map(|milli| Some(Figure::Milli(milli))));
        assert_eq!(line(&[("pra", 40), ("points", 1)]).figure("pra"), Some(Figure::Milli(40_000)), "what is stated beats what is made up");
    }

    #[test]
    fn every_part_of_a_sum_is_a_statistic_of_its_own() {
        for (name, parts) in SUMS {
            assert!(parts.iter().all(|(part, _)| part != name && SUMS.iter().all(|(sum, _)| sum != part)), "{name}");
        }
    }

    #[test]
    fn feats_are_decided_by_figures_or_left_open() {
        assert_eq!(line(&[("tds", 0)]).did("anytime_td"), Some(false));
        assert_eq!(line(&[("goals", 2)]).did("anytime_goal"), Some(true));
        assert_eq!(line(&[("goals", 2)]).did("first_goal"), None);
        assert_eq!(line(&[]).did("anytime_td"), None);
        let double = line(&[("points", 10), ("rebounds", 12)]);
        assert_eq!((double.did("double_double"), double.did("triple_double")), (Some(true), None), "assists are not stated");
        let full = line(&[("points", 10), ("rebounds", 12), ("assists", 9), ("steals", 0), ("blocks", 0)]);
        assert_eq!(full.did("triple_double"), Some(false));
    }

    #[test]
    fn a_line_is_written_without_what_is_not_said_and_comes_back() {
        let mut said = line(&[("points", 21)]);
        said.stats.insert("fantasy_points".to_owned(), Amount::from_milli(8580));
        said.side = Some(TeamSide::Away);
        let text = serde_json::to_string(&said).unwrap();
        assert_eq!(text, r#"{"player":"A Player","side":"away","stats":{"fantasy_points":8.58,"points":21}}"#);
        assert_eq!(serde_json::from_str::<StatLine>(&text).unwrap(), said);
        let out: StatLine = serde_json::from_str(r#"{"player":"B","did_not_play":true}"#).unwrap();
        assert_eq!(out.figure("points"), Some(Figure::DidNotPlay));
        assert!(serde_json::from_str::<StatLine>(r#"{"player":"B","stats":{"points":1e300}}"#).is_err());
    }

    proptest! {
        #[test]
        fn an_amount_comes_back_from_json(milli in any::<i64>()) {
            let amount = Amount::from_milli(milli);
            let text = serde_json::to_string(&amount).unwrap();
            prop_assert_eq!(serde_json::from_str::<Amount>(&text).unwrap(), amount);
            prop_assert_eq!(Amount::parse(&amount.to_string()), Ok(amount));
        }
    }
}
