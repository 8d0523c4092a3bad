//! The rules, each shown what it must find and what it must leave alone.

use std::collections::BTreeMap;
use std::time::Duration;

use odds::observation::ListingKind;
use odds::{EventId, ListingId, Moment, Seq};
use store::ListingRow;
use store::meanings::{MeaningChange, MeaningRead, WordCount, WordKind};
use store::quality::{AskRow, Pending, Sweep};

use super::*;

const NOW: Moment = Moment::from_secs(1_775_000_000);

fn at(secs: i64) -> Moment {
    NOW.plus_secs(secs)
}

fn seen() -> Seen {
    Seen { now: NOW, odds_every: Duration::from_secs(300), asked_markets: vec!["h2h".to_owned()], ..Seen::default() }
}

fn listing(id: i64, provider: &str, home: &str, starts_in: i64, is_standing: bool) -> ListingRow {
    ListingRow {
        id: ListingId(id),
        provider: provider.to_owned(),
        external_id: id.to_string(),
        sport: "basketball_nba".to_owned(),
        kind: ListingKind::Contest,
        event: EventId::founded_by(provider, &id.to_string()),
        league: Some("basketball.nba".to_owned()),
        starts_at: Some(at(starts_in)),
        status: None,
        home: Some(home.to_owned()),
        away: Some("Miami Heat".to_owned()),
        is_standing,
        founded: Seq(1),
    }
}

fn stand(id: i64, observed: i64, read: i64) -> Standing {
    let quoted = Quoted { observed_at: Some(at(observed)), book_seen_at: Some(at(read)) };
    Standing {
        listing: ListingId(id),
        provider: "the-odds-api".to_owned(),
        sport: "basketball_nba".to_owned(),
        title: "Boston Celtics - Miami Heat".to_owned(),
        starts_at: Some(at(3_600)),
        observed_at: Some(at(observed)),
        books: BTreeMap::from([("draftkings".to_owned(), quoted)]),
        markets: std::collections::BTreeSet::from(["h2h".to_owned()]),
        margins: Vec::new(),
    }
}

fn sweeps(secs: &[i64]) -> Vec<Sweep> {
    let sweep = |secs: &i64| Sweep {
        provider: "the-odds-api".to_owned(),
        sport: "basketball_nba".to_owned(),
        endpoint: "odds".to_owned(),
        observed_at: at(*secs),
    };
    secs.iter().map(sweep).collect()
}

fn ask(id: i64, billed: Option<i64>, used: Option<i64>) -> AskRow {
    AskRow {
        id,
        provider: "the-odds-api".to_owned(),
        ask: "{}".to_owned(),
        due_at: at(-3_600 + id),
        sent_at: Some(at(-3_600 + id)),
        done_at: billed.map(|_| at(-3_500 + id)),
        outcome: "good".to_owned(),
        reserved: 3,
        billed,
        used_after: used,
        remaining_after: used.map(|used| 20_000 - used),
    }
}

fn kinds(seen: &Seen) -> Vec<&'static str> {
    find(seen).iter().map(|finding| finding.kind).collect()
}

#[test]
fn an_empty_store_has_no_findings() {
    assert_eq!(kinds(&seen()), [""; 0]);
}

#[test]
fn a_game_without_a_price_is_found_where_somebody_quotes_its_league() {
    let alone = Seen { listings: vec![listing(1, "espn", "Utah Jazz", 3_600, false)], ..seen() };
    assert_eq!(kinds(&alone), [""; 0], "nobody quotes this league");
    let priced = listing(2, "the-odds-api", "Boston Celtics", 3_600, true);
    let beside = Seen { listings: vec![listing(1, "espn", "Utah Jazz", 3_600, false), priced.clone()], ..seen() };
    assert_eq!(kinds(&beside), ["no_price"]);
    for starts_in in [-60, 90_000] {
        let other = Seen { listings: vec![listing(1, "espn", "Utah Jazz", starts_in, false), priced.clone()], ..seen() };
        assert_eq!(kinds(&other), [""; 0], "started, or too far ahead");
    }
}

#[test]
fn a_market_that_neighbours_have_is_missed() {
    let mut without = stand(2, -60, -90);
    without.markets.clear();
    let some = Seen { standing: vec![stand(1, -60, -90), stand(3, -60, -90), without.clone()], ..seen() };
    assert_eq!(kinds(&some), ["market_missing"]);
    assert_eq!(kinds(&Seen { standing: vec![without], ..seen() }), [""; 0], "nobody has it");
}

#[test]
fn quotes_that_nobody_looked_at_are_found_by_the_pace_that_is_usual() {
    let standing = vec![stand(1, -2_000, -2_030)];
    assert_eq!(kinds(&Seen { standing: standing.clone(), ..seen() }), [""; 0], "the pace is not known");
    let usual = sweeps(&[-1_300, -1_000, -700, -400, -100]);
    assert_eq!(kinds(&Seen { standing: standing.clone(), sweeps: usual, ..seen() }), ["not_observed"]);
    let slow = sweeps(&[-7_200, -5_400, -3_600, -1_800]);
    assert_eq!(kinds(&Seen { standing, sweeps: slow, ..seen() }), [""; 0], "credits stretch the cadence");
}

#[test]
fn a_book_that_the_provider_no_longer_reads_is_stale() {
    assert_eq!(kinds(&Seen { standing: vec![stand(1, -60, -4_000)], ..seen() }), ["book_stale"]);
    assert_eq!(kinds(&Seen { standing: vec![stand(1, -60, -4_000), stand(2, -60, -90)], ..seen() }), [""; 0], "read in another game");
}

#[test]
fn a_gap_between_sweeps_and_one_up_to_now_are_found() {
    assert_eq!(kinds(&Seen { sweeps: sweeps(&[-1_500, -1_200, -900, -600, -300]), ..seen() }), [""; 0]);
    assert_eq!(kinds(&Seen { sweeps: sweeps(&[-9_000, -8_700, -8_400, -8_100, -300, -100]), ..seen() }), ["sweep_gap"]);
    assert_eq!(kinds(&Seen { sweeps: sweeps(&[-9_000, -8_700, -8_400, -8_100]), ..seen() }), ["sweep_gap"]);
}

#[test]
fn one_contest_in_two_events_is_a_question() {
    let one = listing(1, "espn", "Boston Celtics", 90_000, false);
    let other = listing(2, "the-odds-api", "BOSTON CELTICS", 90_000, false);
    assert_eq!(kinds(&Seen { listings: vec![one.clone(), other.clone()], ..seen() }), ["same_event_twice"]);
    let joined = ListingRow { event: one.event, ..other.clone() };
    assert_eq!(kinds(&Seen { listings: vec![one.clone(), joined], ..seen() }), [""; 0]);
    let third = listing(3, "sportradar", "Boston Celtics", 90_000, false);
    for (listing, is_not) in [(&one, &other), (&other, &one)] {
        let apart: Apart = [(listing.id, is_not.event.to_string())].into();
        assert_eq!(
            kinds(&Seen { listings: vec![one.clone(), other.clone()], apart: apart.clone(), ..seen() }),
            [""; 0],
            "a person said so"
        );
        let all = Seen { listings: vec![one.clone(), other.clone(), third.clone()], apart, ..seen() };
        assert_eq!(kinds(&all), ["same_event_twice"], "nobody spoke of the third");
    }
}

#[test]
fn two_contests_in_one_event_are_a_question() {
    let one = listing(1, "espn", "Boston Celtics", 90_000, false);
    let joined = |home: &str, after| ListingRow { event: one.event, ..listing(2, "the-odds-api", home, after, false) };
    for (home, after, found) in [
        ("Celtics", 90_000, &[""; 0][..]),
        ("Celtics", 110_000, &[]),
        ("Los Angeles Lakers", 90_000, &["event_of_two"]),
        ("Celtics", 200_000, &["event_of_two"]),
        ("TBD", 90_000, &[]),
    ] {
        assert_eq!(kinds(&Seen { listings: vec![one.clone(), joined(home, after)], ..seen() }), found, "{home} {after}");
    }
    let put_off = ListingRow { status: Some("postponed".to_owned()), ..one.clone() };
    assert_eq!(kinds(&Seen { listings: vec![put_off, joined("Celtics", 200_000)], ..seen() }), [""; 0], "it waits for its new day");
}

#[test]
fn spending_of_others_is_told_apart_from_ours() {
    let ours = vec![ask(1, Some(3), Some(103)), ask(2, Some(3), Some(106)), ask(3, Some(3), Some(109))];
    assert_eq!(kinds(&Seen { asks: ours.clone(), ..seen() }), [""; 0]);
    let mut others = ours.clone();
    others[2].used_after = Some(159);
    assert_eq!(kinds(&Seen { asks: others, ..seen() }), ["credits_foreign"]);
    let unanswered = [ours, vec![ask(4, None, None)]].concat();
    assert_eq!(kinds(&Seen { asks: unanswered, ..seen() }), ["ask_unanswered"]);
}

#[test]
fn neither_a_count_that_begins_anew_nor_answers_out_of_order_hide_or_invent_spending_of_others() {
    let apart =
        |id: i64, used: i64| AskRow { sent_at: Some(at(1_000 * id)), done_at: Some(at(1_000 * id + 1)), ..ask(id, Some(3), Some(used)) };
    let detail = |asks: Vec<AskRow>| {
        let seen = Seen { now: at(10_000), asks, ..seen() };
        find(&seen).into_iter().find(|finding| finding.kind == "credits_foreign").map(|finding| finding.detail)
    };
    let anew = vec![apart(1, 18_000), apart(2, 18_003), apart(3, 3), apart(4, 6)];
    assert_eq!(detail(anew.clone()), None);
    let others = [&anew[..], &[apart(5, 509)]].concat();
    assert_eq!(detail(others).as_deref(), Some("500 credits of this month were spent with this key by somebody else (509 used, 9 by us)"));
    let mut crossed = vec![apart(1, 103), apart(2, 109), apart(3, 106)];
    crossed[1].done_at = Some(at(2_500));
    crossed[2].sent_at = Some(at(2_001));
    crossed[2].done_at = Some(at(2_600));
    assert_eq!(detail(crossed), None, "the later answer was counted first");
}

#[test]
fn spending_that_will_not_last_the_month_is_found() {
    let fast = vec![ask(1, Some(3), Some(19_000))];
    let early = Seen { now: "2026-04-02T00:00:00Z".parse().unwrap(), asks: fast, ..seen() };
    assert!(kinds(&early).contains(&"credits_above_pace"), "{:?}", find(&early));
    let held = Seen { credits_per_month: Some(1_000_000), ..early };
    assert!(!kinds(&held).contains(&"credits_above_pace"));
}

#[test]
fn what_waits_to_be_recorded_gets_graver_with_time() {
    let waiting = |secs: i64| Seen { pending: Pending { count: 1, oldest: Some(at(-secs)) }, ..seen() };
    let gravest = |seen: &Seen| find(seen).first().map(|finding| finding.severity);
    assert_eq!([5, 120, 7_200].map(|secs| gravest(&waiting(secs))), [None, Some(Severity::Warn), Some(Severity::Error)]);
}

#[test]
fn a_recorded_season_never_mixes_with_live_data() {
    let replay = Seen { purpose: Some("replay".to_owned()), ..seen() };
    assert_eq!(kinds(&replay), [""; 0]);
    assert_eq!(kinds(&Seen { has_live_entries: true, ..replay }), ["replay_mixed"]);
    assert_eq!(kinds(&Seen { clock_behind_secs: 30.0, ..seen() }), ["clock_behind"]);
}

#[test]
fn who_writes_into_old_tables_too_is_told_with_both_values() {
    let conflict = store::old_tables::OldConflict {
        table: "odds_data".to_owned(),
        row: "7".to_owned(),
        field: "outcome_price".to_owned(),
        theirs: "-175".to_owned(),
        ours: "-250".to_owned(),
    };
    let refusal = store::old_tables::OldRefusal { table: "teams".to_owned(), subject: "9".to_owned(), reason: "no".to_owned() };
    let found = find(&Seen { old_conflicts: vec![conflict], old_refusals: vec![refusal], ..seen() });
    let told = |kind: &str| found.iter().find(|finding| finding.kind == kind).unwrap();
    let conflict = told("old_table_conflict");
    assert_eq!(conflict.subject, "odds_data/7/outcome_price");
    assert!(conflict.detail.contains("-175") && conflict.detail.contains("-250"), "{}", conflict.detail);
    assert_eq!(told("old_table_refused").subject, "teams/9");
}

fn word(kind: WordKind, word: &str, (met, unknown): (i64, i64)) -> WordCount {
    WordCount {
        provider: "the-odds-api".to_owned(),
        sport: "basketball_nba".to_owned(),
        kind,
        word: word.to_owned(),
        league: Some("basketball.nba".to_owned()),
        met,
        unknown,
        example: if unknown > 0 { "\"Over\" \"\" at fanduel".to_owned() } else { String::new() },
        first_seen_at: at(-900_000),
        last_seen_at: at(-7_200),
    }
}

#[test]
fn words_that_are_not_understood_are_told_over_all_that_is_kept() {
    let words = vec![
        word(WordKind::Market, "h2h", (400, 0)),
        word(WordKind::Market, "race_to_20", (40, 12)),
        word(WordKind::Book, "fanduel", (300, 0)),
        word(WordKind::Book, "corner_shop", (7, 0)),
        word(WordKind::Participant, "Boston Celtics", (3, 0)),
        word(WordKind::Participant, "Harbor Gulls", (3, 0)),
    ];
    let found = find(&Seen { words, ..seen() });
    let told: Vec<(&str, &str)> = found.iter().map(|finding| (finding.kind, finding.subject.as_str())).collect();
    assert_eq!(
        told,
        [
            ("unknown_market", "the-odds-api/basketball_nba/race_to_20"),
            ("unmapped_book", "the-odds-api/corner_shop"),
            ("unknown_participant", "the-odds-api/basketball.nba"),
        ]
    );
    assert!(found[0].detail.starts_with("12 of 40 slots") && found[0].detail.contains("at fanduel; first seen"), "{}", found[0].detail);
    let many = (0..60).map(|at| word(WordKind::Market, &format!("odd_{at}"), (1, 1))).collect();
    let found = find(&Seen { words: many, ..seen() });
    assert_eq!(found.len(), 51);
    assert!(found[50].detail.starts_with("10 slots of 10 further markets"), "{}", found[50].detail);
}

#[test]
fn what_a_newer_meaning_changed_is_told_for_a_week() {
    let change = |last: i64| MeaningChange {
        provider: "the-odds-api".to_owned(),
        from_version: 1,
        to_version: 2,
        sport: "basketball_nba".to_owned(),
        provider_market: "race_to_20".to_owned(),
        was: "unknown".to_owned(),
        became: "player_points full".to_owned(),
        fields: "market,is_understood".to_owned(),
        slots: 12,
        listings: 2,
        first_at: at(last),
        last_at: at(last),
    };
    let told = |last: i64| find(&Seen { meaning_changes: vec![change(last)], ..seen() });
    assert_eq!(told(-3_600)[0].subject, "the-odds-api/2");
    assert!(told(-3_600)[0].detail.ends_with("race_to_20 of basketball_nba: unknown -> player_points full (12 slots in 2 listings)"));
    assert_eq!(told(-8 * 86_400), []);
    let goes_on = MeaningRead { version: 1, target: 2, ..MeaningRead::whole("espn", 2) };
    let meanings = vec![MeaningRead::whole("the-odds-api", 2), goes_on];
    let found = find(&Seen { meanings, ..seen() });
    assert_eq!((found.len(), found[0].kind, found[0].subject.as_str()), (1, "meaning_read_again", "espn"));
}
