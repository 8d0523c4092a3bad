//! Worked examples, small enough to be reckoned by hand: best prices, lines, closings, results, views.

use crate::rig::Rig;

/// `(name, price, point)`.
type Outcome<'a> = (&'a str, f64, Option<f64>);

/// One game as The Odds API sends it, with `(book, market, [(name, price, point)])`.
fn game(books: &[(&str, &str, &[Outcome<'_>])]) -> String {
    let books: Vec<serde_json::Value> = books
        .iter()
        .map(|(book, market, outcomes)| {
            let outcomes: Vec<serde_json::Value> = outcomes
                .iter()
                .map(|(name, price, point)| match point {
                    Some(point) => serde_json::json!({ "name": name, "price": price, "point": point }),
                    None => serde_json::json!({ "name": name, "price": price }),
                })
                .collect();
            serde_json::json!({ "key": book, "title": book, "markets": [{ "key": market, "outcomes": outcomes }] })
        })
        .collect();
    serde_json::json!([{
        "id": "a512a48a58c4329048174217b2cc7ce0", "sport_key": "basketball_nba", "sport_title": "NBA",
        "commence_time": "2026-03-31T23:10:00Z", "home_team": "Boston Celtics", "away_team": "Miami Heat", "bookmakers": books,
    }])
    .to_string()
}

const FINAL: &str = r#"[{"id":"a512a48a58c4329048174217b2cc7ce0","sport_key":"basketball_nba","sport_title":"NBA","commence_time":"2026-03-31T23:10:00Z",
    "completed":true,"home_team":"Boston Celtics","away_team":"Miami Heat","scores":[{"name":"Boston Celtics","score":"110"},{"name":"Miami Heat","score":"104"}],
    "last_update":"2026-04-01T01:40:00Z"}]"#;

#[test]
fn the_best_price_is_one_that_can_be_bet_on() {
    for rig in Rig::all() {
        let body = game(&[
            ("betfair_ex_eu", "h2h", &[("Boston Celtics", 1.5, None), ("Miami Heat", 2.9, None)]),
            ("betfair_ex_uk", "h2h_lay", &[("Boston Celtics", 1.9, None), ("Miami Heat", 9.0, None)]),
            ("draftkings", "h2h", &[("Boston Celtics", 1.52, None), ("Miami Heat", 2.7, None)]),
            ("fanduel", "h2h", &[("Boston Celtics", 1.52, None), ("Miami Heat", 2.8, None)]),
        ]);
        rig.take_body("the-odds-api", "odds", "2026-03-31T20:00:00Z", &body);
        rig.catch_up();
        let best = rig.lines("select bookmaker || ' ' || outcome_name || ' ' || outcome_price from @odds_data where is_best_odds");
        assert_eq!(best, ["betfair_ex_eu Miami Heat 190", "draftkings Boston Celtics -192", "fanduel Boston Celtics -192"]);
    }
}

/// ESPN's DraftKings of the same game, by its scoreboard.
fn at_espn(home: &str, away: &str) -> String {
    format!(
        r#"{{"leagues":[{{"id":"46","slug":"nba"}}],"events":[{{"id":"9001","uid":"s:40~l:46~e:9001","date":"2026-03-31T23:10Z","season":{{"slug":"regular-season"}},
        "competitions":[{{"id":"9001","date":"2026-03-31T23:10Z","competitors":[{{"id":"1","homeAway":"home","team":{{"id":"1","displayName":"Boston Celtics"}}}},
        {{"id":"2","homeAway":"away","team":{{"id":"2","displayName":"Miami Heat"}}}}],"status":{{"type":{{"name":"STATUS_SCHEDULED","state":"pre","completed":false}}}},
        "odds":[{{"provider":{{"id":"41","name":"DraftKings"}},"moneyline":{{"home":{{"close":{{"odds":"{home}"}}}},"away":{{"close":{{"odds":"{away}"}}}}}}}}]}}]}}]}}"#
    )
}

#[test]
fn one_book_through_two_providers_is_the_best_once_and_by_the_freshest_source() {
    for rig in Rig::all() {
        let h2h: &[Outcome<'_>] = &[("Boston Celtics", 1.5, None), ("Miami Heat", 2.7, None)];
        rig.take_body("the-odds-api", "odds", "2026-03-31T20:00:00Z", &game(&[("draftkings", "h2h", h2h)]));
        rig.take_body("espn", "scoreboard", "2026-03-31T20:01:00Z", &at_espn("-200", "+150"));
        rig.catch_up();
        assert_eq!(rig.lines("select distinct event_id from @odds_data").len(), 1, "one event");
        let best = || rig.lines("select bookmaker || ' ' || selection || ' ' || outcome_price from @odds_data where is_best_odds");
        assert_eq!(best(), ["draftkings away 150", "draftkings home -200"], "equal or worse: the newest look is heard");
        rig.take_body("the-odds-api", "odds", "2026-03-31T20:02:00Z", &game(&[("draftkings", "h2h", h2h)]));
        rig.catch_up();
        assert_eq!(best(), ["draftkings away 170", "draftkings home -200"]);
    }
}

#[test]
fn a_book_has_one_key_in_sql_whoever_delivers_it_and_one_that_is_known_later_has_it_with_its_history() {
    const TOLD: [&str; 4] = [
        "select distinct book || ' ' || provider_book from @quotes_now",
        "select distinct bookmaker || ' ' || provider_book from @odds_data",
        "select distinct book || ' ' || provider_book from @odds_changes",
        "select distinct bookmaker || ' ' || provider_book from @bookmakers",
    ];
    for rig in Rig::all() {
        let h2h: &[Outcome<'_>] = &[("Boston Celtics", 1.5, None), ("Miami Heat", 2.7, None)];
        let books = [("williamhill_us", "h2h", h2h), ("nobody_knows", "h2h", h2h), ("draftkings", "h2h", h2h)];
        rig.take_body("the-odds-api", "odds", "2026-03-31T20:00:00Z", &game(&books));
        rig.take_body("espn", "scoreboard", "2026-03-31T20:01:00Z", &at_espn("-200", "+150"));
        rig.catch_up();
        let known = ["caesars williamhill_us", "draftkings 41", "draftkings draftkings", "nobody_knows nobody_knows"];
        TOLD.iter().for_each(|sql| assert_eq!(rig.lines(sql), known, "{sql}"));
        if rig.is_postgres() {
            let moment =
                "select distinct q.book || ' ' || q.provider_book from @event_rows e cross join lateral @quotes_as_of(e.event_id, now()) q";
            assert_eq!(rig.lines(moment), known);
        }
        // rows that were made before a book was known, and before the column was there
        rig.execute("update @book_rows set key = case when book = '41' then null else book end");
        let unknown = ["41 41", "draftkings draftkings", "nobody_knows nobody_knows", "williamhill_us williamhill_us"];
        TOLD.iter().for_each(|sql| assert_eq!(rig.lines(sql), unknown, "{sql}"));
        rig.catch_up();
        TOLD.iter().for_each(|sql| assert_eq!(rig.lines(sql), known, "{sql}"));
    }
}

#[test]
fn a_book_that_is_known_later_is_heard_once_and_the_report_says_so() {
    for rig in Rig::all() {
        let h2h: &[Outcome<'_>] = &[("Boston Celtics", 1.5, None), ("Miami Heat", 2.7, None)];
        rig.take_body("the-odds-api", "odds", "2026-03-31T20:00:00Z", &game(&[("draftkings", "h2h", h2h)]));
        rig.take_body("espn", "scoreboard", "2026-03-31T20:01:00Z", &at_espn("-200", "+150"));
        rig.catch_up();
        let best = || rig.lines("select bookmaker || ' ' || selection || ' ' || outcome_price from @odds_data where is_best_odds");
        let heard = ["draftkings away 150", "draftkings home -200"];
        assert_eq!(best(), heard);
        // as a program wrote it that took ESPN's 41 for a book of its own
        rig.execute("update @book_rows set key = '41' where book = '41'");
        rig.execute("update @quote_rows set is_best = case when american in (-200, 170) then 1 else 0 end");
        assert_eq!(best(), ["41 home -200", "draftkings away 170", "draftkings home -200"]);
        for _ in 0..2 {
            rig.catch_up();
            assert_eq!(best(), heard, "without a word from anybody");
            let [change] = &rig.store.meaning_changes().unwrap()[..] else { panic!("one change, told once") };
            assert_eq!([&*change.provider, &change.provider_market, &change.was, &change.became], ["espn", "41", "41", "draftkings"]);
            assert_eq!((&*change.fields, change.slots, change.listings), ("book", 2, 1));
        }
    }
}

#[test]
fn the_mean_and_the_best_of_many_books_are_never_the_best_price() {
    for rig in Rig::all() {
        let file = "Div,Date,Time,HomeTeam,AwayTeam,B365H,B365D,B365A,PSH,PSD,PSA,MaxH,MaxD,MaxA,AvgH,AvgD,AvgA\r\n\
            E0,05/08/2030,20:00,Crystal Palace,Arsenal,4.2,3.6,1.85,4.5,3.65,1.89,4.54,3.8,1.96,4.31,3.6,1.88\r\n";
        rig.take_body("football-data", "fixtures", "2030-08-02T10:00:00Z", file);
        rig.catch_up();
        let best = rig.lines("select bookmaker || ' ' || selection || ' ' || outcome_price from @odds_data where is_best_odds");
        assert_eq!(best, ["pinnacle away -112", "pinnacle draw 265", "pinnacle home 350"]);
        let aggregates = rig.lines("select bookmaker from @bookmakers where is_aggregate");
        assert_eq!(aggregates, ["Avg", "Max"]);
        assert_eq!(
            rig.lines("select outcome_name from @odds_data where provider_book = 'B365' and bookmaker = 'bet365'"),
            ["Arsenal", "Crystal Palace", "D"]
        );
    }
}

#[test]
fn opening_closing_movement_and_result_are_told_once_the_game_is_over() {
    for rig in Rig::all() {
        let mut follower = rig.follower();
        let spread = |point: f64, home: f64, away: f64| {
            game(&[("draftkings", "spreads", &[("Boston Celtics", home, Some(point)), ("Miami Heat", away, Some(-point))])])
        };
        rig.take_body("the-odds-api", "odds", "2026-03-31T15:00:00Z", &spread(-4.5, 1.91, 1.91));
        rig.take_body("the-odds-api", "odds", "2026-03-31T20:00:00Z", &spread(-5.5, 1.87, 1.95));
        follower.catch_up().unwrap();
        assert_eq!(rig.lines("select movement from @historical_odds"), [""; 0], "not before its start");
        rig.take_body("the-odds-api", "odds", "2026-03-31T23:05:00Z", &spread(-5.5, 1.87, 1.95));
        rig.take_body("the-odds-api", "odds", "2026-03-31T23:30:00Z", &spread(-9.5, 1.5, 2.5));
        rig.take_body("the-odds-api", "scores", "2026-04-01T02:00:00Z", FINAL);
        follower.catch_up().unwrap();
        let told = "select outcome_name || ' ' || opening_price || ' ' || cast(opening_line * 10 as integer) || ' ' || closing_price || ' '
            || cast(closing_line * 10 as integer) || ' ' || closing_quality || ' ' || closing_gap_secs || ' ' || movements || ' ' || result
            from @historical_odds";
        assert_eq!(rig.lines(told), ["Boston Celtics -110 -45 -115 -55 exact 300 1 win", "Miami Heat -110 45 -105 55 exact 300 1 loss"]);
        assert_eq!(rig.lines("select bookmaker from @odds_data"), [""; 0], "nothing stands on an event that is over");
        assert_eq!(
            rig.lines("select status || ' ' || home_team || ' ' || home_score || ' ' || away_score from @sports_events"),
            ["completed Boston Celtics 110 104"]
        );

        rig.take_body("the-odds-api", "odds", "2026-03-31T10:00:00Z", &spread(-3.5, 2.0, 1.83));
        follower.catch_up().unwrap();
        let late = "select outcome_name || ' ' || opening_price || ' ' || movements from @historical_odds";
        assert_eq!(rig.lines(late), ["Boston Celtics 100 2", "Miami Heat -120 2"], "a late reply corrects the opening");
    }
}

#[test]
fn where_a_file_tells_the_day_alone_its_closing_prices_close_and_no_others() {
    let csv = "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,FTR,PSH,PSD,PSA,PSCH,PSCD,PSCA\n\
        E0,13/08/2016,Hull,Leicester,2,1,H,4.5,3.6,1.9,4.8,3.5,1.85\n\
        E0,13/08/2016,Burnley,Swansea,0,1,A,2.6,3.1,3.1,,,\n";
    for rig in Rig::all() {
        let mut follower = rig.follower();
        rig.take_body("football-data", "season", "2016-08-20T00:00:00Z", csv);
        follower.catch_up().unwrap();
        let told = "select outcome_name || ' ' || closing_price || ' ' || closing_quality || ' ' || closing_gap_secs from @historical_odds";
        assert_eq!(rig.lines(told), ["D 250 phase 0", "Hull 380 phase 0", "Leicester -118 phase 0"]);
    }
}

#[test]
fn changes_of_long_past_events_are_pruned_to_the_newest_of_each_slot() {
    for rig in Rig::all() {
        let mut follower = rig.follower();
        let h2h = |home: f64| game(&[("draftkings", "h2h", &[("Boston Celtics", home, None), ("Miami Heat", 2.5, None)])]);
        for (at, home) in [("2026-03-31T15:00:00Z", 1.5), ("2026-03-31T16:00:00Z", 1.6), ("2026-03-31T17:00:00Z", 1.7)] {
            rig.take_body("the-odds-api", "odds", at, &h2h(home));
        }
        follower.catch_up().unwrap();
        let changes = "select outcome_name || ' ' || american from @odds_changes";
        assert_eq!(rig.lines(changes), ["Boston Celtics -143", "Boston Celtics -167", "Boston Celtics -200", "Miami Heat 150"]);
        assert_eq!(rig.lines("select outcome_name from @odds_data").len(), 2);

        let later = h2h(1.4).replace("a512a48a", "b512a48a").replace("2026-03-31", "2026-05-02");
        rig.take_body("the-odds-api", "odds", "2026-04-29T12:00:00Z", &later);
        follower.catch_up().unwrap();
        assert_eq!(rig.lines(changes).len(), 6, "30 days are not over");
        assert_eq!(rig.lines("select outcome_name from @odds_data").len(), 2, "what began long ago stands no more");

        rig.take_body("the-odds-api", "odds", "2026-05-01T12:00:00Z", &later.replace("1.4", "1.45"));
        follower.catch_up().unwrap();
        assert_eq!(
            rig.lines(changes),
            ["Boston Celtics -143", "Boston Celtics -222", "Boston Celtics -250", "Miami Heat 150", "Miami Heat 150"]
        );
        let followed = rig.dump();
        follower.reset().unwrap();
        follower.catch_up().unwrap();
        assert_eq!(rig.dump(), followed);
    }
}

#[test]
fn an_event_that_is_put_off_has_no_closing_line_until_it_is_played() {
    for rig in Rig::all() {
        let mut follower = rig.follower();
        let h2h = |home: f64| game(&[("draftkings", "h2h", &[("Boston Celtics", home, None), ("Miami Heat", 2.5, None)])]);
        rig.take_body("the-odds-api", "odds", "2026-03-31T23:05:00Z", &h2h(1.5));
        rig.take_body("the-odds-api", "odds", "2026-03-31T23:15:00Z", &h2h(1.5));
        follower.catch_up().unwrap();
        assert_eq!(rig.lines("select outcome_name from @historical_odds").len(), 2);
        rig.take_body("the-odds-api", "odds", "2026-03-31T23:20:00Z", &h2h(1.5).replace("2026-03-31T23:10", "2026-04-02T23:10"));
        follower.catch_up().unwrap();
        assert_eq!(rig.lines("select outcome_name from @historical_odds"), [""; 0]);
        assert_eq!(rig.lines("select outcome_name from @odds_data").len(), 2);
    }
}

#[test]
fn a_prop_has_over_and_under_in_one_row() {
    for rig in Rig::all() {
        let body = game(&[]).replace(
            "\"bookmakers\":[]",
            r#""bookmakers":[{"key":"fanduel","title":"FanDuel","markets":[{"key":"player_points","last_update":"2026-03-31T20:00:00Z","outcomes":[
                {"name":"Over","description":"Jayson Tatum","price":1.83,"point":27.5},{"name":"Under","description":"Jayson Tatum","price":1.95,"point":27.5}]}]}]"#,
        );
        let one = body.strip_prefix('[').and_then(|body| body.strip_suffix(']')).unwrap();
        rig.take_body("the-odds-api", "event_odds", "2026-03-31T20:00:05Z", one);
        rig.catch_up();
        let props = "select player_name || ' ' || market_key || ' ' || bookmaker || ' ' || cast(line * 10 as integer) || ' ' || over_odds || ' ' || under_odds
            from @player_props_odds";
        assert_eq!(rig.lines(props), ["Jayson Tatum player_points fanduel 275 -120 -105"]);
        assert_eq!(rig.lines("select player_name from @players"), ["Jayson Tatum"]);
    }
}

#[test]
fn the_views_have_the_names_and_columns_that_people_know() {
    let asked = [
        "select cast(count(*) as text), max(id), max(external_event_id), max(sport), max(league), max(sport_key), max(home_team), max(away_team), max(start_time), max(status), max(home_score), max(away_score), max(venue), max(created_at), max(updated_at), max(source) from @sports_events",
        "select cast(count(*) as text), max(id), max(event_id), max(external_event_id), max(sport_key), max(home_team), max(away_team), max(bookmaker), max(market_key), max(outcome_name), max(outcome_price), max(outcome_point), max(implied_probability), max(cast(is_best_odds as integer)), max(last_update) from @odds_data",
        "select cast(count(*) as text), max(event_id), max(player_name), max(market_key), max(bookmaker), max(line), max(over_odds), max(under_odds), max(last_update) from @player_props_odds",
        "select cast(count(*) as text), max(player_name), max(team), max(injury_status), max(body_part), max(expected_return), max(reported_at), max(last_update) from @injury_reports",
        "select cast(count(*) as text), max(name), max(sport_key) from @teams",
        "select cast(count(*) as text), max(player_name), max(team) from @players",
        "select cast(count(*) as text), max(event_id), max(player_name), max(team), max(stat), max(value), max(last_update) from @player_game_stats",
        "select cast(count(*) as text), max(bookmaker), max(name) from @bookmakers",
        "select cast(count(*) as text), max(market_key), max(name) from @market_types",
        "select cast(count(*) as text), max(event_id), max(bookmaker), max(market_key), max(outcome_name), max(opening_price), max(closing_price), max(movements), max(movement), max(result) from @historical_odds",
        "select cast(count(*) as text), max(event_id), max(state), max(price), max(american), max(observed_at), max(seq) from @odds_changes",
        "select cast(count(*) as text), max(event_id), max(state), max(first_seen_at), max(observed_at), max(last_update) from @quotes_now",
    ];
    for rig in Rig::all() {
        for sql in asked {
            assert_eq!(rig.lines(sql), ["0"], "{sql}");
        }
        if rig.is_postgres() {
            let typed =
                "select cast(pg_typeof(start_time) as text) from (select start_time from @sports_events union all select null) as one";
            assert_eq!(rig.lines(typed), ["timestamp with time zone"]);
            let trusting =
                "select cast(relname as text) from pg_class where relkind = 'v' and relnamespace = 'predictive_play'::regnamespace
                and coalesce(array_to_string(reloptions, ','), '') not like '%security_invoker=true%'";
            assert_eq!(rig.lines(trusting), [""; 0]);
        }
        let before = rig.lines("select cast(version as text) from @migrations");
        rig.store.migrate_down(1).unwrap();
        assert_eq!(rig.lines("select cast(version as text) from @migrations"), ["1"]);
        rig.store.migrate_up().unwrap();
        assert_eq!(rig.lines("select cast(version as text) from @migrations"), before);
    }
}
