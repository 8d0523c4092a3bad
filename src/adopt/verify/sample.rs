//! Old events read again through the API, as a program would ask for them by their old ids, beside the old rows themselves.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context;
use odds::Moment;
use odds::price::Price;
use serde::Serialize;
use serde_json::Value;
use store::adopted::{Accounted, Outcome, old_row};

use super::rows::is_equal;
use super::{Ask, Differences};
use crate::adopt::pages::{OldRow, Rows};

/// What was read again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// Old events that were asked for.
    pub events: u64,
    /// Values that were compared, by what they are.
    pub compared: BTreeMap<&'static str, u64>,
    /// Of these, values that are not the same.
    pub differing: u64,
}

/// Takes events at equal steps over the whole time.
pub(super) struct Sampler {
    step: u64,
    at: u64,
    found: Sample,
}

impl Sampler {
    pub(super) fn new(wanted: usize, events: u64) -> Self {
        let step = if wanted == 0 { u64::MAX } else { events.div_ceil(wanted as u64).max(1) };
        Self { step, at: 0, found: Sample::default() }
    }

    pub(super) fn finish(self) -> Sample {
        self.found
    }

    /// Reads those events of a page whose turn it is and that were taken over as they stand.
    pub(super) fn read(
        &mut self,
        page: &Rows,
        accounted: &HashMap<String, Accounted>,
        ask: Ask<'_>,
        differences: &mut Differences,
    ) -> anyhow::Result<()> {
        let Some(((table, events), parts)) = page.tables.split_first() else { return Ok(()) };
        if !table.starts_with("sports_events") || self.step == u64::MAX {
            return Ok(());
        }
        for row in events {
            self.at += 1;
            let account = accounted.get(&old_row(table, &row.id)).filter(|account| account.listing.is_some());
            let Some(account) = account.filter(|account| self.at.is_multiple_of(self.step) && is_equal(row, Some(account))) else {
                continue;
            };
            self.found.events += 1;
            let before = differences.count;
            let of = old_row(table, &row.id);
            self.one(&of, row, account, ask, differences)?;
            self.prices(&of, row, parts, accounted, ask, differences)?;
            self.found.differing += differences.count - before;
        }
        Ok(())
    }

    fn compared(&mut self, what: &'static str) {
        *self.found.compared.entry(what).or_default() += 1;
    }

    fn one(&mut self, of: &str, row: &OldRow, account: &Accounted, ask: Ask<'_>, differences: &mut Differences) -> anyhow::Result<()> {
        let old: Value = serde_json::from_str(&row.json).context("reading an old row")?;
        let path = format!("/v1/events/{}", row.id);
        let (status, event) = ask(&path)?;
        self.compared("event");
        let is_its =
            event["listings"].as_array().is_some_and(|all| all.iter().any(|one| one["provider"] == "legacy" && one["id"] == *row.id));
        if status != 200 || !is_its {
            differences.add(of, format!("GET {path} says {status}"), "its old id does not lead to its event");
            return Ok(());
        }
        let (_, listing) = ask(&format!("/v1/listings/legacy/{}", row.id))?;
        let facts = |kind: &str| {
            let all = listing["facts"].as_array().into_iter().flatten();
            all.filter(|fact| fact["kind"] == kind).find_map(|fact| fact["value"].as_str()).map(str::to_owned)
        };
        for (column, kind) in [
            ("home_team", "home"),
            ("away_team", "away"),
            ("start_time", "start"),
            ("home_score", "home_score"),
            ("away_score", "away_score"),
        ] {
            let Some(was) = told(&old, column) else { continue };
            let is = facts(kind);
            self.compared(if column.ends_with("score") { "score" } else { column });
            let is_same = match (&is, kind) {
                (Some(is), "start") => is.parse::<Moment>().ok() == was.parse::<Moment>().ok(),
                (Some(is), _) => *is == was,
                // What of the row could not be used is told in its account.
                (None, _) => !account.reason.is_empty(),
            };
            if !is_same {
                let is = is.unwrap_or_else(|| "nothing".to_owned());
                differences.add(
                    of,
                    format!("{column} is {was:?} in the old row, {is:?} through the API"),
                    "it was not taken over as it stands",
                );
            }
        }
        Ok(())
    }

    /// Each price of the rows of an event is in its history.
    fn prices(
        &mut self,
        of: &str,
        row: &OldRow,
        parts: &[(String, Vec<OldRow>)],
        accounted: &HashMap<String, Accounted>,
        ask: Ask<'_>,
        differences: &mut Differences,
    ) -> anyhow::Result<()> {
        let mut wanted: Vec<(String, &'static str, Price)> = Vec::new();
        for (table, rows) in parts {
            let columns: &[&'static str] = match table.as_str() {
                "odds_data" => &["outcome_price"],
                "player_props_odds" => &["over_odds", "under_odds"],
                _ => continue,
            };
            for part in rows.iter().filter(|part| part.event.as_ref() == Some(&row.id)) {
                let name = old_row(table, &part.id);
                let is_whole = |account: &&Accounted| {
                    account.outcome == Outcome::Adopted && account.reason.is_empty() && is_equal(part, Some(account))
                };
                if accounted.get(&name).filter(is_whole).is_none() {
                    continue;
                }
                let old: Value = serde_json::from_str(&part.json).context("reading an old row")?;
                wanted.extend(columns.iter().filter_map(|column| Some((name.clone(), *column, american(&old[*column])?))));
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let history = history(&row.id, ask)?;
        for (name, column, price) in wanted {
            self.compared("price");
            if !history.iter().any(|is| (is - price.decimal()).abs() < 1e-6) {
                let what = format!("{column} of {name} is {} in decimal odds, and the history has no such price", price.decimal());
                differences.add(of, what, "it was not taken over as it stands");
            }
        }
        Ok(())
    }
}

/// Every price of the old database in an event's history.
fn history(id: &str, ask: Ask<'_>) -> anyhow::Result<Vec<f64>> {
    let (mut prices, mut next) = (Vec::new(), Some(String::new()));
    while let Some(cursor) = next {
        let (_, page) = ask(&format!("/v1/events/{id}/history?limit=5000{cursor}"))?;
        let changes = page["changes"].as_array().into_iter().flatten();
        prices.extend(changes.filter(|change| change["provider"] == "legacy").filter_map(|change| change["price"].as_f64()));
        next = page["next"].as_str().map(|cursor| format!("&cursor={cursor}"));
    }
    Ok(prices)
}

/// What an old row says in plain words; nothing where it leaves that to be understood.
fn told(old: &Value, column: &str) -> Option<String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match column {
        "home_score" | "away_score" => {
            let score = |side: &str| {
                let own = text(&old[format!("final_{side}")]).or_else(|| text(&old["stats"][side]));
                own.and_then(|text| text.parse::<u16>().ok())
            };
            let (home, away) = (score("home_score")?, score("away_score")?);
            // 0:0 may stand for no score.
            let own = if column == "home_score" { home } else { away };
            ((home, away) != (0, 0)).then(|| own.to_string())
        }
        _ => text(&old[column]),
    }
}

/// A price in American figures, where it can be nothing else.
fn american(value: &Value) -> Option<Price> {
    let figure = value.as_f64()?;
    (figure.abs() >= 100.0 && figure.fract() == 0.0).then(|| Price::from_american(figure as i64).ok()).flatten()
}
