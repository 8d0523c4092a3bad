//! The exchange's numbers of sports, which are our sport keys at this provider.

/// Number and name; the ones not in the samples are general knowledge, and only titles.
const SPORTS: &[(&str, &str)] = &[
    ("1", "Soccer"),
    ("2", "Tennis"),
    ("3", "Golf"),
    ("4", "Cricket"),
    ("5", "Rugby Union"),
    ("6", "Boxing"),
    ("7", "Horse Racing"),
    ("1477", "Rugby League"),
    ("4339", "Greyhound Racing"),
    ("6423", "American Football"),
    ("7511", "Baseball"),
    ("7522", "Basketball"),
    ("7524", "Ice Hockey"),
    ("61420", "Australian Rules"),
    ("26420387", "Mixed Martial Arts"),
];

/// The name of a sport's number.
pub(super) fn title(number: &str) -> Option<&'static str> {
    SPORTS.iter().find(|(known, _)| *known == number).map(|(_, title)| *title)
}

/// Whether an event of the sport is a meeting of races, and its name no two sides.
pub(super) fn is_racing(number: &str) -> bool {
    matches!(number, "7" | "4339")
}
