//! The play: every fault of the wire and of the body, one after the other, each between two right replies, on both engines.

use std::time::Duration;

use predictive_play::collect::Desk;
use predictive_play::collect::ledger::Memory;
use serde_json::{Value, json};
use store::Cut;
use store::asks::AskRow;
use testkit::bodies::GeneratedReply;
use testkit::provider_server::{Act, Answer};

use crate::bodies::{At, Key, Quotes, key, market_of, outcome, posted, tree, with_body};
use crate::house::{House, PATIENT, good};
use crate::route;

/// One house at work, with what must stand on its boards.
struct Play {
    house: House,
    desk: Desk,
    expected: Quotes,
    is_clock_right: bool,
}

impl Play {
    fn begin(house: House) -> Self {
        let mut desk = house.desk(PATIENT);
        house.runtime.block_on(desk.greet()).unwrap();
        let mut play = Self { house, desk, expected: Quotes::new(), is_clock_right: true };
        play.well("the first");
        play
    }

    /// Asks once with this act, and holds credits and boards against what they must be.
    fn act(&mut self, what: &str, act: Act) -> AskRow {
        let row = self.house.ask(&mut self.desk, act);
        self.settle(what);
        self.remembers(what);
        row
    }

    /// A process that begins now knows what this one knows; but for asks of a future that the clock was set back from.
    fn remembers(&self, what: &str) {
        let again = self.house.desk(PATIENT);
        let (now, then) = (self.desk.memory(), again.memory());
        let told = |memory: &Memory| memory.purse.told.map(|told| (told.used, told.remaining));
        assert_eq!(
            (then.health, then.purse.spent, told(then)),
            (now.health, now.purse.spent, told(now)),
            "what a restart knows after {what}"
        );
        if self.is_clock_right {
            assert_eq!(then.asked, now.asked, "what a restart knows of asks after {what}");
        }
    }

    fn settle(&self, what: &str) {
        assert_eq!(self.house.spent(), self.house.meter.spent(), "credits after {what}");
        assert_eq!(self.desk.memory().purse.spent.month, self.house.meter.spent(), "credits in memory after {what}");
        assert_eq!(self.house.store.pending_replies(10).unwrap().len(), 0, "pending after {what}");
        let standing = self.house.standing();
        let differs = |key: &&Key| standing.get(*key) != self.expected.get(*key);
        let first = standing.keys().chain(self.expected.keys()).find(differs);
        let sides = first.map(|key| (key, standing.get(key), self.expected.get(key)));
        assert_eq!(sides, None, "the board after {what}: which quote, what stands, what should");
    }

    /// A right reply: all of it stands.
    fn well(&mut self, what: &str) -> GeneratedReply {
        let reply = self.house.answer();
        self.expected = posted(&reply);
        assert!(self.expected.len() > 1000);
        let row = self.act(what, Act::json(reply.body.clone()));
        assert_eq!(row.outcome, "good", "{what}");
        let shown = self.house.reply(&row);
        assert_eq!((&shown["state"], &shown["entry"]["is_conserved"]), (&"recorded".into(), &true.into()), "{what}: {shown}");
        assert_eq!(shown["entry"]["problems"], json!([]), "{what}");
        reply
    }

    /// Nothing of it is believed: the boards stay, it is in the ledger with its reason, and the next ask works.
    fn refused(&mut self, what: &str, outcome: &str, act: Act) -> AskRow {
        let head = self.house.store.head().unwrap().seq;
        let row = self.act(what, act);
        assert_eq!(row.outcome, outcome, "{what}: {row:?}");
        assert!(!row.detail.is_empty() && !row.detail.contains(crate::house::KEY), "{what} says why: {row:?}");
        let odds_entries = self.house.store.head().unwrap().seq.0 - head.0;
        if row.reply.is_some() {
            let shown = self.house.reply(&row);
            assert_eq!((&shown["state"], &shown["entry"]), (&"set_aside".into(), &Value::Null), "{what}: {odds_entries} entries");
        }
        self.well(&format!("what follows {what}"));
        row
    }

    /// A reply that can be read in part: counts hold, and its problems are these, by reason.
    fn partly(&mut self, what: &str, body: &str, problems: &[(&str, usize)]) -> Value {
        let row = self.act(what, Act::json(body));
        assert_eq!(row.outcome, "good", "{what}: {row:?}");
        let shown = self.house.reply(&row);
        let entry = &shown["entry"];
        assert_eq!(entry["is_conserved"], true, "{what}: {entry}");
        let found = entry["problems"].as_array().unwrap();
        let count = |reason: &str| found.iter().filter(|problem| problem["reason"] == reason).count();
        let counted: Vec<(&str, usize)> = problems.iter().map(|(reason, _)| (*reason, count(reason))).collect();
        assert_eq!((counted.as_slice(), found.len()), (problems, problems.iter().map(|(_, many)| many).sum()), "{what}: {found:#?}");
        assert!(found.iter().all(|problem| problem["detail"] != ""), "{what}: {found:?}");
        entry["counts"].clone()
    }

    fn set_price(&self, body: &mut Value, at: At, price: &str) {
        outcome(body, at)["price"] = json!(format!("<{}>", price.replace('"', "~")));
    }
}

/// The body's text, with prices that no JSON library would write.
fn raw(body: &Value) -> String {
    body.to_string().replace("\"<", "").replace(">\"", "").replace('~', "\"")
}

#[test]
fn every_fault_costs_no_more_than_itself_on_both_engines() {
    for house in House::all() {
        let mut play = Play::begin(house);
        faults_of_the_wire(&mut play);
        faults_of_the_body(&mut play);
        prices_that_are_none(&mut play);
        events_twice(&mut play);
        facts_that_move(&mut play);
        the_clock_set_back(&mut play);
        nothing_is_lost(&play);
    }
}

fn faults_of_the_wire(play: &mut Play) {
    let answer = good(&play.house.answer());
    let slow = Act::Drip { answer: answer.clone(), bytes: 20, every: Duration::from_millis(100) };
    for (what, act) in [("silence", Act::Silence), ("a slow drip", slow)] {
        play.desk = play.house.desk(Duration::from_secs(3));
        let row = play.act(what, act);
        assert_eq!((row.outcome.as_str(), row.spent()), ("timed_out", row.reserved), "{what} counts as spent: {row:?}");
        play.desk = play.house.desk(PATIENT);
        play.well(what);
    }
    for status in [500, 502, 503] {
        play.refused(&format!("status {status}"), "retry_after", Act::status(status));
    }
    let row = play.refused("429 without Retry-After", "retry_after", Act::too_many(None));
    assert_eq!(row.spent(), 0);
    let row = play.refused("429 with Retry-After", "retry_after", Act::too_many(Some("400")));
    let next = play.house.asks().into_iter().find(|later| later.id > row.id).unwrap();
    assert!(next.sent_at >= row.done_at.unwrap().plus_secs(400), "patience was asked for, of every call: {next:?}");
    let spent = r#"{"message":"Usage quota has been reached.","error_code":"OUT_OF_USAGE_CREDITS"}"#;
    play.refused("401 out of credits", "quota_spent", Act::Answer(Answer::json(401, spent)));
    let with_nul = r#"{"message":"no \u0000 such","error_code":"INVALID_MARKET"}"#;
    play.refused("a refusal with a NUL letter", "refused", Act::Answer(Answer::json(422, with_nul)));
    play.refused("half a body", "broken", Act::HalfBody(answer.clone()));
    play.refused("chunks without an end", "broken", Act::ChunkedUnended(answer.clone(), 512));
    play.refused("gzip that is cut", "broken", Act::Answer(answer.clone().gzipped_and_cut()));
    play.refused("gzip that is none", "broken", Act::Answer(answer.clone().wrongly_gzipped()));
    play.refused("a closed connection", "broken", Act::Close);
    play.refused("HTML with 200", "changed_shape", Act::html());
    let whole = Act::Answer(answer.clone().gzipped());
    let row = play.house.ask(&mut play.desk, whole);
    assert_eq!(row.outcome, "good", "what is rightly compressed is read");
    play.well("gzip");
}

fn faults_of_the_body(play: &mut Play) {
    let reply = play.house.answer();
    play.refused("another object", "changed_shape", Act::json(r#"{"unexpected":true}"#));
    let cut = &reply.body[..reply.body.len() / 2];
    play.refused("half a body whose length is right", "changed_shape", Act::json(cut));

    let renamed = reply.body.replace("\"price\":", "\"odds\":");
    let counts = play.partly("prices under another name", &renamed, &[("missing_field", posted(&reply).len())]);
    assert_eq!((&counts["refused"], &counts["withdrawn"], &counts["not_observed"]), (&counts["received"], &0.into(), &0.into()));
    play.well("the name is back");

    for field in ["bookmakers", "markets", "outcomes"] {
        let renamed = reply.body.replace(&format!("\"{field}\":"), &format!("\"{field}_v5\":"));
        let many = reply.body.matches(&format!("\"{field}\":")).count();
        let what = format!("{field} under another name");
        let counts = play.partly(&what, &renamed, &[("not_the_shape", many)]);
        assert_eq!((&counts["withdrawn"], &counts["not_observed"]), (&0.into(), &0.into()), "{what}: {counts}");
        play.well(&what);
    }

    let reply = play.house.answer();
    let renamed = reply.body.replace("\"id\":", "\"event_id\":");
    let counts = play.partly("ids under another name", &renamed, &[("missing_field", 10)]);
    assert_eq!((&counts["refused"], &counts["not_observed"]), (&(posted(&reply).len()).into(), &0.into()), "{counts}");
    play.well("ids are back");

    for (what, path) in
        [("books", "/3/bookmakers"), ("markets", "/3/bookmakers/2/markets"), ("outcomes", "/3/bookmakers/2/markets/1/outcomes")]
    {
        let reply = play.house.answer();
        let mut body = tree(&reply);
        *body.pointer_mut(path).unwrap() = Value::Null;
        let before = std::mem::replace(&mut play.expected, posted(&with_body(&reply, &body)));
        for (key, price) in before {
            play.expected.entry(key).or_insert(price);
        }
        let counts = play.partly(&format!("null in place of {what}"), &body.to_string(), &[("not_the_shape", 1)]);
        assert_eq!((&counts["withdrawn"], &counts["not_observed"]), (&0.into(), &0.into()), "{what}: {counts}");
        play.well(&format!("{what} are back"));
    }
}

fn prices_that_are_none(play: &mut Play) {
    let reply = play.house.answer();
    let mut body = tree(&reply);
    let at = (4, 7, 1, 1);
    let stood = (key(&body, at), play.expected[&key(&body, at)]);
    play.expected = posted(&reply);
    assert!(play.expected.len() > 1000);
    play.expected.insert(stood.0, stood.1);
    play.set_price(&mut body, at, "\"soon\"");
    let counts = play.partly("one bad outcome among a thousand", &raw(&body), &[("bad_price", 1)]);
    assert_eq!((&counts["refused"], &counts["received"]), (&1.into(), &play.expected.len().into()));
    play.well("the price is back");

    let reply = play.house.answer();
    let mut body = tree(&reply);
    let before = std::mem::replace(&mut play.expected, posted(&reply));
    let bad = ["0", "1", "-1e400", "1e400", "\"2.10\"", "\"abc\"", "true", "null", "[]", "-2", "0.5"];
    for (number, price) in bad.iter().enumerate() {
        let at = (number % 10, number, number % 3, number % 2);
        let key = key(&body, at);
        play.expected.insert(key.clone(), before[&key]);
        play.set_price(&mut body, at, price);
    }
    let text = raw(&body);
    assert!(bad.iter().all(|price| text.contains(&format!("\"price\":{price}"))), "they stand in the body as they are");
    let row = play.act("prices that are none", Act::json(text));
    let entry = play.house.reply(&row)["entry"].clone();
    let counts = &entry["counts"];
    assert_eq!((&counts["refused"], &counts["withdrawn"], &entry["is_conserved"]), (&bad.len().into(), &0.into(), &true.into()));
    for price in bad {
        let is_told = |problem: &Value| price == "null" || problem["detail"].as_str().unwrap().starts_with(price);
        assert!(entry["problems"].as_array().unwrap().iter().any(is_told), "{price} is named: {entry:#}");
    }
    play.well("prices again");
}

fn events_twice(play: &mut Play) {
    let reply = play.house.answer();
    let mut body = tree(&reply);
    let again = body[2].clone();
    body.as_array_mut().unwrap().push(again);
    let outcomes = market_count(&body[2]);
    play.expected = posted(&reply);
    let counts = play.partly("an event twice, alike", &body.to_string(), &[("listing_twice", 1)]);
    assert_eq!((&counts["duplicate"], &counts["refused"], &counts["withdrawn"]), (&outcomes.into(), &0.into(), &0.into()));
    play.well("once");

    let reply = play.house.answer();
    let mut body = tree(&reply);
    let at = (2, 5, 0, 1);
    let (contradicted, stood) = (key(&body, at), play.expected[&key(&body, at)]);
    let mut again = body[2].clone();
    again["bookmakers"][5]["markets"][0]["outcomes"][1]["price"] = json!(9.99);
    body.as_array_mut().unwrap().push(again);
    play.expected = posted(&reply);
    play.expected.insert(contradicted.clone(), stood);
    let counts = play.partly("an event twice, contradicting", &body.to_string(), &[("listing_twice", 1), ("contradiction", 1)]);
    assert_eq!((&counts["duplicate"], &counts["refused"]), (&(outcomes - 1).into(), &2.into()), "neither of the two is believed: {counts}");
    assert_eq!(market_of(&play.house.standing(), &contradicted).len(), 2);
    play.well("once again");
}

fn market_count(event: &Value) -> usize {
    let all = |value: &Value, key: &str| value[key].as_array().unwrap().clone();
    let markets = all(event, "bookmakers").into_iter().flat_map(|book| all(&book, "markets"));
    markets.map(|market| all(&market, "outcomes").len()).sum()
}

fn facts_that_move(play: &mut Play) {
    let reply = play.house.answer();
    let mut body = tree(&reply);
    let id = body[6]["id"].as_str().unwrap().to_owned();
    let listing = |play: &Play| play.house.store.listing_of("the-odds-api", &id).unwrap().unwrap();
    let before = listing(play);
    let later = before.starts_at.unwrap().plus_secs(5400);
    body[6]["commence_time"] = json!(later.to_string());
    play.expected = posted(&reply);
    play.partly("a start that moved", &body.to_string(), &[]);
    let moved = listing(play);
    assert_eq!((moved.starts_at, moved.event, moved.id), (Some(later), before.event, before.id));
    let known_then = play.house.store.board(moved, Cut::as_of(before_the_last(play))).unwrap();
    assert_eq!(known_then.board.starts_at(), before.starts_at, "its history is kept");

    let reply = play.house.answer();
    let mut body = tree(&reply);
    body[6]["commence_time"] = json!(later.to_string());
    let (home, away) = (body[6]["home_team"].clone(), body[6]["away_team"].clone());
    (body[6]["home_team"], body[6]["away_team"]) = (away.clone(), home.clone());
    play.expected = posted(&reply);
    play.partly("home and away swapped", &body.to_string(), &[]);
    let swapped = listing(play);
    assert_eq!((swapped.home.as_deref(), swapped.away.as_deref()), (away.as_str(), home.as_str()));
    assert_eq!((swapped.event, swapped.id), (before.event, before.id));
    play.well("as it was");
    assert_eq!(listing(play).home.as_deref(), home.as_str());
}

/// The moment of the last ask but one that was good.
fn before_the_last(play: &Play) -> odds::Moment {
    let rows = play.house.asks_of("\"odds\"");
    rows[rows.len() - 2].done_at.unwrap()
}

fn the_clock_set_back(play: &mut Play) {
    play.is_clock_right = false;
    let (head, now) = (play.house.store.head().unwrap(), play.house.clock.0.advance_secs(-3600));
    assert!(head.recorded_at > now);
    let row = play.house.asks().pop().unwrap();
    // What it says is of a moment that the log has passed: it takes its place in the order of the world, and the boards stay.
    let reply = play.house.answer();
    let asked = play.act("the clock set back", Act::json(reply.body.clone()));
    assert_eq!(asked.outcome, "good");
    assert!(asked.id > row.id && asked.sent_at < row.sent_at.plus_secs(-1800), "asking goes on at once, not in an hour: {asked:?}");
    let now = play.house.store.head().unwrap();
    assert!(now.recorded_at >= head.recorded_at && now.seq > head.seq, "recorded times never run back");
    play.house.clock.0.advance_secs(3700);
    play.well("the clock is right again");
}

fn nothing_is_lost(play: &Play) {
    let house = &play.house;
    let rows = house.asks();
    assert_eq!(rows.iter().filter(|row| row.outcome == "sent").count(), 0, "every row has its end");
    let good = rows.iter().filter(|row| row.outcome == "good").count();
    assert_eq!(house.store.head().unwrap().seq.0, good as i64, "each good reply is one entry");
    let calls = house.server.received().len();
    assert_eq!(calls, rows.len(), "each call has its row");
    route::assert_same(
        &route::boards_of(&house.store, Cut::ALL),
        &route::boards_in(&house.recorder.boards().read().unwrap()),
        "the log | the boards in memory",
    );
    let found = house.findings();
    for reason in ["missing_field", "not_the_shape", "bad_price", "listing_twice", "contradiction"] {
        let subject = format!("problems the-odds-api/odds/{reason}");
        assert!(found.contains(&subject), "{subject} is among {found:#?}");
    }
    let again = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", again.path().join("again.db").display());
    let rebuilt = route::recorder_on(store::Store::open(&address, None, house.folder.path().join("archive")).unwrap());
    predictive_play::rebuild::rebuild(&rebuilt, &mut |_, _| {}).unwrap();
    assert_eq!(predictive_play::rebuild::compare(&house.store, rebuilt.store()).unwrap(), None, "the archive alone says the same");
}
