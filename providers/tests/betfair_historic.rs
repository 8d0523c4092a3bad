//! The exchange's files: what each message leaves on the board, and what is not claimed.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use odds::observation::{Decoded, EventStatus, FactKind, ListingKind, ListingSeen, Snapshot};
use odds::reply::{Basis, Reply, Request};
use providers::betfair_historic::BetfairHistoric;
use providers::{Provider, Verdict};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/betfair-historic/{name}.jsonl", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn with_reply<'b, T>(body: &'b [u8], take: impl FnOnce(&Reply<'b>) -> T) -> T {
    let (request, headers): &(Request, BTreeMap<String, String>) = Box::leak(Box::default());
    let fetched_at = odds::Moment::from_secs(1_800_000_000);
    let (provider, endpoint) = ("betfair-historic", "stream");
    let basis = Basis::Stated;
    take(&Reply { provider, endpoint, request, status: 200, headers, body, fetched_at, basis, sport: None })
}

fn decoded(body: &[u8]) -> Decoded<'_> {
    with_reply(body, |reply| BetfairHistoric.decode(reply))
}

fn listing<'s, 'a>(snapshot: &'s Snapshot<'a>) -> &'s ListingSeen<'a> {
    &snapshot.listings[0]
}

/// Outcomes of a market at a book: name, price, whether suspended.
fn offers(snapshot: &Snapshot<'_>, book: &str, market: &str) -> Vec<(String, String, bool)> {
    let markets = listing(snapshot).books.iter().filter(|seen| seen.key == book).flat_map(|seen| &seen.markets);
    let outcomes = markets.filter(|seen| seen.key == market).flat_map(|seen| &seen.outcomes);
    outcomes.map(|seen| (seen.name.to_string(), seen.offer.unwrap().price.to_string(), seen.offer.unwrap().is_suspended)).collect()
}

fn of(name: &str, price: &str, is_suspended: bool) -> (String, String, bool) {
    (name.to_owned(), price.to_owned(), is_suspended)
}

fn fact<'s>(snapshot: &'s Snapshot<'_>, kind: FactKind, subject: &str) -> Option<&'s str> {
    listing(snapshot).facts.iter().find(|fact| fact.kind == kind && fact.subject == subject).map(|fact| &*fact.value)
}

#[test]
fn best_prices_of_both_sides_are_quoted_and_a_level_without_money_is_gone() {
    let body = fixture("match-odds");
    let told = decoded(&body);
    assert_eq!((told.snapshots.len(), told.problems.len()), (4, 0));
    let [first, second, ..] = &told.snapshots[..] else { panic!("four messages") };
    let backs = [of("Northam", "2.5", false), of("Ruddock", "3.15", false), of("The Draw", "3.4", false)];
    assert_eq!(offers(first, "betfair_ex", "MATCH_ODDS"), backs, "virtual prices beat the short ladder without them");
    assert_eq!(offers(first, "betfair_ex", "MATCH_ODDS/LAY"), [of("Northam", "2.52", false), of("Ruddock", "3.2", false)]);
    assert_eq!(offers(second, "betfair_ex", "MATCH_ODDS"), [of("Northam", "2.48", false), of("Ruddock", "3.15", false)]);
    assert_eq!(first.observed_at.to_string(), "2024-01-18T08:29:54.928Z");
    assert_eq!(offers(second, "betfair_ex_traded", "MATCH_ODDS"), [of("Northam", "2.5", false)]);
}

#[test]
fn sizes_and_three_levels_come_along_and_all_of_them_where_one_changed() {
    let body = fixture("match-odds");
    let told = decoded(&body);
    let size = |at: usize, subject: &str| fact(&told.snapshots[at], FactKind::BetLimit, subject);
    assert_eq!(size(0, "betfair_ex/MATCH_ODDS/Northam||"), Some("100.25"));
    assert_eq!((size(1, "betfair_ex/MATCH_ODDS/Northam||"), size(1, "betfair_ex/MATCH_ODDS/Ruddock||")), (Some("20"), Some("21.5")));
    let ladder = fact(&told.snapshots[0], FactKind::Attribute, "betfair_ex/MATCH_ODDS/Northam||");
    assert_eq!(ladder, Some(r#"{"ladder":[[2.5,100.25],[2.48,20],[2.46,5]]}"#));
}

#[test]
fn a_market_is_suspended_turns_in_play_and_closes() {
    let body = fixture("match-odds");
    let told = decoded(&body);
    let status = |at: usize| fact(&told.snapshots[at], FactKind::Status, "");
    assert_eq!([status(0), status(1), status(2), status(3)], [Some("scheduled"), None, Some("live"), Some("final")]);
    assert!(EventStatus::from_word(status(3).unwrap()).is_some());
    assert_eq!(offers(&told.snapshots[2], "betfair_ex", "MATCH_ODDS")[0], of("Northam", "2.48", true));
    assert!(offers(&told.snapshots[3], "betfair_ex", "MATCH_ODDS").is_empty(), "a closed market offers nothing");
    assert_eq!(
        (fact(&told.snapshots[0], FactKind::Home, ""), fact(&told.snapshots[0], FactKind::Away, "")),
        (Some("Northam"), Some("Ruddock"))
    );
}

#[test]
fn a_runner_that_is_taken_out_offers_nothing_and_keeps_its_reduction_factor() {
    let body = fixture("race-win");
    let told = decoded(&body);
    let races = &told.snapshots;
    assert_eq!((listing(&races[0]).kind, fact(&races[0], FactKind::Title, "")), (ListingKind::Outright, Some("Farhill 9th Mar R1 1200m")));
    assert_eq!(offers(&races[1], "betfair_ex_traded", "WIN"), [of("1. Ash", "6.2", false), of("2. Birch", "11.5", false)]);
    assert_eq!(offers(&races[2], "betfair_ex_traded", "WIN"), [of("2. Birch", "11.5", false)]);
    let standing = fact(&races[2], FactKind::Attribute, "betfair_ex_traded/WIN/1. Ash||").unwrap();
    assert_eq!(standing, r#"{"status":"REMOVED","reduction_factor":"14.82","removed_at":"2023-03-08T20:16:54.000Z"}"#);
    let won = fact(&races[3], FactKind::Attribute, "betfair_ex_traded/WIN/2. Birch||").unwrap();
    assert!(won.contains(r#""status":"WINNER""#) && won.contains(r#""starting_price":"11.04""#), "{won}");
    assert!(races.iter().all(|race| offers(race, "betfair_ex", "WIN").is_empty()), "a last matched price is no offer");
}

#[test]
fn after_a_lost_message_no_ladder_is_claimed_until_an_image() {
    let body = fixture("match-odds");
    let mut lines: Vec<&[u8]> = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let image = lines[0];
    lines.insert(1, br#"{"op":"mcm","pt":17055"#);
    lines.insert(3, image);
    let body = lines.join(&b'\n');
    let told = decoded(&body);
    assert_eq!(told.problems.iter().map(|problem| problem.path.as_str()).collect::<Vec<_>>(), ["line 2", "market 1.500"]);
    let is_quoted = |at: usize| listing(&told.snapshots[at]).books.iter().any(|book| book.key == "betfair_ex");
    assert_eq!([is_quoted(0), is_quoted(1), is_quoted(2)], [true, false, true]);
}

#[test]
fn what_is_no_such_file_is_told() {
    let judged = |body: &[u8]| with_reply(body, |reply| BetfairHistoric.judge(reply));
    assert_eq!(judged(&fixture("race-win")), Verdict::Good);
    for body in [&b""[..], b"<html>", br#"{"op":"ocm","pt":1}"#] {
        assert!(matches!(judged(body), Verdict::ChangedShape(_)), "{body:?}");
    }
    let stamp = BetfairHistoric.stamp("stream", &fixture("race-win")).unwrap();
    assert_eq!((stamp.0.to_string().as_str(), stamp.1), ("2023-03-09T06:49:07.932Z", Basis::Stated));
}

#[test]
fn a_file_of_very_many_messages_tells_the_last_of_each_second() {
    let mut body = fixture("race-win").split_inclusive(|byte| *byte == b'\n').next().unwrap().to_vec();
    for at in 0..200_001_u64 {
        let (pt, price) = (1_678_252_990_000 + at, 2 + at % 7);
        body.extend(
            format!("{{\"op\":\"mcm\",\"pt\":{pt},\"mc\":[{{\"id\":\"1.600\",\"rc\":[{{\"id\":11,\"ltp\":{price}}}]}}]}}\n").bytes(),
        );
    }
    let told = decoded(&body);
    assert_eq!(told.snapshots.len(), 1 + 201);
    assert_eq!(told.snapshots[1].observed_at.to_string(), "2023-03-08T05:23:10.999Z", "the last of its second");
    assert_eq!(offers(&told.snapshots[1], "betfair_ex_traded", "WIN"), [of("1. Ash", &(2 + 999 % 7).to_string(), false)]);
}
