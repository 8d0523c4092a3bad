//! Kalshi's own words, spelt as it spells them.

use crate::contract::{Best, checked};
use crate::tolerant::{Notes, Object};

/// A contract on one answer: `{"ticker":"KXWNBAGAME-26JUL09INDPHX-PHX","event_ticker":"KXWNBAGAME-26JUL09INDPHX",
/// "title":"Indiana vs Phoenix winner?","yes_sub_title":"Phoenix","status":"active","yes_ask_dollars":"0.4100","yes_bid_dollars":"0.4000",
/// "yes_ask_size_fp":"80.00","yes_bid_size_fp":"500.00","no_ask_dollars":"0.6000","no_bid_dollars":"0.5900","result":"",
/// "custom_strike":{"basketball_team":"a007957c-.."}}`; older answers have cents (`"yes_ask":41`).
pub(super) struct Contract {
    pub(super) at: String,
    pub(super) ticker: Option<String>,
    pub(super) event: Option<String>,
    pub(super) title: Option<String>,
    pub(super) sub_title: Option<String>,
    pub(super) status: Option<String>,
    pub(super) result: Option<String>,
    pub(super) strike: Option<String>,
    pub(super) team: Option<String>,
    pub(super) yes: Book,
    pub(super) no: Book,
    /// Whether sizes are told at all.
    pub(super) has_sizes: bool,
}

/// Best bid and ask of one answer, with the contracts that are there.
pub(super) struct Book {
    pub(super) bid: Best,
    pub(super) ask: Best,
    pub(super) bid_size: Option<String>,
    pub(super) ask_size: Option<String>,
}

impl Contract {
    pub(super) fn read(notes: &mut Notes, market: &Object<'_>) -> Self {
        let best = |notes: &mut Notes, dollars: &str, cents: &str| Best::read(notes, market, dollars, Some(cents));
        let (yes_bid, yes_ask) = (best(notes, "yes_bid_dollars", "yes_bid"), best(notes, "yes_ask_dollars", "yes_ask"));
        let (no_bid, no_ask) = (best(notes, "no_bid_dollars", "no_bid"), best(notes, "no_ask_dollars", "no_ask"));
        let (bid_size, ask_size) = (market.text(notes, "yes_bid_size_fp"), market.text(notes, "yes_ask_size_fp"));
        let (yes_bid, yes_ask) = checked(notes, market.at(), yes_bid, yes_ask);
        let (no_bid, no_ask) = checked(notes, market.at(), no_bid, no_ask);
        // One book has both answers: who bids for Yes offers No at the rest. Where the figures do not say so, the size is not told.
        let no_ask_size = bid_size.clone().filter(|_| no_ask == yes_bid.mirrored());
        let no_bid_size = ask_size.clone().filter(|_| no_bid == yes_ask.mirrored());
        let team = market.object(notes, "custom_strike").and_then(|strike| strike.only_text());
        Self {
            at: market.at().to_owned(),
            ticker: market.need(notes, "ticker"),
            event: market.need(notes, "event_ticker"),
            title: market.text(notes, "title"),
            sub_title: market.text(notes, "yes_sub_title"),
            status: market.text(notes, "status"),
            result: market.text(notes, "result"),
            strike: market.text(notes, "floor_strike"),
            team,
            has_sizes: market.has("yes_bid_size_fp") || market.has("yes_ask_size_fp"),
            yes: Book { bid: yes_bid, ask: yes_ask, bid_size, ask_size },
            no: Book { bid: no_bid, ask: no_ask, bid_size: no_bid_size, ask_size: no_ask_size },
        }
    }
}
