//! Polymarket: games, groups with many that may win, and lists that come inside texts.

use odds::observation::{FactKind, ListingKind, ListingScope};
use odds::reply::Request;
use providers::polymarket::Polymarket;
use providers::{Ask, Provider, Verdict, What};

use crate::{Sent, fact, facts, fixture, listing, listings, meanings, problems, quotes, recorded, survives};

fn asked(tag: &str) -> Sent<'static> {
    let request = Polymarket.requests(&Ask::of(What::Odds, tag)).pop().expect("one call").request;
    Sent { request, ..Sent::of("events") }
}

#[test]
fn a_game_has_its_markets_from_both_answers_views() {
    asked("nba").decode(&Polymarket, &fixture("polymarket", "events_nba.json"), |decoded| {
        let game = listing(decoded, "500001");
        assert_eq!(
            (game.kind, game.sport.as_ref(), fact(game, FactKind::Start)),
            (ListingKind::Contest, "nba", "2026-01-10T00:30:00Z".into())
        );
        assert_eq!((fact(game, FactKind::Home), fact(game, FactKind::Away)), ("Otters".into(), "Cranes".into()));
        let expected = [
            "polymarket moneyline Cranes 39c",
            "polymarket moneyline Otters 62c",
            "polymarket moneyline_bid Cranes 38c",
            "polymarket moneyline_bid Otters 61c",
            "polymarket spreads Otters -3.5 53c",
            "polymarket spreads Cranes 3.5 50c",
            "polymarket spreads_bid Otters -3.5 50c",
            "polymarket spreads_bid Cranes 3.5 47c",
            "polymarket totals (damaged) Over 221.5 51.25c",
            "polymarket totals_bid (damaged) Under 221.5 48.75c",
            "polymarket nba_mystery Yes [Mystery] implausible",
            "polymarket nba_mystery No [Mystery] implausible",
            "polymarket nba_mystery_bid Yes [Mystery] implausible",
            "polymarket nba_mystery_bid No [Mystery] implausible",
        ];
        assert_eq!(quotes(game), expected, "nobody bids for the over, so nobody offers the under; a closed market offers nothing");
        assert!(game.books[0].markets[4].outcomes[0].offer.as_ref().unwrap().is_suspended, "no orders are taken");
        let meant = meanings(&Polymarket, game);
        assert_eq!((meant[0].as_str(), meant[3].as_str()), ("moneyline full Cranes back", "moneyline full Otters lay"));
        assert_eq!(
            (meant[5].as_str(), meant[9].as_str(), meant[10].as_str()),
            ("spread full Cranes 3.5 back", "total full under 221.5 lay", "?")
        );
    });
}

#[test]
fn a_group_is_an_outright_of_many_and_a_broken_answer_hides_no_other() {
    asked("nba").decode(&Polymarket, &fixture("polymarket", "events_nba.json"), |decoded| {
        let group = listing(decoded, "500002");
        assert_eq!((group.kind, fact(group, FactKind::Title)), (ListingKind::Outright, "NBA: 2026 Champion".into()));
        let expected = [
            "polymarket group (damaged) Yes [Otters] 13c",
            "polymarket group (damaged) No [Otters] 88c",
            "polymarket group (damaged) Yes [Cranes] 0.1c",
            "polymarket group_bid (damaged) Yes [Otters] 12c",
            "polymarket group_bid (damaged) No [Otters] 87c",
            "polymarket group_bid (damaged) No [Cranes] 99.9c",
        ];
        assert_eq!(quotes(group), expected);
        assert_eq!(facts(group, FactKind::Sid)[0], r#"polymarket/group/Yes|Otters|="7""#);
        let mut found = problems(decoded);
        found.sort();
        let expected = [
            "[0].markets[3] implausible",
            "[0].markets[4].line bad_line",
            "[1].markets[2].outcomes missing_field",
            "[1].markets[2].outcomes not_the_shape",
            "[2].id missing_field",
            "[3] not_the_shape",
        ];
        assert_eq!((found, decoded.unreadable), (expected.map(str::to_owned).to_vec(), 2));
        assert_eq!(decoded.snapshots[0].scope.listings, ListingScope::Unknown, "an event that cannot be named may be any");
    });
}

#[test]
fn a_first_page_that_is_not_full_is_all_that_is_open() {
    let of = |sent: Sent<'_>, body: &str| {
        sent.decode(&Polymarket, body.as_bytes(), |decoded| {
            (decoded.snapshots[0].scope.listings.clone(), decoded.next.as_ref().map(|next| next.query["offset"].clone()))
        })
    };
    assert_eq!(of(asked("nba"), "[]"), (ListingScope::Sport, None));
    assert_eq!(of(Sent::of("events"), "[]"), (ListingScope::Unknown, None));
    let full: Vec<String> = (0..100).map(|id| format!(r#"{{"id":"{id}","title":"T","markets":[]}}"#)).collect();
    assert_eq!(of(asked("nba"), &format!("[{}]", full.join(","))), (ListingScope::Unknown, Some("100".into())));
    let one = Ask { listing: Some("500001".into()), ..Ask::of(What::Summary, "nba") };
    let request = Polymarket.requests(&one).pop().unwrap().request;
    assert_eq!(of(Sent { request, ..Sent::of("events") }, "[]").0, ListingScope::Listed(vec!["500001".into()]));
}

#[test]
fn errors_are_told_apart_and_nothing_leaves_its_place() {
    let judge = |status: u16, body: &[u8]| Sent { status, ..Sent::of("events") }.with(&Polymarket, body, |reply| Polymarket.judge(reply));
    assert!(matches!(judge(200, b"[1, 2"), Verdict::RetryAfter(None, _)));
    assert!(matches!(judge(200, b"<html>"), Verdict::ChangedShape(_)));
    assert!(matches!(judge(422, br#"{"type":"validation error"}"#), Verdict::Refused(reason) if reason.contains("validation")));
    assert!(matches!(judge(451, b""), Verdict::Refused(_)));
    let query = r#"{"path":"/events","query":{"closed":"false","limit":"100","offset":"0","tag_slug":"nba"}}"#;
    assert_eq!(Polymarket.requests(&Ask::of(What::Events, "nba"))[0].request.canonical(), query);
    let elsewhere = Ask { listing: Some("1&x".into()), ..Ask::of(What::Summary, "nba") };
    for ask in [Ask::of(What::Odds, "nba&closed=true"), Ask::of(What::Scores, "nba"), elsewhere] {
        assert_eq!(Polymarket.requests(&ask), [], "{ask:?}");
    }
    let request: Request = Polymarket.requests(&Ask::of(What::Odds, "nba"))[0].request.clone();
    assert!(request.query.values().all(|value| !value.contains('&')));
}

#[test]
fn any_bytes_are_read_or_refused() {
    survives(&Polymarket, "events", &fixture("polymarket", "events_nba.json"));
}

#[test]
fn the_recording_has_two_outrights_and_every_answer_is_understood() {
    let Some(body) = recorded("polymarket/events/wnba_futures_20260708.json") else { return };
    Sent::of("events").decode(&Polymarket, &body, |decoded| {
        assert_eq!((listings(decoded).len(), problems(decoded), decoded.unreadable), (2, vec![], 0));
        let champion = listing(decoded, "350828");
        assert_eq!((champion.kind, champion.sport.as_ref(), quotes(champion).len()), (ListingKind::Outright, "wnba", 10));
        assert_eq!(quotes(champion)[0], "polymarket group Yes [Atlanta Dream] 13c");
        let all: Vec<String> = listings(decoded).iter().flat_map(|one| meanings(&Polymarket, one)).collect();
        assert_eq!((all.len(), all.iter().filter(|meaning| *meaning == "?").count()), (22, 0));
        assert!(all.contains(&"outright full A'ja Wilson back".to_owned()));
    });
}
