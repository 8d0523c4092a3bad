//! Names of the made-up world: the books are real keys, the teams and players are nobody, and some are awkward on purpose
//! (one name inside another, accents, an apostrophe, a dot).

pub(super) const TEAMS: &[&str] = &[
    "Washington",
    "Washington State",
    "Harbor City Herons",
    "1. FC Köln Nord",
    "Saint John's Red",
    "St. Elmo Lights",
    "New Avalon Kings",
    "New Avalon Knights",
    "Miami (OH) Rivers",
    "Texas A&M Plains",
    "São Bento",
    "North Ridge",
    "Lakeside United",
    "Lakeside",
    "Bay Area 49",
    "Old Town Athletic",
    "Union Grove",
    "Cedar Falls Owls",
    "Port Royal",
    "Granite Bay",
    "Stone Creek",
    "Red Bluff",
    "Silver Lake",
    "East Haven",
];

pub(super) const PLAYERS: &[&str] = &[
    "Agustín Ramos",
    "Agustin Ramos Jr.",
    "D'Andre O'Neil",
    "J.P. Keller",
    "Luka Novák",
    "Mo Ba",
    "Jean-Luc Petit",
    "Tyrese Hall",
    "Sam Smith",
    "Samuel Smith",
    "Ng Wei",
    "Ivo Karlović",
    "Ole Ås",
    "Chris Paulsen",
    "Max Weiß",
    "Al Green II",
];

/// Key and title.
pub(super) const BOOKS: &[(&str, &str)] = &[
    ("draftkings", "DraftKings"),
    ("fanduel", "FanDuel"),
    ("betmgm", "BetMGM"),
    ("pinnacle", "Pinnacle"),
    ("williamhill_us", "Caesars"),
    ("betrivers", "BetRivers"),
    ("bovada", "Bovada"),
    ("betonlineag", "BetOnline.ag"),
    ("mybookieag", "MyBookie.ag"),
    ("lowvig", "LowVig.ag"),
    ("betus", "BetUS"),
    ("fanatics", "Fanatics"),
];

pub(super) const PROPS: &[&str] =
    &["player_points", "player_rebounds", "player_assists", "player_threes", "player_steals", "player_blocks"];
