//! Polymarket's own words, spelt as it spells them; some lists come as JSON inside a text.

use odds::Moment;
use odds::observation::Refusal;

use crate::contract::{Best, checked};
use crate::tolerant::{Notes, Object};

/// A market of two answers: `{"id":"1892487","question":"Will Atlanta Dream win the 2026 WNBA Finals?","conditionId":"0x4c..",
/// "outcomes":"[\"Yes\", \"No\"]","outcomePrices":"[\"0.125\", \"0.875\"]","bestBid":0.12,"bestAsk":0.13,"active":true,"closed":false,
/// "groupItemTitle":"Atlanta Dream"}`; of a game besides `"sportsMarketType":"moneyline","gameStartTime":"2026-01-10 00:30:00+00","line":-3.5`.
pub(super) struct Market {
    pub(super) at: String,
    pub(super) id: Option<String>,
    pub(super) question: Option<String>,
    pub(super) group: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) line: Option<String>,
    pub(super) game_start: Option<Moment>,
    pub(super) is_closed: bool,
    pub(super) is_paused: bool,
    /// The two answers, the first being the one that bid and ask are of.
    pub(super) outcomes: Option<[String; 2]>,
    pub(super) bid: Best,
    pub(super) ask: Best,
}

impl Market {
    pub(super) fn read(notes: &mut Notes, market: &Object<'_>) -> Self {
        let bid = Best::read(notes, market, "bestBid", None);
        let ask = Best::read(notes, market, "bestAsk", None);
        let (bid, ask) = checked(notes, market.at(), bid, ask);
        Self {
            at: market.at().to_owned(),
            id: market.text(notes, "id"),
            question: market.text(notes, "question"),
            group: market.text(notes, "groupItemTitle"),
            kind: market.text(notes, "sportsMarketType"),
            line: market.text(notes, "line"),
            game_start: game_start(notes, market),
            is_closed: market.flag(notes, "closed").unwrap_or(false),
            is_paused: market.flag(notes, "active") == Some(false) || market.flag(notes, "acceptingOrders") == Some(false),
            outcomes: two_answers(notes, market),
            bid,
            ask,
        }
    }
}

/// `"[\"Yes\", \"No\"]"`, or the list itself.
fn two_answers(notes: &mut Notes, market: &Object<'_>) -> Option<[String; 2]> {
    let raw = market.raw("outcomes")?;
    let inner = serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.to_owned());
    let read = serde_json::from_str::<[String; 2]>(&inner).ok().filter(|two| two.iter().all(|word| !word.is_empty()) && two[0] != two[1]);
    if read.is_none() {
        notes.refuse(market.place("outcomes"), Refusal::NotTheShape, format!("{raw}: not two answers"));
    }
    read
}

/// `2026-01-10 00:30:00+00`, or RFC 3339.
fn game_start(notes: &mut Notes, market: &Object<'_>) -> Option<Moment> {
    let text = market.text(notes, "gameStartTime")?;
    let spelt = text.replacen(' ', "T", 1);
    let spelt = if spelt.ends_with("+00") { spelt.replace("+00", "Z") } else { spelt };
    let moment = spelt.parse::<Moment>();
    moment.map_err(|error| notes.refuse(market.place("gameStartTime"), Refusal::BadTime, error.to_string())).ok()
}
