//! What a caller asks for: the parameters, read as strictly as The Odds API reads them, each with its own error code.

use std::collections::{BTreeSet, HashMap};

use odds::Moment;
use odds::price::Format;

use super::desk::Words;
use super::problem::Wrong;

/// The parameters of a call, with what its path names.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// `{sport}` of the path.
    pub sport: String,
    /// `{event}` of the path.
    pub event: String,
    /// The query.
    pub query: HashMap<String, String>,
}

/// Markets that are asked for in one call about many events.
pub(super) const FEATURED: &[&str] = &["h2h", "spreads", "totals", "outrights", "h2h_lay", "outrights_lay"];

/// Which books are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Books {
    /// These, by key.
    Listed(BTreeSet<String>),
    /// Those of these regions.
    Regions(Vec<String>),
}

/// What is to come along.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Include {
    pub links: bool,
    pub sids: bool,
    pub bet_limits: bool,
    pub multipliers: bool,
    pub rotation_numbers: bool,
}

/// How times are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dates {
    Iso,
    Unix,
}

/// Which events are asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Only {
    pub ids: Option<Vec<String>>,
    pub from: Option<Moment>,
    pub to: Option<Moment>,
}

/// A call for prices.
#[derive(Debug, Clone)]
pub(super) struct Prices {
    pub markets: Vec<String>,
    pub books: Books,
    pub format: Format,
    pub dates: Dates,
    pub include: Include,
}

impl Prices {
    /// Regions that the call costs: each ten books named are one.
    pub(super) fn regions(&self) -> u64 {
        match &self.books {
            Books::Listed(books) => books.len().div_ceil(10) as u64,
            Books::Regions(regions) => regions.len() as u64,
        }
    }

    /// Whether a market is wanted: lay markets come unasked with their back markets.
    pub(super) fn wants_market(&self, key: &str) -> bool {
        let is_asked = |key: &str| self.markets.iter().any(|asked| asked == key);
        is_asked(key) || key.strip_suffix("_lay").is_some_and(|back| matches!(back, "h2h" | "outrights") && is_asked(back))
    }

    /// Whether a book is wanted. One that stands in no region that we know is shown whichever is asked for.
    pub(super) fn wants_book(&self, key: &str, words: &dyn Words) -> bool {
        match &self.books {
            Books::Listed(books) => books.contains(key),
            Books::Regions(regions) => {
                let is_in = |region: &str| words.books(region).contains(&key);
                regions.iter().any(|region| is_in(region)) || !words.regions().iter().any(|region| is_in(region))
            }
        }
    }
}

impl Asked {
    /// A parameter that was given and is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn flag(&self, name: &str, code: &'static str) -> Result<bool, Wrong> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(Wrong::parameter(code, format!("Invalid {name} parameter: {}. It is true or false", short(other)))),
        }
    }

    /// Whether inactive sports are wanted as well.
    pub(super) fn all_sports(&self) -> Result<bool, Wrong> {
        self.flag("all", "INVALID_ALL_SPORTS_PARAM")
    }

    /// Whether rotation numbers are wanted.
    pub(super) fn rotation_numbers(&self) -> Result<bool, Wrong> {
        self.flag("includeRotationNumbers", "INVALID_INCLUDE_ROTATION_NUMBERS")
    }

    fn include(&self) -> Result<Include, Wrong> {
        Ok(Include {
            links: self.flag("includeLinks", "INVALID_INCLUDE_LINKS")?,
            sids: self.flag("includeSids", "INVALID_INCLUDE_SIDS")?,
            bet_limits: self.flag("includeBetLimits", "INVALID_INCLUDE_BET_LIMITS")?,
            multipliers: self.flag("includeMultipliers", "INVALID_INCLUDE_MULTIPLIERS")?,
            rotation_numbers: self.rotation_numbers()?,
        })
    }

    /// How times are to be written.
    pub(super) fn dates(&self) -> Result<Dates, Wrong> {
        match self.get("dateFormat") {
            None | Some("iso") => Ok(Dates::Iso),
            Some("unix") => Ok(Dates::Unix),
            Some(other) => Err(Wrong::parameter("INVALID_DATE_FORMAT", format!("Invalid dateFormat: {}. It is iso or unix", short(other)))),
        }
    }

    fn format(&self) -> Result<Format, Wrong> {
        match self.get("oddsFormat") {
            None | Some("decimal") => Ok(Format::Decimal),
            Some("american") => Ok(Format::American),
            Some(other) => {
                Err(Wrong::parameter("INVALID_ODDS_FORMAT", format!("Invalid oddsFormat: {}. It is decimal or american", short(other))))
            }
        }
    }

    /// Named books, which beat regions, or regions; one of them there must be.
    pub(super) fn books(&self, words: &dyn Words) -> Result<Books, Wrong> {
        if let Some(books) = self.get("bookmakers") {
            let keys: BTreeSet<String> = books.split(',').map(str::to_owned).collect();
            return if keys.iter().all(|key| is_key(key)) {
                Ok(Books::Listed(keys))
            } else {
                Err(Wrong::parameter("INVALID_BOOKMAKERS", format!("Invalid bookmakers: {}", short(books))))
            };
        }
        let Some(regions) = self.get("regions") else {
            return Err(Wrong::parameter("MISSING_REGION", "Missing regions: give regions, or bookmakers"));
        };
        let mut keys: Vec<String> = regions.split(',').map(str::to_owned).collect();
        keys.sort_unstable();
        keys.dedup();
        match keys.iter().find(|key| !words.regions().contains(&key.as_str())) {
            None => Ok(Books::Regions(keys)),
            Some(wrong) => Err(Wrong::parameter(
                "INVALID_REGION",
                format!("Invalid region parameter: {}. Regions are {}", short(wrong), words.regions().join(", ")),
            )),
        }
    }

    fn markets(&self, is_featured_only: bool) -> Result<Vec<String>, Wrong> {
        let Some(markets) = self.query.get("markets") else { return Ok(vec!["h2h".to_owned()]) };
        if markets.is_empty() {
            return Err(Wrong::parameter("MISSING_MARKET", "Missing markets: leave the parameter out, or name one"));
        }
        let mut keys: Vec<String> = markets.split(',').map(str::to_owned).collect();
        keys.sort_unstable();
        keys.dedup();
        let is_right = |key: &String| if is_featured_only { FEATURED.contains(&key.as_str()) } else { is_key(key) };
        let wrong: Vec<&str> = keys.iter().filter(|key| !is_right(key)).map(|key| short(key)).collect();
        if wrong.is_empty() { Ok(keys) } else { Err(Wrong::parameter("INVALID_MARKET", format!("Invalid markets: {}", wrong.join(", ")))) }
    }

    /// All of a call for prices, of many events (featured markets alone) or of one.
    pub(super) fn prices(&self, words: &dyn Words, is_featured_only: bool) -> Result<Prices, Wrong> {
        let prices = Prices {
            books: self.books(words)?,
            markets: self.markets(is_featured_only)?,
            format: self.format()?,
            dates: self.dates()?,
            include: self.include()?,
        };
        if words.is_outright(&self.sport) && prices.markets.iter().any(|key| matches!(key.as_str(), "h2h" | "spreads" | "totals")) {
            let message = "Invalid market combination: this sport has outrights alone, ask for markets=outrights";
            return Err(Wrong::parameter("INVALID_MARKET_COMBO", message));
        }
        Ok(prices)
    }

    /// Which events are wanted.
    pub(super) fn only(&self) -> Result<Only, Wrong> {
        let time = |name: &str, code| {
            let wrong =
                |text: &str| Wrong::parameter(code, format!("Invalid {name}: {}. A time is like 2026-03-31T23:10:00Z", short(text)));
            self.get(name).map(|text| whole_seconds(text).ok_or_else(|| wrong(text))).transpose()
        };
        let (from, to) = (time("commenceTimeFrom", "INVALID_COMMENCE_TIME_FROM")?, time("commenceTimeTo", "INVALID_COMMENCE_TIME_TO")?);
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err(Wrong::parameter("INVALID_COMMENCE_TIME_RANGE", "commenceTimeFrom is later than commenceTimeTo"));
        }
        let ids: Option<Vec<String>> = self.get("eventIds").map(|ids| ids.split(',').map(str::to_owned).collect());
        if let Some(wrong) = ids.iter().flatten().find(|id| !is_event_id(id)) {
            return Err(Wrong::parameter(
                "INVALID_EVENT_IDS",
                format!("Invalid eventIds: {}. An id has 32 hexadecimal digits", short(wrong)),
            ));
        }
        Ok(Only { ids, from, to })
    }

    /// The event of the path.
    pub(super) fn event_id(&self) -> Result<&str, Wrong> {
        if is_event_id(&self.event) {
            return Ok(&self.event);
        }
        Err(Wrong::parameter("INVALID_EVENT_ID", format!("Invalid event id: {}. An id has 32 hexadecimal digits", short(&self.event))))
    }

    /// How many days back games that are over are wanted.
    pub(super) fn days_from(&self) -> Result<Option<i64>, Wrong> {
        match self.get("daysFrom") {
            None => Ok(None),
            Some(text) => match text.parse() {
                Ok(days @ 1..=3) => Ok(Some(days)),
                _ => Err(Wrong::parameter("INVALID_SCORES_DAYS_FROM", format!("Invalid daysFrom: {}. It is 1, 2 or 3", short(text)))),
            },
        }
    }

    /// The moment of a question about the past.
    pub(super) fn date(&self) -> Result<Moment, Wrong> {
        let Some(text) = self.get("date") else {
            return Err(Wrong::parameter("MISSING_HISTORICAL_TIMESTAMP", "Missing date: a time like 2026-03-31T23:10:00Z"));
        };
        whole_seconds(text).ok_or_else(|| {
            let message = format!("Invalid date: {}. A time is like 2026-03-31T23:10:00Z, in whole seconds", short(text));
            Wrong::parameter("INVALID_HISTORICAL_TIMESTAMP", message)
        })
    }
}

/// `YYYY-MM-DDTHH:MM:SSZ` and nothing else: fractions and offsets are refused there as well.
fn whole_seconds(text: &str) -> Option<Moment> {
    let has_shape = text.len() == 20
        && text.bytes().zip(b"0000-00-00T00:00:00Z").all(|(have, want)| if *want == b'0' { have.is_ascii_digit() } else { have == *want });
    if has_shape { text.parse().ok() } else { None }
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && key.len() <= 80 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn is_event_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn short(text: &str) -> &str {
    text.char_indices().nth(80).map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v4::desk::{BookName, Desk};

    struct Two;

    impl Words for Two {
        fn league(&self, _: &str) -> Option<&'static str> {
            None
        }
        fn sport_key(&self, _: &str) -> Option<&'static str> {
            None
        }
        fn sport_keys(&self) -> Vec<&'static str> {
            Vec::new()
        }
        fn title(&self, _: &str) -> Option<(&'static str, &'static str)> {
            None
        }
        fn group<'a>(&self, sport: &'a str) -> &'a str {
            sport
        }
        fn is_outright(&self, sport: &str) -> bool {
            sport.ends_with("_winner")
        }
        fn regions(&self) -> &'static [&'static str] {
            &["us", "eu"]
        }
        fn books(&self, region: &str) -> &'static [&'static str] {
            if region == "us" { &["fanduel"] } else { &["pinnacle"] }
        }
        fn book(&self, _: &str, _: &str) -> BookName {
            BookName::Own
        }
    }

    fn asked(query: &[(&str, &str)]) -> Asked {
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Asked { sport: "basketball_nba".to_owned(), event: String::new(), query }
    }

    fn code<T>(result: Result<T, Wrong>) -> &'static str {
        result.err().map_or("accepted", |wrong| wrong.code())
    }

    #[test]
    fn each_wrong_parameter_has_its_own_code() {
        for (query, expected) in [
            (vec![], "MISSING_REGION"),
            (vec![("regions", "mars")], "INVALID_REGION"),
            (vec![("bookmakers", "fan duel")], "INVALID_BOOKMAKERS"),
            (vec![("regions", "us"), ("markets", "player_points")], "INVALID_MARKET"),
            (vec![("regions", "us"), ("markets", "h2h, spreads")], "INVALID_MARKET"),
            (vec![("regions", "us"), ("markets", "")], "MISSING_MARKET"),
            (vec![("regions", "us"), ("oddsFormat", "fractional")], "INVALID_ODDS_FORMAT"),
            (vec![("regions", "us"), ("dateFormat", "rfc")], "INVALID_DATE_FORMAT"),
            (vec![("regions", "us"), ("includeLinks", "1")], "INVALID_INCLUDE_LINKS"),
            (vec![("regions", "us"), ("includeSids", "1")], "INVALID_INCLUDE_SIDS"),
            (vec![("regions", "us"), ("includeBetLimits", "1")], "INVALID_INCLUDE_BET_LIMITS"),
            (vec![("regions", "us"), ("includeMultipliers", "1")], "INVALID_INCLUDE_MULTIPLIERS"),
            (vec![("regions", "us"), ("includeRotationNumbers", "1")], "INVALID_INCLUDE_ROTATION_NUMBERS"),
            (vec![("regions", "us,eu"), ("markets", "h2h,totals")], "accepted"),
        ] {
            assert_eq!(code(asked(&query).prices(&Two, true)), expected, "{query:?}");
        }
    }

    #[test]
    fn times_are_whole_seconds_in_utc_and_nothing_else() {
        for (date, expected) in [
            ("2024-01-25T03:55:40Z", "accepted"),
            ("2024-01-25T03:55:40.5Z", "INVALID_HISTORICAL_TIMESTAMP"),
            ("2024-01-25T03:55:40+00:00", "INVALID_HISTORICAL_TIMESTAMP"),
            ("2024-13-25T03:55:40Z", "INVALID_HISTORICAL_TIMESTAMP"),
            ("", "MISSING_HISTORICAL_TIMESTAMP"),
        ] {
            assert_eq!(code(asked(&[("date", date)]).date()), expected, "{date}");
        }
        let range = [("commenceTimeFrom", "2024-01-02T00:00:00Z"), ("commenceTimeTo", "2024-01-01T00:00:00Z")];
        assert_eq!(code(asked(&range).only()), "INVALID_COMMENCE_TIME_RANGE");
        assert_eq!(code(asked(&[("eventIds", "a,b")]).only()), "INVALID_EVENT_IDS");
        assert_eq!(code(asked(&[("daysFrom", "4")]).days_from()), "INVALID_SCORES_DAYS_FROM");
        assert_eq!(code(asked(&[("all", "yes")]).all_sports()), "INVALID_ALL_SPORTS_PARAM");
    }

    #[test]
    fn books_beat_regions_and_ten_cost_as_much_as_one_region() {
        let eleven = (0..11).map(|at| format!("book{at}")).collect::<Vec<_>>().join(",");
        let prices = asked(&[("regions", "us"), ("bookmakers", &eleven)]).prices(&Two, true).unwrap();
        assert_eq!(prices.regions(), 2);
        assert!(!prices.wants_book("fanduel", &Two) && prices.wants_book("book10", &Two));
        let prices = asked(&[("regions", "us")]).prices(&Two, true).unwrap();
        assert!(prices.wants_book("fanduel", &Two) && !prices.wants_book("pinnacle", &Two) && prices.wants_book("of_no_region", &Two));
        assert!(prices.wants_market("h2h_lay") && !prices.wants_market("spreads"));
        assert!(Desk::default().words().regions().is_empty());
    }

    #[test]
    fn an_outright_sport_is_asked_for_outrights_alone() {
        let mut asked = asked(&[("regions", "us")]);
        asked.sport = "golf_us_open_winner".to_owned();
        assert_eq!(code(asked.prices(&Two, true)), "INVALID_MARKET_COMBO");
        asked.query.insert("markets".to_owned(), "outrights".to_owned());
        assert_eq!(code(asked.prices(&Two, true)), "accepted");
    }
}
