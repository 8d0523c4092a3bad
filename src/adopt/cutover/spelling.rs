//! The operator's own spelling: how the old rows write odds, statuses and scores, so that programs that read them go on.

use std::collections::BTreeMap;

use odds::observation::EventStatus;
use odds::price::Price;
use serde_json::{Map, Value, json};

use super::reconcile::Field;

/// The prices of the winner's market at one book, from the old row's sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Winner {
    /// The book's key.
    pub book: String,
    /// The home side's price.
    pub home: Price,
    /// The away side's.
    pub away: Price,
    /// The draw's, where there is one.
    pub draw: Option<Price>,
}

/// How a row's `odds` are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OddsShape {
    /// `{"moneyline": {"home": -110, "away": 105}}`: American.
    Moneyline,
    /// `{"homeOdds": 1.91, "awayOdds": 1.95, "drawOdds": 3.4}`: decimal.
    Named,
    /// A list by bookmaker of moneylines.
    ListOfMoneylines,
    /// A list by bookmaker of decimal odds.
    ListOfNamed,
}

/// The shape of what a row holds; `None` where it tells none (`{}`) or one that we do not write.
#[must_use]
pub fn shape(odds: &Value) -> Option<OddsShape> {
    match odds {
        Value::Object(row) => shape_of_one(row),
        Value::Array(rows) => match shape_of_one(rows.iter().find_map(Value::as_object)?)? {
            OddsShape::Moneyline => Some(OddsShape::ListOfMoneylines),
            _ => Some(OddsShape::ListOfNamed),
        },
        _ => None,
    }
}

fn shape_of_one(row: &Map<String, Value>) -> Option<OddsShape> {
    if row.contains_key("moneyline") {
        Some(OddsShape::Moneyline)
    } else if row.contains_key("homeOdds") || row.contains_key("awayOdds") {
        Some(OddsShape::Named)
    } else {
        None
    }
}

/// The fields of `odds`, in a shape. Of an object only the keys that speak of the winner are ours: spreads, totals and keys of others stay.
#[must_use]
pub fn odds(shape: OddsShape, current: &Value, winners: &[Winner]) -> BTreeMap<Field, Value> {
    let Some(first) = winners.first() else { return BTreeMap::new() };
    let whole = |rows: Vec<Value>| BTreeMap::from([(Field::column("odds"), Value::Array(rows))]);
    match shape {
        OddsShape::Moneyline => BTreeMap::from([(Field::key("odds", "moneyline"), moneyline(current.get("moneyline"), first))]),
        OddsShape::Named => named(first).into_iter().map(|(key, value)| (Field::key("odds", key), value)).collect(),
        OddsShape::ListOfMoneylines => {
            whole(winners.iter().map(|winner| json!({"bookmaker": winner.book, "moneyline": moneyline(None, winner)})).collect())
        }
        OddsShape::ListOfNamed => whole(winners.iter().map(named_row).collect()),
    }
}

fn named_row(winner: &Winner) -> Value {
    let book = ("bookmaker".to_owned(), json!(winner.book));
    Value::Object(std::iter::once(book).chain(named(winner).into_iter().map(|(key, value)| (key.to_owned(), value))).collect())
}

/// American figures: as texts (`"+105"`) where that side was a text, else as numbers.
fn moneyline(current: Option<&Value>, winner: &Winner) -> Value {
    let side = |name: &str, price: Price| {
        let american = price.american();
        let was_text = current.and_then(|current| current.get(name)).is_some_and(Value::is_string);
        (name.to_owned(), if was_text { json!(format!("{american:+}")) } else { json!(american) })
    };
    let sides = [side("home", winner.home), side("away", winner.away)];
    Value::Object(sides.into_iter().chain(winner.draw.map(|price| side("draw", price))).collect())
}

fn named(winner: &Winner) -> Vec<(&'static str, Value)> {
    let sides = [("homeOdds", winner.home), ("awayOdds", winner.away)];
    sides.into_iter().chain(winner.draw.map(|price| ("drawOdds", price))).map(|(key, price)| (key, json!(price.decimal()))).collect()
}

/// The old word for a status; `None` where the old rows have none for it.
#[must_use]
pub const fn status(status: EventStatus) -> Option<&'static str> {
    match status {
        EventStatus::Scheduled => Some("scheduled"),
        EventStatus::Live | EventStatus::Delayed | EventStatus::Suspended => Some("live"),
        EventStatus::Final => Some("completed"),
        EventStatus::Cancelled => Some("cancelled"),
        EventStatus::Postponed => Some("postponed"),
    }
}

/// A score as the row writes scores: a text where it held one, else a number.
#[must_use]
pub fn score(current: Option<&Value>, score: i64) -> Value {
    match current {
        Some(Value::String(_)) => json!(score.to_string()),
        _ => json!(score),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(american: i64) -> Price {
        Price::from_american(american).unwrap()
    }

    fn winner(book: &str, draw: Option<i64>) -> Winner {
        Winner { book: book.to_owned(), home: price(-110), away: price(105), draw: draw.map(price) }
    }

    #[test]
    fn each_shape_is_told_by_looking_and_written_back_in_it() {
        let rows = [
            json!({"moneyline": {"home": -120, "away": "+100"}, "spread": {"line": 3}}),
            json!({"homeOdds": 1.91, "awayOdds": 1.95}),
            json!([{"bookmaker": "DraftKings", "moneyline": {"home": 1, "away": 2}}]),
            json!([{"bookmaker": "DraftKings", "homeOdds": 1.5, "awayOdds": 2.5}]),
        ];
        let winners = [winner("fanduel", None), winner("betmgm", None)];
        let written = |row: &Value| odds(shape(row).unwrap(), row, &winners);
        assert_eq!(written(&rows[0]), BTreeMap::from([(Field::named("odds.moneyline"), json!({"home": -110, "away": "+105"}))]));
        assert_eq!(written(&rows[1])[&Field::named("odds.awayOdds")], json!(2.05));
        let list = &written(&rows[2])[&Field::column("odds")];
        assert_eq!(list[1], json!({"bookmaker": "betmgm", "moneyline": {"home": -110, "away": 105}}));
        assert_eq!(shape(list), shape(&rows[2]), "a second look tells the same");
        let list = &written(&rows[3])[&Field::column("odds")];
        assert_eq!((shape(list), &list[0]["awayOdds"]), (shape(&rows[3]), &json!(2.05)));
    }

    #[test]
    fn an_empty_row_and_a_foreign_shape_tell_none() {
        for row in [json!({}), json!([]), json!(null), json!({"bets": 1}), json!("odds")] {
            assert_eq!(shape(&row), None);
        }
        assert!(odds(OddsShape::Named, &json!({}), &[]).is_empty(), "without a price nothing is written");
    }

    #[test]
    fn a_draw_is_written_where_there_is_one() {
        let written = odds(OddsShape::Named, &json!({}), &[winner("b", Some(240))]);
        assert_eq!(written[&Field::named("odds.drawOdds")], json!(3.4));
    }

    #[test]
    fn a_score_stays_the_kind_of_value_that_it_was() {
        assert_eq!(score(Some(&json!("98")), 99), json!("99"));
        assert_eq!(score(Some(&Value::Null), 99), json!(99));
        assert_eq!(score(None, 0), json!(0));
    }
}
