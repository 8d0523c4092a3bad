//! The books behind the column prefixes, as the site's notes name them (general knowledge: kept as titles only).

/// What stands behind a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A bookmaker.
    Book,
    /// An exchange: the price is of the back side, before commission.
    Exchange,
    /// The best or the mean of many books: no single offer, nothing that can be bet.
    Aggregate,
}

impl Kind {
    /// The catalogue's detail.
    pub(super) const fn detail(self) -> &'static str {
        match self {
            Self::Book => "",
            Self::Exchange => r#"{"exchange":true}"#,
            Self::Aggregate => r#"{"aggregate":true}"#,
        }
    }
}

/// A prefix that the site is known to use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Book {
    /// Our key of it: the site's code; Pinnacle's two codes (`P`, `PS`) are one book.
    pub(super) key: &'static str,
    /// For people.
    pub(super) title: &'static str,
    /// What it is.
    pub(super) kind: Kind,
}

const fn book(key: &'static str, title: &'static str) -> Book {
    Book { key, title, kind: Kind::Book }
}

const fn aggregate(key: &'static str, title: &'static str) -> Book {
    Book { key, title, kind: Kind::Aggregate }
}

const BOOKS: &[Book] = &[
    book("1XB", "1xBet"),
    book("B365", "Bet365"),
    book("BF", "Betfair"),
    book("BFD", "Betfred"),
    Book { key: "BFE", title: "Betfair Exchange", kind: Kind::Exchange },
    book("BMGM", "BetMGM"),
    book("BS", "Blue Square"),
    book("BV", "BetVictor"),
    book("BW", "Bwin"),
    book("CL", "Coral"),
    book("GB", "Gamebookers"),
    book("IW", "Interwetten"),
    book("LB", "Ladbrokes"),
    book("PS", "Pinnacle"),
    book("SB", "Sportingbet"),
    book("SJ", "Stan James"),
    book("SO", "Sporting Odds"),
    book("SY", "Stanleybet"),
    book("VC", "VC Bet"),
    book("WH", "William Hill"),
    aggregate("Max", "Best price of the market"),
    aggregate("Avg", "Mean price of the market"),
    aggregate("BbMx", "Best price at BetBrain"),
    aggregate("BbAv", "Mean price at BetBrain"),
];

/// The book of a column prefix, where the site is known to use it.
pub(super) fn known(prefix: &str) -> Option<&'static Book> {
    let key = if prefix == "P" { "PS" } else { prefix };
    BOOKS.iter().find(|book| book.key == key)
}
