//! What pages of an old database decode to: by pages written by hand, row for row, and under damage.
#![allow(clippy::unwrap_used, reason = "a test's helpers may fail the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use odds::Moment;
use odds::observation::{Decoded, FactKind, OutcomeSeen};
use odds::reply::{Basis, Reply, Request};
use odds::rows::RowFate;
use proptest::prelude::*;
use providers::Provider;
use providers::legacy::{ENDPOINT, KEY, Legacy, page};

const EVENTS: &[u8] = include_bytes!("../fixtures/legacy/page_of_events.json");
const HOSTILE: &[u8] = include_bytes!("../fixtures/legacy/page_of_hostile_rows.json");

static REQUEST: LazyLock<Request> = LazyLock::new(Request::default);
static HEADERS: LazyLock<BTreeMap<String, String>> = LazyLock::new(BTreeMap::new);

fn taken_at() -> Moment {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn decode(body: &[u8]) -> Decoded<'_> {
    let (fetched_at, basis) = (taken_at(), Basis::Assumed);
    let reply = Reply {
        provider: KEY,
        endpoint: ENDPOINT,
        request: &REQUEST,
        status: 200,
        headers: &HEADERS,
        body,
        fetched_at,
        basis,
        sport: None,
    };
    Legacy.decode(&reply)
}

/// The last figures of the ids in the pages.
fn short(id: &str) -> &str {
    id.trim_start_matches(|c: char| "0-48".contains(c))
}

fn facts(decoded: &Decoded<'_>, listing: &str) -> Vec<String> {
    let listings =
        decoded.snapshots.iter().flat_map(|snapshot| snapshot.listings.iter().map(move |listing| (snapshot.observed_at, listing)));
    let own = listings.filter(|(_, seen)| seen.id.ends_with(listing) && !seen.id.starts_with("injury"));
    own.flat_map(|(at, seen)| seen.facts.iter().map(move |fact| format!("{at} {}{} {}", fact.kind.as_str(), fact.subject, fact.value)))
        .collect()
}

fn offer(outcome: &OutcomeSeen<'_>) -> String {
    match outcome.offer {
        Ok(offer) => offer.price.to_string(),
        Err(refusal) => refusal.as_str().to_owned(),
    }
}

fn quotes(decoded: &Decoded<'_>, listing: &str) -> Vec<String> {
    let mut told = Vec::new();
    for snapshot in &decoded.snapshots {
        for seen in snapshot.listings.iter().filter(|seen| seen.id.ends_with(listing)) {
            for (book, market) in seen.books.iter().flat_map(|book| book.markets.iter().map(move |market| (book, market))) {
                for outcome in &market.outcomes {
                    let point = outcome.point.map(|point| format!(" {point}")).unwrap_or_default();
                    told.push(format!("{} {} {} {}{point} {}", snapshot.observed_at, book.key, market.key, outcome.name, offer(outcome)));
                }
            }
        }
    }
    told
}

fn fates(decoded: &Decoded<'_>) -> Vec<String> {
    let fate = |fate: &RowFate<'_>| match fate {
        RowFate::Kept { listing, note } => format!("is {} {note}", short(listing)).trim_end().to_owned(),
        RowFate::Named => "named".to_owned(),
        RowFate::Refused(reason, detail) => format!("{} {detail}", reason.as_str()),
    };
    decoded.rows.iter().map(|row| format!("{} {} {}", row.table, short(&row.id), fate(&row.fate))).collect()
}

#[test]
fn a_finished_game_has_its_facts_as_of_the_last_write_and_no_sooner() {
    let decoded = decode(EVENTS);
    assert_eq!(
        facts(&decoded, "00000000-0000-4000-8000-000000000001"),
        [
            "2026-01-10T06:12:00Z start 2026-01-10T03:30:00Z",
            "2026-01-10T06:12:00Z home LA Clippers",
            "2026-01-10T06:12:00Z away Boston Celtics",
            "2026-01-10T06:12:00Z status final",
            "2026-01-10T06:12:00Z home_score 112",
            "2026-01-10T06:12:00Z away_score 108",
            "2026-01-10T06:12:00Z external_idespn 401585183",
            r#"2026-01-10T06:40:00Z statKawhi Leonard {"player":"Kawhi Leonard","stats":{"points":24}}"#,
            r#"2026-01-10T06:40:00Z statp7 {"player":"Jayson Tatum","team":"Boston Celtics","stats":{"assists":7,"points":31}}"#,
        ]
    );
    assert!(decoded.snapshots.iter().all(|snapshot| snapshot.basis == Basis::Assumed && snapshot.observed_at <= taken_at()));
}

#[test]
fn every_shape_of_odds_is_read_and_what_can_be_two_things_is_refused() {
    let decoded = decode(EVENTS);
    assert_eq!(
        quotes(&decoded, "002"),
        [
            "2026-11-22T10:00:00Z unnamed moneyline home 1.91",
            "2026-11-22T10:00:00Z unnamed moneyline away 4.2",
            "2026-11-22T10:00:00Z unnamed moneyline draw 3.4"
        ]
    );
    assert_eq!(
        quotes(&decoded, "003"),
        [
            "2024-05-04T17:00:00Z fanduel h2h Chicago Cubs +148",
            "2024-05-04T17:00:00Z fanduel h2h St. Louis Cardinals -168",
            "2024-05-04T17:00:00Z fanduel spreads Chicago Cubs 1.5 -140",
            "2024-05-09T10:00:00Z DraftKings moneyline home +150",
            "2024-05-09T10:00:00Z DraftKings moneyline away -170",
            "2024-05-09T10:00:00Z DraftKings totals over 8.5 -105",
            "2024-05-09T10:00:00Z DraftKings totals under 8.5 -115",
            "2024-05-09T10:00:00Z MysteryBook moneyline home ambiguous",
        ]
    );
    assert_eq!(
        quotes(&decoded, "0005"),
        [
            "2026-02-01T01:00:00Z unnamed spread home bad_line",
            "2026-02-01T01:00:00Z unnamed spread away bad_line",
            "2026-02-01T01:00:00Z unnamed total over 221.5 -110",
            "2026-02-01T01:00:00Z unnamed total under 221.5 -110",
            "2026-02-01T01:00:00Z draftkings moneyline home 1.5",
            "2026-02-01T01:00:00Z draftkings moneyline away 2.6",
        ],
        "one line beside two sides does not say whose it is"
    );
}

#[test]
fn parts_of_an_event_have_the_moments_of_their_own_rows() {
    let decoded = decode(EVENTS);
    assert_eq!(
        quotes(&decoded, "8000-000000000001"),
        [
            "2026-01-09T12:00:00Z fanduel spreads LA Clippers -3.5 -110",
            "2026-01-10T02:00:00Z draftkings h2h LA Clippers -110",
            "2026-01-10T02:00:00Z draftkings h2h Boston Celtics 1.91",
            "2026-01-10T02:00:00Z draftkings h2h LA Clippers -120",
            "2026-01-10T02:00:00Z draftkings player_points Over 25.5 -115",
            "2026-01-10T02:00:00Z draftkings player_points Under 25.5 -105",
            "2026-01-10T03:30:00Z fanduel spreads LA Clippers -4.5 -105",
            "2026-01-10T06:12:00Z unnamed moneyline home -110",
            "2026-01-10T06:12:00Z unnamed moneyline away +105",
        ],
        "a closing price stands no later than the start; the row's own odds no sooner than its last write"
    );
}

#[test]
fn a_state_that_the_clock_contradicts_and_a_score_before_the_start_are_not_stated() {
    let decoded = decode(EVENTS);
    let has = |listing: &str, kind: FactKind| facts(&decoded, listing).iter().any(|fact| fact.contains(&format!(" {} ", kind.as_str())));
    assert!(!has("003", FactKind::Status), "scheduled for days after the game");
    assert!(has("002", FactKind::Status) && !has("002", FactKind::HomeScore), "0:0 of a game to come is no score");
    assert!(!has("0005", FactKind::HomeScore));
}

#[test]
fn each_row_comes_to_something_or_says_why_not() {
    let decoded = decode(EVENTS);
    let expected = [
        r#"sports_events 1 is 1"#,
        r#"sports_events 2 is 2"#,
        r#"sports_events 3 is 3 status: implausible ("scheduled" +112 hours from the start); odds.2.moneyline.home: ambiguous (150: American or decimal odds, and nothing beside it tells)"#,
        r#"sports_events  missing_field neither a start nor two sides can be read"#,
        r#"sports_events 5 is 5 stats.home_score: not_the_shape ("abc" is no score); odds.spread.home: bad_line (a price without its line); odds.spread.away: bad_line (a price without its line)"#,
        r#"odds_data 10000000-0000-4000-8000-000000000001 contradiction another row says another price at the same moment (odds_data/10000000-0000-4000-8000-000000000005)"#,
        r#"odds_data 10000000-0000-4000-8000-000000000002 is 1"#,
        r#"odds_data 10000000-0000-4000-8000-000000000003 orphan event_id: no row of sports_events has the id "00000000-0000-4000-8000-000000000099""#,
        r#"odds_data 10000000-0000-4000-8000-000000000004 bad_price outcome_price: "50.00" where American odds stand: American price must be a whole number of at least +100 or at most -100"#,
        r#"odds_data 10000000-0000-4000-8000-000000000005 contradiction another row says another price at the same moment"#,
        r#"player_props_odds 20000000-0000-4000-8000-000000000001 is 1"#,
        r#"historical_odds 30000000-0000-4000-8000-000000000001 is 1 opening_line: not_the_shape (a line without its price)"#,
        r#"injury_reports 1 is injury_reports/40000000-0000-4000-8000-000000000001"#,
        r#"predictions 50000000-0000-4000-8000-000000000001 is 1"#,
        r#"predictions 50000000-0000-4000-8000-000000000002 orphan event_id: points to no event"#,
        r#"player_game_stats 60000000-0000-4000-8000-000000000001 orphan event_id: points to no event"#,
        r#"player_game_stats 60000000-0000-4000-8000-000000000006 missing_field stats: no figure that we know"#,
        r#"player_game_stats 60000000-0000-4000-8000-000000000002 is 1 reb: not_the_shape ("many" is not a number); stats: no_place (no figures that we know: plus_minus)"#,
        r#"player_game_stats 60000000-0000-4000-8000-000000000003 is 1"#,
        r#"player_game_stats 60000000-0000-4000-8000-000000000004 contradiction a newer row of this player tells otherwise"#,
        r#"player_game_stats 60000000-0000-4000-8000-000000000007 contradiction another row of this player tells otherwise at the same moment"#,
        r#"player_game_stats 60000000-0000-4000-8000-000000000008 contradiction another row of this player tells otherwise at the same moment"#,
        r#"player_game_stats 60000000-0000-4000-8000-000000000005 is 2"#,
    ];
    assert_eq!(fates(&decoded), expected);
}

#[test]
fn hostile_rows_are_refused_one_by_one_with_their_reasons() {
    let decoded = decode(HOSTILE);
    let expected = [
        r#"sports_events [0] not_the_shape no row"#,
        r#"sports_events [1] not_the_shape no row"#,
        r#"sports_events [2] not_the_shape no row"#,
        r#"sports_events [3] missing_field id: a row without an id cannot be told from others"#,
        r#"sports_events [4] missing_field id: a row without an id cannot be told from others"#,
        r#"sports_events [5] missing_field id: a row without an id cannot be told from others"#,
        r#"sports_events a is a status: not_the_shape ("17" is no state that we know); odds.a: not_the_shape (no shape of odds that we know)"#,
        r#"sports_events a listing_twice id: stands in this page already; the first is kept"#,
        r#"sports_events b missing_field neither a start nor two sides can be read"#,
        r#"sports_events c is c start_time: bad_time ("9999-12-31T23:59:59Z" is no time); stats.home_score: not_the_shape ("-3" is no score)"#,
        r#"odds_data 1 bad_price outcome_price: "NaN" where American odds stand: price is not a number"#,
        r#"odds_data 2 orphan event_id: no row of sports_events has the id "7""#,
        r#"player_props_odds 1 missing_field player_id: no player is named"#,
        r#"player_props_odds 2 orphan event_id: points to no event"#,
        r#"historical_odds 1 missing_field no price with a moment stands in it"#,
        r#"injury_reports 1 orphan player_id: no player is named"#,
        r#"injury_reports 2 missing_field injury_status: no status"#,
        r#"teams 1 named"#,
        r#"teams 2 named"#,
        r#"no_such_table 1 no_place no table that we know: "no_such_table""#,
    ];
    for (told, expected) in fates(&decoded).iter().zip(expected) {
        assert!(told.starts_with(expected), "{told}");
    }
    assert_eq!(decoded.rows.len(), expected.len());
}

#[test]
fn a_page_put_together_from_rows_is_read_back() {
    let rows = vec![
        r#"{"id":"00000000-0000-4000-8000-0000000000aa","sport":"NBA","league":"NBA","home_team":"A","away_team":"B","start_time":"2026-01-10T03:30:00+00:00"}"#,
    ];
    let bytes = page(taken_at(), &[("sports_events", rows), ("odds_data", vec![])], &[]);
    let decoded = decode(&bytes);
    assert_eq!((decoded.rows.len(), decoded.problems.len()), (1, 0));
    assert_eq!(Legacy.stamp(ENDPOINT, &bytes).unwrap().0, taken_at());
    assert_eq!(decoded.snapshots[0].observed_at, taken_at(), "a row without a stamp may have been written until now");
}

/// The problems of one row, without where it stands.
fn problems(decoded: &Decoded<'_>) -> Vec<String> {
    let place = |path: &str| path.split_once('.').map(|(_, rest)| rest).unwrap_or_default().to_owned();
    decoded.problems.iter().map(|problem| format!("{} {} {}", place(&problem.path), problem.reason.as_str(), problem.detail)).collect()
}

#[test]
fn a_price_of_another_type_in_the_free_json_is_counted_and_said() {
    let event = |odds: &str| {
        format!(
            r#"{{"id":"a","sport":"NBA","league":"NBA","home_team":"A","away_team":"B","start_time":"2026-01-10T03:30:00+00:00","odds":{odds}}}"#
        )
    };
    for (odds, told) in [
        (r#"{"homeOdds":true,"awayOdds":1.95}"#, vec!["odds.homeOdds not_the_shape true where odds stand"]),
        (r#"{"home":[-110],"away":-110}"#, vec!["odds.home not_the_shape [-110] where odds stand"]),
        (r#"{"moneyline":{"home":false,"away":"+105"}}"#, vec!["odds.moneyline.home not_the_shape false where odds stand"]),
        (
            r#"{"moneyline":{"home":{"price":{"us":-110}},"away":{"line":3.5},"draw":-110}}"#,
            vec![
                r#"odds.moneyline.home not_the_shape {"price":{"us":-110}} where odds stand"#,
                r#"odds.moneyline.away not_the_shape {"line":3.5} where odds stand"#,
            ],
        ),
        (
            r#"[{"bookmaker":"X","totals":{"line":220.5,"over":["-110"],"under":-110}}]"#,
            vec![r#"odds.0.totals.over not_the_shape ["-110"] where odds stand"#],
        ),
        // what is null, or a text of nothing, was never said
        (r#"{"moneyline":{"home":null,"away":"","draw":{"price":null}},"homeOdds":[]}"#, vec![]),
    ] {
        let row = event(odds);
        let bytes = page(taken_at(), &[("sports_events", vec![&row])], &[]);
        let decoded = decode(&bytes);
        assert_eq!(problems(&decoded), told, "{odds}");
        assert_eq!(decoded.unreadable, told.len() as u64, "{odds}");
        assert_whole(&decoded);
    }
}

#[test]
fn a_price_of_another_type_in_a_line_or_a_prop_is_counted_and_said() {
    let event = event_row();
    let line = |line: &str| format!(r#"{{"id":"1","event_id":"a","closing_line":{line}}}"#);
    for (row, told) in [
        (line(r#"{"home":-110,"away":{"price":-110}}"#), vec![r#"closing_line.away not_the_shape {"price":-110} where odds stand"#]),
        (line(r#"{"price":-120,"home":-110}"#), vec!["closing_line.price not_the_shape -120 where odds stand"]),
        (
            line(r#"{"price":-120,"american":-120,"outcome_name":"A","home":-110}"#),
            vec!["closing_line.home not_the_shape -110 where odds stand"],
        ),
        (line(r#"{"home":-110,"away":null,"draw":""}"#), vec![]),
    ] {
        let bytes = page(taken_at(), &[("sports_events", vec![event]), ("historical_odds", vec![&row])], &[]);
        let decoded = decode(&bytes);
        assert_eq!((problems(&decoded), decoded.unreadable), (told.iter().map(ToString::to_string).collect(), told.len() as u64), "{row}");
    }
    let prop = r#"{"id":"1","event_id":"a","player_name":"Al Ash","prop_type":"points","line":20.5,"over_odds":[-110],"under_odds":-110}"#;
    let bytes = page(taken_at(), &[("sports_events", vec![event]), ("player_props_odds", vec![prop])], &[]);
    let decoded = decode(&bytes);
    assert_eq!((problems(&decoded), decoded.unreadable), (vec!["over_odds not_the_shape [-110] where odds stand".to_owned()], 1));
}

const fn event_row() -> &'static str {
    r#"{"id":"a","sport":"NBA","league":"NBA","home_team":"A","away_team":"B","start_time":"2026-01-10T03:30:00+00:00"}"#
}

/// A page of one game and rows of odds on its home side: price, `last_update`.
fn page_of_odds(odds: &[(i64, Option<&str>)]) -> Vec<u8> {
    let event = r#"{"id":"e","sport":"NBA","league":"NBA","home_team":"A","away_team":"B","start_time":"2026-01-10T03:30:00+00:00"}"#;
    let row = |(at, (price, read_at)): (usize, &(i64, Option<&str>))| {
        let read_at = read_at.map_or("null".to_owned(), |at| format!("{at:?}"));
        format!(
            r#"{{"id":"{at}","event_id":"e","bookmaker":"b","market_type":"h2h","outcome_name":"A","outcome_price":{price},"last_update":{read_at},"created_at":"2026-02-01T00:00:00+00:00"}}"#
        )
    };
    let rows: Vec<String> = odds.iter().enumerate().map(row).collect();
    page(taken_at(), &[("sports_events", vec![event]), ("odds_data", rows.iter().map(String::as_str).collect())], &[])
}

#[test]
fn rows_that_were_loaded_together_stand_at_the_times_that_they_tell() {
    let bytes = page_of_odds(&[(-110, Some("2026-01-09T10:00:00Z")), (-120, Some("2026-01-09T11:00:00Z")), (-130, None)]);
    let decoded = decode(&bytes);
    let expected = ["2026-01-09T10:00:00Z b h2h A -110", "2026-01-09T11:00:00Z b h2h A -120", "2026-02-01T00:00:00Z b h2h A -130"];
    assert_eq!(quotes(&decoded, "e"), expected, "what nothing dates was written when the row was");
    assert!(fates(&decoded)[1..].iter().all(|fate| fate.ends_with(" is e")), "{:?}", fates(&decoded));
}

#[test]
fn of_three_rows_of_one_moment_none_is_taken_over_where_one_says_otherwise() {
    let at = Some("2026-01-09T10:00:00Z");
    for prices in [[-110, -110, -120], [-110, -120, -110], [-120, -110, -110]] {
        let bytes = page_of_odds(&prices.map(|price| (price, at)));
        let refused = decode(&bytes).rows.iter().filter(|row| matches!(row.fate, RowFate::Refused(..))).count();
        assert_eq!(refused, 3, "{prices:?}");
    }
    let bytes = page_of_odds(&[(-110, at), (-110, at)]);
    assert!(decode(&bytes).rows.iter().all(|row| matches!(row.fate, RowFate::Kept { .. })), "two that agree are one");
}

#[test]
fn what_is_no_page_is_refused() {
    for body in [&b""[..], b"null", b"[]", b"<html>", b"{\"tables\":{}}", b"\xff\xfe"] {
        let decoded = decode(body);
        assert!(decoded.snapshots.is_empty() && decoded.problems.len() == 1, "{}", String::from_utf8_lossy(body));
    }
}

/// What must hold of any page: every row once, and every refusal with its reason.
fn assert_whole(decoded: &Decoded<'_>) {
    let places: BTreeSet<_> = decoded.rows.iter().map(|row| (row.table.clone(), row.id.clone())).collect();
    assert!(places.len() <= decoded.rows.len());
    let refused = decoded.snapshots.iter().flat_map(|seen| &seen.listings).flat_map(|seen| &seen.books).flat_map(|book| &book.markets);
    let refused = refused.flat_map(|market| &market.outcomes).filter(|outcome| outcome.offer.is_err()).count() as u64;
    assert!(decoded.problems.len() as u64 >= refused + decoded.unreadable);
    for snapshot in &decoded.snapshots {
        let ids: BTreeSet<_> = snapshot.listings.iter().map(|seen| &seen.id).collect();
        assert_eq!(ids.len(), snapshot.listings.len(), "a listing once at a moment");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        assert_whole(&decode(&bytes));
    }

    #[test]
    fn damaged_pages_are_read(is_hostile in any::<bool>(), edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = if is_hostile { HOSTILE } else { EVENTS }.to_vec();
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        assert_whole(&decode(&bytes));
    }
}

#[test]
fn what_players_did_is_one_list_of_the_event_as_of_the_newest_row() {
    let decoded = decode(EVENTS);
    let stats = |listing: &str| -> Vec<String> {
        facts(&decoded, listing).into_iter().filter(|fact| fact[20..].starts_with(" stat") && fact.ends_with('}')).collect()
    };
    assert_eq!(
        stats("8000-000000000001"),
        [
            r#"2026-01-10T06:40:00Z statKawhi Leonard {"player":"Kawhi Leonard","stats":{"points":24}}"#,
            r#"2026-01-10T06:40:00Z statp7 {"player":"Jayson Tatum","team":"Boston Celtics","stats":{"assists":7,"points":31}}"#,
        ]
    );
    assert_eq!(
        stats("8000-000000000002"),
        [r#"2026-11-23T12:00:00Z statAl Horford {"player":"Al Horford","did_not_play":true}"#],
        "without a stamp it can have been written until the look"
    );
}
