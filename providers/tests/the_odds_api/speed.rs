//! How fast a body is read. Not part of the checks: figures of a shared machine fail nobody.
//!
//! `cargo test -p providers --release --test the_odds_api -- --ignored --nocapture speed`

use std::fmt::Write;
use std::time::Instant;

use providers::Provider;
use providers::the_odds_api::TheOddsApi;

use crate::{Wrapping, outcomes};

/// A body as the provider sends it: 40 games, 20 books, three featured markets, two outcomes each.
fn featured() -> String {
    let mut body = String::from("[");
    for event in 0..40 {
        write!(
            body,
            r#"{}{{"id":"{event:032x}","sport_key":"basketball_nba","sport_title":"NBA","commence_time":"2026-01-11T00:10:00Z","home_team":"Boston Celtics","away_team":"Miami Heat","bookmakers":["#,
            if event == 0 { "" } else { "," }
        )
        .unwrap();
        for book in 0..20 {
            let comma = if book == 0 { "" } else { "," };
            write!(body, r#"{comma}{{"key":"book_{book}","title":"Book {book}","last_update":"2026-01-10T20:00:{book:02}Z","markets":["#)
                .unwrap();
            for (at, (key, names, points)) in [
                ("h2h", ["Boston Celtics", "Miami Heat"], ["", ""]),
                ("spreads", ["Boston Celtics", "Miami Heat"], [",\"point\":-4.5", ",\"point\":4.5"]),
                ("totals", ["Over", "Under"], [",\"point\":220.5", ",\"point\":220.5"]),
            ]
            .into_iter()
            .enumerate()
            {
                let comma = if at == 0 { "" } else { "," };
                write!(
                    body,
                    r#"{comma}{{"key":"{key}","last_update":"2026-01-10T20:00:{book:02}Z","outcomes":[{{"name":"{}","price":1.91{}}},{{"name":"{}","price":1.95{}}}]}}"#,
                    names[0], points[0], names[1], points[1]
                )
                .unwrap();
            }
            body.push_str("]}");
        }
        body.push_str("]}");
    }
    body.push(']');
    body
}

fn rate(name: &str, wrapping: &Wrapping, body: &str) {
    let reply = wrapping.around(body.as_bytes());
    let count = outcomes(&TheOddsApi.decode(&reply)).count();
    let (began, rounds) = (Instant::now(), 200);
    for _ in 0..rounds {
        std::hint::black_box(TheOddsApi.decode(&reply));
    }
    let secs = began.elapsed().as_secs_f64();
    println!("{name}: {count} outcomes, {} bytes: {:.2} M outcomes/s", body.len(), (count * rounds) as f64 / secs / 1e6);
}

#[test]
#[ignore = "a measurement: run it alone, in release"]
fn speed_of_decoding() {
    let body = featured();
    let wrapping = Wrapping::live("odds", "/v4/sports/basketball_nba/odds").with("markets", "h2h,spreads,totals").with("regions", "us");
    rate("every piece fits", &wrapping, &body);
    rate("one price is text", &wrapping, &body.replacen("1.91", "\"1.91\"", 1));
    rate("one name is missing", &wrapping, &body.replacen("\"name\"", "\"nom\"", 1));
    rate("one list is null", &wrapping, &body.replacen(r#""outcomes":["#, r#""outcomes":5,"x":["#, 1));
    rate("stored, form told from the body", &Wrapping::stored("odds"), &body);
}
