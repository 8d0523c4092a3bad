//! The provider `import`: small tables of ours, in the shapes that people have, through mappings of ours and the shipped ones.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use odds::Moment;
use odds::injury::Injury;
use odds::market::Words;
use odds::observation::{Decoded, FactKind, FactSeen, ListingKind};
use odds::reply::{Basis, Reply, Request};
use providers::Provider;
use providers::import::{ENDPOINT, Format, Frame, Import, KEY, Mapping};
use serde_json::{Value, json};

fn body(mapping: &Value, file: &str, text: &str) -> Vec<u8> {
    let (header, rows) = text.split_once('\n').unwrap();
    let (mapping, file, header) = (mapping.clone(), file.to_owned(), header.to_owned());
    let frame = Frame { mapping, file, format: Format::Csv, header, outer: BTreeMap::new(), first_row: 2 };
    frame.body(&format!("{}\n", rows.trim_end()))
}

fn with_decoded<T>(body: &[u8], see: impl FnOnce(&Decoded<'_>) -> T) -> T {
    let (request, headers) = (Request::default(), BTreeMap::new());
    let (fetched_at, basis) = (Moment::MIN, Basis::Assumed);
    let reply = Reply {
        provider: KEY,
        endpoint: ENDPOINT,
        request: &request,
        status: 200,
        headers: &headers,
        body,
        fetched_at,
        basis,
        sport: None,
    };
    see(&Import.decode(&reply))
}

/// Quotes, results and lines alone as lines of text; then problems.
fn told(mapping: &Value, file: &str, text: &str) -> (Vec<String>, Vec<String>) {
    with_decoded(&body(mapping, file, text), |decoded| {
        let mut lines = Vec::new();
        for snapshot in &decoded.snapshots {
            let at = format!("{} {}", snapshot.observed_at, snapshot.basis.as_str());
            for listing in &snapshot.listings {
                for (book, market) in listing.books.iter().flat_map(|book| book.markets.iter().map(move |market| (book, market))) {
                    for outcome in &market.outcomes {
                        let point = outcome.point.map(|point| format!(" {point}")).unwrap_or_default();
                        let offer = outcome.offer.map_or_else(|refusal| refusal.as_str().to_owned(), |offer| offer.price.to_string());
                        lines.push(format!("{at} {} {} {} {}{point} {offer}", listing.id, book.key, market.key, outcome.name));
                    }
                }
                for fact in listing.facts.iter().filter(|fact| matches!(fact.kind, FactKind::HomeScore | FactKind::AwayScore)) {
                    lines.push(format!("{at} {} {} {}", listing.id, fact.kind.as_str(), fact.value));
                }
                let is_told = |fact: &&FactSeen<'_>| fact.value.starts_with("{\"line\"") || fact.kind == FactKind::Stat;
                for fact in listing.facts.iter().filter(is_told) {
                    lines.push(format!("{at} {} {} {}", listing.id, fact.subject, fact.value));
                }
                if listing.kind == ListingKind::InjuryList {
                    let injuries = listing.facts.iter().filter(|fact| fact.kind == FactKind::Injury);
                    let read = |fact: &FactSeen<'_>| (fact.subject.to_string(), serde_json::from_str::<Injury>(&fact.value).unwrap());
                    let injuries: Vec<_> = injuries.map(read).map(|(who, injury)| format!("{who} {}", injury.status)).collect();
                    lines.push(format!("{at} {} [{}]", listing.id, injuries.join(", ")));
                }
            }
        }
        let problems = decoded.problems.iter().map(|problem| format!("{}: {}", problem.path, problem.reason.as_str()));
        (lines, problems.collect())
    })
}

fn paired() -> Value {
    json!({
        "source": "pairs", "absent": ["NL", "x"],
        "rows": { "paired": true, "same": ["Date"] },
        "event": { "id": "{day}/{away}-{home}", "sport": { "is": "baseball_mlb" }, "home": "home:Team", "away": "away:Team",
            "start": { "column": "away:Date", "format": "mmdd", "year": "file:year", "zone": "America/New_York" } },
        "quote": [
            { "market": { "is": "h2h" }, "book": { "is": "sbr" }, "when": "opening", "form": "american", "overround": [1.0, 1.2],
              "picks": [{ "side": { "is": "home" }, "price": "home:Open" }, { "side": { "is": "away" }, "price": "away:Open" }] },
            { "market": { "is": "h2h" }, "book": { "is": "sbr" }, "when": "closing", "form": "american", "overround": [1.0, 1.2],
              "picks": [{ "side": { "is": "home" }, "price": "home:Close" }, { "side": { "is": "away" }, "price": "away:Close" }] },
            { "market": { "is": "spreads" }, "book": { "is": "sbr" }, "when": "closing", "form": "american",
              "picks": [{ "side": { "is": "home" }, "cell": "home:RL" }] },
        ],
        "result": { "home": "home:Final", "away": "away:Final" },
    })
}

#[test]
fn two_rows_make_a_game_and_phases_stand_at_the_latest_moment() {
    let (lines, problems) =
        told(&paired(), "mlb_2014.csv", "Date,VH,Team,Final,Open,Close,RL\n401,V,LOS,3,-170,-165,x\n401,H,ARI,1,150,145,+1.5(-116)\n");
    assert_eq!(
        lines,
        [
            "2014-04-02T03:59:57Z phase pairs/2014-04-01/LOS-ARI sbr h2h home +150",
            "2014-04-02T03:59:57Z phase pairs/2014-04-01/LOS-ARI sbr h2h away -170",
            "2014-04-02T03:59:58Z phase pairs/2014-04-01/LOS-ARI sbr h2h home +145",
            "2014-04-02T03:59:58Z phase pairs/2014-04-01/LOS-ARI sbr h2h away -165",
            "2014-04-02T03:59:58Z phase pairs/2014-04-01/LOS-ARI sbr spreads home 1.5 -116",
            "2014-04-02T03:59:59Z phase pairs/2014-04-01/LOS-ARI home_score 1",
            "2014-04-02T03:59:59Z phase pairs/2014-04-01/LOS-ARI away_score 3",
        ]
    );
    assert_eq!(problems, [""; 0]);
}

#[test]
fn a_row_without_its_partner_costs_itself_alone_and_prices_that_cannot_be_are_refused() {
    let text = "Date,VH,Team,Final,Open,Close,RL\n331,V,BOS,1,-110,-110,x\n401,V,LOS,3,NL,-1100,x\n401,H,ARI,1,NL,-900,x\n";
    let (lines, problems) = told(&paired(), "mlb_2014.csv", text);
    assert_eq!(lines[..2].iter().map(|line| line.rsplit_once(' ').unwrap().1).collect::<Vec<_>>(), ["implausible", "implausible"]);
    assert_eq!(problems, ["row 2: orphan", "row 3, column home:Close: implausible", "row 3, column away:Close: implausible"]);
}

#[test]
fn a_file_whose_name_holds_no_year_is_refused_whole() {
    let (lines, problems) = told(&paired(), "mlb.csv", "Date,VH,Team,Final,Open,Close,RL\n401,V,LOS,3,1,1,x\n");
    assert_eq!((lines.len(), problems.as_slice()), (0, ["header: not_the_shape".to_owned()].as_slice()));
}

fn flat() -> Value {
    json!({
        "source": "flat", "rows": { "together": ["event_id", "pulled"] },
        "event": { "id": "{event_id}", "sport": { "is": "basketball_nba" }, "home": "home", "away": "away",
            "start": { "column": "starts", "format": "rfc3339" }, "external": { "provider": "the-odds-api", "column": "event_id" } },
        "quote": [{ "market": "market", "book": "book", "when": "timed", "at": [{ "column": "pulled", "format": "stamp" }],
            "form": "decimal", "is_whole": true, "picks": [{ "side": "name", "price": "price", "line": "point" }] }],
    })
}

const FLAT: &str = "event_id,home,away,starts,book,market,name,price,point,pulled
e1,\"Foo, Inc\",Bar,2026-03-04T00:10:00Z,unibet,h2h,\"Foo, Inc\",1.14,,20260303_212706
e1,\"Foo, Inc\",Bar,2026-03-04T00:10:00Z,unibet,h2h,Bar,1.0,,20260303_212706
e1,\"Foo, Inc\",Bar,2026-03-04T00:10:00Z,unibet,totals,Over,1.9,211.5,20260303_212706
e1,\"Foo, Inc\",Bar,2026-03-04T00:10:00Z,unibet,totals,Over,abc,x,20260303_212706
";

#[test]
fn a_flattened_pull_keeps_its_moment_its_words_and_the_other_providers_id() {
    let (lines, problems) = told(&flat(), "a.csv", FLAT);
    assert_eq!(
        lines,
        [
            "2026-03-03T21:27:06Z stated flat/e1 unibet h2h Foo, Inc 1.14",
            "2026-03-03T21:27:06Z stated flat/e1 unibet h2h Bar impossible_price",
            "2026-03-03T21:27:06Z stated flat/e1 unibet totals Over 211.5 1.9",
        ]
    );
    assert_eq!(problems, ["row 3, column price: impossible_price", "row 5, column point: bad_line"]);
    with_decoded(&body(&flat(), "a.csv", FLAT), |decoded| {
        let listing = &decoded.snapshots[0].listings[0];
        let id = listing.facts.iter().find(|fact| fact.kind == FactKind::ExternalId).unwrap();
        assert_eq!((&*id.subject, &*id.value), ("the-odds-api", "e1"));
        assert_eq!(decoded.unreadable, 1, "the quote whose line cannot be read is counted");
        let damaged: Vec<_> = listing.books[0].markets.iter().map(|market| (&*market.key, market.is_damaged)).collect();
        assert_eq!(
            damaged,
            [("h2h", false), ("totals", true)],
            "a whole pull withdraws what it leaves out, but not where it could not be read"
        );
    });
}

#[test]
fn a_row_whose_cells_a_comma_has_shifted_is_refused_and_empty_cells_at_its_end_are_not() {
    let head = "event_id,home,away,starts,book,market,name,price,point,pulled\n";
    let row = "e1,Foo,Bar,2026-03-04T00:10:00Z,unibet,h2h,Foo,1.14,,20260303_212706,,\n";
    let shifted = "e1,Foo, Inc,Bar,2026-03-04T00:10:00Z,unibet,h2h,Bar,5.5,,20260303_212706\n";
    let (lines, problems) = told(&flat(), "a.csv", &format!("{head}{row}{shifted}"));
    assert_eq!(lines, ["2026-03-03T21:27:06Z stated flat/e1 unibet h2h Foo 1.14"]);
    assert_eq!(problems, ["row 3: not_the_shape"]);
}

#[test]
fn a_line_without_a_price_is_kept_and_no_price_is_made_up() {
    let mapping = json!({
        "source": "lines",
        "event": { "id": "{id}", "sport": { "is": "basketball_nba" }, "home": "h", "away": "a",
            "start": { "column": "day", "format": "%Y-%m-%d", "zone": "America/New_York" } },
        "quote": [{ "market": { "is": "spreads" }, "book": { "is": "c" }, "when": "closing", "line_range": [0.0, 30.0], "picks": [
            { "side": { "is": "home" }, "line": "spread", "favoured": "fav" }, { "side": { "is": "away" }, "line": "spread", "favoured": "fav" }] }],
    });
    let (lines, problems) = told(&mapping, "x.csv", "id,h,a,day,spread,fav\n1,A,B,2020-01-01,7.5,away\n2,A,B,2020-01-02,45,home\n");
    assert_eq!(
        lines,
        [
            "2020-01-02T04:59:58Z phase lines/1 c/spreads/home|| {\"line\":7.5}",
            "2020-01-02T04:59:58Z phase lines/1 c/spreads/away|| {\"line\":-7.5}",
        ]
    );
    assert_eq!(problems, ["row 3, column spread: implausible", "row 3, column spread: implausible"]);
}

#[test]
fn a_table_that_names_the_winner_first_does_not_tell_the_result_by_its_sides() {
    let mapping = json!({
        "source": "t",
        "event": { "id": "{day}/{first}-{second}", "sport": { "is": "tennis_atp" }, "home": "W", "away": "L", "by_name": true,
            "start": { "column": "d", "format": "%Y-%m-%d" } },
        "quote": [{ "market": { "is": "h2h" }, "books": ["B365", "PS"], "when": "before", "form": "decimal",
            "picks": [{ "side": "W", "price": "{book}W" }, { "side": "L", "price": "{book}L" }] }],
        "result": { "home": "ws", "away": "ls" },
    });
    let (lines, problems) = told(&mapping, "t.csv", "d,W,L,ws,ls,B365W,B365L\n2017-01-01,Zed Z.,Abe A.,2,1,1.28,3.5\n");
    assert_eq!(
        lines,
        [
            "2017-01-01T23:59:57Z before t/2017-01-01/Abe A.-Zed Z. B365 h2h Zed Z. 1.28".replace("before", "phase"),
            "2017-01-01T23:59:57Z phase t/2017-01-01/Abe A.-Zed Z. B365 h2h Abe A. 3.5".to_owned(),
            "2017-01-01T23:59:59Z phase t/2017-01-01/Abe A.-Zed Z. home_score 1".to_owned(),
            "2017-01-01T23:59:59Z phase t/2017-01-01/Abe A.-Zed Z. away_score 2".to_owned(),
        ]
    );
    assert_eq!(problems, [""; 0]);
}

#[test]
fn a_day_without_a_year_must_fall_on_its_weekday() {
    let mapping = json!({
        "source": "w",
        "event": { "id": "{id}", "sport": { "is": "americanfootball_nfl" }, "home": "h", "away": "a", "start": { "column": "d", "format": "%a %m/%d",
            "clock": "t", "clock_format": "%I:%M %p", "year": "season", "season_from": 7, "zone": "America/New_York" } },
        "result": { "home": "hs", "away": "as" },
    });
    let text =
        "id,h,a,d,t,season,hs,as\n1,A,B,Mon 9/10,7:10 PM,2018,1,2\n2,A,B,Sun 2/3,6:30 PM,2018,3,13\n3,A,B,Tue 9/10,7:10 PM,2018,1,2\n";
    let (lines, problems) = told(&mapping, "w.csv", text);
    assert_eq!(
        lines.iter().map(|line| &line[..20]).collect::<Vec<_>>(),
        ["2018-09-11T02:10:00Z", "2018-09-11T02:10:00Z", "2019-02-04T02:30:00Z", "2019-02-04T02:30:00Z"]
    );
    assert_eq!(problems, ["row 4: bad_time"]);
}

#[test]
fn a_mapping_that_cannot_be_meant_is_refused_with_what_would_be_right() {
    let complaints = |change: &dyn Fn(&mut Value)| {
        let mut mapping = flat();
        change(&mut mapping);
        serde_json::from_value::<Mapping>(mapping).map_or_else(|error| error.to_string(), |mapping| mapping.complaints().join("; "))
    };
    assert_eq!(complaints(&|_| ()), "");
    assert!(complaints(&|mapping| mapping["source"] = "My Odds".into()).contains("small letters"));
    assert!(complaints(&|mapping| mapping["quote"][0]["form"] = Value::Null).contains("form is missing: american"));
    assert!(complaints(&|mapping| mapping["quote"][0]["form"] = "guess".into()).contains("unknown variant `guess`"));
    assert!(complaints(&|mapping| mapping["quote"][0]["when"] = "collected".into()).contains("needs collected"));
    assert!(complaints(&|mapping| mapping["rows"] = json!({})).contains("is_whole needs rows.together"));
    assert!(complaints(&|mapping| mapping["event"]["start"]["zone"] = "Mars".into()).contains("is no zone"));
    assert!(complaints(&|mapping| mapping["colour"] = 1.into()).contains("unknown field `colour`"));
}

#[test]
fn our_words_for_sides_are_understood() {
    let side = |name: &str| {
        let words = Words { book: "b", market: "h2h", name, description: "", point: None };
        Import.meaning("basketball_nba", &words).map(|meaning| meaning.side.to_string())
    };
    assert_eq!(["home", "away", "draw", "Foo"].map(|name| side(name).unwrap()), ["home", "away", "draw", "Foo"]);
}

/// What players did, a game told from the view of the player's team.
fn logs() -> Value {
    json!({
        "source": "logs", "rows": { "together": ["date"] },
        "event": { "id": "{day}/{away}-{home}", "sport": { "is": "basketball_nba" },
            "home": { "matchup": "game", "of": "home" }, "away": { "matchup": "game", "of": "away" },
            "start": { "column": "date", "format": "%Y-%m-%d", "zone": "America/New_York" } },
        "stats": { "player": "player", "id": "id", "team": { "column": "game", "split": " ", "part": 0 },
            "side": { "column": "game", "find": [[" @ ", "away"], [" vs. ", "home"]] },
            "did_not_play": { "column": "minutes", "values": ["0"] }, "figures": { "points": "pts", "rebounds": "reb" } },
        "result": { "side": { "column": "game", "find": [[" @ ", "away"], [" vs. ", "home"]] }, "points": "team_pts" },
    })
}

#[test]
fn what_players_did_stands_where_the_game_is_over_and_each_side_tells_its_points() {
    let text = "player,id,date,game,minutes,pts,reb,team_pts\nAnn,1,2025-04-13,DET @ MIL,8,4,1,101\nBob,2,2025-04-13,MIL vs. DET,18,x,6,99\n\
        Cid,,2025-04-13,DET @ MIL,0,0,0,101\nAnn,1,2025-04-13,DET @ MIL,8,4,1,101\nAnn,1,2025-04-13,DET @ MIL,8,5,1,102\n,,,,,,,\n\
        Dan,4,2025-04-13,DET MIL,8,4,1,101\nEve,5,2025-04-13,DET @ MIL,9,,,101\n";
    let (lines, problems) = told(&logs(), "logs.csv", text);
    let at = "2025-04-14T03:59:59Z phase logs/2025-04-13/DET-MIL";
    assert_eq!(
        lines,
        [
            format!("{at} home_score 99"),
            format!(r#"{at} 2 {{"player":"Bob","team":"MIL","side":"home","stats":{{"rebounds":6}}}}"#),
            format!(r#"{at} Cid {{"player":"Cid","team":"DET","side":"away","did_not_play":true}}"#),
        ]
    );
    let refused = [
        "row 3, column pts: not_the_shape",
        "row 5: no_place",
        "row 6, column team_pts: contradiction",
        "row 6: contradiction",
        "row 8: missing_field",
        "row 9, column team_pts: contradiction",
        "row 9: missing_field",
    ];
    assert_eq!(problems, refused, "twice alike, twice otherwise (then none is believed), a game that names no sides, and no figure");
}

#[test]
fn a_report_is_one_whole_list_which_stands_where_its_last_line_was_told() {
    let mapping = json!({
        "source": "reports", "rows": { "together": ["week"] },
        "event": { "id": "nfl", "sport": { "is": "americanfootball_nfl" } },
        "injury": { "at": { "column": "changed", "format": "%Y-%m-%d %H:%M", "zone": "America/New_York", "is_assumed": true },
            "report": ["week"], "player": "player", "team": "team", "status": "status" },
    });
    let text = "week,player,team,status,changed\n1,Ann,A,Out,2011-09-09 12:42\n1,Bob,B,Doubtful,2011-09-08 12:00\n2,Ann,A,Questionable,2011-09-16 11:00\n\
        2,Ann,A,Out,2011-09-16 12:00\n2,Bob,B,,2011-09-16 12:00\n2,Cid,C,Out,soon\n";
    let (lines, problems) = told(&mapping, "reports.csv", text);
    assert_eq!(
        lines,
        ["2011-09-09T16:42:00Z assumed reports/nfl [Ann Out, Bob Doubtful]", "2011-09-16T16:00:00Z assumed reports/nfl [Ann Out]",]
    );
    assert_eq!(problems, ["row 5: contradiction", "row 6: missing_field", "row 7: bad_time"]);
}

#[test]
fn a_players_own_list_says_what_his_last_move_says() {
    let mapping = json!({
        "source": "il", "event": { "id": "{player}", "sport": { "is": "basketball_nba" } },
        "injury": { "at": { "column": "Date", "format": "%Y-%m-%d", "zone": "America/New_York" },
            "player": { "first": ["Out", "Back"], "trim": "• ", "split": " / ", "part": 0 },
            "status": { "column": "Notes", "find": [["placed on IL", "Injured list"], ["DNP", "Did not play"]] },
            "off": { "column": "Back", "filled": true }, "passing": { "column": "Notes", "contains": ["DNP"] } },
    });
    let text = "Date,Back,Out,Notes\n2000-01-03,,• Ann / Nan,placed on IL with a knee\n2000-01-10,• Ann,,activated from IL\n\
        2000-01-12,,• Bob,flu (DNP)\n2000-01-14,,• Cid,flu (DNP)\n2000-01-14,,• Cid,placed on IL\n2000-01-15,,,nobody\n";
    let (lines, problems) = told(&mapping, "il.csv", text);
    assert_eq!(
        lines,
        [
            "2000-01-04T04:59:59Z assumed il/Ann [Ann Injured list]",
            "2000-01-11T04:59:59Z assumed il/Ann []",
            "2000-01-13T04:59:58.999999Z assumed il/Bob [Bob Did not play]",
            "2000-01-13T04:59:59Z assumed il/Bob []",
            "2000-01-15T04:59:58.999999Z assumed il/Cid [Cid Did not play]",
            "2000-01-15T04:59:59Z assumed il/Cid [Cid Injured list]",
        ]
    );
    assert_eq!(problems, ["row 7: missing_field"]);
}

#[test]
fn a_mapping_of_people_that_could_lose_some_is_refused() {
    let complaints = |mapping: Value| serde_json::from_value::<Mapping>(mapping).unwrap().complaints().join("; ");
    assert_eq!(complaints(logs()), "");
    let mut apart = logs();
    apart["rows"] = json!({});
    assert!(complaints(apart).contains("stats: needs rows.together"));
    let mut both = logs();
    both["result"]["home"] = "x".into();
    assert!(complaints(both).contains("result: the points of home and away, or of one side a row"));
    let report = json!({ "source": "r", "rows": { "together": ["game"] }, "event": { "id": "l", "sport": { "is": "s" } },
        "injury": { "at": { "column": "c", "format": "rfc3339" }, "report": ["week"], "player": "p", "status": "s" } });
    assert!(complaints(report).contains("rows.together must name the columns of report"));
}

proptest::proptest! {
    #[test]
    fn any_rows_are_read_without_a_panic(text in "[ -~\n]{0,200}", file in "[a-z0-9_.]{0,12}") {
        for mapping in [paired(), flat(), logs()] {
            let header = "Date,VH,Team,Final,Open,Close,RL,event_id,home,away,starts,book,market,name,price,point,pulled,player,id,date,game,minutes,pts,reb,team_pts";
            told(&mapping, &file, &format!("{header}\n{text}"));
        }
    }
}
