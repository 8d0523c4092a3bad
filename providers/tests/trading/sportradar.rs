//! Sportradar: schedules, boards, injuries, the gateway's errors, and all that is recorded of it.

use std::collections::BTreeMap;
use std::time::Duration;

use odds::injury::{Injury, InjuryStatus};
use odds::observation::{FactKind, ListingScope};
use odds::reply::Request;
use providers::sportradar::Sportradar;
use providers::{Ask, Meter, Provider, Verdict, What};

use crate::{Sent, at, fact, facts, fixture, listing, listings, meanings, problems, quotes, recorded, survives};

const GAME: &str = "5f0a1f6e-0000-4000-8000-0000000000a";

#[test]
fn a_schedule_tells_doubleheaders_postponements_and_days_without_a_time() {
    let sent = Sent { request: Request::to("/mlb/trial/v8/en/games/2026/07/04/schedule.json"), ..Sent::of("schedule") };
    sent.decode(&Sportradar, &fixture("sportradar", "schedule_mlb.json"), |decoded| {
        let game = |number: u8| listing(decoded, &format!("{GAME}{number}"));
        let first = game(1);
        assert_eq!((fact(first, FactKind::Home), fact(first, FactKind::Away)), ("Northport Otters".into(), "Westhaven Cranes".into()));
        assert_eq!((fact(first, FactKind::HomeScore), fact(first, FactKind::AwayScore)), ("5".into(), "3".into()));
        assert_eq!((fact(first, FactKind::Status), fact(first, FactKind::GameNumber)), ("final".into(), "1".into()));
        assert_eq!(facts(first, FactKind::ExternalId), ["mlb-statsapi=900001"]);
        assert_eq!(first.sport, "mlb");
        assert_eq!(fact(game(2), FactKind::GameNumber), "2");
        assert_eq!(facts(game(2), FactKind::Attribute), [r#"start={"precision":"day","closes_at":"2026-07-05T03:59:59Z"}"#]);
        assert_eq!((fact(game(3), FactKind::Status), fact(game(3), FactKind::HomeScore)), ("postponed".into(), String::new()));
        assert_eq!(listings(decoded).len(), 4, "a game that may not be needed is no fixture");
        let expected = [
            "games[4].scheduled bad_time",
            "games[4].home missing_field",
            "games[3] no_place",
            "games[4].status missing_field",
            "games[4].home missing_field",
        ];
        let mut found = problems(decoded);
        found.sort();
        let mut expected = expected.map(str::to_owned);
        expected.sort();
        assert_eq!(found, expected);
        let span = ListingScope::Starting { from: Some(at("2026-07-04T04:00:00Z")), to: Some(at("2026-07-05T03:59:59.999999Z")) };
        assert_eq!(decoded.snapshots[0].scope.listings, span, "the league's day, whole");
    });
}

#[test]
fn a_stored_schedule_names_its_league_itself_and_covers_nothing() {
    Sent::of("schedule").decode(&Sportradar, &fixture("sportradar", "schedule_mlb.json"), |decoded| {
        assert_eq!((decoded.snapshots[0].scope.sport.as_str(), &decoded.snapshots[0].scope.listings), ("mlb", &ListingScope::Unknown));
    });
}

#[test]
fn a_stored_game_whose_league_nothing_says_is_kept_and_says_so() {
    let body =
        br#"{"id":"5f0a1f6e","status":"scheduled","scheduled":"2026-07-04T17:05:00Z","home":{"name":"Otters"},"away":{"name":"Cranes"}}"#;
    let look = |sport| {
        Sent { sport, ..Sent::of("boxscore") }
            .decode(&Sportradar, body, |decoded| (problems(decoded), listings(decoded)[0].sport.to_string()))
    };
    assert_eq!(look(None), (vec![" missing_field".to_owned()], String::new()));
    assert_eq!(look(Some("nba/production")), (vec![], "nba/production".to_owned()), "as it is asked for");
}

#[test]
fn officials_of_a_game_are_facts_of_it_by_their_ids() {
    let body = br#"{"id":"5f0a1f6e","status":"closed","scheduled":"2026-07-04T17:05:00Z","home":{"name":"Otters"},"away":{"name":"Cranes"},
        "venue":{"name":"River Field"},"officials":[{"id":"o1","full_name":"Una Umpire","assignment":"Referee"},{"full_name":"Lee Line"},{"id":"o3"}]}"#;
    Sent { sport: Some("nba/production"), ..Sent::of("boxscore") }.decode(&Sportradar, body, |decoded| {
        let game = &listings(decoded)[0];
        let expected = [r#"o1={"name":"Una Umpire","role":"Referee"}"#, r#"Lee Line={"name":"Lee Line"}"#];
        assert_eq!(
            (facts(game, FactKind::Official), fact(game, FactKind::Venue)),
            (expected.map(str::to_owned).to_vec(), "River Field".into())
        );
        assert_eq!(problems(decoded), ["officials[2].full_name missing_field"]);
    });
}

#[test]
fn a_board_has_what_stands_and_says_what_it_could_not_use() {
    let sent = Sent {
        request: Request::to("/oddscomparison-prematch/trial/v2/en/competitions/sr:competition:132/sport_event_markets.json"),
        ..Sent::of("oddscomparison_prematch")
    };
    sent.decode(&Sportradar, &fixture("sportradar", "competition_markets.json"), |decoded| {
        let event = listing(decoded, "sr:sport_event:70000001");
        let expected = [
            "sr:book:18149 sr:market:219|winner (incl. overtime) home -154",
            "sr:book:18149 sr:market:219|winner (incl. overtime) away +130",
            "sr:book:18149 sr:market:223|handicap (incl. overtime) home -3.5 -110",
            "sr:book:18149 sr:market:223|handicap (incl. overtime) away 3.5 -110",
            "sr:book:18149 sr:market:225|total (incl. overtime) (damaged) over 221.5 contradiction",
            "sr:book:18149 sr:market:225|total (incl. overtime) (damaged) over 222.5 bad_price",
            "sr:book:18149 sr:market:9999|race to 20 points home -120",
            "sr:book:18186 sr:market:219|winner (incl. overtime) (nothing)",
            "sr:book:18186 sr:market:223|handicap (incl. overtime) home -3.5 ambiguous",
            "sr:book:18186 sr:market:223|handicap (incl. overtime) away -3.5 ambiguous",
            "sr:book:900 sr:market:219|winner (incl. overtime) home 1.66",
            "sr:book:900 sr:market:219|winner (incl. overtime) away 2.28",
        ];
        assert_eq!(quotes(event), expected);
        assert_eq!(decoded.unreadable, 1, "the under without a readable line");
        assert_eq!(meanings(&Sportradar, event)[6], "?", "an unknown market is kept");
        assert_eq!(meanings(&Sportradar, event)[3], "spread full away 3.5 back");
        assert!(facts(event, FactKind::Sid).contains(&r#"sr:book:18149="dk-1""#.to_owned()));
        let open = r#"sr:book:18149/sr:market:219%7Cwinner (incl. overtime)/home||={"open":{"odds":"-150"}}"#;
        assert_eq!(facts(event, FactKind::Attribute), [open]);
        let aggregates: Vec<&str> = decoded.catalogue.iter().filter(|row| !row.detail.is_empty()).map(|row| row.key.as_ref()).collect();
        assert_eq!(aggregates, ["sr:book:900"], "the consensus is no bookmaker");
        let other = listing(decoded, "sr:sport_event:70000002");
        assert_eq!((fact(other, FactKind::Status), fact(other, FactKind::Home)), ("postponed".into(), "Eastbay Herons".into()));
        assert!(problems(decoded).contains(&"competition_sport_event_markets[1].sport_event.competitors contradiction".to_owned()));
        assert_eq!(Sportradar.league(&event.sport).map(|league| league.key), Some("basketball.nba"));
        assert_eq!(decoded.snapshots[0].scope.listings, ListingScope::Unknown, "it may be one page of several");
    });
}

#[test]
fn what_was_asked_with_a_paid_key_stands_under_the_key_that_it_was_asked_by() {
    let path = "/oddscomparison-prematch/production/v2/en/competitions/sr:competition:132/sport_event_markets.json";
    let sent = Sent { request: Request::to(path), ..Sent::of("oddscomparison_prematch") };
    sent.decode(&Sportradar, &fixture("sportradar", "competition_markets.json"), |decoded| {
        assert_eq!(decoded.snapshots[0].scope.sport, "sr:competition:132/production");
        assert!(listings(decoded).iter().all(|one| one.sport == "sr:competition:132/production"));
    });
}

#[test]
fn players_stand_together_in_a_market_and_are_called_first_name_first() {
    Sent::of("oddscomparison_player_props").decode(&Sportradar, &fixture("sportradar", "players_props.json"), |decoded| {
        let event = listing(decoded, "sr:sport_event:70000001");
        let expected = [
            "player_points full [Marcus Vale] over 24.5 back",
            "player_points full [Marcus Vale] under 24.5 back",
            "player_points full [Kofi Osei] over 11.5 back",
            "?",
        ];
        assert_eq!(meanings(&Sportradar, event), expected);
        assert_eq!((event.books.len(), event.books[0].markets.len()), (1, 2));
        assert_eq!(decoded.unreadable, 1, "markets of a player without a name");
    });
}

#[test]
fn an_injury_list_keeps_the_newest_word_and_the_leagues_own() {
    let sent = Sent { request: Request::to("/nba/trial/v8/en/league/injuries.json"), ..Sent::of("injuries") };
    sent.decode(&Sportradar, &fixture("sportradar", "injuries_nba.json"), |decoded| {
        let list = listing(decoded, "injuries/nba");
        let injuries: Vec<Injury> = list.facts.iter().map(|fact| serde_json::from_str(&fact.value).unwrap()).collect();
        assert_eq!((injuries.len(), injuries[0].player.as_str(), injuries[0].team.as_str()), (2, "Marcus Vale", "Northport Otters"));
        assert_eq!((injuries[0].meaning, injuries[0].body_part.as_deref()), (Some(InjuryStatus::DayToDay), Some("Knee")));
        assert_eq!(injuries[0].reported_at, Some(at("2026-01-08T00:00:00Z")));
        assert_eq!((injuries[1].status.as_str(), injuries[1].meaning), ("Load Management", None));
        assert_eq!(problems(decoded), ["teams[0].players[1].injuries[0].update_date bad_time"]);
        assert_eq!(decoded.snapshots[0].scope.listings, ListingScope::Listed(vec!["injuries/nba".into()]));
    });
    let broken = br#"{"league":{"alias":"NBA"},"teams":[{"name":"Otters","players":[7]}]}"#;
    Sent::of("injuries").decode(&Sportradar, broken, |decoded| {
        assert_eq!(listings(decoded).len(), 0, "a list with a hole would make players healthy");
    });
}

#[test]
fn a_timeline_tells_the_score_by_halves_and_probabilities_are_nobodys_offer() {
    Sent::of("timeline").decode(&Sportradar, &fixture("sportradar", "timeline_live.json"), |decoded| {
        let event = listing(decoded, "sr:match:80000001");
        assert_eq!((fact(event, FactKind::Status), fact(event, FactKind::HomeScore)), ("live".into(), "2".into()));
        assert_eq!(fact(event, FactKind::PeriodScores), r#"{"home":[1],"away":[1]}"#);
        assert_eq!(facts(event, FactKind::Attribute), [r#"probability/3way/home_team_winner={"percent":68.8}"#]);
        assert!(event.books.is_empty());
    });
}

fn verdict(status: u16, headers: &[(&str, &str)], body: &[u8]) -> (Verdict, Option<Meter>) {
    let headers: BTreeMap<String, String> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let sent = Sent { status, headers, ..Sent::of("schedule") };
    sent.with(&Sportradar, body, |reply| (Sportradar.judge(reply), Sportradar.meter(reply)))
}

#[test]
fn errors_are_told_by_the_gateways_code_first_and_never_read_as_json() {
    let html = b"<h1>Developer Inactive</h1>";
    let code = |code: &'static str| verdict(403, &[("x-mashery-error-code", code), ("x-error-detail-header", "Account Inactive")], html).0;
    assert_eq!(code("ERR_403_DEVELOPER_INACTIVE"), Verdict::KeyRefused("ERR_403_DEVELOPER_INACTIVE: Account Inactive".into()));
    assert!(matches!(code("ERR_403_DEVELOPER_OVER_QPS"), Verdict::RetryAfter(Some(wait), _) if wait == Duration::from_secs(2)));
    assert!(matches!(code("ERR_403_DEVELOPER_OVER_RATE"), Verdict::QuotaSpent(_)));
    assert!(matches!(code("ERR_403_NOT_AUTHORIZED"), Verdict::Refused(_)), "one product is not on the key");
    assert!(matches!(verdict(403, &[], html).0, Verdict::KeyRefused(reason) if reason == "status 403: <h1>Developer Inactive</h1>"));
    let spent = [("x-plan-quota-allotted", "1000"), ("x-plan-quota-current", "1000")];
    for status in [403, 429] {
        assert!(matches!(verdict(status, &spent, b"").0, Verdict::QuotaSpent(_)), "{status}");
    }
    assert!(matches!(verdict(429, &[("retry-after", "7")], b"").0, Verdict::RetryAfter(Some(wait), _) if wait == Duration::from_secs(7)));
    assert!(matches!(verdict(404, &[], b"").0, Verdict::Gone(_)));
    assert!(matches!(verdict(503, &[], b"").0, Verdict::RetryAfter(None, _)));
    assert!(matches!(verdict(400, &[], b"").0, Verdict::Refused(_)));
    assert!(matches!(verdict(200, &[], html).0, Verdict::ChangedShape(_)));
    assert!(matches!(verdict(200, &[], br#"{"games": [{"id": "#).0, Verdict::RetryAfter(None, _)));
    assert!(matches!(verdict(200, &[], br#"{"message": "hello"}"#).0, Verdict::ChangedShape(_)));
}

#[test]
fn the_tighter_of_two_quotas_is_the_meter_and_a_cached_answer_has_none() {
    let both = [
        ("x-plan-quota-allotted", "1000"),
        ("x-plan-quota-current", "433"),
        ("x-packagekey-quota-allotted", "30000"),
        ("x-packagekey-quota-current", "20593"),
    ];
    assert_eq!(verdict(200, &both, b"{}").1, Some(Meter { last: None, used: Some(433), remaining: Some(567) }));
    assert_eq!(verdict(200, &both[2..], b"{}").1.and_then(|meter| meter.remaining), Some(9407));
    assert_eq!(verdict(200, &[("x-plan-quota-current", "5")], b"{}").1, None);
}

#[test]
fn what_it_has_is_asked_and_what_could_leave_its_path_is_not() {
    let paths = |ask: &Ask| Sportradar.requests(ask).into_iter().map(|call| (call.request.path, call.credits)).collect::<Vec<_>>();
    let day = |what, sport: &str| Ask { day: Some("2025-06-08".into()), ..Ask::of(what, sport) };
    let cases = [
        (day(What::Events, "nba"), "/nba/trial/v8/en/games/2025/06/08/schedule.json", 1),
        (day(What::Scores, "nhl/production"), "/nhl/production/v7/en/games/2025/06/08/schedule.json", 1),
        (Ask::of(What::Events, "nfl"), "/nfl/trial/v7/en/games/current_week/schedule.json", 1),
        (Ask::of(What::Injuries, "mlb"), "/mlb/trial/v8/en/league/injuries.json", 1),
        (Ask::of(What::Participants, "mlb"), "/mlb/trial/v8/en/league/hierarchy.json", 1),
        (Ask::of(What::Sports, ""), "/oddscomparison-prematch/trial/v2/en/sports.json", 0),
        (
            Ask::of(What::Odds, "sr:competition:132"),
            "/oddscomparison-prematch/trial/v2/en/competitions/sr:competition:132/sport_event_markets.json",
            1,
        ),
        (
            Ask { listing: Some("sr:sport_event:1".into()), ..Ask::of(What::EventOdds, "sr:competition:132") },
            "/oddscomparison-player-props/trial/v2/en/sport_events/sr:sport_event:1/players_props.json",
            1,
        ),
    ];
    for (ask, path, credits) in cases {
        assert_eq!(paths(&ask), [(path.to_owned(), credits)], "{ask:?}");
    }
    let at_night = Ask { at: Some(at("2025-06-09T02:00:00Z")), ..Ask::of(What::Events, "nba") };
    assert_eq!(paths(&at_night)[0].0, "/nba/trial/v8/en/games/2025/06/08/schedule.json");
    let elsewhere = |listing: &str, sport: &str| Ask { listing: Some(listing.into()), ..Ask::of(What::EventOdds, sport) };
    for ask in [
        Ask::of(What::Injuries, "nfl"),
        Ask::of(What::Events, "cricket"),
        Ask::of(What::Odds, "sr:competition:../x"),
        Ask::of(What::Odds, "nba"),
        elsewhere("sr:../../x", "sr:competition:132"),
        elsewhere("5f0a1f6e", "sr:competition:132"),
        Ask { listing: Some("a/b".into()), ..Ask::of(What::Summary, "nba") },
        Ask { day: Some("2425".into()), ..Ask::of(What::Events, "nba") },
    ] {
        assert_eq!(paths(&ask), [], "{ask:?}");
    }
}

#[test]
fn any_bytes_are_read_or_refused() {
    for (endpoint, name) in [
        ("schedule", "schedule_mlb.json"),
        ("oddscomparison_prematch", "competition_markets.json"),
        ("oddscomparison_player_props", "players_props.json"),
        ("injuries", "injuries_nba.json"),
        ("timeline", "timeline_live.json"),
    ] {
        survives(&Sportradar, endpoint, &fixture("sportradar", name));
    }
}

/// A recording that was made with its headers: `[{request, status{code}, headers, body}]`, opened as it came over the wire.
fn opened(raw: &[u8]) -> Vec<(u16, BTreeMap<String, String>, Vec<u8>)> {
    let Ok(serde_json::Value::Array(calls)) = serde_json::from_slice(raw) else { return vec![(200, BTreeMap::new(), raw.to_vec())] };
    let open = |call: serde_json::Value| {
        let headers = call["headers"].as_object().into_iter().flatten();
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap_or_default().to_owned())).collect();
        let body = call["body"].as_str().map_or_else(|| call["body"].to_string(), str::to_owned);
        (u16::try_from(call["status"]["code"].as_u64().unwrap()).unwrap(), headers, body.into_bytes())
    };
    calls.into_iter().map(open).collect()
}

#[test]
fn recordings_hold_what_their_manifest_counts() {
    let table = [
        ("schedule/mlb_20250608.json", 15, 0, ""),
        ("schedule/mlb_20250611.json", 15, 0, ""),
        ("schedule/nhl_20250609.json", 1, 0, ""),
        ("schedule/nhl_20250611_empty.json", 0, 0, ""),
        ("schedule/nba_20250608.json", 1, 0, ""),
        ("schedule/nba_20170120_with_headers.json", 9, 0, "remaining 9407"),
        ("boxscore/nba_scheduled.json", 1, 0, ""),
        ("hierarchy/mlb.json", 0, 30, ""),
        ("standings/nba.json", 0, 30, "remaining 9406"),
        ("series/nba_series.json", 105, 0, "remaining 29872"),
        ("timeline/soccer_live.json", 1, 0, "remaining 1049932"),
        ("probabilities/soccer_completed.json", 1, 0, "remaining 567"),
        ("oddscomparison_prematch/sports.json", 0, 7, ""),
        ("oddscomparison_player_props/sports.json", 0, 7, ""),
    ];
    for (path, games, rows, meter) in table {
        let Some(raw) = recorded(&format!("sportradar/{path}")) else { continue };
        let (status, headers, body) = opened(&raw).remove(0);
        let sent = Sent { status, headers, sport: Some("nba"), ..Sent::of(path.split('/').next().unwrap()) };
        let told = sent.with(&Sportradar, &body, |reply| Sportradar.meter(reply)).and_then(|meter| meter.remaining);
        assert_eq!(told.map_or_else(String::new, |remaining| format!("remaining {remaining}")), meter, "{path}");
        sent.decode(&Sportradar, &body, |decoded| {
            assert_eq!((listings(decoded).len(), decoded.catalogue.len()), (games, rows), "{path}");
            assert_eq!(problems(decoded), [""; 0], "{path}");
            assert!(listings(decoded).iter().all(|one| !fact(one, FactKind::Start).is_empty() && !fact(one, FactKind::Home).is_empty()));
        });
    }
}

#[test]
fn the_recorded_error_says_that_the_key_is_inactive() {
    let Some(raw) = recorded("sportradar/errors/odds_403_developer_inactive.json") else { return };
    let (status, headers, body) = opened(&raw).remove(0);
    let sent = Sent { status, headers, ..Sent::of("schedule") };
    let verdict = sent.with(&Sportradar, &body, |reply| Sportradar.judge(reply));
    assert_eq!(verdict, Verdict::KeyRefused("ERR_403_DEVELOPER_INACTIVE: Account Inactive".into()));
}
