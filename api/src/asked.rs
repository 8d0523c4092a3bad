//! What callers may ask: every parameter is known and used, or refused with what would be right.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use odds::price::Format;
use odds::{ListingId, Moment};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use store::Cut;
use utoipa::IntoParams;
use utoipa::openapi::path::ParameterIn;

use crate::problem::Problem;
use crate::state::State;

/// Parameters that are times.
const MOMENTS: [&str; 5] = ["as_of", "known_at", "from", "to", "updated_after"];

/// A query of texts whose names are all known; none is said twice, and empty ones count as left out, but for times: a script whose
/// variable was empty must not get today's prices for those of a moment.
pub struct Asked<T>(pub T);

impl<S: Send + Sync, T: IntoParams + DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let Query(pairs) = pairs.map_err(|error| Problem::bad_query(&error.to_string()))?;
        read(pairs).map(Self)
    }
}

fn read<T: IntoParams + DeserializeOwned>(pairs: Vec<(String, String)>) -> Result<T, Problem> {
    let known: Vec<String> = T::into_params(|| Some(ParameterIn::Query)).into_iter().map(|parameter| parameter.name).collect();
    let mut values = Map::new();
    for (name, value) in pairs {
        if !known.contains(&name) {
            return Err(Problem::unknown_parameter(&name, &known));
        }
        if value.is_empty() && MOMENTS.contains(&name.as_str()) {
            let right = "a time like 2026-03-31T23:10:00Z; left out, it would silently be another question";
            return Err(Problem::bad_parameter(&name, "", right));
        }
        if value.is_empty() {
            continue;
        }
        if let Some(before) = values.insert(name.clone(), Value::String(value)) {
            return Err(Problem::bad_parameter(
                &name,
                before.as_str().unwrap_or_default(),
                "said twice; say it once (lists have commas between their values)",
            ));
        }
    }
    serde_json::from_value(Value::Object(values)).map_err(|error| Problem::bad_query(&error.to_string()))
}

/// The words among `known` that look like one that is not among them, the nearest first.
pub fn near<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let word: String = word.chars().take(80).flat_map(char::to_lowercase).collect();
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(&word, &known.to_lowercase()), known))
        .filter(|(score, _)| *score > 0.75)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.dedup_by(|a, b| a.1 == b.1);
    scored.into_iter().take(3).map(|(_, known)| known).collect()
}

/// A moment of a parameter.
pub fn moment(name: &str, text: Option<&String>) -> Result<Option<Moment>, Problem> {
    let refused = |text: &String, error: odds::moment::NotAMoment| {
        let is_plus_lost = text.replace(' ', "+").parse::<Moment>().is_ok();
        let right = if is_plus_lost { "a + is written %2B in a URL; or say it in UTC, with Z".to_owned() } else { error.to_string() };
        Problem::bad_parameter(name, text, &right)
    };
    text.map(|text| text.parse().map_err(|error| refused(text, error))).transpose()
}

/// A span of time, refused where it ends before it begins.
pub fn span(from: Option<&String>, to: Option<&String>) -> Result<(Option<Moment>, Option<Moment>), Problem> {
    match (moment("from", from)?, moment("to", to)?) {
        (Some(begin), Some(end)) if end < begin => {
            Err(Problem::bad_parameter("to", to.map_or("", String::as_str), &format!("a time after from={begin}")))
        }
        span => Ok(span),
    }
}

/// The format of prices.
pub fn format(text: Option<&String>) -> Result<Format, Problem> {
    match text.map(String::as_str) {
        None | Some("decimal") => Ok(Format::Decimal),
        Some("american") => Ok(Format::American),
        Some("fractional") => Ok(Format::Fractional),
        Some(other) => Err(Problem::bad_parameter("format", other, "decimal, american or fractional")),
    }
}

/// How long a list may be.
#[derive(Debug, Clone, Copy)]
pub struct Length {
    /// Where nothing is said.
    pub usual: usize,
    /// At most.
    pub most: usize,
}

impl Length {
    /// The length that is asked for.
    pub fn read(self, text: Option<&String>) -> Result<usize, Problem> {
        let Some(text) = text else { return Ok(self.usual) };
        let right = || format!("a whole number from 1 to {}", self.most);
        text.parse().ok().filter(|limit| (1..=self.most).contains(limit)).ok_or_else(|| Problem::bad_parameter("limit", text, &right()))
    }
}

/// A word out of those that are allowed.
pub fn one_of(name: &str, text: Option<&String>, allowed: &[&str]) -> Result<(), Problem> {
    match text {
        Some(text) if !text.split(',').all(|word| allowed.contains(&word)) => {
            Err(Problem::bad_parameter(name, text, &format!("any of {}", allowed.join(", "))))
        }
        _ => Ok(()),
    }
}

/// Whether a value is among those that a parameter lists with commas; everything is where nothing was asked.
pub fn is_wanted(asked: Option<&String>, value: &str) -> bool {
    asked.is_none_or(|asked| asked.split(',').any(|one| one.eq_ignore_ascii_case(value)))
}

/// Whether a name holds what was asked for, without regard to case.
pub fn is_named(asked: Option<&String>, name: &str) -> bool {
    asked.is_none_or(|asked| name.to_lowercase().contains(&asked.to_lowercase()))
}

/// A place in a list that goes on: whole numbers with dots between them, opaque to callers.
pub fn cursor<const N: usize>(text: Option<&String>) -> Result<Option<[i64; N]>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let numbers: Option<Vec<i64>> = text.split('.').map(|part| part.parse().ok()).collect();
    let place = numbers.and_then(|numbers| <[i64; N]>::try_from(numbers).ok());
    place.map(Some).ok_or_else(|| Problem::bad_parameter("cursor", text, "what a former answer gave as `next`"))
}

/// A place as text.
pub fn place(numbers: &[i64]) -> String {
    numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(".")
}

/// The place of an event in the list by start.
pub type EventPlace = (Moment, ListingId);

/// As of which moment of the world, and known by when.
#[derive(Debug, Clone, Copy)]
pub struct When {
    /// The moment from which ages are counted: as of, else known at, else now.
    pub at: Moment,
    /// What of the log counts.
    pub cut: Cut,
}

impl When {
    /// Reads `as_of` and `known_at`.
    pub fn read(state: &State, as_of: Option<&String>, known_at: Option<&String>) -> Result<Self, Problem> {
        let (as_of, known_at) = (moment("as_of", as_of)?, moment("known_at", known_at)?);
        let known = known_at.map(|at| state.store.known_by(at)).transpose()?;
        let at = as_of.or(known_at).unwrap_or_else(|| (state.now)());
        Ok(Self { at, cut: Cut { as_of: as_of.unwrap_or(Cut::ALL.as_of), known: known.unwrap_or(Cut::ALL.known) } })
    }

    /// Reads `known_at` where `as_of` cannot be answered: refused with the reason, for ignored it would be another question.
    pub fn known_alone(state: &State, as_of: Option<&String>, known_at: Option<&String>, why: &str) -> Result<Self, Problem> {
        if let Some(as_of) = as_of {
            return Err(Problem::bad_parameter("as_of", as_of, why));
        }
        Self::read(state, None, known_at)
    }

    /// Whether all that is known counts.
    pub fn is_now(&self) -> bool {
        self.cut == Cut::ALL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize, IntoParams)]
    #[into_params(parameter_in = Query)]
    struct Example {
        market: Option<String>,
        #[serde(rename = "as_of")]
        _as_of: Option<String>,
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn an_unknown_parameter_is_refused_with_the_one_that_was_meant() {
        let problem = read::<Example>(pairs(&[("markets", "h2h")])).unwrap_err();
        assert_eq!(problem.status, 400);
        assert!(problem.detail.contains("markets") && problem.detail.contains("did you mean market?"), "{}", problem.detail);
        assert_eq!(read::<Example>(pairs(&[("market", "h2h")])).unwrap().market.as_deref(), Some("h2h"));
    }

    #[test]
    fn a_parameter_said_twice_is_refused_and_an_empty_one_is_left_out() {
        assert!(read::<Example>(pairs(&[("market", "a"), ("market", "b")])).is_err());
        assert_eq!(read::<Example>(pairs(&[("market", "")])).unwrap().market, None);
        let problem = read::<Example>(pairs(&[("as_of", "")])).unwrap_err();
        assert!(problem.detail.starts_with("as_of=\"\" cannot be used: a time"), "{}", problem.detail);
    }

    #[test]
    fn a_time_whose_plus_was_lost_in_the_url_is_refused_with_how_it_is_written() {
        let right = |text: &str| moment("as_of", Some(&text.to_owned())).unwrap_err().detail;
        assert!(right("2026-01-01T02:00:00 02:00").contains("%2B"));
        assert!(right("yesterday").contains("like 2026-03-31T23:10:00Z"));
        assert!(moment("as_of", Some(&"2026-01-01T02:00:00+02:00".to_owned())).unwrap().is_some());
    }

    #[test]
    fn a_span_that_ends_before_it_begins_is_refused() {
        let [early, late] = ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"].map(str::to_owned);
        assert!(span(Some(&early), Some(&late)).is_ok() && span(None, Some(&early)).is_ok());
        let problem = span(Some(&late), Some(&early)).unwrap_err();
        assert!(problem.detail.contains("a time after from=2026-02-01T00:00:00Z"), "{}", problem.detail);
    }

    #[test]
    fn limits_and_cursors_are_read_or_refused() {
        let length = Length { usual: 50, most: 200 };
        assert_eq!(length.read(None).unwrap(), 50);
        assert!(length.read(Some(&"0".to_owned())).is_err() && length.read(Some(&"201".to_owned())).is_err());
        assert_eq!(cursor::<2>(Some(&"5.-7".to_owned())).unwrap(), Some([5, -7]));
        assert!(cursor::<2>(Some(&"5".to_owned())).is_err());
    }
}
