//! The recorded replies, where they are there: every odd is accounted for.

use std::path::PathBuf;

use odds::observation::CatalogueKind;
use odds::reply::Request;
use providers::oddsjam::OddsJam;
use providers::opticodds::OpticOdds;
use providers::{Provider, Verdict};

use super::{Wrapping, accounted, facts, problems, quotes, read};

fn recorded(path: &str) -> Option<Vec<u8>> {
    let root = std::env::var_os("PREDICTIVE_PLAY_CORPUS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let found = std::fs::read(root.join("recorded").join(path)).ok();
    if found.is_none() {
        println!("skipped: recorded/{path} is not in the corpus");
    }
    found
}

#[test]
fn recorded_odds_of_both_dialects_are_all_kept() {
    if let Some(body) = recorded("opticodds/fixtures_odds/docs_example_2.json") {
        let decoded = read(&OpticOdds, "fixtures_odds", Request::default(), &body);
        assert_eq!((accounted(&decoded), problems(&decoded).len()), (6, 0));
        assert!(
            quotes(&decoded).contains(&"BCE4E01B8D3D pinnacle/run_line Kansas City Royals||1.5 1.588235294".to_owned()),
            "{:?}",
            quotes(&decoded)
        );
    }
    if let Some(body) = recorded("oddsjam/odds/nfl_2021.json") {
        let decoded = read(&OddsJam, "odds", Request::default(), &body);
        assert_eq!((accounted(&decoded), problems(&decoded).len()), (3, 0));
        assert!(quotes(&decoded)[0].starts_with("121408 william_hill/total_points:alternate Under||32.5"), "{:?}", quotes(&decoded));
    }
    if let Some(body) = recorded("opticodds/stream_odds/docs_frames.sse") {
        let decoded = read(&OpticOdds, "stream_odds", Request::default(), &body);
        assert_eq!((accounted(&decoded), problems(&decoded).len()), (4, 0), "{:?}", problems(&decoded));
        assert_eq!(quotes(&decoded).iter().filter(|quote| quote.ends_with("locked")).count(), 2);
        assert!(facts(&decoded).contains(&"E145B23767E0 status  cancelled".to_owned()));
    }
}

#[test]
fn recorded_lists_are_read_without_a_problem() {
    let lists = [
        ("opticodds/injuries/docs_example_1.json", "injuries", 9),
        ("oddsjam/games/ncaaf_2021.json", "games", 18),
        ("oddsjam/scores/mlb_2021.json", "scores", 18),
    ];
    for (path, endpoint, many) in lists {
        let provider: &dyn Provider = if path.starts_with("oddsjam") { &OddsJam } else { &OpticOdds };
        let Some(body) = recorded(path) else { continue };
        let wrapping = Wrapping::of(provider.key(), endpoint, Request::default());
        assert_eq!(provider.judge(&wrapping.around(&body)), Verdict::Good, "{path}");
        let decoded = read(provider, endpoint, Request::default(), &body);
        assert_eq!((facts(&decoded).len(), problems(&decoded)), (many, Vec::new()), "{path}: {:#?}", facts(&decoded));
    }
    let rows =
        [("leagues", CatalogueKind::Sport, 21), ("players", CatalogueKind::Participant, 8), ("teams", CatalogueKind::Participant, 3)];
    for (endpoint, kind, many) in rows {
        let Some(body) = recorded(&format!("opticodds/{endpoint}/docs_example_1.json")) else { continue };
        let decoded = read(&OpticOdds, endpoint, Request::default(), &body);
        assert_eq!((decoded.catalogue.iter().filter(|row| row.kind == kind).count(), problems(&decoded)), (many, Vec::new()), "{endpoint}");
    }
}
