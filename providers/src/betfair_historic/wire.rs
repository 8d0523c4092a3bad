//! The exchange's own words: market change messages, one a line.
//!
//! ```text
//! {"op":"mcm","clk":"794","pt":1678252989773,"mc":[{"id":"1.211006011","img":true,"marketDefinition":{"status":"OPEN","inPlay":false,
//!  "marketType":"WIN","marketTime":"2023-03-09T06:45:00.000Z","runners":[{"id":44364905,"name":"1. Adrett","status":"ACTIVE",
//!  "adjustmentFactor":14.82,"sortPriority":1}]},"rc":[{"id":44364905,"ltp":15.0,"tv":12.5,"atb":[[14.5,20.0]],"atl":[[15.5,3.1]],
//!  "batb":[[0,14.5,20.0]],"trd":[[15.0,12.5]]}]}]}
//! ```

use std::borrow::Cow;

use odds::decimal::parse_scaled;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// One message.
#[derive(Debug, Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub(super) op: Cow<'a, str>,
    /// Milliseconds since 1970.
    pub(super) pt: i64,
    #[serde(borrow, default)]
    pub(super) mc: Vec<Change<'a>>,
}

/// What a message says of one market.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Change<'a> {
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    /// Whether it is the whole market, in place of what was known.
    #[serde(default)]
    pub(super) img: bool,
    #[serde(borrow)]
    pub(super) market_definition: Option<Definition<'a>>,
    #[serde(default)]
    pub(super) rc: Vec<RunnerChange>,
    #[serde(default)]
    pub(super) tv: Figure,
}

/// What a market is and where it stands.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Definition<'a> {
    #[serde(borrow)]
    pub(super) status: Cow<'a, str>,
    pub(super) in_play: bool,
    #[serde(borrow)]
    pub(super) market_type: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) betting_type: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) market_time: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) event_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) event_type_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) event_name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) venue: Cow<'a, str>,
    pub(super) bsp_market: bool,
    pub(super) turn_in_play_enabled: bool,
    pub(super) number_of_winners: u32,
    pub(super) market_base_rate: Figure,
    #[serde(borrow)]
    pub(super) runners: Vec<RunnerDefinition<'a>>,
}

/// A runner as its market's definition has it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RunnerDefinition<'a> {
    pub(super) id: u64,
    pub(super) hc: Figure,
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) status: Cow<'a, str>,
    pub(super) adjustment_factor: Figure,
    pub(super) bsp: Figure,
    #[serde(borrow)]
    pub(super) removal_date: Cow<'a, str>,
}

/// What a message says of one runner: only what changed. Ladders are `[price, size]`, or `[place, price, size]` where they are short.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RunnerChange {
    pub(super) id: u64,
    pub(super) hc: Figure,
    pub(super) ltp: Figure,
    pub(super) tv: Figure,
    pub(super) atb: Option<Vec<[Figure; 2]>>,
    pub(super) atl: Option<Vec<[Figure; 2]>>,
    pub(super) batb: Option<Vec<[Figure; 3]>>,
    pub(super) batl: Option<Vec<[Figure; 3]>>,
    pub(super) bdatb: Option<Vec<[Figure; 3]>>,
    pub(super) bdatl: Option<Vec<[Figure; 3]>>,
    pub(super) trd: Option<Vec<[Figure; 2]>>,
}

/// A number in units of 1e-9; `None` where there is none (`NaN` and `Infinity` come as text).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Figure(pub(super) Option<i64>);

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        Ok(Self(parse_scaled(raw, 9).ok().map(|scaled| scaled.units)))
    }
}
