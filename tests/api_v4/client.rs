//! An unchanged client that changes its base URL alone, and curl.

use std::process::Command;

use the_odds_api::{Market, Region, TheOddsApiClient, TheOddsApiClientBuilder};

use crate::served::Served;

const CELTICS: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
const PROPS: &str = "60718293a4b5c6d7e8f90a1b2c3d4e5f";

fn served() -> Served {
    let served = Served::at("2026-01-10T20:00:15Z");
    served.take_fixture("sports", "sports.json");
    served.take_fixture("participants", "participants.json");
    served.take_fixture("odds", "odds_two_books_with_links.json");
    served.take_fixture("event_odds", "event_odds_props_and_multipliers.json");
    served
}

fn client(served: &Served) -> TheOddsApiClient {
    TheOddsApiClientBuilder::new("any-key-on-loopback").base_url(served.base()).build()
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

#[test]
fn an_unchanged_client_reads_everything_after_changing_its_base_url() {
    let served = served();
    let client = client(&served);
    wait(async {
        let sports = client.get_sports().await.unwrap();
        assert!(sports.data.iter().any(|sport| sport.key == "basketball_nba" && sport.group == "Basketball" && sport.active));
        assert_eq!(sports.usage.requests_last, Some(0));
        assert!(client.get_all_sports().await.unwrap().data.len() > sports.data.len());

        let events = client.get_events("basketball_nba").send().await.unwrap();
        assert_eq!(events.data.len(), 3);

        let markets = [Market::H2h, Market::Spreads];
        let odds = client.get_odds("basketball_nba").regions(&[Region::Us, Region::Eu]).markets(&markets).send().await.unwrap();
        let game = odds.data.iter().find(|event| event.id == CELTICS).unwrap();
        assert_eq!(game.home_team.as_deref(), Some("Boston Celtics"));
        let books: Vec<&str> = game.bookmakers.iter().map(|book| book.key.as_str()).collect();
        assert_eq!(books, ["draftkings", "betfair_ex_eu"]);
        let keys: Vec<&str> = game.bookmakers[1].markets.iter().map(|market| market.key.as_str()).collect();
        assert_eq!(keys, ["h2h", "h2h_lay"], "the lay market comes unasked");
        assert_eq!((odds.usage.requests_last, odds.usage.requests_used), (Some(4), Some(4)));

        let upcoming = client.get_upcoming_odds().regions(&[Region::Us]).send().await.unwrap();
        assert_eq!(upcoming.data.len(), 3);

        let props = client
            .get_event_odds("basketball_nba", PROPS)
            .regions(&[Region::Us])
            .custom_market("player_points")
            .include_multipliers(true)
            .bookmakers(["underdog"])
            .send()
            .await
            .unwrap();
        let market = &props.data.bookmakers[0].markets[0];
        assert_eq!((market.outcomes.len(), market.outcomes[0].multiplier, market.outcomes[2].multiplier), (3, Some(1.05), None));
        assert_eq!(props.data.bookmakers[0].last_update, None, "absent on the odds of one event");
        assert_eq!(props.usage.requests_last, Some(1));

        let offered = client.get_event_markets("basketball_nba", PROPS).regions(&[Region::Us]).send().await.unwrap();
        assert!(offered.data.bookmakers.is_empty(), "a DFS book is in no US region");
        let scores = client.get_scores("basketball_nba").send().await.unwrap();
        assert!(scores.data.iter().all(|game| !game.completed && game.scores.is_none()));
        let teams = client.get_participants("basketball_nba").await.unwrap();
        assert!(teams.data.iter().any(|team| team.id == "par_01hqmkq6fdf1pvq7jgdd7hdmpf" && team.full_name == "Boston Celtics"));

        let date = "2026-01-10T20:00:20Z";
        let past = client.get_historical_odds("basketball_nba").date(date.parse().unwrap()).regions(&[Region::Us]).send().await.unwrap();
        assert_eq!(past.data.timestamp.to_rfc3339(), "2026-01-10T20:00:15+00:00");
        assert_eq!(past.data.data.len(), 3);
        let past = client.get_historical_events("basketball_nba").date(date.parse().unwrap()).send().await.unwrap();
        assert_eq!((past.data.data.len(), past.usage.requests_last), (3, Some(1)));
        let past = client.get_historical_event_odds("basketball_nba", CELTICS).date(date.parse().unwrap()).regions(&[Region::Us]).send();
        assert_eq!(past.await.unwrap().usage.requests_last, Some(10));
    });
}

#[test]
fn the_client_reads_our_errors_as_it_reads_theirs() {
    let served = served();
    let client = client(&served);
    let error = wait(client.get_odds("curling_moon").regions(&[Region::Us]).send()).unwrap_err();
    assert!(matches!(&error, the_odds_api::Error::Api { status: 404, message } if message.contains("UNKNOWN_SPORT")), "{error:?}");
}

#[test]
fn curl_gets_the_body_field_by_field_in_their_order() {
    let served = served();
    let url = format!(
        "{}/v4/sports/basketball_nba/odds/?apiKey=k&regions=us&bookmakers=draftkings&includeLinks=true&includeSids=true&includeBetLimits=true&eventIds={CELTICS}",
        served.base()
    );
    let Ok(output) = Command::new("curl").args(["--noproxy", "*", "-sSi", &url]).output() else {
        return testkit::skipped("curl is not there");
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("x-requests-last: 1") && head.contains("x-requests-used: 1"), "{head}");
    let expected = concat!(
        r#"[{"id":"0a1b2c3d4e5f60718293a4b5c6d7e8f9","sport_key":"basketball_nba","sport_title":"NBA","commence_time":"2026-01-11T00:10:00Z","#,
        r#""home_team":"Boston Celtics","away_team":"Miami Heat","bookmakers":[{"key":"draftkings","title":"DraftKings","#,
        r#""last_update":"2026-01-10T20:00:10Z","link":"https://book.example/event/77","sid":"77","markets":[{"key":"h2h","#,
        r#""last_update":"2026-01-10T20:00:10Z","link":null,"sid":"77-h2h","outcomes":[{"name":"Boston Celtics","price":1.54,"#,
        r#""link":"https://book.example/bet/1","sid":"1","bet_limit":5000},{"name":"Miami Heat","price":2.6,"link":null,"sid":null}]}]}]}]"#,
    );
    assert_eq!(body, expected);
}
