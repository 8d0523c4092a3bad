//! Kalshi: two contracts of one game are one listing, bids are laid and asks are backed, and sizes are stakes.

use std::time::Duration;

use odds::observation::{FactKind, ListingKind, ListingScope};
use odds::reply::Request;
use providers::kalshi::Kalshi;
use providers::{Ask, Provider, Verdict, What};

use crate::{Sent, fact, facts, fixture, listing, listings, meanings, problems, quotes, recorded, survives};

fn asked(query: &[(&str, &str)]) -> Sent<'static> {
    let request = query.iter().fold(Request::to("/trade-api/v2/markets"), |request, (name, value)| request.with(name, *value));
    Sent { request, ..Sent::of("markets") }
}

const WHOLE: &[(&str, &str)] = &[("limit", "1000"), ("series_ticker", "KXNBAGAME"), ("status", "open")];

#[test]
fn a_game_is_one_listing_with_both_its_contracts() {
    asked(WHOLE).decode(&Kalshi, &fixture("kalshi", "markets_nba.json"), |decoded| {
        let game = listing(decoded, "KXNBAGAME-26JAN09WESNOR");
        assert_eq!((game.kind, game.sport.as_ref()), (ListingKind::Contest, "KXNBAGAME"));
        assert_eq!((fact(game, FactKind::Home), fact(game, FactKind::Away)), ("Northport".into(), "Westhaven".into()));
        assert_eq!(fact(game, FactKind::Start), "2026-01-09T17:00:00Z");
        assert_eq!(facts(game, FactKind::Attribute), [r#"start={"precision":"day","closes_at":"2026-01-10T04:59:58Z"}"#]);
        let ids = ["home=5f0a1f6e-0000-4000-8000-0000000000e1", "away=5f0a1f6e-0000-4000-8000-0000000000e2"];
        assert_eq!(facts(game, FactKind::SideId), ids);
        let expected = [
            "kalshi KXNBAGAME (damaged) Yes [Northport] 62c",
            "kalshi KXNBAGAME (damaged) No [Northport] 40c",
            "kalshi KXNBAGAME (damaged) Yes [Westhaven] 40.5c",
            "kalshi KXNBAGAME_bid (damaged) Yes [Northport] 60c",
            "kalshi KXNBAGAME_bid (damaged) No [Northport] 38c",
            "kalshi KXNBAGAME_bid (damaged) No [Westhaven] 59.5c",
        ];
        assert_eq!(quotes(game), expected, "nobody bids for Westhaven, and that is no price of 0");
        let meant = [
            "moneyline full Northport back",
            "moneyline full [Northport] no back",
            "moneyline full Westhaven back",
            "moneyline full Northport lay",
            "moneyline full [Northport] no lay",
            "moneyline full [Westhaven] no lay",
        ];
        assert_eq!(meanings(&Kalshi, game), meant);
    });
}

#[test]
fn sizes_are_the_most_that_can_be_staked_on_either_answer() {
    asked(WHOLE).decode(&Kalshi, &fixture("kalshi", "markets_nba.json"), |decoded| {
        let game = listing(decoded, "KXNBAGAME-26JAN09WESNOR");
        assert!(game.asked.has(FactKind::BetLimit));
        let limits = [
            "kalshi/KXNBAGAME/Yes|Northport|=49.6",
            "kalshi/KXNBAGAME_bid/Yes|Northport|=150",
            "kalshi/KXNBAGAME/No|Northport|=100",
            "kalshi/KXNBAGAME_bid/No|Northport|=30.4",
            "kalshi/KXNBAGAME/Yes|Westhaven|=4.05",
            "kalshi/KXNBAGAME_bid/No|Westhaven|=5.95",
        ];
        assert_eq!(facts(game, FactKind::BetLimit), limits);
        let without = listing(decoded, "KXNBATOTAL-26JAN09WESNOR");
        assert!(!without.asked.has(FactKind::BetLimit), "an answer without sizes does not say that there are none");
    });
}

#[test]
fn the_size_of_no_is_told_only_where_its_price_mirrors_yes() {
    let body = r#"{"markets":[{"ticker":"KXNBAGAME-26JAN09WESNOR-NOR","event_ticker":"KXNBAGAME-26JAN09WESNOR","yes_sub_title":"Northport",
        "yes_bid_dollars":"0.60","yes_bid_size_fp":"250.00","no_ask_dollars":"NO_ASK"}]}"#;
    let limits = |no_ask: &str| {
        Sent::of("markets").decode(&Kalshi, body.replace("NO_ASK", no_ask).as_bytes(), |decoded| {
            facts(listing(decoded, "KXNBAGAME-26JAN09WESNOR"), FactKind::BetLimit)
        })
    };
    let yes = "kalshi/KXNBAGAME_bid/Yes|Northport|=150".to_owned();
    assert_eq!(limits("0.40"), [yes.clone(), "kalshi/KXNBAGAME/No|Northport|=100".to_owned()]);
    assert_eq!(limits("0.41"), [yes], "two books, or two moments: whose size it is, nobody knows");
}

#[test]
fn what_is_paused_odd_or_over_is_told_as_such() {
    asked(WHOLE).decode(&Kalshi, &fixture("kalshi", "markets_nba.json"), |decoded| {
        let total = listing(decoded, "KXNBATOTAL-26JAN09WESNOR");
        assert!(total.books[0].markets[0].outcomes.iter().all(|outcome| outcome.offer.as_ref().unwrap().is_suspended));
        let meant =
            ["total full over 221.5 back", "total full under 221.5 back", "total full over 221.5 lay", "total full under 221.5 lay"];
        assert_eq!(meanings(&Kalshi, total), meant);
        let odd = listing(decoded, "KXNBAGAME-26JAN10EASSAL");
        let expected = [
            "kalshi KXNBAGAME (damaged) Yes [Eastbay] implausible",
            "kalshi KXNBAGAME_bid (damaged) Yes [Eastbay] implausible",
            "kalshi KXNBAGAME_bid (damaged) No [Eastbay] bad_price",
        ];
        assert_eq!(quotes(odd), expected);
        let over = listing(decoded, "KXNBAGAME-26JAN08AAABBB");
        assert_eq!((fact(over, FactKind::Status), quotes(over).iter().all(|line| line.ends_with("(nothing)"))), ("final".into(), true));
        let outright = listing(decoded, "KXNBA-26");
        assert_eq!((outright.kind, fact(outright, FactKind::Title)), (ListingKind::Outright, "Who wins the championship?".into()));
        assert_eq!(meanings(&Kalshi, outright)[0], "outright full Northport back");
        assert_eq!(meanings(&Kalshi, listing(decoded, "KXFED-26JAN")), ["?"], "a series of another world is kept");
        let expected = [
            "markets[3] implausible",
            "markets[3].no_bid_dollars bad_price",
            "markets[3].status missing_field",
            "markets[7].event_ticker missing_field",
            "markets[8] not_the_shape",
        ];
        let mut found = problems(decoded);
        found.sort();
        assert_eq!((found, decoded.unreadable), (expected.map(str::to_owned).to_vec(), 1));
    });
}

#[test]
fn only_one_whole_page_tells_what_is_gone() {
    let body = br#"{"cursor":"","markets":[{"ticker":"KXNBAGAME-26JAN09WESNOR-NOR","event_ticker":"KXNBAGAME-26JAN09WESNOR","yes_sub_title":"Northport","yes_ask_dollars":"0.62"}]}"#;
    let look = |sent: Sent<'_>, body: &[u8]| {
        sent.decode(&Kalshi, body, |decoded| {
            let is_damaged = listings(decoded)[0].books[0].markets[0].is_damaged;
            (decoded.snapshots[0].scope.listings.clone(), is_damaged, decoded.next.as_ref().map(|next| next.query["cursor"].clone()))
        })
    };
    assert_eq!(look(asked(WHOLE), body), (ListingScope::Sport, false, None));
    assert_eq!(look(Sent::of("markets"), body), (ListingScope::Unknown, true, None), "a file without its request");
    let page = String::from_utf8_lossy(body).replace(r#""cursor":"""#, r#""cursor":"abc""#);
    assert_eq!(look(asked(WHOLE), page.as_bytes()), (ListingScope::Unknown, true, Some("abc".into())));
    let last = [WHOLE, &[("cursor", "abc")]].concat();
    assert_eq!(look(asked(&last), body), (ListingScope::Unknown, true, None), "the last page of several");
}

#[test]
fn an_order_book_is_kept_whole_best_first_whatever_its_spelling() {
    let ask = Ask { listing: Some("KXNBAGAME-26JAN09WESNOR-NOR".into()), ..Ask::of(What::Summary, "KXNBAGAME") };
    let call = Kalshi.requests(&ask).pop().unwrap();
    assert_eq!((call.endpoint, call.request.path.as_str()), ("orderbook", "/trade-api/v2/markets/KXNBAGAME-26JAN09WESNOR-NOR/orderbook"));
    let sent = Sent { request: call.request, ..Sent::of("orderbook") };
    let ladder = r#"depth/KXNBAGAME-26JAN09WESNOR-NOR={"yes_bids":[["0.6","250"],["0.59","10"]],"no_bids":[["0.38","80.5"]]}"#;
    for (body, count) in [
        (r#"{"orderbook":{"yes":[[59,10],[60,250]],"no":[[38,80.5]]}}"#, 0),
        (r#"{"orderbook_fp":{"yes_dollars":[["0.5900","10.00"],["0.6000","250.00"]],"no_dollars":[["0.3800","80.50"]]}}"#, 0),
        (r#"{"orderbook":{"yes":[[59,10],[60,250],[0,1],[101,1],["x"],7],"no":[[38,80.5]]}}"#, 4),
    ] {
        sent.decode(&Kalshi, body.as_bytes(), |decoded| {
            let game = listing(decoded, "KXNBAGAME-26JAN09WESNOR");
            assert_eq!((facts(game, FactKind::Attribute), problems(decoded).len()), (vec![ladder.to_owned()], count), "{body}");
            assert_eq!(decoded.snapshots[0].scope.listings, ListingScope::Listed(vec!["KXNBAGAME-26JAN09WESNOR".into()]));
        });
    }
    Sent::of("orderbook").decode(&Kalshi, br#"{"orderbook":{"yes":null,"no":[]}}"#, |decoded| {
        assert_eq!((listings(decoded).len(), problems(decoded)), (0, vec![" orphan".to_owned()]), "whose it is, only the request says");
    });
}

#[test]
fn errors_are_told_apart() {
    let judge = |status: u16, body: &[u8]| Sent { status, ..Sent::of("markets") }.with(&Kalshi, body, |reply| Kalshi.judge(reply));
    assert!(
        matches!(judge(429, br#"{"error":{"code":"too_many_requests"}}"#), Verdict::RetryAfter(Some(wait), _) if wait == Duration::from_secs(60))
    );
    assert!(matches!(judge(404, br#"{"error":{"code":"not_found"}}"#), Verdict::Gone(reason) if reason.contains("not_found")));
    assert!(matches!(judge(403, b"<html>blocked</html>"), Verdict::Refused(_)));
    assert!(matches!(judge(503, b""), Verdict::RetryAfter(None, _)));
    assert!(matches!(judge(200, br#"{"error":"x"}"#), Verdict::ChangedShape(_)));
    assert!(matches!(judge(200, br#"{"markets": [{"#), Verdict::RetryAfter(None, _)));
}

#[test]
fn a_series_is_asked_in_one_call_and_nothing_leaves_its_place() {
    let one = |ask: &Ask| Kalshi.requests(ask).pop().map(|call| call.request.canonical());
    let query = r#"{"path":"/trade-api/v2/markets","query":{"limit":"1000","series_ticker":"KXNBAGAME","status":"open"}}"#;
    assert_eq!(one(&Ask::of(What::Odds, "KXNBAGAME")).as_deref(), Some(query));
    assert_eq!(one(&Ask::of(What::Events, "KXNBAGAME")).as_deref(), Some(query), "one call for both");
    let event = |listing: &str| Ask { listing: Some(listing.into()), ..Ask::of(What::Summary, "KXNBAGAME") };
    let path = r#"{"path":"/trade-api/v2/events/KXNBAGAME-26JAN09WESNOR","query":{"with_nested_markets":"true"}}"#;
    assert_eq!(one(&event("KXNBAGAME-26JAN09WESNOR")).as_deref(), Some(path));
    for ask in [event("../x"), event(""), Ask::of(What::Odds, "KX/../NBA"), Ask::of(What::Scores, "KXNBAGAME")] {
        assert_eq!(one(&ask), None, "{ask:?}");
    }
}

#[test]
fn any_bytes_are_read_or_refused() {
    survives(&Kalshi, "markets", &fixture("kalshi", "markets_nba.json"));
}

#[test]
fn the_recording_has_two_games_and_every_answer_is_understood() {
    let Some(body) = recorded("kalshi/markets/wnba_game_20260708.json") else { return };
    Sent::of("markets").decode(&Kalshi, &body, |decoded| {
        assert_eq!((listings(decoded).len(), problems(decoded), decoded.unreadable), (2, vec![], 0));
        let game = listing(decoded, "KXWNBAGAME-26JUL09INDPHX");
        assert_eq!((fact(game, FactKind::Home), fact(game, FactKind::Away)), ("Phoenix".into(), "Indiana".into()));
        let expected = [
            "kalshi KXWNBAGAME (damaged) Yes [Phoenix] 41c",
            "kalshi KXWNBAGAME (damaged) No [Phoenix] 60c",
            "kalshi KXWNBAGAME (damaged) Yes [Indiana] 60c",
            "kalshi KXWNBAGAME (damaged) No [Indiana] 41c",
            "kalshi KXWNBAGAME_bid (damaged) Yes [Phoenix] 40c",
            "kalshi KXWNBAGAME_bid (damaged) No [Phoenix] 59c",
            "kalshi KXWNBAGAME_bid (damaged) Yes [Indiana] 59c",
            "kalshi KXWNBAGAME_bid (damaged) No [Indiana] 40c",
        ];
        assert_eq!(quotes(game), expected);
        let all: Vec<String> = listings(decoded).iter().flat_map(|one| meanings(&Kalshi, one)).collect();
        assert_eq!((all.len(), all.iter().filter(|meaning| *meaning == "?").count()), (12, 0));
        assert_eq!(Kalshi.league("KXWNBAGAME").map(|league| league.key), Some("basketball.wnba"));
    });
}

const CANDLES: &str = r#"{"market_tickers":["KXNBAGAME-26JAN09WESNOR-NOR","KXNBAGAME-26JAN09WESNOR-WES"],"market_candlesticks":[
    [{"end_period_ts":1767970800,"yes_bid":{"open_dollars":"0.5000","close_dollars":"0.6000"},"yes_ask":{"close_dollars":"0.6200"},"price":{},"volume_fp":"3.00"},
     {"end_period_ts":1767974400,"yes_bid":{"close_dollars":"0.7000"},"yes_ask":{"close_dollars":"0.6000"}},
     {"end_period_ts":4000000000,"yes_bid":{"close_dollars":"0.6000"},"yes_ask":{"close_dollars":"0.6200"}},
     {"end_period_ts":"soon","yes_bid":{"close_dollars":"0.6000"}}],
    [{"end_period_ts":1767970800,"yes_bid":{"close_dollars":"0.0000"},"yes_ask":{"close":41}}]],"adjusted_end_ts":1768000000}"#;

#[test]
fn a_candle_tells_what_stood_at_its_end_and_nothing_of_what_else_did() {
    let request = Request::to("/trade-api/v2/series/KXNBAGAME/events/KXNBAGAME-26JAN09WESNOR/candlesticks").with("end_ts", "1768100000");
    Sent { request, ..Sent::of("candlesticks") }.decode(&Kalshi, CANDLES.as_bytes(), |decoded| {
        let moments: Vec<String> = decoded.snapshots.iter().map(|snapshot| snapshot.observed_at.to_string()).collect();
        assert_eq!(moments[0], "2026-01-09T15:00:00Z");
        assert!(decoded.snapshots.iter().all(|snapshot| snapshot.basis == odds::reply::Basis::Stated));
        assert!(
            decoded.snapshots.iter().all(|snapshot| snapshot.scope.listings == ListingScope::Unknown && snapshot.scope.markets.is_none())
        );
        let game = &decoded.snapshots[0].listings[0];
        let expected = [
            "kalshi KXNBAGAME (damaged) Yes [KXNBAGAME-26JAN09WESNOR-NOR] 62c",
            "kalshi KXNBAGAME (damaged) Yes [KXNBAGAME-26JAN09WESNOR-WES] 41c",
            "kalshi KXNBAGAME_bid (damaged) Yes [KXNBAGAME-26JAN09WESNOR-NOR] 60c",
        ];
        assert_eq!(quotes(game), expected, "nobody bids for the visitors");
        assert_eq!(meanings(&Kalshi, game), ["moneyline full home back", "moneyline full away back", "moneyline full home lay"]);
        assert!(!moments.iter().any(|at| at.starts_with("2096")), "a candle that is not over is no word of its end");
        let told = problems(decoded).join("\n");
        for expected in ["adjusted_end_ts", "market_candlesticks[0][3]", "market_candlesticks[0][1]"] {
            assert!(told.contains(expected), "{expected}: {told}");
        }
    });
}

#[test]
fn candles_that_nobody_can_be_given_are_refused() {
    for body in [
        r#"{"market_tickers":["KXNBAGAME-26JAN09WESNOR-NOR"],"market_candlesticks":[[],[]]}"#,
        r#"{"market_tickers":7,"market_candlesticks":[[]]}"#,
        r#"{"market_tickers":["KXNBA"],"market_candlesticks":[[{"end_period_ts":1767970800}]]}"#,
    ] {
        Sent::of("candlesticks").decode(&Kalshi, body.as_bytes(), |decoded| {
            assert!(decoded.snapshots.is_empty() && problems(decoded).len() == 1, "{body}: {:?}", problems(decoded));
        });
    }
}

#[test]
fn trades_are_kept_at_their_moments_and_are_no_offers() {
    let body = r#"{"cursor":"more","trades":[
        {"trade_id":"a","ticker":"KXNBAGAME-26JAN09WESNOR-NOR","yes_price_dollars":"0.6100","no_price_dollars":"0.3900","count_fp":"12.00","taker_side":"yes","created_time":"2026-01-09T14:00:00.123Z"},
        {"trade_id":"b","ticker":"KXNBAGAME-26JAN09WESNOR-NOR","yes_price":60,"created_time":"2026-01-09T14:05:00Z"},
        {"trade_id":"c","ticker":"KXNBAGAME-26JAN09WESNOR-NOR","yes_price":60}]}"#;
    let request = Request::to("/trade-api/v2/markets/trades").with("ticker", "KXNBAGAME-26JAN09WESNOR-NOR");
    Sent { request, ..Sent::of("trades") }.decode(&Kalshi, body.as_bytes(), |decoded| {
        let said: Vec<(String, Vec<String>)> =
            decoded.snapshots.iter().map(|snapshot| (snapshot.observed_at.to_string(), quotes(&snapshot.listings[0]))).collect();
        let quote = |price: &str| vec![format!("kalshi KXNBAGAME_trade (damaged) Yes [KXNBAGAME-26JAN09WESNOR-NOR] {price}")];
        assert_eq!(said, [("2026-01-09T14:00:00.123Z".to_owned(), quote("61c")), ("2026-01-09T14:05:00Z".to_owned(), quote("60c"))]);
        assert!(problems(decoded).iter().any(|problem| problem.contains("trades[2]")), "{:?}", problems(decoded));
        assert_eq!(decoded.next.as_ref().unwrap().query["cursor"], "more");
        assert_eq!(
            Kalshi.meaning(
                "KXNBAGAME",
                &odds::market::Words {
                    book: "kalshi",
                    market: "KXNBAGAME_trade",
                    name: "Yes",
                    description: "KXNBAGAME-26JAN09WESNOR-NOR",
                    point: None
                }
            ),
            None
        );
    });
}

#[test]
fn what_is_over_is_asked_by_series_event_and_contract() {
    let paths = |ask: &Ask| Kalshi.requests(ask).into_iter().map(|call| call.request.canonical()).collect::<Vec<_>>().join("");
    let of = |what, listing: &str| Ask { listing: Some(listing.into()), ..Ask::of(what, "KXNBAGAME") };
    assert!(paths(&Ask::of(What::Season, "KXNBAGAME")).contains("settled"));
    let candles = paths(&of(What::HistoricalEventOdds, "KXNBAGAME-26JAN09WESNOR"));
    assert!(candles.contains("/trade-api/v2/series/KXNBAGAME/events/KXNBAGAME-26JAN09WESNOR/candlesticks"), "{candles}");
    // From midnight in New York a week before its day to the end of the day after.
    assert!(candles.contains("1767330000") && candles.contains("1768107600") && candles.contains("\"60\""), "{candles}");
    assert!(paths(&of(What::HistoricalEventOdds, "KXNBAGAME-26JAN09WESNOR-NOR")).contains("/trade-api/v2/markets/trades"));
    assert_eq!(paths(&of(What::HistoricalEventOdds, "KXNBA-26")), "", "a season's question has no day");
    assert_eq!(paths(&of(What::HistoricalEventOdds, "../secret")), "");
}
