//! Hand-overs are opened and closed by whoever collects, and no check closes them.

use odds::Moment;
use store::NewFinding;

use super::on_all;

#[test]
fn a_handover_stands_until_it_passes_back_whatever_checks_find() {
    on_all(|place| {
        let (store, at) = (&place.store, |secs: i64| Moment::from_secs(1_790_000_000 + secs));
        store.hand_over("odds/basketball.nba", Some("from a to b: 3 calls in a row failed"), at(0)).unwrap();
        store.hand_over("odds/hockey.nhl", Some("from a to b: 3 calls in a row failed"), at(0)).unwrap();
        let other = NewFinding { kind: "no_price".into(), subject: "x".into(), severity: "warn".into(), detail: String::new() };
        assert_eq!(store.keep_findings(&[other], at(10)).unwrap().len(), 3);
        assert_eq!(store.keep_findings(&[], at(20)).unwrap().len(), 2, "what a check does not find it leaves, where it is a hand-over");
        store.hand_over("odds/basketball.nba", Some("from a to nobody: the key is refused"), at(30)).unwrap();
        store.hand_over("odds/basketball.nba", None, at(40)).unwrap();
        store.hand_over("odds/basketball.nba", None, at(50)).unwrap();
        let told = |row: &store::FindingRow| (row.subject.clone(), row.opened_at, row.closed_at);
        let nba = || "odds/basketball.nba".to_owned();
        assert_eq!(
            store.handovers_since(at(5)).unwrap().iter().map(told).collect::<Vec<_>>(),
            [(nba(), at(0), Some(at(30))), ("odds/hockey.nhl".to_owned(), at(0), None), (nba(), at(30), Some(at(40)))]
        );
        assert_eq!(store.open_handovers().unwrap().len(), 1);
        assert_eq!(store.handovers_since(at(35)).unwrap().len(), 2, "what was over before is not told");
    });
}
