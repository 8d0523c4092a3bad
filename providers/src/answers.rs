//! How answers are spelt where providers use the same English words: over and under, yes and no, odd and even, and what a player does.

use odds::market::{MarketKind, Side, Words};

/// How a question about a player is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Over or under a figure.
    Figure,
    /// Yes or no.
    Happens,
}

impl Answer {
    /// The question of our name of what is asked.
    pub(crate) const fn asks(self, ours: &'static str) -> MarketKind {
        match self {
            Self::Figure => MarketKind::PlayerStat(ours),
            Self::Happens => MarketKind::PlayerFeat(ours),
        }
    }
}

/// A question about a player: the provider's words, our name of what is asked, how it is answered.
pub(crate) type PropRow = (&'static str, &'static str, Answer);

/// The row of a table with these words, in the group of a sport.
pub(crate) fn prop(groups: &'static [(&'static str, &'static [PropRow])], group: &str, words: &str) -> Option<(&'static str, Answer)> {
    let (_, rows) = groups.iter().find(|(name, _)| *name == group)?;
    rows.iter().find(|(theirs, ..)| *theirs == words).map(|(_, ours, answer)| (*ours, *answer))
}

/// `Over` or `Under`.
pub(crate) fn over_under(name: &str) -> Option<Side> {
    match name {
        "Over" => Some(Side::Over),
        "Under" => Some(Side::Under),
        _ => None,
    }
}

/// `Yes` or `No`.
pub(crate) fn yes_no(name: &str) -> Option<Side> {
    match name {
        "Yes" => Some(Side::Yes),
        "No" => Some(Side::No),
        _ => None,
    }
}

/// `Odd` or `Even`.
pub(crate) fn odd_even(name: &str) -> Option<Side> {
    match name {
        "Odd" => Some(Side::Odd),
        "Even" => Some(Side::Even),
        _ => None,
    }
}

/// Over or under a figure of the player in the description.
pub(crate) fn figure<'a>(words: &Words<'a>) -> Option<(&'a str, Side)> {
    let side = over_under(words.name).filter(|_| words.point.is_some())?;
    (!words.description.is_empty()).then_some((words.description, side))
}

/// Something that a player does: `Yes` or `No` with the player as description; over or under a half of it; or the player as the name.
pub(crate) fn feat<'a>(words: &Words<'a>) -> Option<(&'a str, Side)> {
    let is_half = words.point.is_some_and(|point| point.milli() == 500);
    let side = match over_under(words.name) {
        Some(Side::Over) if is_half => Some(Side::Yes),
        Some(Side::Under) if is_half => Some(Side::No),
        Some(_) => return None,
        None if words.point.is_some() => return None,
        None => yes_no(words.name),
    };
    match (side, words.description.is_empty()) {
        (Some(side), false) => Some((words.description, side)),
        (None, true) if !words.name.starts_with("No ") => Some((words.name, Side::Yes)),
        _ => None,
    }
}

/// Whether no words stand twice in a group: the first alone would be read.
#[cfg(test)]
pub(crate) fn assert_no_words_twice(groups: &[(&str, &[PropRow])]) {
    for (group, rows) in groups {
        for (words, ..) in *rows {
            assert_eq!(rows.iter().filter(|(other, ..)| other == words).count(), 1, "{group} {words}");
        }
    }
}
