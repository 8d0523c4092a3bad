//! Bodies of ours, one a situation: what is good is kept, what is bad is refused with its reason, and nothing is lost.

use odds::observation::{BookScope, BookSeen, CatalogueKind, ListingKind, ListingScope, Refusal};
use odds::reply::Basis;
use providers::Provider;
use providers::the_odds_api::TheOddsApi;

use crate::{Wrapping, facts, fixture, listings, moment, outcomes, problems};

fn live() -> Wrapping {
    Wrapping::live("odds", "/v4/sports/basketball_nba/odds").with("markets", "h2h,spreads").with("bookmakers", "betfair_ex_eu,draftkings")
}

#[test]
fn a_live_reply_gives_prices_facts_attributes_and_books() {
    let (wrapping, body) = (live(), fixture("odds_two_books_with_links"));
    let decoded = TheOddsApi.decode(&wrapping.around(&body));
    assert_eq!((problems(&decoded), decoded.unreadable, decoded.snapshots.len()), (vec![], 0, 1));
    let snapshot = &decoded.snapshots[0];
    assert_eq!((snapshot.observed_at, snapshot.basis), (wrapping.fetched_at, Basis::Fetched));
    assert_eq!(
        facts(&snapshot.listings[0]),
        [
            "start  2026-01-11T00:10:00Z",
            "home  Boston Celtics",
            "away  Miami Heat",
            "rotation home 502",
            "rotation away 501",
            r#"link draftkings "https://book.example/event/77""#,
            r#"sid draftkings "77""#,
            r#"sid draftkings/h2h "77-h2h""#,
            r#"link draftkings/h2h/Boston Celtics|| "https://book.example/bet/1""#,
            r#"sid draftkings/h2h/Boston Celtics|| "1""#,
            "bet_limit draftkings/h2h/Boston Celtics|| 5000",
        ]
    );
    let book = &snapshot.listings[0].books[0];
    assert_eq!((book.key.as_ref(), book.seen_at), ("draftkings", Some(moment("2026-01-10T20:00:10Z"))));
    assert_eq!(book.markets[1].seen_at, Some(moment("2026-01-10T20:00:08Z")), "the market's own time beats the book's");
    assert_eq!(snapshot.listings[0].books[1].markets[0].seen_at, Some(moment("2026-01-10T20:00:02Z")), "else the book's");
    let spread = &book.markets[1].outcomes[0];
    assert_eq!((spread.point.unwrap().to_string(), spread.offer.unwrap().price.to_string()), ("-4.5".into(), "1.91".into()));
    assert!(snapshot.listings[1].books.is_empty());
    let books: Vec<_> = decoded.catalogue.iter().map(|row| (row.kind, row.key.as_ref(), row.title.as_ref())).collect();
    assert_eq!(books, [(CatalogueKind::Book, "betfair_ex_eu", "Betfair"), (CatalogueKind::Book, "draftkings", "DraftKings")]);
}

#[test]
fn the_scope_is_what_the_request_asked_for() {
    let scope = |wrapping: Wrapping, body: &[u8]| TheOddsApi.decode(&wrapping.around(body)).snapshots[0].scope.clone();
    let odds = scope(live(), b"[]");
    assert_eq!((odds.sport.as_str(), odds.listings), ("basketball_nba", ListingScope::Sport));
    assert_eq!(odds.markets.unwrap(), ["h2h", "spreads", "h2h_lay"], "lay prices come unasked and are looked at with the rest");
    assert_eq!(odds.books, BookScope::Listed(vec!["betfair_ex_eu".into(), "draftkings".into()]));

    let listed = scope(live().with("eventIds", "a1, b2"), b"[]");
    assert_eq!(listed.listings, ListingScope::Listed(vec!["a1".into(), "b2".into()]));
    let from = scope(live().with("commenceTimeFrom", "2026-01-11T05:00:00Z"), b"[]");
    assert_eq!(from.listings, ListingScope::Starting { from: Some(moment("2026-01-11T05:00:00Z")), to: None });

    let event = Wrapping::live("event_odds", "/v4/sports/basketball_nba/events/60718293a4b5c6d7e8f90a1b2c3d4e5f/odds")
        .with("regions", "us_dfs,us_ex");
    let event = scope(event, &fixture("event_odds_props_and_multipliers"));
    assert_eq!(event.listings, ListingScope::Listed(vec!["60718293a4b5c6d7e8f90a1b2c3d4e5f".into()]));
    assert_eq!(event.markets.unwrap(), ["h2h", "h2h_lay"], "the endpoint's default");
    let BookScope::Listed(books) = event.books else { panic!("books of the regions") };
    assert!(["prizepicks", "kalshi", "underdog"].iter().all(|book| books.contains(&(*book).to_owned())));

    let events = scope(Wrapping::live("events", "/v4/sports/soccer_epl/events"), b"[]");
    assert_eq!((events.listings, events.markets, events.books), (ListingScope::Sport, None, BookScope::Unknown));
    let upcoming = scope(Wrapping::live("odds", "/v4/sports/upcoming/odds"), &fixture("odds_two_books_with_links"));
    assert_eq!((upcoming.sport.as_str(), upcoming.listings), ("basketball_nba", ListingScope::Unknown));
    let stored = scope(Wrapping::stored("odds"), &fixture("odds_two_books_with_links"));
    assert_eq!((stored.listings, stored.markets, stored.books), (ListingScope::Unknown, None, BookScope::Unknown));
    assert_eq!(stored.sport, "basketball_nba", "all listings say so");
}

#[test]
fn a_book_that_answers_for_a_region_unknown_to_us_was_asked_as_well() {
    let wrapping = Wrapping::live("odds", "/v4/sports/basketball_nba/odds").with("regions", "mars");
    let body = fixture("odds_two_books_with_links");
    let scope = TheOddsApi.decode(&wrapping.around(&body)).snapshots[0].scope.clone();
    assert_eq!(scope.books, BookScope::Listed(vec!["betfair_ex_eu".into(), "draftkings".into()]));
}

#[test]
fn an_outright_has_a_title_and_no_sides() {
    let (wrapping, body) = (
        Wrapping::live("odds", "/v4/sports/golf_us_open_winner/odds").with("markets", "outrights").at("2026-04-16T18:59:00Z"),
        fixture("odds_outright_without_sides"),
    );
    let decoded = TheOddsApi.decode(&wrapping.around(&body));
    assert_eq!(problems(&decoded), Vec::<String>::new());
    let listing = listings(&decoded).next().unwrap();
    assert_eq!(listing.kind, ListingKind::Outright);
    assert_eq!(facts(listing), ["start  2026-06-18T10:00:00Z", "title  US Open Winner"]);
    assert_eq!(decoded.snapshots[0].scope.markets.as_deref().unwrap(), ["outrights", "outrights_lay"]);
}

#[test]
fn an_event_with_sides_to_bet_on_and_none_named_is_no_outright() {
    let body =
        String::from_utf8(fixture("event_odds_props_and_multipliers")).unwrap().replace("home_team", "home").replace("away_team", "away");
    let wrapping = Wrapping::live("event_odds", "/v4/sports/basketball_nba/events/60718293a4b5c6d7e8f90a1b2c3d4e5f/odds");
    let decoded = TheOddsApi.decode(&wrapping.around(body.as_bytes()));
    assert_eq!(problems(&decoded), ["home_team: missing_field", "away_team: missing_field"]);
    assert_eq!((listings(&decoded).next().unwrap().kind, outcomes(&decoded).count()), (ListingKind::Contest, 4));
}

#[test]
fn damage_at_any_level_costs_no_more_than_what_is_damaged() {
    let (wrapping, body) = (live(), fixture("odds_damaged_at_every_level"));
    let decoded = TheOddsApi.decode(&wrapping.around(&body));
    assert_eq!(
        problems(&decoded),
        [
            "[0]: not_the_shape",
            "[1].id: missing_field",
            "[2].commence_time: bad_time",
            "[2].away_team: missing_field",
            "[2].bookmakers[0]: not_the_shape",
            "[2].bookmakers[1].key: missing_field",
            "[2].bookmakers[2].markets: not_the_shape",
            "[2].bookmakers[3].markets: not_the_shape",
            "[2].bookmakers[4].last_update: bad_time",
            "[2].bookmakers[4].markets[0].outcomes: not_the_shape",
            "[2].bookmakers[4].markets[1].outcomes: not_the_shape",
            "[2].bookmakers[4].markets[2].outcomes[1].price: impossible_price",
            "[2].bookmakers[4].markets[2].outcomes[2].price: impossible_price",
            "[2].bookmakers[4].markets[2].outcomes[3].price: bad_price",
            "[2].bookmakers[4].markets[2].outcomes[4].price: bad_price",
            "[2].bookmakers[4].markets[2].outcomes[5].price: missing_field",
            "[2].bookmakers[4].markets[2].outcomes[6].price: missing_field",
            "[2].bookmakers[4].markets[2].outcomes[7].point: bad_line",
            "[2].bookmakers[4].markets[2].outcomes[8].point: bad_line",
            "[2].bookmakers[4].markets[2].outcomes[9].name: missing_field",
            "[2].bookmakers[4].markets[2].outcomes[10].name: missing_field",
            "[2].bookmakers[4].markets[2].outcomes[11].description: missing_field",
            "[2].bookmakers[4].markets[2].outcomes[12]: not_the_shape",
            "[2].bookmakers[4].markets[3].key: missing_field",
            "[3].bookmakers: not_the_shape",
        ]
    );
    let prices: Vec<_> = outcomes(&decoded).map(|outcome| outcome.offer.map(|offer| offer.price.to_string())).collect();
    let good = |price: &str| Ok(price.to_owned());
    assert_eq!(
        prices,
        [
            good("1.91"),
            Err(Refusal::ImpossiblePrice),
            Err(Refusal::ImpossiblePrice),
            Err(Refusal::BadPrice),
            Err(Refusal::BadPrice),
            Err(Refusal::MissingField),
            Err(Refusal::MissingField),
            good("1.5"),
            good("2.7")
        ]
    );
    assert_eq!(decoded.unreadable, 2 + 1 + 6 + 2, "of the event without id, the book without key, totals, and the market without key");
    let books: Vec<_> = listings(&decoded).flat_map(|listing| &listing.books).collect();
    let marks = |book: &BookSeen<'_>| book.markets.iter().map(|market| (market.key.to_string(), market.is_damaged)).collect::<Vec<_>>();
    let (read, claimed): (Vec<_>, Vec<_>) =
        books.into_iter().partition(|book| book.markets.iter().any(|market| !market.outcomes.is_empty()));
    let read: Vec<_> = read.into_iter().flat_map(marks).collect();
    let read: Vec<_> = read.iter().map(|(key, is_damaged)| (key.as_str(), *is_damaged)).collect();
    assert_eq!(
        read,
        [("h2h", true), ("alternate_spreads", true), ("totals", true), ("spreads", true), ("h2h_lay", true), ("h2h", false)],
        "after a market that could not be named, no asked market counts as taken down"
    );
    assert!(claimed.len() > 2 && claimed.into_iter().flat_map(marks).all(|(_, is_damaged)| is_damaged), "nor any asked book as missing");
    assert_eq!(decoded.snapshots[0].scope.listings, ListingScope::Unknown, "nor any asked event: two could not be named");
}

#[test]
fn every_problem_says_what_stood_there() {
    let (wrapping, body) = (live(), fixture("odds_damaged_at_every_level"));
    let decoded = TheOddsApi.decode(&wrapping.around(&body));
    let detail = |path: &str| &decoded.problems.iter().find(|problem| problem.path.ends_with(path)).unwrap().detail;
    assert_eq!(detail("outcomes[3].price"), "-1e400: price is out of range; a decimal price is like 1.91");
    assert_eq!(detail("outcomes[7].point"), "\"223.5\": line is not a number; a point is like -7.5");
    assert_eq!(detail("[2].away_team"), "away_team is 5, not a text");
    assert_eq!(detail("[2].bookmakers[2].markets"), "markets is missing or null, not a list");
}

#[test]
fn an_event_that_stands_twice_is_one_listing_in_which_both_mentions_are_heard() {
    let (wrapping, body) = (live(), fixture("odds_events_twice"));
    let decoded = TheOddsApi.decode(&wrapping.around(&body));
    assert_eq!(problems(&decoded), ["[2].id: listing_twice", "[3].id: listing_twice"]);
    assert!(decoded.problems[0].detail.contains("the same as") && decoded.problems[1].detail.contains("it differs from"));
    let ids: Vec<_> = listings(&decoded).map(|listing| listing.id.as_ref()).collect();
    assert_eq!((ids, decoded.unreadable), (vec!["aa", "bb"], 0));
    let prices: Vec<_> = outcomes(&decoded).map(|outcome| outcome.offer.unwrap().price.to_string()).collect();
    assert_eq!(prices, ["2", "2", "2.5"], "a duplicate, and a contradiction: told apart where slots are known");
}

#[test]
fn props_keep_their_descriptions_points_and_multipliers() {
    let wrapping = Wrapping::live("event_odds", "/v4/sports/basketball_nba/events/60718293a4b5c6d7e8f90a1b2c3d4e5f/odds");
    let body = fixture("event_odds_props_and_multipliers");
    let decoded = TheOddsApi.decode(&wrapping.around(&body));
    assert_eq!(problems(&decoded), Vec::<String>::new());
    let words: Vec<_> = outcomes(&decoded).map(|o| format!("{} {} {:?}", o.name, o.description, o.point.map(|p| p.milli()))).collect();
    assert_eq!(
        words,
        ["Over José Álvarez Some(25500)", "Under José Álvarez Some(25500)", "Over José Álvarez Some(31500)", "Yes José Álvarez None"],
        "an escaped name is the same name"
    );
    let facts = facts(listings(&decoded).next().unwrap());
    assert!(facts.contains(&r"multiplier underdog/player_points/Over|José Álvarez|25.5 1.05".to_owned()), "{facts:?}");
}

#[test]
fn an_event_that_nobody_offers_is_seen_without_books() {
    let wrapping = Wrapping::live("event_odds", "/v4/sports/basketball_wnba/events/718293a4b5c6d7e8f90a1b2c3d4e5f60/odds");
    let body = fixture("event_odds_nobody_offers");
    let decoded = TheOddsApi.decode(&wrapping.around(&body));
    assert_eq!((problems(&decoded), listings(&decoded).count(), outcomes(&decoded).count()), (vec![], 1, 0));
}

#[test]
fn a_snapshot_knows_no_more_than_its_moment() {
    let wrapping = Wrapping::live("historical_odds", "/v4/historical/sports/basketball_nba/odds").with("date", "2024-01-25T03:56:00Z");
    let body = fixture("historical_odds_with_books_ahead");
    let decoded = TheOddsApi.decode(&wrapping.around(&body));
    let snapshot = &decoded.snapshots[0];
    assert_eq!((snapshot.observed_at, snapshot.basis), (moment("2024-01-25T03:55:49Z"), Basis::Stated), "nine seconds are usual");
    assert_eq!(
        problems(&decoded),
        ["data[0].bookmakers[1].markets[1].last_update: book_ahead", "data[0].bookmakers[2].markets[0].last_update: book_ahead"],
        "one problem a book"
    );
    assert_eq!(
        decoded.problems[0].detail,
        "2024-01-25T15:55:00Z is over 60 s after 2024-01-25T03:55:40Z: market h2h_h1 refused, with it 4 outcomes of the book"
    );
    let refused: Vec<_> = snapshot.listings[0]
        .books
        .iter()
        .flat_map(|book| &book.markets)
        .map(|market| (market.is_damaged, market.seen_at.is_some()))
        .collect();
    assert_eq!(refused, [(false, true), (false, true), (true, false), (true, false), (true, false)]);
    assert_eq!(outcomes(&decoded).filter(|outcome| outcome.offer == Err(Refusal::BookAhead)).count(), 6);
    let attributes: Vec<_> = facts(&snapshot.listings[0]).into_iter().filter(|fact| fact.contains("half_a_day_ahead")).collect();
    assert_eq!(attributes, [r#"sid half_a_day_ahead "s""#], "nothing that comes from later is told");
    let next = decoded.next.unwrap();
    assert_eq!((next.path.as_str(), next.query["date"].as_str()), ("/v4/historical/sports/basketball_nba/odds", "2024-01-25T04:00:38Z"));
}

#[test]
fn a_live_book_may_be_a_little_ahead_of_the_later_of_our_clock_and_theirs() {
    let body = fixture("odds_two_books_with_links");
    let ahead = |wrapping: Wrapping| outcomes(&TheOddsApi.decode(&wrapping.around(&body))).filter(|outcome| outcome.offer.is_err()).count();
    assert_eq!(ahead(live().at("2026-01-10T19:59:10Z")), 0);
    assert_eq!(ahead(live().at("2026-01-10T19:59:09Z")), 4, "61 s: the book and all of it");
    assert_eq!(ahead(live().at("2026-01-10T12:00:00Z").header("date", "Sat, 10 Jan 2026 20:00:12 GMT")), 0, "our clock was set back");
}

#[test]
fn the_form_of_prices_is_as_asked_else_as_the_body_tells() {
    let first = |wrapping: Wrapping, body: &[u8]| {
        outcomes(&TheOddsApi.decode(&wrapping.around(body))).map(|o| o.offer.map(|offer| offer.price.to_string())).next()
    };
    let american = fixture("historical_event_odds_american");
    assert_eq!(first(Wrapping::stored("historical_event_odds"), &american), Some(Ok("+140".into())));
    assert_eq!(first(Wrapping::live("historical_event_odds", "/v4/x").with("oddsFormat", "american"), &american), Some(Ok("+140".into())));
    assert_eq!(first(Wrapping::live("historical_event_odds", "/v4/x"), &american), Some(Ok("+140".into())), "not 140 to 1");
    assert_eq!(first(Wrapping::stored("odds"), &fixture("odds_two_books_with_links")), Some(Ok("1.54".into())));
    let damaged = fixture("odds_damaged_at_every_level");
    assert_eq!(first(Wrapping::stored("odds"), &damaged), Some(Ok("1.91".into())), "one broken figure outvotes nobody");
    let long = br#"{"id":"a","sport_key":"s","commence_time":"2026-01-11T00:10:00Z","home_team":"A","away_team":"B","bookmakers":[{"key":"x","markets":[{"key":"h2h","outcomes":[{"name":"A","price":110}]}]}]}"#;
    assert_eq!(first(Wrapping::stored("event_odds"), long), Some(Ok("+110".into())));
}

/// An event at one book with these prices.
fn priced(prices: &[&str]) -> String {
    let outcome = |(at, price): (usize, &&str)| format!(r#"{{"name":"N{at}","price":{price}}}"#);
    let outcomes: Vec<String> = prices.iter().enumerate().map(outcome).collect();
    format!(
        r#"{{"id":"a","sport_key":"s","commence_time":"2026-01-11T00:10:00Z","home_team":"N0","away_team":"N1","bookmakers":[{{"key":"x","markets":[{{"key":"h2h","outcomes":[{}]}}]}}]}}"#,
        outcomes.join(",")
    )
}

#[test]
fn a_decimal_ask_that_is_answered_in_american_odds_shows_nothing_wrong() {
    let wrapping = Wrapping::live("event_odds", "/v4/sports/s/events/a/odds");
    let read = |prices: &[&str]| {
        let body = priced(prices);
        let reply = wrapping.around(body.as_bytes());
        let decoded = TheOddsApi.decode(&reply);
        let told = |outcome: &odds::observation::OutcomeSeen<'_>| {
            outcome.offer.map_or_else(|why| why.as_str().to_owned(), |offer| offer.price.to_string())
        };
        (TheOddsApi.judge(&reply).as_str(), outcomes(&decoded).map(told).collect::<Vec<_>>())
    };
    assert_eq!(read(&["126", "-150"]), ("good", vec!["+126".into(), "-150".into()]), "certain: read as it is");
    assert_eq!(read(&["1.91", "2", "126"]), ("good", vec!["1.91".into(), "2".into(), "126".into()]), "a long shot is one");
    assert_eq!(read(&["126", "105"]), ("changed_shape", vec!["bad_price".into(); 2]), "nothing tells which");
    assert_eq!(read(&["126", "-150", "1.91"]), ("changed_shape", vec!["bad_price".into(), "bad_price".into(), "1.91".into()]));
    let mut many = vec!["1.91"; 20];
    many.extend(["-110", "151"]);
    let (verdict, told) = read(&many);
    assert_eq!((verdict, &told[19..]), ("good", &["1.91".to_owned(), "bad_price".into(), "bad_price".into()][..]), "one loses no reply");
}

#[test]
fn half_a_body_keeps_nothing_and_says_so_once() {
    for name in ["odds_two_books_with_links", "historical_odds_with_books_ahead", "event_odds_props_and_multipliers"] {
        let body = fixture(name);
        for endpoint in ["odds", "event_odds", "historical_odds", "scores", "sports", "participants", "event_markets", "events", "weather"]
        {
            let wrapping = Wrapping::live(endpoint, "/v4/sports/basketball_nba/odds");
            let decoded = TheOddsApi.decode(&wrapping.around(&body[..body.len() / 2]));
            assert_eq!((problems(&decoded), decoded.snapshots.len(), decoded.unreadable), (vec![": not_the_shape".to_owned()], 0, 0));
        }
    }
}

#[test]
fn history_that_does_not_say_of_when_is_placed_nowhere() {
    let body = String::from_utf8(fixture("historical_odds_with_books_ahead")).unwrap().replace("2024-01-25T03:55:40Z", "lately");
    let wrapping = Wrapping::live("historical_odds", "/v4/historical/sports/basketball_nba/odds");
    let decoded = TheOddsApi.decode(&wrapping.around(body.as_bytes()));
    assert_eq!((problems(&decoded), decoded.snapshots.len(), decoded.unreadable), (vec!["timestamp: bad_time".to_owned()], 0, 10));
    let list = fixture("odds_two_books_with_links");
    let decoded = TheOddsApi.decode(&wrapping.around(&list));
    assert_eq!((problems(&decoded), decoded.snapshots.len(), decoded.unreadable), (vec![": not_the_shape".to_owned()], 0, 8));
    let stored = Wrapping::stored("historical_odds");
    let decoded = TheOddsApi.decode(&stored.around(&list));
    assert_eq!(
        (decoded.snapshots[0].observed_at, decoded.snapshots[0].basis),
        (stored.fetched_at, Basis::Assumed),
        "a file's moment is its replayer's word"
    );
}

#[test]
fn an_error_in_place_of_an_event_is_told_as_one() {
    let wrapping = Wrapping::live("event_odds", "/v4/sports/basketball_nba/events/a/odds");
    let decoded = TheOddsApi.decode(&wrapping.around(br#"{"message":"Gone","error_code":"EVENT_NOT_FOUND"}"#));
    assert_eq!(problems(&decoded), ["id: provider_error"]);
}

#[test]
fn scores_tell_what_they_state_and_no_more() {
    let (wrapping, body) = (Wrapping::live("scores", "/v4/sports/basketball_wnba/scores"), fixture("scores_of_every_state"));
    let decoded = TheOddsApi.decode(&wrapping.around(&body));
    let told: Vec<Vec<String>> = listings(&decoded).map(|listing| facts(listing).into_iter().skip(3).collect()).collect();
    assert_eq!(
        told,
        [
            vec!["status  final", "away_score  62", "home_score  49"],
            vec!["status  live", "home_score  7", "away_score  12"],
            vec![],
            vec![],
        ]
    );
    assert_eq!(problems(&decoded), ["[3].completed: missing_field", "[3].scores[0]: not_the_shape", "[3].scores[1]: not_the_shape"]);
    assert_eq!(decoded.snapshots[0].scope.markets, None);
}

#[test]
fn catalogues_give_their_rows() {
    let rows = |endpoint, name: &str| {
        let (wrapping, body) = (Wrapping::live(endpoint, "/v4/sports/baseball_mlb/events/8293/markets"), fixture(name));
        let decoded = TheOddsApi.decode(&wrapping.around(&body));
        let rows: Vec<_> =
            decoded.catalogue.iter().map(|row| format!("{} {} {} {}", row.kind.as_str(), row.key, row.title, row.detail)).collect();
        (rows, problems(&decoded))
    };
    let (sports, wrong) = rows("sports", "sports");
    assert_eq!(
        sports,
        [
            r#"sport basketball_nba NBA {"group":"Basketball","description":"US Basketball","active":true,"has_outrights":false}"#,
            r#"sport golf_us_open_winner US Open Winner {"group":"Golf","description":"","active":false,"has_outrights":true}"#,
        ]
    );
    assert_eq!(wrong, ["[2]: missing_field"]);
    let (participants, _) = rows("participants", "participants");
    assert_eq!(participants[1], "participant par_01hqmkq6fvf1p8kfqxgy0kx3xd Miami Heat ");
    let (markets, wrong) = rows("event_markets", "event_markets");
    assert_eq!(
        markets,
        [
            "book fanduel FanDuel ",
            r#"market 8293a4b5c6d7e8f90a1b2c3d4e5f6071/fanduel/batter_hits batter_hits {"last_update":"2026-06-01T20:00:00Z"}"#,
            "market 8293a4b5c6d7e8f90a1b2c3d4e5f6071/fanduel/h2h h2h ",
        ]
    );
    assert_eq!(wrong, ["bookmakers[0].markets[2].key: missing_field"]);
}

#[test]
fn events_carry_rotation_numbers_and_no_prices() {
    let (wrapping, body) =
        (Wrapping::live("events", "/v4/sports/soccer_germany_bundesliga/events"), fixture("events_with_rotation_numbers"));
    let decoded = TheOddsApi.decode(&wrapping.around(&body));
    assert_eq!(problems(&decoded), Vec::<String>::new());
    assert_eq!(
        facts(listings(&decoded).next().unwrap()),
        ["start  2025-11-29T14:30:00Z", "home  Werder Bremen", "away  1. FC Köln", "rotation home 301"]
    );
}

#[test]
fn a_stored_body_states_its_own_moment_where_it_has_one() {
    let stamp = |name: &str| TheOddsApi.stamp("odds", &fixture(name)).map(|(moment, basis)| (moment.to_string(), basis));
    let stated = |text: &str| Some((text.to_owned(), Basis::Stated));
    assert_eq!(stamp("odds_two_books_with_links"), stated("2026-01-10T20:00:10Z"));
    assert_eq!(stamp("historical_odds_with_books_ahead"), stated("2024-01-25T03:55:49Z"));
    assert_eq!(stamp("historical_event_odds_american"), stated("2022-06-12T11:55:00Z"));
    assert_eq!(stamp("scores_of_every_state"), stated("2026-07-07T09:22:48Z"));
    assert_eq!(stamp("sports"), None);
    assert_eq!(TheOddsApi.stamp("odds", b"\xff"), None);
}

#[test]
fn unix_times_of_another_client_are_read() {
    let body = br#"[{"id":"a","sport_key":"s","commence_time":1774998600,"home_team":"A","away_team":"B"}]"#;
    let wrapping = Wrapping::stored("events");
    let decoded = TheOddsApi.decode(&wrapping.around(body));
    assert_eq!(facts(listings(&decoded).next().unwrap())[0], "start  2026-03-31T23:10:00Z");
}
