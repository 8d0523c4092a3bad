//! The prices of one event: a row for a selection, a column for a book.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use super::escape;
use crate::view::{Quote, ShownPrice, State as Standing};

const MARKETS: [&str; 4] = ["moneyline", "three_way", "spread", "total"];
const SELECTIONS: [&str; 5] = ["home", "draw", "away", "over", "under"];

/// Whether a quote has its place on the page: the main markets of the whole game.
pub fn is_shown(quote: &Quote) -> bool {
    MARKETS.contains(&quote.market.as_str()) && quote.period == "full" && !quote.is_alternate && quote.stance == "back"
}

/// What a table is made with.
pub struct Table<'a> {
    /// The home side's name.
    pub home: &'a str,
    /// The away side's.
    pub away: &'a str,
    /// Books' names for people, by provider and key.
    pub titles: &'a HashMap<(String, String), String>,
}

/// Market, line as the home side has it (so that both sides of a line stand together), selection.
type Place<'q> = (usize, i64, usize, &'q str);
type Rows<'q> = BTreeMap<Place<'q>, BTreeMap<&'q str, &'q Quote>>;

fn place(quote: &Quote) -> Place<'_> {
    let rank = |of: &[&str], word: &str| of.iter().position(|one| *one == word).unwrap_or(of.len());
    let line = quote.line.map_or(0, |line| (line * 1000.0) as i64);
    let line = if quote.market == "spread" && quote.selection == "away" { -line } else { line };
    (rank(&MARKETS, &quote.market), line, rank(&SELECTIONS, &quote.selection), &quote.selection)
}

impl Table<'_> {
    /// The table as HTML. Lines on which nothing stands any more are left out.
    pub fn of(&self, quotes: &[Quote]) -> String {
        let mut rows = Rows::new();
        for quote in quotes {
            rows.entry(place(quote)).or_default().insert(&quote.book, quote);
        }
        rows.retain(|_, row| row.values().any(|quote| quote.state != Standing::Withdrawn));
        let mut books: Vec<(&str, &str)> =
            rows.values().flat_map(|row| row.values()).map(|quote| (self.title(quote), &*quote.book)).collect();
        books.sort_unstable_by_key(|(title, book)| (title.to_lowercase(), *book));
        books.dedup_by_key(|(_, book)| *book);
        let mut out = String::from("<div class=wide><table><tr><th>");
        books.iter().for_each(|(title, book)| write!(out, "<th title=\"{}\">{}", escape(book), escape(title)).expect("a text takes more"));
        for ((market, ..), row) in &rows {
            self.row(&mut out, MARKETS.get(*market).copied().unwrap_or_default(), row, &books);
        }
        out.push_str("</table></div>");
        out
    }

    fn title<'q>(&'q self, quote: &'q Quote) -> &'q str {
        if let Some(book) = odds::book::known(&quote.provider, &quote.provider_book) {
            return book.title;
        }
        self.titles.get(&(quote.provider.clone(), quote.provider_book.clone())).map_or(&quote.book, String::as_str)
    }

    fn row(&self, out: &mut String, market: &str, row: &BTreeMap<&str, &Quote>, books: &[(&str, &str)]) {
        let Some(first) = row.values().next() else { return };
        let line = match (market, first.line) {
            (_, None) => String::new(),
            ("spread", Some(line)) => format!(" {line:+}"),
            (_, Some(line)) => format!(" {line}"),
        };
        let name = self.name(&first.selection);
        write!(out, "<tr><th><small>{}</small> {}{line}", market.replace('_', " "), escape(name)).expect("a text takes more");
        let live = row.values().filter(|quote| quote.state == Standing::Live).filter_map(|quote| decimal(quote));
        let best = live.fold(0.0, f64::max);
        for (title, book) in books {
            match row.get(book) {
                Some(quote) => out.push_str(&cell(quote, best)),
                None => {
                    write!(out, "<td class=empty title=\"{} has shown no price for this\">–", escape(title)).expect("a text takes more")
                }
            }
        }
    }

    fn name<'q>(&'q self, selection: &'q str) -> &'q str {
        match selection {
            "home" => self.home,
            "away" => self.away,
            other => other,
        }
    }
}

const fn decimal(quote: &Quote) -> Option<f64> {
    if let Some(ShownPrice::Decimal(price)) = quote.price { Some(price) } else { None }
}

fn cell(quote: &Quote, best: f64) -> String {
    let (state, word) = match quote.state {
        // A source that says only "before" or "closing" tells what stood at its collection, not now.
        Standing::Live if quote.observed_basis == Some("phase") => ("live", "as collected"),
        Standing::Live => ("live", "live"),
        Standing::Suspended => ("suspended", "suspended"),
        Standing::Withdrawn => ("withdrawn", "withdrawn"),
        Standing::Stale => ("stale", "stale"),
        Standing::NotObserved if quote.observed_basis == Some("phase") => ("unseen", "as collected"),
        Standing::NotObserved => ("unseen", "not observed"),
        Standing::NotCovered => ("unseen", "not covered"),
    };
    let price = decimal(quote);
    let best = if quote.state == Standing::Live && price.is_some_and(|price| price >= best) { " best" } else { "" };
    let shown = price.map_or_else(|| "–".to_owned(), |price| format!("{price:.2}"));
    let age = quote.observed_age_secs.map_or_else(|| "never seen".to_owned(), age);
    format!("<td class=\"{state}{best}\"><b>{shown}</b><small>{word} · {age}</small>")
}

fn age(secs: f64) -> String {
    match secs.max(0.0) as u64 {
        secs @ 0..120 => format!("{secs} s"),
        secs @ 120..7200 => format!("{} min", secs / 60),
        secs @ 7200..172_800 => format!("{} h", secs / 3600),
        secs => format!("{} d", secs / 86_400),
    }
}
