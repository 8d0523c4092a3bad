//! Tables over HTTP: their values beside the API's own answers, what may be asked, and what is refused.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use odds::reply::Request;
use serde_json::Value;

use crate::common::{GAME, PROPS_GAME, Served, fixture};
use crate::read::{Row, ask, events, get, number, reply, service, table, text};

/// What a row says in these columns.
fn cells(row: &Row, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| row[*name].clone()).collect()
}

#[tokio::test]
async fn every_change_of_every_quote_is_a_row_as_the_history_has_it() {
    let served = Served::filled();
    let service = service(&served);
    let rows = table(&service, "odds").await;
    let names = [
        "provider",
        "book",
        "market",
        "period",
        "subject",
        "selection",
        "stance",
        "line",
        "price",
        "observed_at",
        "changed_at",
        "reply_id",
    ];
    let (mut told, mut moves) = (Vec::new(), 0);
    for event in events(&service).await {
        let id = event["id"].as_str().unwrap();
        let history = get(&service, &format!("/v1/events/{id}/history?limit=5000")).await;
        for change in history["changes"].as_array().unwrap() {
            // where a line moved, the one line of it was withdrawn and another came: the history tells it as one change
            moves += usize::from(change["kind"] == "line_moved");
            let named = names[..7].iter().map(|name| text(&change[*name]));
            let rest = [number(&change["line"]), number(&change["price"]), text(&change["observed_at"]), text(&change["changed_at"])];
            let row: Vec<String> = named.chain(rest).chain([reply(&change["reply"])]).collect();
            told.push([vec![id.to_owned()], row].concat());
        }
    }
    assert!(told.len() > 60 && moves > 0, "{} changes, {moves} of them lines that moved", told.len());
    assert_eq!(rows.len(), told.len() + moves);
    let rows: Vec<Vec<String>> = rows.iter().map(|row| [cells(row, &["event_id"]), cells(row, &names)].concat()).collect();
    let missing: Vec<_> = told.iter().filter(|told| !rows.contains(told)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test]
async fn events_and_results_are_those_of_the_api() {
    let served = Served::filled();
    let service = service(&served);
    let told = events(&service).await;
    let of_event = |event: &Value| {
        let listings = event["listings"].as_array().unwrap().iter().map(|one| format!("{}:{}", text(&one["provider"]), text(&one["id"])));
        let listings: Vec<String> = listings.collect();
        let names = ["id", "sport", "kind", "home", "away", "title", "starts_at", "status", "venue"];
        [names.map(|name| text(&event[name])).to_vec(), vec![listings.join(" ")]].concat()
    };
    let expected: BTreeSet<Vec<String>> = told.iter().filter(|event| event["kind"] != "injury_list").map(of_event).collect();
    let names = ["event_id", "sport", "kind", "home", "away", "title", "starts_at", "status", "venue", "listings"];
    let rows = table(&service, "events").await;
    assert_eq!(rows.iter().map(|row| cells(row, &names)).collect::<BTreeSet<_>>(), expected);
    assert!(rows.len() > 5);
    assert!(rows.iter().any(|row| row["starts_at"] == "2026-01-11T00:10:00Z" && row["day"] == "2026-01-10"), "the league's day, not UTC's");

    let results = get(&service, "/v1/results?limit=500").await;
    let scores = |event: &Value| {
        let scores = &event["scores"];
        let says =
            [&event["id"], &event["status"], &scores["home"], &scores["away"], &scores["provider"], &scores["observed_at"]].map(text);
        [says.to_vec(), vec![reply(&scores["reply"])]].concat()
    };
    let expected: BTreeSet<Vec<String>> = results["results"].as_array().unwrap().iter().map(scores).collect();
    let rows = table(&service, "results").await;
    let names = ["event_id", "status", "home_score_text", "away_score_text", "provider", "observed_at", "reply_id"];
    assert_eq!(rows.iter().map(|row| cells(row, &names)).collect::<BTreeSet<_>>(), expected);
    assert!(!rows.is_empty() && rows.iter().all(|row| row["home_score"] == row["home_score_text"]));
}

#[tokio::test]
async fn injuries_are_the_ledger_of_the_api() {
    let served = Served::filled();
    let service = service(&served);
    let told = get(&service, "/v1/injuries/changes").await;
    let changes = told["changes"].as_array().unwrap();
    let rows = table(&service, "injuries").await;
    assert_eq!(rows.len(), changes.len());
    assert!(rows.len() > 2);
    let names = ["observed_at", "provider", "provider_player_id", "status", "body_part", "expected_return", "reported_at"];
    for change in changes {
        let now = &change["after"];
        let says =
            [&change["observed_at"], &change["provider"], &change["provider_player_id"], &now["status"], &now["body_part"]].map(text);
        let rest = [text(&now["expected_return"]), text(&now["reported_at"])];
        let state = if change["kind"] == "cleared" { "gone" } else { "reported" };
        let expected: Vec<String> = says.into_iter().chain(rest).chain([state.to_owned(), reply(&change["reply"])]).collect();
        let found = rows.iter().any(|row| [cells(row, &names), cells(row, &["state", "reply_id"])].concat() == expected);
        assert!(found, "{expected:?} is not in {rows:?}");
    }
}

#[tokio::test]
async fn stats_are_those_of_the_api_one_row_a_figure() {
    let served = Served::with_a_box_score();
    let service = service(&served);
    let event = text(&events(&service).await[0]["id"]);
    let told = get(&service, &format!("/v1/stats?event={event}")).await;
    let mut expected = BTreeSet::new();
    for line in told["stats"].as_array().unwrap() {
        let who = [&line["event"], &line["provider"], &line["player"], &line["provider_player_id"], &line["team"], &line["first_seen_at"]];
        let who: Vec<String> = who.into_iter().map(text).chain([reply(&line["reply"])]).collect();
        for (stat, figure) in line["stats"].as_object().into_iter().flatten() {
            expected.insert([who.clone(), vec![stat.clone(), number(figure)]].concat());
        }
    }
    let names = ["event_id", "provider", "player", "provider_player_id", "team", "observed_at", "reply_id", "stat", "value"];
    let rows = table(&service, "stats").await;
    let figures = rows.iter().filter(|row| !row["stat"].is_empty()).map(|row| cells(row, &names)).collect::<BTreeSet<_>>();
    assert_eq!(figures, expected);
    assert!(expected.len() > 20);
}

/// Opening and closing lines by the view `historical_odds`, from the same log by another way.
fn lines_by_sql(served: &Served) -> BTreeSet<Vec<String>> {
    served.follow();
    let mut lines = BTreeSet::new();
    let mut connection = served.state.store.engine().connect_to_read().unwrap();
    let sql = "select event_id, provider, market, period, coalesce(player_name, ''), selection, stance, coalesce(opening_price, ''), coalesce(opening_gap_secs, ''),
        coalesce(opening_quality, ''), coalesce(closing_price, ''), coalesce(closing_gap_secs, ''), coalesce(closing_quality, ''), movements,
        coalesce(result, '') from @historical_odds";
    let read = connection.query(sql, &[], &mut |row| {
        let cell = |at: usize| row.text(at).map(str::to_owned).or_else(|_| row.int(at).map(|number| number.to_string()));
        lines.insert((0..15).map(cell).collect::<store::Result<Vec<String>>>()?);
        Ok(())
    });
    read.unwrap();
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_and_closing_lines_are_those_of_historical_odds() {
    let served = Served::filled();
    // days later all of them have begun, and the follower has heard of a moment after their starts
    served.take("the-odds-api", "sports", &Request::to("/v4/sports"), "2026-01-14T12:00:00Z", &fixture("the-odds-api/sports.json"));
    let service = service(&served);
    let names = [
        "event_id",
        "provider",
        "market",
        "period",
        "subject",
        "selection",
        "stance",
        "opening_american",
        "opening_gap_secs",
        "opening_quality",
        "closing_american",
        "closing_gap_secs",
        "closing_quality",
        "moves",
        "result",
    ];
    let mut rows = table(&service, "closing").await;
    let closing = rows.len();
    rows.extend(table(&service, "props").await);
    assert!(closing > 20 && rows.len() > closing + 3, "{closing} of {}", rows.len());
    let by_sql = tokio::task::block_in_place(|| lines_by_sql(&served));
    let found: BTreeSet<Vec<String>> = rows.iter().map(|row| cells(row, &names)).collect();
    assert!(found.is_subset(&by_sql), "{:?}", found.difference(&by_sql).next());
    // what is there by SQL alone is what another provider tells of the same book and selection
    let question = |row: &Vec<String>| (row[0].clone(), row[2..7].to_vec());
    let told: BTreeSet<_> = found.iter().map(question).collect();
    for row in by_sql.difference(&found) {
        assert!(told.contains(&question(row)), "{row:?}");
    }
    let questions: BTreeSet<Vec<String>> = rows
        .iter()
        .map(|row| cells(row, &["event_id", "book", "market", "period", "subject", "selection", "stance", "closing_line"]))
        .collect();
    assert_eq!(questions.len(), rows.len(), "one row for each book and selection");
}

#[tokio::test]
async fn closing_lines_of_what_has_not_begun_are_not_told_and_qualities_are_chosen() {
    let served = Served::filled();
    let service = service(&served);
    let rows = table(&service, &format!("closing&event={GAME}")).await;
    assert_eq!(rows.len(), 0, "it starts in four hours");
    served.clock.set("2026-01-11T00:10:00Z".parse().unwrap());
    let rows = table(&service, &format!("closing&event={GAME}")).await;
    let late: Vec<Row> = rows.iter().filter(|row| row["closing_quality"] == "late").cloned().collect();
    assert!(late.len() > 3 && rows.iter().all(|row| ["late", "first_seen_only"].contains(&row["closing_quality"].as_str())), "{rows:?}");
    let gaps: BTreeSet<&str> = rows.iter().map(|row| row["closing_gap_secs"].as_str()).collect();
    assert!(gaps.contains("14740"), "20:04:20 to 00:10: {gaps:?}");
    assert_eq!(table(&service, &format!("closing&quality=exact&event={GAME}")).await.len(), 0);
    assert_eq!(table(&service, &format!("closing&quality=exact,late&event={GAME}")).await, late);
    assert_eq!(
        table(&service, "closing&quality=phase").await.iter().map(|row| row["sport"].clone()).collect::<BTreeSet<_>>(),
        ["soccer.eng.1".to_owned()].into()
    );
}

#[tokio::test]
async fn a_question_is_narrowed_by_what_it_names() {
    let served = Served::filled();
    let service = service(&served);
    let all = table(&service, "odds").await;
    let kept = |fits: &dyn Fn(&Row) -> bool| all.iter().filter(|row| fits(row)).cloned().collect::<Vec<Row>>();
    for (query, expected) in [
        ("odds&market=spread", kept(&|row| row["market"] == "spread")),
        ("odds&market=moneyline&sport=basketball.nba", kept(&|row| row["market"] == "moneyline" && row["sport"] == "basketball.nba")),
        ("odds&book=draftkings", kept(&|row| row["book"] == "draftkings")),
        (&format!("odds&event={PROPS_GAME}"), kept(&|row| row["event_id"] == PROPS_GAME)),
        ("odds&sport=soccer", kept(&|row| row["sport"] == "soccer.eng.1")),
        ("odds&from=2026-01-01T00:00:00Z&to=2026-01-11T23:00:00Z", kept(&|row| row["starts_at"].starts_with("2026-01-11"))),
        ("odds&as_of=2026-01-10T20:01:00Z", kept(&|row| row["observed_at"].as_str() <= "2026-01-10T20:01:00Z")),
        ("odds&known_at=2026-01-10T20:01:00Z", kept(&|row| row["recorded_at"].as_str() <= "2026-01-10T20:01:00Z")),
    ] {
        assert!(!expected.is_empty() && expected.len() < all.len(), "{query}");
        assert_eq!(table(&service, query).await, expected, "{query}");
    }
    let narrow = table(&service, "odds&columns=price,event_id").await;
    assert_eq!(narrow.len(), all.len());
    assert_eq!(narrow[0].keys().collect::<Vec<_>>(), ["event_id", "price"]);
    let (_, _, body) = ask(&service, "/v1/history.csv?table=odds&columns=price,event_id").await;
    assert!(body.starts_with(b"price,event_id\n"), "in the order that was asked for");
}

#[test]
fn both_engines_have_the_same_tables() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let database = cluster.database();
    let served = [Served::filled(), Served::filled_at(&database.url)];
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let services = served.each_ref().map(service);
    for table in ["events", "odds", "closing", "props", "results", "injuries", "stats"] {
        for cut in ["", "&as_of=2026-01-10T20:01:00Z", "&known_at=2026-01-10T20:01:00Z"] {
            let path = format!("/v1/history.csv?table={table}{cut}");
            let [small, large] = services.each_ref().map(|service| runtime.block_on(ask(service, &path)).2);
            assert_eq!(String::from_utf8_lossy(&small), String::from_utf8_lossy(&large), "{path}");
        }
    }
    let folders = served.each_ref().map(|served| {
        let folder = tempfile::tempdir().unwrap();
        crate::exported::run(served, &crate::exported::wish(predictive_play::export::FileFormat::Parquet), folder.path()).unwrap();
        folder
    });
    let [small, large] = folders.each_ref().map(|folder| std::fs::read(folder.path().join("manifest.json")).unwrap());
    assert_eq!(String::from_utf8_lossy(&small), String::from_utf8_lossy(&large), "the hashes of all files");
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_before_anything_is_sent() {
    let served = Served::filled();
    let service = service(&served);
    for (query, said) in [
        ("", "one of events, odds, closing, props, results, injuries, stats"),
        ("table=quotes", "one of events, odds"),
        ("table=odds&columns=price,odd", "columns of odds, each once: sport, day"),
        ("table=odds&columns=price,price", "each once"),
        ("table=events&market=h2h", "the table events has none"),
        ("table=results&book=pinnacle", "the table results has none"),
        ("table=odds&quality=exact", "the table odds has none"),
        ("table=closing&quality=good", "any of exact, phase, late, first_seen_only"),
        ("table=injuries&event=0a1b2c3d4e5f60718293a4b5c6d7e8f9", "the table injuries has none"),
        ("table=odds&markets=h2h", "did you mean market?"),
        ("table=odds&from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "a time after from="),
        ("table=odds&as_of=yesterday", "cannot be used"),
    ] {
        let (status, kind, body) = ask(&service, &format!("/v1/history.arrow?{query}")).await;
        let body = String::from_utf8(body).unwrap();
        assert_eq!((status, kind.as_str()), (StatusCode::BAD_REQUEST, "application/problem+json"), "{query}: {body}");
        assert!(body.contains(said), "{query}: {body}");
    }
    let (status, kind, _) = ask(&service, "/v1/history.parquet?table=odds&event=ffffffffffffffffffffffffffffffff").await;
    assert_eq!((status, kind.as_str()), (StatusCode::NOT_FOUND, "application/problem+json"));
}

#[tokio::test]
async fn damaged_history_is_told_and_not_passed_over() {
    let served = Served::filled();
    let mut connection = served.state.store.engine().connect().unwrap();
    let touched = connection.execute("update @blocks set block = $1 where n > 3", &[(&vec![0x03_u8, 0xff][..]).into()]).unwrap();
    assert!(touched > 0);
    let service = service(&served);
    for format in ["arrow", "parquet", "csv"] {
        let (status, kind, _) = ask(&service, &format!("/v1/history.{format}?table=odds")).await;
        assert_eq!((status, kind.as_str()), (StatusCode::INTERNAL_SERVER_ERROR, "application/problem+json"), "{format}");
    }
}

#[tokio::test]
async fn each_format_says_what_it_is_and_is_left_unpacked_where_that_is_faster() {
    let served = Served::filled();
    let service = service(&served);
    for (format, kind, start) in [
        ("arrow", "application/vnd.apache.arrow.stream", &b"\xff\xff\xff\xff"[..]),
        ("parquet", "application/vnd.apache.parquet", b"PAR1"),
        ("csv", "text/csv; charset=utf-8", b"sport,day,event_id,"),
    ] {
        for table in ["events", "odds", "closing", "props", "results", "injuries", "stats"] {
            let (status, told, body) = ask(&service, &format!("/v1/history.{format}?table={table}")).await;
            assert_eq!((status, told.as_str()), (StatusCode::OK, kind), "{format} {table}");
            assert!(body.starts_with(if format == "csv" { &start[..10] } else { start }), "{format} {table}");
        }
    }
}
