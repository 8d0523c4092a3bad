//! What REST answers tell.

use odds::cover::FactMask;
use odds::observation::{BookScope, CatalogueKind, FactKind, ListingKind, ListingScope};
use odds::reply::{Basis, Request};
use providers::Provider;
use providers::opticodds::OpticOdds;

use super::{accounted, facts, fixture, moment, problems, quotes, read};

fn asked(fixtures: &[&str], markets: &[&str]) -> Request {
    let request = Request::to("/fixtures/odds").with_each("fixture_id", fixtures).with_each("sportsbook", &["pinnacle", "draftkings"]);
    request.with("odds_format", "DECIMAL").with_each("market", markets)
}

#[test]
fn every_odd_is_kept_in_its_own_words_with_what_came_along() {
    let body = fixture("opticodds", "fixtures_odds_two_books.json");
    let decoded = read(&OpticOdds, "fixtures_odds", asked(&["F1X7UREAAAA1"], &[]), &body);
    let expected = [
        "F1X7UREAAAA1 pinnacle/moneyline Harbor Gulls|| 1.65",
        "F1X7UREAAAA1 pinnacle/moneyline Mill Owls|| 2.32",
        "F1X7UREAAAA1 pinnacle/run_line Harbor Gulls||-1.5 2.4",
        "F1X7UREAAAA1 pinnacle/run_line Mill Owls||1.5 1.6",
        "F1X7UREAAAA1 pinnacle/run_line:alternate Harbor Gulls||-2.5 3.1",
        "F1X7UREAAAA1 draftkings/total_runs Over||8 1.91",
        "F1X7UREAAAA1 draftkings/total_runs Under||8 1.91",
        "F1X7UREAAAA1 draftkings/player_strikeouts Over|Sam Reed|5.5 1.8",
        "F1X7UREAAAA1 draftkings/quidditch_minutes Over||9 1.5",
    ];
    assert_eq!(quotes(&decoded), expected);
    assert_eq!(problems(&decoded), [""; 0]);
    let listing = &decoded.snapshots[0].listings[0];
    assert_eq!(listing.sport, "baseball/mlb");
    let offer = listing.books[0].markets[0].outcomes[0].offer.unwrap();
    assert_eq!(offer.changed_at, Some(moment("2026-10-24T19:26:40.5Z")), "their timestamp is the last change");
    assert!(listing.books.iter().flat_map(|book| &book.markets).all(|market| market.seen_at.is_none() && !market.is_damaged));
    let mut mask = FactMask::default();
    [FactKind::Link, FactKind::BetLimit].into_iter().for_each(|kind| mask.add(kind));
    assert_eq!(listing.asked, mask);
    let facts = facts(&decoded);
    for fact in [
        "F1X7UREAAAA1 start  2026-10-24T23:10:00Z",
        "F1X7UREAAAA1 status  scheduled",
        "F1X7UREAAAA1 home  Harbor Gulls",
        "F1X7UREAAAA1 side_id away T34MAWAY0002",
        "F1X7UREAAAA1 external_id oddsjam 10001-10002-2026-10-24",
        "F1X7UREAAAA1 bet_limit pinnacle/moneyline/Mill Owls|| 500",
        "F1X7UREAAAA1 link pinnacle/run_line/Harbor Gulls||-1.5 \"https://book.example/slip?x=1\"",
        "F1X7UREAAAA1 attribute player/Sam Reed {\"id\":\"PL4YER000001\"}",
    ] {
        assert!(facts.contains(&fact.to_owned()), "{fact} in {facts:#?}");
    }
    let books: Vec<_> = decoded.catalogue.iter().map(|row| (row.kind, &*row.key, &*row.title)).collect();
    assert_eq!(books, [(CatalogueKind::Book, "draftkings", "DraftKings"), (CatalogueKind::Book, "pinnacle", "Pinnacle")]);
}

#[test]
fn the_scope_is_what_was_asked_for() {
    let body = fixture("opticodds", "fixtures_odds_two_books.json");
    let scope = |request| read(&OpticOdds, "fixtures_odds", request, &body).snapshots.remove(0).scope;
    let all = scope(asked(&["F1X7UREAAAA1", "OTHER"], &[]));
    assert_eq!(all.listings, ListingScope::Listed(vec!["F1X7UREAAAA1".to_owned(), "OTHER".to_owned()]));
    assert_eq!(all.books, BookScope::Listed(vec!["pinnacle".to_owned(), "draftkings".to_owned()]));
    assert!(all.asks_market("anything"));
    let main = scope(asked(&["F1X7UREAAAA1"], &["run_line"]).with("is_main", "true"));
    assert!(main.asks_market("run_line") && !main.asks_market("run_line:alternate") && !main.asks_market("moneyline"));
    let lines = scope(asked(&["F1X7UREAAAA1"], &["Run Line"]));
    assert!(lines.asks_market("run_line") && lines.asks_market("run_line:alternate"));
    let stored = scope(Request::default());
    assert_eq!((stored.listings, stored.markets, stored.books), (ListingScope::Unknown, None, BookScope::Unknown));
}

#[test]
fn what_cannot_be_used_is_counted_and_takes_nothing_down() {
    let body = fixture("opticodds", "fixtures_odds_damaged.json");
    let decoded = read(&OpticOdds, "fixtures_odds", asked(&["F1X7UREAAAA1"], &[]), &body);
    assert_eq!(
        quotes(&decoded),
        ["F1X7UREAAAA1 pinnacle/moneyline Harbor Gulls|| missing_field", "F1X7UREAAAA1 pinnacle/moneyline Mill Owls|| 2.32"]
    );
    assert_eq!((decoded.unreadable, accounted(&decoded)), (5, 7), "six odds of the fixture and one without a fixture");
    assert_eq!(decoded.snapshots[0].scope.markets, None, "an odd that cannot be told may be of any market");
    let problems = problems(&decoded);
    for problem in [
        "data[0].start_date: bad_time",
        "data[0].status: no_place",
        "data[0].odds[0].price: missing_field",
        "data[0].odds[2].sportsbook: missing_field",
        "data[0].odds[3].market: missing_field",
        "data[0].odds[4].points: missing_field",
        "data[0].odds[5].sportsbook: missing_field",
        "data[1]: missing_field",
        "data[2]: missing_field",
    ] {
        assert!(problems.contains(&problem.to_owned()), "{problem} in {problems:#?}");
    }
}

#[test]
fn pages_are_followed_and_their_silence_says_nothing() {
    let body = fixture("opticodds", "fixtures_of_every_state.json");
    let request = Request::to("/fixtures").with("sport", "baseball").with("league", "mlb");
    let decoded = read(&OpticOdds, "fixtures", request.clone(), &body);
    assert_eq!(decoded.next, Some(request.with("page", "2")));
    assert_eq!(decoded.snapshots[0].scope.listings, ListingScope::Unknown);
    let odds = String::from_utf8(fixture("opticodds", "fixtures_odds_two_books.json")).unwrap();
    let odds = odds.trim_end().strip_suffix('}').unwrap().to_owned() + r#","page":2,"total_pages":2}"#;
    let last = read(&OpticOdds, "fixtures_odds", asked(&["F1X7UREAAAA1"], &[]).with("page", "2"), odds.as_bytes());
    assert_eq!((last.next, last.snapshots[0].scope.markets.clone()), (None, None));
    assert!(last.snapshots[0].listings[0].books.iter().flat_map(|book| &book.markets).all(|market| market.is_damaged));
}

#[test]
fn fixtures_tell_sides_scores_and_standing() {
    let decoded = read(&OpticOdds, "fixtures", Request::default(), &fixture("opticodds", "fixtures_of_every_state.json"));
    let facts = facts(&decoded);
    for fact in [
        "A1 status  final",
        "A1 home_score  5",
        "A1 away_score  3",
        "A1 period_scores  {\"home\":[0,5],\"away\":[3,0]}",
        "A1 venue  The Pier",
        "A1 season_type  Playoffs",
        "A1 rotation home 902",
        "A2 start  2026-10-24T18:00:00Z",
        "A2 status  live",
        "A2 home  Ann Lee / Bea Moss",
        "A2 away  Orr / Park",
        "A3 status  scheduled",
    ] {
        assert!(facts.contains(&fact.to_owned()), "{fact} in {facts:#?}");
    }
    assert!(!facts.iter().any(|fact| fact.starts_with("A3 home_score") || fact.starts_with("A2 side_id")), "{facts:#?}");
    let sports: Vec<_> = decoded.snapshots[0].listings.iter().map(|listing| &*listing.sport).collect();
    assert_eq!(sports, ["baseball/mlb", "tennis/atp", "baseball/mlb"]);
}

#[test]
fn injuries_are_whole_lists_of_their_leagues_or_none() {
    let body = fixture("opticodds", "injuries_two_leagues.json");
    let decoded = read(&OpticOdds, "injuries", Request::default(), &body);
    let listings = &decoded.snapshots[0].listings;
    assert_eq!(
        listings.iter().map(|listing| (&*listing.id, listing.kind)).collect::<Vec<_>>(),
        [("injuries/baseball/mlb", ListingKind::InjuryList), ("injuries/football/nfl", ListingKind::InjuryList)]
    );
    assert_eq!(
        facts(&decoded)[0],
        r#"injuries/baseball/mlb injury P1 {"player":"Sam Reed","team":"Harbor Gulls","status":"60-Day IL","meaning":"injured_list","body_part":"Knee","position":"SP"}"#
    );
    let in_pages = String::from_utf8(body).unwrap().replace("]}\n", r#"],"page":1,"total_pages":2}"#);
    let half = read(&OpticOdds, "injuries", Request::default(), in_pages.as_bytes());
    assert!(half.snapshots[0].listings.is_empty(), "players of the other page would seem healthy");
    assert_eq!(problems(&half), ["data: not_the_shape"]);
}

#[test]
fn history_stands_at_its_own_moments_and_a_first_price_without_one_is_no_opening() {
    let decoded = read(&OpticOdds, "fixtures_odds_historical", Request::default(), &fixture("opticodds", "fixtures_odds_historical.json"));
    let at: Vec<_> = decoded.snapshots.iter().map(|snapshot| (snapshot.observed_at.to_string(), snapshot.basis)).collect();
    assert_eq!(at[0], ("2026-10-24T00:00:00Z".to_owned(), Basis::Stated));
    assert_eq!(at[3], ("2026-10-24T23:10:00Z".to_owned(), Basis::Phase), "a close without a moment is as late as the start");
    assert_eq!(at[4].1, Basis::Fetched);
    assert_eq!(
        quotes(&decoded),
        [
            "F1X7UREAAAA1 pinnacle/total_runs Over||7.5 1.95",
            "F1X7UREAAAA1 pinnacle/total_runs Over||7.5 1.95 locked",
            "F1X7UREAAAA1 pinnacle/total_runs Over||8 1.88",
            "F1X7UREAAAA1 pinnacle/moneyline Harbor Gulls|| 1.65",
        ]
    );
    assert_eq!((decoded.unreadable, problems(&decoded)), (1, vec!["data[0].odds[0].entries[3].timestamp: bad_time".to_owned()]));
    let open = r#"F1X7UREAAAA1 attribute pinnacle/moneyline/Harbor Gulls|| {"close":{"points":null,"price":1.65},"open":{"points":null,"price":1.7}}"#;
    assert!(facts(&decoded).contains(&open.to_owned()), "{:#?}", facts(&decoded));
    assert!(decoded.snapshots.iter().all(|snapshot| snapshot.scope.markets.is_none()));
}

#[test]
fn futures_are_outrights_under_a_sport_of_their_own() {
    let request = Request::to("/futures/odds").with("odds_format", "DECIMAL");
    let decoded = read(&OpticOdds, "futures_odds", request, &fixture("opticodds", "futures_odds.json"));
    let listing = &decoded.snapshots[0].listings[0];
    assert_eq!((listing.kind, &*listing.sport), (ListingKind::Outright, "baseball/mlb/futures"));
    assert_eq!(quotes(&decoded), ["FU7URE000001 pinnacle/futures Harbor Gulls|| 7.5", "FU7URE000001 pinnacle/futures Mill Owls|| 11"]);
    assert_eq!(facts(&decoded), ["FU7URE000001 title  World Series Winner"]);
}

#[test]
fn a_poll_is_a_fact_of_its_fixture() {
    let body = fixture("opticodds", "last_polled.json");
    let request = Request::to("/sportsbooks/last-polled").with("fixture_id", "F1X7UREAAAA1");
    let polled = read(&OpticOdds, "sportsbooks_last_polled", request, &body);
    assert_eq!(facts(&polled), [r#"F1X7UREAAAA1 attribute pinnacle {"last_polled_at":"2026-10-24T19:26:50Z"}"#]);
    assert_eq!(problems(&polled), ["data[0].sportsbooks[1].timestamp: bad_time", "data[0].sportsbooks[2]: missing_field"]);
    assert!(polled.snapshots[0].scope.markets.is_none(), "no prices were asked for");
    let stored = read(&OpticOdds, "sportsbooks_last_polled", Request::default(), &body);
    assert_eq!((facts(&stored).len(), problems(&stored).len()), (0, 3), "nobody says of which sport the fixture is");
}

#[test]
fn a_grade_is_a_fact_beside_the_fixture() {
    let request = Request::to("/grader/odds").with("sport", "baseball").with("league", "mlb");
    let decoded = read(&OpticOdds, "grader_odds", request, &fixture("opticodds", "grader_odds.json"));
    assert_eq!(
        facts(&decoded),
        [r#"F1X7UREAAAA1 attribute grade/Total Runs%2FUnder 8 {"result":"Refunded"}"#, "F1X7UREAAAA1 status  final"]
    );
    let nowhere = read(&OpticOdds, "grader_odds", Request::default(), &fixture("opticodds", "grader_odds.json"));
    assert_eq!((facts(&nowhere).len(), problems(&nowhere)), (0, vec!["data: missing_field".to_owned()]));
}

#[test]
fn markets_tell_what_is_not_understood_and_players_have_their_team() {
    let markets = read(&OpticOdds, "markets", Request::default(), &fixture("opticodds", "markets.json"));
    assert_eq!(problems(&markets), ["data[1]: no_place", "data[2]: missing_field"]);
    let players = read(&OpticOdds, "players", Request::default(), &fixture("opticodds", "players.json"));
    assert_eq!((&*players.catalogue[0].key, &*players.catalogue[0].title), ("PL4YER000001", "Sam Reed"));
    assert!(players.catalogue[0].detail.contains(r#""team":"Harbor Gulls""#), "{}", players.catalogue[0].detail);
    assert_eq!(problems(&players), ["data[1]: missing_field"]);
}

#[test]
fn a_decimal_answer_of_american_figures_is_read_as_what_it_is() {
    let body = String::from_utf8(fixture("opticodds", "fixtures_odds_two_books.json")).unwrap();
    let american = ["1.65", "2.32", "2.4", "1.6", "3.1", "1.91", "1.8", "1.5"]
        .iter()
        .fold(body, |body, price| body.replace(&format!("\"price\":{price},"), "\"price\":-150,"));
    let decoded = read(&OpticOdds, "fixtures_odds", asked(&["F1X7UREAAAA1"], &[]), american.as_bytes());
    assert!(quotes(&decoded).iter().all(|quote| quote.ends_with("1.666666667")), "{:?}", quotes(&decoded));
}

#[test]
fn stored_bodies_state_their_newest_moment() {
    let stamp = |endpoint, name| OpticOdds.stamp(endpoint, &fixture("opticodds", name)).map(|(at, basis)| (at.to_string(), basis));
    assert_eq!(stamp("fixtures_odds", "fixtures_odds_two_books.json"), Some(("2026-10-24T19:26:41.25Z".to_owned(), Basis::Stated)));
    assert_eq!(stamp("stream_odds", "stream_of_every_frame.sse"), Some(("2026-10-24T12:00:04Z".to_owned(), Basis::Stated)));
    assert_eq!(stamp("injuries", "injuries_two_leagues.json"), None);
}
