//! What a column is, told by its name alone: the set and the order of columns change from season to season.

use std::borrow::Cow;

use super::books;

/// When a price was taken, as far as a column's name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// At the site's collection before the match.
    Before,
    /// Last before the start: a `C` after the book.
    Closing,
}

/// Which question a price column answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Market {
    /// Home, draw or away.
    Result,
    /// Over or under 2.5 goals.
    Goals,
    /// Asian handicap.
    Handicap,
}

impl Market {
    /// The market key.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Result => "1X2",
            Self::Goals => "OU",
            Self::Handicap => "AH",
        }
    }
}

/// Which answer a price column is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Home,
    Draw,
    Away,
    Over,
    Under,
}

impl Answer {
    /// The outcome's name, as the site spells it in its headers.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Home => "H",
            Self::Draw => "D",
            Self::Away => "A",
            Self::Over => ">2.5",
            Self::Under => "<2.5",
        }
    }
}

/// The price columns of one book in one phase.
#[derive(Debug)]
pub(super) struct BookColumns {
    pub(super) key: Cow<'static, str>,
    pub(super) markets: Vec<MarketColumns>,
}

/// The price columns of one market at a book.
#[derive(Debug)]
pub(super) struct MarketColumns {
    pub(super) market: Market,
    /// The column of the home side's handicap.
    pub(super) line: Option<usize>,
    pub(super) prices: Vec<(usize, Answer)>,
}

/// The columns of a file, by what they are.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub(super) division: Option<usize>,
    pub(super) country: Option<usize>,
    pub(super) date: usize,
    pub(super) time: Option<usize>,
    pub(super) home: usize,
    pub(super) away: usize,
    pub(super) goals: Option<(usize, usize)>,
    pub(super) half_time: Option<(usize, usize)>,
    pub(super) result: Option<usize>,
    pub(super) before: Vec<BookColumns>,
    pub(super) closing: Vec<BookColumns>,
    /// Columns that we know nothing of.
    pub(super) unknown: Vec<usize>,
}

/// Names that hold no price: identity, result, statistics, and BetBrain's counts of books.
const NOT_PRICES: &[&str] = &[
    "Div",
    "Date",
    "Time",
    "HomeTeam",
    "AwayTeam",
    "Country",
    "League",
    "Season",
    "Home",
    "Away",
    "FTHG",
    "FTAG",
    "FTR",
    "HG",
    "AG",
    "Res",
    "HTHG",
    "HTAG",
    "HTR",
    "Attendance",
    "Referee",
    "HS",
    "AS",
    "HST",
    "AST",
    "HHW",
    "AHW",
    "HC",
    "AC",
    "HF",
    "AF",
    "HFKC",
    "AFKC",
    "HO",
    "AO",
    "HY",
    "AY",
    "HR",
    "AR",
    "HBP",
    "ABP",
    "Bb1X2",
    "BbOU",
    "BbAH",
];

/// Suffixes of price columns, longest first; the two with underscores are how some copies spell `>2.5` and `<2.5`.
const SUFFIXES: &[(&str, Market, Answer)] = &[
    ("_2_5_1", Market::Goals, Answer::Under),
    ("_2_5", Market::Goals, Answer::Over),
    (">2.5", Market::Goals, Answer::Over),
    ("<2.5", Market::Goals, Answer::Under),
    ("AHH", Market::Handicap, Answer::Home),
    ("AHA", Market::Handicap, Answer::Away),
    ("H", Market::Result, Answer::Home),
    ("D", Market::Result, Answer::Draw),
    ("A", Market::Result, Answer::Away),
];

/// Reads a header; `Err` names the columns that must be there and are not.
pub(super) fn columns(header: &[Cow<'_, str>]) -> Result<Columns, String> {
    let find = |names: &[&str]| header.iter().position(|name| names.contains(&name.as_ref()));
    let need = |names: &[&str]| find(names).ok_or_else(|| format!("no column {}", names.join(" or ")));
    let mut columns = Columns {
        division: find(&["Div"]),
        country: find(&["Country"]),
        date: need(&["Date"])?,
        time: find(&["Time"]),
        home: need(&["HomeTeam", "Home"])?,
        away: need(&["AwayTeam", "Away"])?,
        goals: find(&["FTHG", "HG"]).zip(find(&["FTAG", "AG"])),
        half_time: find(&["HTHG"]).zip(find(&["HTAG"])),
        result: find(&["FTR", "Res"]),
        ..Columns::default()
    };
    if columns.division.is_none() && columns.country.is_none() {
        return Err("no column Div or Country".to_owned());
    }
    for (at, name) in header.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        columns.place(at, name, header);
    }
    Ok(columns)
}

impl Columns {
    /// Every price column, of either phase.
    pub(super) fn price_columns(&self) -> impl Iterator<Item = usize> {
        let books = self.before.iter().chain(&self.closing);
        books.flat_map(|book| &book.markets).flat_map(|market| &market.prices).map(|(at, _)| *at)
    }

    fn place(&mut self, at: usize, name: &str, header: &[Cow<'_, str>]) {
        if NOT_PRICES.contains(&name) || is_line(name) {
            return;
        }
        let Some(price) = price_column(name, header) else {
            self.unknown.push(at);
            return;
        };
        let books = match price.phase {
            Phase::Before => &mut self.before,
            Phase::Closing => &mut self.closing,
        };
        let markets =
            &mut entry(books, |book| book.key == price.key, || BookColumns { key: price.key.clone(), markets: Vec::new() }).markets;
        let line = (price.market == Market::Handicap).then(|| line_column(price.stem, price.phase, header)).flatten();
        let new = || MarketColumns { market: price.market, line, prices: Vec::new() };
        entry(markets, |market| market.market == price.market, new).prices.push((at, price.answer));
    }
}

fn entry<T>(list: &mut Vec<T>, is_it: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> &mut T {
    let at = list.iter().position(is_it).unwrap_or_else(|| {
        list.push(new());
        list.len() - 1
    });
    &mut list[at]
}

struct PriceColumn<'h> {
    /// The name without its suffix: book and phase.
    stem: &'h str,
    key: Cow<'static, str>,
    phase: Phase,
    market: Market,
    answer: Answer,
}

fn price_column<'h>(name: &'h str, header: &[Cow<'_, str>]) -> Option<PriceColumn<'h>> {
    let (stem, suffix, market, answer) = SUFFIXES.iter().find_map(|(suffix, market, answer)| {
        let stem = name.strip_suffix(suffix).filter(|stem| !stem.is_empty())?;
        Some((stem, *suffix, *market, *answer))
    })?;
    let (key, phase) = known_stem(stem).or_else(|| unknown_stem(stem, suffix, market, header))?;
    Some(PriceColumn { stem, key, phase, market, answer })
}

/// `VC` is a book and not the closing price of `V`: a known book comes first.
fn known_stem(stem: &str) -> Option<(Cow<'static, str>, Phase)> {
    let before = books::known(stem).map(|book| (book, Phase::Before));
    let closing = || stem.strip_suffix('C').and_then(books::known).map(|book| (book, Phase::Closing));
    before.or_else(closing).map(|(book, phase)| (Cow::Borrowed(book.key), phase))
}

/// A book that we do not know: kept under its prefix. A single letter at the end of a name proves nothing, so at least
/// two of its three 1X2 columns must be there.
fn unknown_stem(stem: &str, suffix: &str, market: Market, header: &[Cow<'_, str>]) -> Option<(Cow<'static, str>, Phase)> {
    let has = |name: String| header.iter().any(|other| *other == name);
    if market == Market::Result && ["H", "D", "A"].iter().filter(|letter| has(format!("{stem}{letter}"))).count() < 2 {
        return None;
    }
    let closing_of = stem.strip_suffix('C').filter(|book| has(format!("{book}{suffix}")));
    let (key, phase) = closing_of.map_or((stem, Phase::Before), |book| (book, Phase::Closing));
    Some((Cow::Owned(key.to_owned()), phase))
}

/// `AHh`, `AHCh`, `BbAHh`, and in old files a line for each book: `B365AH`.
fn is_line(name: &str) -> bool {
    matches!(name, "AHh" | "AHCh" | "BbAHh") || name.strip_suffix("AH").is_some_and(|book| known_stem(book).is_some())
}

/// A book's own line beats the market's; BetBrain's is its own alone.
fn line_column(stem: &str, phase: Phase, header: &[Cow<'_, str>]) -> Option<usize> {
    let find = |wanted: &str| header.iter().position(|name| name == wanted);
    let markets_own = match phase {
        _ if stem.starts_with("Bb") => "BbAHh",
        Phase::Before => "AHh",
        Phase::Closing => "AHCh",
    };
    find(&format!("{stem}AH")).or_else(|| find(markets_own))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Columns {
        let header: Vec<_> = header.split(',').map(Cow::Borrowed).collect();
        columns(&header).unwrap()
    }

    fn told(books: &[BookColumns]) -> Vec<String> {
        let market = |book: &BookColumns, market: &MarketColumns| {
            let answers: Vec<_> = market.prices.iter().map(|(at, answer)| format!("{}@{at}", answer.name())).collect();
            format!("{} {} {:?} {}", book.key, market.market.key(), market.line, answers.join(" "))
        };
        books.iter().flat_map(|book| book.markets.iter().map(move |m| market(book, m))).collect()
    }

    const IDENTITY: &str = "Div,Date,HomeTeam,AwayTeam";

    #[test]
    fn pinnacle_is_one_book_under_its_three_spellings_and_two_phases() {
        let columns = read(&format!("{IDENTITY},PSH,PSD,PSA,P>2.5,P<2.5,AHh,PAHH,PAHA,PSCH,PC>2.5,AHCh,PCAHH"));
        assert_eq!(told(&columns.before), ["PS 1X2 None H@4 D@5 A@6", "PS OU None >2.5@7 <2.5@8", "PS AH Some(9) H@10 A@11"]);
        assert_eq!(told(&columns.closing), ["PS 1X2 None H@12", "PS OU None >2.5@13", "PS AH Some(14) H@15"]);
    }

    #[test]
    fn a_book_that_ends_in_c_is_not_taken_for_a_closing_price() {
        let columns = read(&format!("{IDENTITY},VCH,VCCH,BFH,BFD,BFA,BFDH,BFDD,BFDA,BFEH,BFECH"));
        assert_eq!(
            told(&columns.before),
            ["VC 1X2 None H@4", "BF 1X2 None H@6 D@7 A@8", "BFD 1X2 None H@9 D@10 A@11", "BFE 1X2 None H@12"]
        );
        assert_eq!(told(&columns.closing), ["VC 1X2 None H@5", "BFE 1X2 None H@13"]);
    }

    #[test]
    fn each_old_book_has_its_own_line_and_betbrain_its_own() {
        let columns = read(&format!("{IDENTITY},GBAHH,GBAHA,GBAH,BbAH,BbAHh,BbMxAHH,BbAvAHA,LBAHH"));
        assert_eq!(told(&columns.before), ["GB AH Some(6) H@4 A@5", "BbMx AH Some(8) H@9", "BbAv AH Some(8) A@10", "LB AH None H@11"]);
        assert!(columns.unknown.is_empty());
    }

    #[test]
    fn altered_spellings_of_the_goal_columns_are_the_same_columns() {
        let columns = read(&format!("{IDENTITY},B365_2_5,B365_2_5_1,MaxC_2_5,MaxC_2_5_1"));
        assert_eq!(told(&columns.before), ["B365 OU None >2.5@4 <2.5@5"]);
        assert_eq!(told(&columns.closing), ["Max OU None >2.5@6 <2.5@7"]);
    }

    #[test]
    fn an_unknown_book_is_kept_under_its_prefix_and_an_unknown_column_is_told() {
        let columns = read(&format!("{IDENTITY},NEWH,NEWD,NEWA,NEWCH,NEWCD,NEWCA,Moonphase,XYH"));
        assert_eq!(told(&columns.before), ["NEW 1X2 None H@4 D@5 A@6"]);
        assert_eq!(told(&columns.closing), ["NEW 1X2 None H@7 D@8 A@9"]);
        assert_eq!(columns.unknown, [10, 11]);
    }

    #[test]
    fn what_must_be_there_is_named_when_it_is_not() {
        let header: Vec<_> = "Div,Date,HomeTeam".split(',').map(Cow::Borrowed).collect();
        assert_eq!(columns(&header).unwrap_err(), "no column AwayTeam or Away");
    }
}
