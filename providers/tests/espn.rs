//! ESPN by bytes alone: fixtures that are true to the wire notes, recordings where there are any, and bytes that mean nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use odds::Moment;
use odds::injury::{Injury, InjuryStatus};
use odds::observation::{CatalogueKind, Decoded, FactKind, ListingKind, ListingScope, ListingSeen, Refusal};
use odds::reply::{Basis, Reply, Request};
use proptest::prelude::*;
use providers::espn::Espn;
use providers::{Ask, Provider, Verdict, What};

static NO_HEADERS: BTreeMap<String, String> = BTreeMap::new();

fn at(text: &str) -> Moment {
    text.parse().expect("a time")
}

/// A reply without its request, as a stored file is.
fn stored<'a>(endpoint: &'a str, request: &'a Request, body: &'a [u8]) -> Reply<'a> {
    let fetched_at = at("2026-01-09T20:00:00Z");
    Reply { provider: "espn", endpoint, request, status: 200, headers: &NO_HEADERS, body, fetched_at, basis: Basis::Fetched, sport: None }
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/espn").join(name)).expect("a fixture of ours")
}

fn decode(endpoint: &'static str, body: &[u8]) -> Decoded<'static> {
    decode_as(endpoint, Request::default(), body)
}

fn decode_as(endpoint: &'static str, request: Request, body: &[u8]) -> Decoded<'static> {
    Espn.decode(&stored(endpoint, Box::leak(Box::new(request)), body.to_vec().leak()))
}

fn listings<'a>(decoded: &'a Decoded<'static>) -> &'a [ListingSeen<'static>] {
    decoded.snapshots.first().map_or(&[], |snapshot| &snapshot.listings)
}

fn listing<'a>(decoded: &'a Decoded<'static>, id: &str) -> &'a ListingSeen<'static> {
    listings(decoded).iter().find(|listing| listing.id == id).unwrap_or_else(|| panic!("no listing {id}"))
}

fn facts<'a>(listing: &'a ListingSeen<'_>, kind: FactKind) -> Vec<(&'a str, &'a str)> {
    listing.facts.iter().filter(|fact| fact.kind == kind).map(|fact| (fact.subject.as_ref(), fact.value.as_ref())).collect()
}

fn fact<'a>(listing: &'a ListingSeen<'_>, kind: FactKind) -> Option<&'a str> {
    let found = facts(listing, kind);
    assert!(found.len() < 2, "{found:?}");
    found.first().map(|(_, value)| *value)
}

/// Quotes as `book market name point offer`.
fn quotes(listing: &ListingSeen<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for book in &listing.books {
        for market in &book.markets {
            for outcome in &market.outcomes {
                let point = outcome.point.map_or("-".to_owned(), |point| point.to_string());
                let offer = outcome.offer.map_or_else(|refusal| refusal.as_str().to_owned(), |offer| offer.price.to_string());
                lines.push(format!("{} {} {} {point} {offer}", book.key, market.key, outcome.name));
            }
        }
    }
    lines
}

fn problems(decoded: &Decoded<'_>) -> Vec<(String, Refusal)> {
    decoded.problems.iter().map(|problem| (problem.path.clone(), problem.reason)).collect()
}

fn refused(path: &str, reason: Refusal) -> (String, Refusal) {
    (path.to_owned(), reason)
}

#[test]
fn bad_events_are_refused_by_themselves_and_the_good_ones_read() {
    let decoded = decode("scoreboard", &fixture("scoreboard_mixed.json"));
    let ids: Vec<_> = listings(&decoded).iter().map(|listing| (listing.id.as_ref(), listing.sport.as_ref())).collect();
    assert_eq!(ids, [("1001", "basketball/nba"), ("1002", "basketball/nba"), ("1004", "basketball/nba")]);
    let mut expected = vec![
        refused("events[3]", Refusal::MissingField),
        refused("events[2].competitions", Refusal::MissingField),
        refused("events[4].competitions[0].neutralSite", Refusal::MissingField),
        refused("events[5].competitions[0]", Refusal::ListingTwice),
    ];
    let mut found = problems(&decoded);
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn prices_of_the_nested_shape_are_quotes_and_openings_are_attributes() {
    let decoded = decode("scoreboard", &fixture("scoreboard_mixed.json"));
    let game = listing(&decoded, "1001");
    assert_eq!(
        quotes(game),
        [
            "41 moneyLine home - +100",
            "41 moneyLine away - -120",
            "41 pointSpread home -1.5 +105",
            "41 pointSpread away 1.5 -125",
            "41 total over 220.5 -110",
        ]
    );
    assert_eq!(
        facts(game, FactKind::Attribute),
        [
            ("41/moneyLine/home", r#"{"open":{"odds":"-105"}}"#),
            ("41/moneyLine/away", r#"{"open":{"odds":"-115"}}"#),
            ("41/pointSpread/home", r#"{"open":{"line":"PK","odds":"-110"}}"#),
        ]
    );
    assert_eq!((fact(game, FactKind::Home), fact(game, FactKind::Away)), (Some("North Bears"), Some("South Owls")));
    assert_eq!(facts(game, FactKind::SideId), [("home", "1"), ("away", "2")]);
    assert_eq!(fact(game, FactKind::HomeScore), None);
    let books: Vec<_> = decoded.catalogue.iter().map(|row| (row.kind, row.key.as_ref(), row.title.as_ref())).collect();
    assert_eq!(books, [(CatalogueKind::Book, "41", "DraftKings")]);
}

#[test]
fn a_postponed_game_with_the_state_of_a_finished_one_is_postponed_and_has_no_score() {
    let decoded = decode("scoreboard", &fixture("scoreboard_mixed.json"));
    let game = listing(&decoded, "1002");
    assert_eq!(fact(game, FactKind::Status), Some("postponed"));
    assert_eq!((fact(game, FactKind::HomeScore), quotes(game).len()), (None, 0));
    assert_eq!(fact(game, FactKind::Start), Some("2026-01-10T01:00:00Z"));
    assert_eq!(fact(game, FactKind::NeutralSite), Some("true"));
}

#[test]
fn prices_that_linger_after_the_start_are_kept_and_not_offered() {
    let decoded = decode("scoreboard", &fixture("scoreboard_mixed.json"));
    let game = listing(&decoded, "1004");
    assert_eq!((fact(game, FactKind::Status), game.books.len()), (Some("live"), 0));
    assert_eq!((fact(game, FactKind::HomeScore), fact(game, FactKind::AwayScore)), (Some("61"), Some("58")));
    assert_eq!(fact(game, FactKind::PeriodScores), Some(r#"{"home":[30,31],"away":[28,null]}"#));
    let kept = facts(game, FactKind::Attribute);
    assert_eq!(kept.len(), 4);
    assert!(kept.contains(&("41/total/over", r#"{"close":{"line":"221.5","odds":"-110.0"}}"#)), "{kept:?}");
}

#[test]
fn an_old_row_with_no_prices_is_kept_in_its_words_without_a_problem() {
    let decoded = decode("scoreboard", &fixture("scoreboard_old_odds.json"));
    let game = listing(&decoded, "2001");
    assert_eq!((game.books.len(), problems(&decoded)), (0, vec![]));
    assert_eq!(facts(game, FactKind::Attribute), [("45", r#"{"details":"NOB -3.0","overUnder":"44.5"}"#)]);
    assert_eq!(game.sport, "football/nfl");
}

#[test]
fn one_bad_price_leaves_its_neighbours_and_says_where_it_stood() {
    let decoded = decode("scoreboard", &fixture("scoreboard_bad_prices.json"));
    let game = listing(&decoded, "3001");
    assert_eq!(
        quotes(game),
        [
            "2000 moneyLine home - +125",
            "2000 moneyLine away - impossible_price",
            "2000 moneyLine draw - bad_price",
            "2000 total over 2.5 bad_price",
            "2000 total under 2.5 bad_price",
            "41 moneyLine home - contradiction",
            "41 moneyLine away - +210",
            "41 moneyLine draw - +230",
            "41 pointSpread away 0.25 -105",
        ]
    );
    let row = "events[0].competitions[0].odds";
    let expected = [
        refused(&format!("{row}[0].awayTeamOdds.moneyLine"), Refusal::ImpossiblePrice),
        refused(&format!("{row}[0].drawOdds.moneyLine"), Refusal::BadPrice),
        refused(&format!("{row}[0].overOdds"), Refusal::BadPrice),
        refused(&format!("{row}[0].underOdds"), Refusal::BadPrice),
        refused(&format!("{row}[1].awayTeamOdds"), Refusal::MissingField),
        refused(&format!("{row}[1].moneyline.home"), Refusal::Contradiction),
        refused(&format!("{row}[1].pointSpread.home"), Refusal::BadLine),
        refused(&format!("{row}[2].provider.id"), Refusal::MissingField),
    ];
    assert_eq!(problems(&decoded), expected);
    let markets: Vec<_> = game.books[1].markets.iter().map(|market| (market.key.as_ref(), market.is_damaged)).collect();
    assert_eq!(markets, [("moneyLine", true), ("pointSpread", true)], "the away side cannot be read whole");
    assert_eq!(decoded.unreadable, 3, "the away side, one line, one row of nobody's");
}

/// A scoreboard with one game to come, its competitors and its odds as given.
fn one_game(competitors: &str, odds: &str) -> Decoded<'static> {
    let status = r#"{"type":{"name":"STATUS_SCHEDULED","state":"pre","completed":false}}"#;
    let competition = format!(r#"{{"date":"2026-01-10T00:00Z","status":{status},"competitors":{competitors},"odds":{odds}}}"#);
    let body = format!(r#"{{"events":[{{"id":"1","competitions":[{competition}]}}]}}"#);
    decode_as("scoreboard", Request::to("/apis/site/v2/sports/basketball/nba/scoreboard"), body.as_bytes())
}

const TWO_SIDES: &str = r#"[{"homeAway":"home","team":{"displayName":"A"}},{"homeAway":"away","athlete":{"id":"7","displayName":"B"}}]"#;

#[test]
fn a_current_price_beats_a_closing_one() {
    let odds =
        r#"[{"provider":{"id":"58"},"moneyline":{"home":{"open":{"odds":"-105"},"close":{"odds":"-110"},"current":{"odds":"-120"}}}}]"#;
    assert_eq!(quotes(listing(&one_game(TWO_SIDES, odds), "1")), ["58 moneyLine home - -120"]);
}

#[test]
fn a_flat_price_whose_line_is_missing_or_bad_leaves_the_nested_quote() {
    let row = |spread: &str| {
        let nested = r#""pointSpread":{"home":{"close":{"line":"-2.5","odds":"-110"}}}"#;
        format!(r#"[{{"provider":{{"id":58}},"spread":{spread},"homeTeamOdds":{{"spreadOdds":-110.0}},{nested}}}]"#)
    };
    for (spread, refusals) in [("null", 0), (r#""close to it""#, 1)] {
        let decoded = one_game(TWO_SIDES, &row(spread));
        assert_eq!(quotes(listing(&decoded, "1")), ["58 pointSpread home -2.5 -110"], "{spread}");
        assert_eq!((decoded.problems.len(), decoded.unreadable as usize), (refusals, refusals), "{:?}", decoded.problems);
    }
}

#[test]
fn two_home_sides_are_a_contradiction_and_an_athlete_can_be_a_side() {
    let game = one_game(TWO_SIDES, "null");
    assert_eq!((problems(&game), fact(listing(&game, "1"), FactKind::Away)), (vec![], Some("B")));
    let both = one_game(r#"[{"homeAway":"home","team":{"displayName":"A"}},{"homeAway":"home","team":{"displayName":"B"}}]"#, "[]");
    let place = "events[0].competitions[0].competitors";
    assert_eq!(problems(&both), [refused(place, Refusal::Contradiction), refused(place, Refusal::MissingField)]);
    assert_eq!(
        (fact(listing(&both, "1"), FactKind::Home), fact(listing(&both, "1"), FactKind::Start)),
        (None, Some("2026-01-10T00:00:00Z"))
    );
}

#[test]
fn the_two_lists_of_a_summary_are_one_and_contradictions_in_them_refused() {
    let decoded = decode("summary", &fixture("summary_two_rows.json"));
    let game = listing(&decoded, "4001");
    assert_eq!(
        quotes(game),
        [
            "58 moneyLine home - -140",
            "58 moneyLine away - contradiction",
            "58 total over 6.5 -105",
            "58 total under 6.5 -115",
            "41 moneyLine home - -145",
            "41 moneyLine away - +122",
        ]
    );
    assert_eq!(fact(game, FactKind::Venue), Some("North Rink"));
    let list = listing(&decoded, "injuries/hockey/nhl/4001");
    assert_eq!((list.kind, list.facts.len()), (ListingKind::InjuryList, 0), "nobody is hurt on either side");
}

#[test]
fn a_finished_summary_states_the_result_and_offers_nothing() {
    let decoded = decode("summary", &fixture("summary_final.json"));
    let game = listing(&decoded, "4002");
    assert_eq!(
        (fact(game, FactKind::Status), fact(game, FactKind::HomeScore), fact(game, FactKind::AwayScore)),
        (Some("final"), Some("3"), Some("2"))
    );
    assert_eq!((game.books.len(), listings(&decoded).len()), (0, 1));
    assert_eq!(
        facts(game, FactKind::Attribute),
        [
            ("58/moneyLine/home", r#"{"open":{"odds":"-130"},"close":{"odds":"-140"}}"#),
            ("58/moneyLine/away", r#"{"close":{"odds":"120"}}"#)
        ]
    );
}

#[test]
fn injuries_are_told_by_the_players_page_and_keep_the_leagues_words() {
    let body = fixture("injuries_nba.json");
    let decoded = decode("injuries", &body);
    let list = listing(&decoded, "injuries/basketball/nba");
    assert_eq!((list.kind, list.sport.as_ref()), (ListingKind::InjuryList, "basketball/nba"));
    let injuries: Vec<(&str, Injury)> =
        facts(list, FactKind::Injury).into_iter().map(|(subject, value)| (subject, serde_json::from_str(value).unwrap())).collect();
    assert_eq!(injuries.iter().map(|(subject, _)| *subject).collect::<Vec<_>>(), ["900001", "Bo Birch"]);
    let ash = &injuries[0].1;
    assert_eq!((ash.player.as_str(), ash.team.as_str(), ash.status.as_str()), ("Al Ash", "North Bears", "Out"));
    assert_eq!((ash.meaning, ash.body_part.as_deref(), ash.position.as_deref()), (Some(InjuryStatus::Out), Some("Knee"), Some("G")));
    assert_eq!((ash.expected_return.as_deref(), ash.reported_at), (Some("2026-01-11"), Some(at("2026-01-09T20:48:00Z"))));
    assert_eq!((injuries[1].1.status.as_str(), injuries[1].1.meaning), ("Load Management", None));
    let expected = [
        refused("injuries[0].injuries[1]", Refusal::Contradiction),
        refused("injuries[0].injuries[2].date", Refusal::BadTime),
        refused("injuries[0].injuries[3].athlete.displayName", Refusal::MissingField),
    ];
    assert_eq!(problems(&decoded), expected);
    assert_eq!(Espn.stamp("injuries", &body), Some((at("2026-01-10T12:00:00Z"), Basis::Stated)));
    assert_eq!(Espn.stamp("scoreboard", &fixture("scoreboard_mixed.json")), None);
}

#[test]
fn an_empty_injury_list_is_nobody_hurt_where_somebody_fills_it_and_nothing_elsewhere() {
    let body = br#"{"timestamp":"2026-01-10T12:00:00Z","status":"success","injuries":[]}"#;
    let of = |sport: &str| decode_as("injuries", Request::to(format!("/apis/site/v2/sports/{sport}/injuries")), body);
    let nba = of("basketball/nba");
    assert_eq!((listings(&nba).len(), listing(&nba, "injuries/basketball/nba").facts.len()), (1, 0));
    assert_eq!(nba.snapshots[0].scope.listings, ListingScope::Listed(vec!["injuries/basketball/nba".into()]));
    for sport in ["soccer/eng.1", "basketball/mens-college-basketball"] {
        assert_eq!(listings(&of(sport)).len(), 0, "{sport}");
    }
}

#[test]
fn a_list_with_a_team_that_cannot_be_read_is_not_taken_for_whole() {
    let body = br#"{"injuries":[{"displayName":"North Bears","injuries":[]},{"displayName":"South Owls","injuries":{}}]}"#;
    let decoded = decode_as("injuries", Request::to("/apis/site/v2/sports/basketball/nba/injuries"), body);
    assert_eq!(listings(&decoded).len(), 0);
    assert!(problems(&decoded).contains(&refused("injuries", Refusal::NotTheShape)), "{:?}", decoded.problems);
}

#[test]
fn teams_are_keyed_by_league_for_their_numbers_are_not_their_own() {
    let request = Request::to("/apis/site/v2/sports/basketball/nba/teams");
    let decoded = decode_as("teams", request, &fixture("teams_nba.json"));
    let rows: Vec<_> = decoded.catalogue.iter().map(|row| (row.kind, row.key.as_ref(), row.title.as_ref())).collect();
    assert_eq!(
        rows,
        [(CatalogueKind::Participant, "basketball/nba/1", "North Bears"), (CatalogueKind::Participant, "basketball/nba/2", "South Owls")]
    );
    assert_eq!(decoded.catalogue[0].detail, r#"{"abbreviation":"NOB","location":"North","name":"Bears","nickname":"North"}"#);
    assert_eq!(problems(&decoded), [refused("sports[0].leagues[0].teams[2].team.displayName", Refusal::MissingField)]);
}

#[test]
fn a_null_where_the_list_was_covers_nothing() {
    let request = Request::to("/apis/site/v2/sports/basketball/nba/scoreboard").with("dates", "20260109");
    for body in [r#"{"events":null}"#, r#"{"events":{}}"#, "{}", "[]", "<html>", r#"{"events":[{"id":"#] {
        let decoded = decode_as("scoreboard", request.clone(), body.as_bytes());
        assert_eq!((decoded.snapshots.len(), decoded.problems.len()), (0, 1), "{body}");
    }
    let empty = decode_as("scoreboard", request, br#"{"leagues":[],"events":[]}"#);
    let scope = &empty.snapshots[0].scope;
    assert_eq!(
        scope.listings,
        ListingScope::Starting { from: Some(at("2026-01-09T05:00:00Z")), to: Some(at("2026-01-10T04:59:59.999999Z")) }
    );
    assert_eq!((scope.sport.as_str(), &scope.markets, problems(&empty)), ("basketball/nba", &None, vec![]));
}

#[test]
fn the_request_says_the_sport_before_the_file_and_the_file_before_nobody() {
    let body = br#"{"events":[{"id":"1","date":"2026-01-10T00:00Z","competitions":[{}]}]}"#;
    let nobody = decode("scoreboard", body);
    assert_eq!(listing(&nobody, "1").sport, "");
    assert!(problems(&nobody).contains(&refused("", Refusal::MissingField)));
    let request = Request::default();
    let told = Espn.decode(&Reply { sport: Some("basketball/wnba"), ..stored("scoreboard", &request, body) });
    assert_eq!(told.snapshots[0].listings[0].sport, "basketball/wnba");
    let asked = Request::to("/apis/site/v2/sports/basketball/nba/scoreboard");
    let asked = Espn.decode(&Reply { sport: Some("basketball/wnba"), ..stored("scoreboard", &asked, body) });
    assert_eq!(asked.snapshots[0].listings[0].sport, "basketball/nba");
}

#[test]
fn verdicts_tell_blocks_errors_pages_and_halves_apart() {
    let request = Request::default();
    let judge = |endpoint, status, body: &'static str, wait: Option<&str>| {
        let headers = wait.map(|wait| ("retry-after".to_owned(), wait.to_owned())).into_iter().collect();
        Espn.judge(&Reply { status, headers: &headers, ..stored(endpoint, &request, body.as_bytes()) })
    };
    let wait = |verdict| match verdict {
        Verdict::RetryAfter(wait, _) => wait.map(|wait: Duration| wait.as_secs()),
        other => panic!("{other:?}"),
    };
    assert_eq!(judge("scoreboard", 200, r#"{"events":[]}"#, None), Verdict::Good);
    assert_eq!(wait(judge("scoreboard", 403, "<html>", None)), Some(300));
    assert_eq!(wait(judge("scoreboard", 429, "", None)), Some(60));
    assert_eq!(wait(judge("scoreboard", 429, "", Some("7"))), Some(7));
    assert_eq!(wait(judge("scoreboard", 503, "", Some("Fri, 09 Jan 2026 20:00:30 GMT"))), Some(30));
    assert_eq!(wait(judge("scoreboard", 502, "", None)), None);
    assert_eq!(wait(judge("scoreboard", 200, r#"{"events":[{"id":"#, None)), None);
    assert_eq!(wait(judge("scoreboard", 200, r#"{"code":503,"message":"busy"}"#, None)), None);
    assert_eq!(judge("summary", 404, r#"{"code":404,"message":"Not Found"}"#, None), Verdict::Gone("404: Not Found".into()));
    assert_eq!(judge("scoreboard", 404, "", None).as_str(), "refused");
    assert_eq!(judge("scoreboard", 400, r#"{"code":400,"message":"Failed to get league"}"#, None).reason(), "400: Failed to get league");
    for body in ["<!DOCTYPE html><html>", r#"{"games":[]}"#, r#"{"events":null}"#, "[]"] {
        assert_eq!(judge("scoreboard", 200, body, None).as_str(), "changed_shape", "{body}");
    }
}

#[test]
fn every_ask_that_is_offered_gets_a_call_that_is_free() {
    for what in Espn.offers().asks {
        for sport in Espn.offers().default_sports {
            let listing = if *what == What::Rosters { format!("{sport}/20") } else { "4001".to_owned() };
            let ask = Ask { day: Some("2026-01-09".into()), listing: Some(listing), ..Ask::of(*what, *sport) };
            let calls = Espn.requests(&ask);
            let is_unfed = *what == What::Injuries && (sport.starts_with("soccer/") || sport.contains("mens-college"));
            assert_eq!(calls.len(), usize::from(!is_unfed), "{ask:?}");
            assert!(calls.iter().all(|call| call.credits == 0 && call.request.path.starts_with("/apis/site/v2/sports/")), "{calls:?}");
        }
    }
    assert_eq!(Espn.requests(&Ask::of(What::HistoricalOdds, "basketball/nba")), []);
}

/// The recordings, where the folder is there.
fn recorded(path: &str) -> Option<Vec<u8>> {
    let beside = |folder: &Path| Some(folder.parent()?.join("shared"));
    let told = std::env::var_os("PREDICTIVE_PLAY_CORPUS").map(PathBuf::from);
    let mut found = told.into_iter().chain(Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().filter_map(beside));
    let file = found.find_map(|corpus| Some(corpus.join("recorded/espn").join(path)).filter(|file| file.is_file()));
    if file.is_none() {
        println!("skipped: no recording {path} (PREDICTIVE_PLAY_CORPUS names the folder)");
    }
    file.map(|file| std::fs::read(file).expect("a recording that is there can be read"))
}

#[test]
fn a_recorded_night_has_eleven_finals_and_no_prices() {
    let Some(body) = recorded("scoreboard/nba_20240115.json") else { return };
    let decoded = decode("scoreboard", &body);
    assert_eq!((listings(&decoded).len(), problems(&decoded)), (11, vec![]));
    for game in listings(&decoded) {
        assert_eq!((game.sport.as_ref(), fact(game, FactKind::Status), game.books.len()), ("basketball/nba", Some("final"), 0));
        assert!(fact(game, FactKind::HomeScore).is_some() && fact(game, FactKind::Venue).is_some());
    }
    let nets = listing(&decoded, "401585190");
    assert_eq!(
        (fact(nets, FactKind::Home), fact(nets, FactKind::HomeScore), fact(nets, FactKind::AwayScore)),
        (Some("Brooklyn Nets"), Some("95"), Some("96"))
    );
    assert_eq!(fact(nets, FactKind::Start), Some("2024-01-16T00:30:00Z"));
    assert_eq!(fact(nets, FactKind::PeriodScores).map(|json| json.matches(',').count()), Some(9), "an overtime: five periods a side");
    assert_eq!(fact(nets, FactKind::SeasonType), Some("regular-season"));
}

#[test]
fn a_recorded_empty_night_is_an_empty_night() {
    let Some(body) = recorded("scoreboard/nba_20250214_empty.json") else { return };
    let decoded = decode("scoreboard", &body);
    assert_eq!((decoded.snapshots.len(), listings(&decoded).len(), problems(&decoded)), (1, 0, vec![]));
    assert_eq!(decoded.snapshots[0].scope.sport, "basketball/nba");
}

#[test]
fn the_recorded_all_star_game_is_no_regular_season() {
    let Some(body) = recorded("scoreboard/wnba_allstar.json") else { return };
    let request = Request::default();
    let decoded = Espn.decode(&Reply { sport: Some("basketball/wnba"), ..stored("scoreboard", &request, &body) });
    let game = &decoded.snapshots[0].listings[0];
    assert_eq!((fact(game, FactKind::SeasonType), fact(game, FactKind::AwayScore)), (Some("ALLSTAR"), Some("151")));
    assert_eq!(problems(&decoded), []);
}

#[test]
fn the_recorded_summary_before_a_game_has_one_book_and_seven_injuries() {
    let Some(body) = recorded("summary/nba_401809245_pregame_pickcenter.json") else { return };
    let decoded = decode("summary", &body);
    assert_eq!(problems(&decoded), []);
    let game = listing(&decoded, "401809245");
    assert_eq!(
        quotes(game),
        [
            "58 moneyLine home - +120",
            "58 moneyLine away - -140",
            "58 pointSpread home 2.5 -110",
            "58 pointSpread away -2.5 -110",
            "58 total over 231.5 -110",
            "58 total under 231.5 -110",
        ]
    );
    let (openings, others): (Vec<_>, Vec<_>) =
        facts(game, FactKind::Attribute).into_iter().partition(|(subject, _)| subject.starts_with("58/"));
    assert_eq!(openings.len(), 6, "an opening each");
    assert_eq!(others, [("predictor", r#"{"home":"41.5","away":"58.5"}"#)]);
    let list = listing(&decoded, "injuries/basketball/nba/401809245");
    assert_eq!(facts(list, FactKind::Injury).len(), 7);
    assert!(facts(list, FactKind::Injury).iter().any(|(subject, _)| *subject == "4432107"));
}

#[test]
fn the_recorded_summary_of_a_finished_game_states_result_and_place() {
    let Some(body) = recorded("summary/wnba_game_info.json") else { return };
    let decoded = decode("summary", &body);
    assert_eq!((listings(&decoded).len(), problems(&decoded)), (1, vec![]));
    let game = listing(&decoded, "401736393");
    assert_eq!((game.sport.as_ref(), fact(game, FactKind::Venue)), ("basketball/wnba", Some("Mohegan Sun Arena")));
    assert_eq!(fact(game, FactKind::PeriodScores), Some(r#"{"home":[13,15,30,14],"away":[31,20,20,17]}"#));
}

#[test]
fn the_recorded_injuries_are_four_players_by_their_pages() {
    let Some(body) = recorded("injuries/wnba_20260708.json") else { return };
    let decoded = decode("injuries", &body);
    let list = listing(&decoded, "injuries/basketball/wnba");
    let subjects: Vec<_> = facts(list, FactKind::Injury).into_iter().map(|(subject, _)| subject).collect();
    assert_eq!((subjects, problems(&decoded)), (vec!["3065570", "4433386", "4433404", "4597509"], vec![]));
    assert_eq!(Espn.stamp("injuries", &body), Some((at("2026-07-08T23:33:12Z"), Basis::Stated)));
}

const FIXTURES: [(&str, &str); 12] = [
    ("scoreboard", "scoreboard_mixed.json"),
    ("scoreboard", "scoreboard_old_odds.json"),
    ("scoreboard", "scoreboard_bad_prices.json"),
    ("summary", "summary_two_rows.json"),
    ("summary", "summary_final.json"),
    ("summary", "summary_box_score.json"),
    ("injuries", "injuries_nba.json"),
    ("teams", "teams_nba.json"),
    ("roster", "roster_nba.json"),
    ("roster", "roster_nfl.json"),
    ("transactions", "transactions_nba.json"),
    ("summary", "summary_course.json"),
];

/// What stands between two places is replaced by something else that JSON, or nobody, knows.
fn spoil(body: &mut Vec<u8>, wounds: &[(prop::sample::Index, usize, &str)]) {
    for (place, len, text) in wounds {
        let from = place.index(body.len() + 1);
        let to = (from + len).min(body.len());
        body.splice(from..to, text.bytes());
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(endpoint in prop::sample::select(vec!["scoreboard", "summary", "injuries", "teams", "roster", "transactions", "odds"]), body in prop::collection::vec(any::<u8>(), 0..200)) {
        let request = Request::default();
        let reply = stored(endpoint, &request, &body);
        let _ = (Espn.decode(&reply), Espn.judge(&reply), Espn.stamp(endpoint, &body));
    }

    #[test]
    fn spoilt_replies_are_read_or_refused_and_never_in_silence(
        which in 0..FIXTURES.len(),
        wounds in prop::collection::vec(
            (any::<prop::sample::Index>(), 0..12_usize, prop::sample::select(vec!["", "null", "[]", "{}", "\"", "-1e400", ",", "[1]", "\u{00e9}", "\\ud800", "\0"])),
            0..4,
        ),
    ) {
        let (endpoint, name) = FIXTURES[which];
        let mut body = fixture(name);
        spoil(&mut body, &wounds);
        let request = Request::default();
        let reply = stored(endpoint, &request, &body);
        let decoded = Espn.decode(&reply);
        let again = Espn.decode(&reply);
        prop_assert_eq!(format!("{decoded:?}"), format!("{again:?}"));
        prop_assert!(!decoded.snapshots.is_empty() || !decoded.problems.is_empty());
        prop_assert!(decoded.unreadable <= decoded.problems.len() as u64 * 3);
        let refused_outcomes = decoded.snapshots.iter().flat_map(|s| &s.listings).flat_map(quotes).filter(|line| line.ends_with(|c: char| c.is_ascii_lowercase())).count();
        prop_assert!(refused_outcomes <= decoded.problems.len() * 2);
        let _ = Espn.judge(&reply);
    }
}
