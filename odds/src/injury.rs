//! An injury as a source states it: its own words kept, with ours beside them.

use serde::{Deserialize, Serialize};

use crate::moment::Moment;

/// What a source says of one player's injury.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Injury {
    /// The player's name in the source's spelling.
    pub player: String,
    /// The team's name in the source's spelling.
    pub team: String,
    /// The status in the league's own words (`Out`, `60-Day-IL`).
    pub status: String,
    /// The status in ours, where we know the word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<InjuryStatus>,
    /// Body part or reason (`Knee`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_part: Option<String>,
    /// What the source adds, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The day of the expected return (`2026-07-10`), as the source states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_return: Option<String>,
    /// When the source says that it was reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_at: Option<Moment>,
    /// The position, in the source's abbreviation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
}

/// Whether a player can play.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InjuryStatus {
    /// Will not play.
    Out,
    /// Unlikely to play.
    Doubtful,
    /// May play.
    Questionable,
    /// Likely to play.
    Probable,
    /// Decided from day to day.
    DayToDay,
    /// On a list that excludes him for a number of days.
    InjuredList,
    /// On injured reserve, or out for the season.
    InjuredReserve,
    /// Excluded by the league or the club.
    Suspended,
    /// Away for reasons of his own.
    Personal,
}

impl InjuryStatus {
    /// The status of a source's word, where it is known.
    #[must_use]
    pub fn from_words(words: &str) -> Option<Self> {
        let word = words.trim().to_ascii_lowercase().replace(['_', ' '], "-");
        let word = word.strip_prefix("injury-status-").unwrap_or(&word);
        Some(match word {
            "out" => Self::Out,
            "doubtful" => Self::Doubtful,
            "questionable" => Self::Questionable,
            "probable" => Self::Probable,
            "day-to-day" | "daytoday" | "dtd" => Self::DayToDay,
            "injured-reserve" | "ir" | "out-for-season" => Self::InjuredReserve,
            "suspension" | "suspended" => Self::Suspended,
            "paternity" | "bereavement" | "personal" => Self::Personal,
            "d7" | "d10" | "d15" | "d60" | "il" | "injured-list" => Self::InjuredList,
            _ if word.ends_with("-day-il") => Self::InjuredList,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leagues_words_are_understood_and_others_left_open() {
        let known = [
            ("Out", InjuryStatus::Out),
            ("INJURY_STATUS_OUT", InjuryStatus::Out),
            ("Day-To-Day", InjuryStatus::DayToDay),
            ("60-Day-IL", InjuryStatus::InjuredList),
            ("10-Day IL", InjuryStatus::InjuredList),
            ("D60", InjuryStatus::InjuredList),
        ];
        for (words, status) in known {
            assert_eq!(InjuryStatus::from_words(words), Some(status), "{words}");
        }
        assert_eq!(InjuryStatus::from_words("Load Management"), None);
    }
}
