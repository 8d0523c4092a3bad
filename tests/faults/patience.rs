//! What a desk knows of a provider's health lives in the store: patience that was asked for, and the back-off after failures, hold over a
//! restart. And what the log says of it while it lasts.

use std::cell::RefCell;
use std::io::Write;
use std::sync::Once;

use odds::Moment;
use predictive_play::collect::Desk;
use testkit::provider_server::Act;

use crate::house::{EVENTS, House, KEY, NOON, ODDS, PATIENT, SPORTS};

/// Turn after turn until a moment, the clock turned to each wake.
fn work_until(house: &House, desk: &mut Desk, until: Moment) {
    while house.clock.0.now() < until {
        let wake_at = house.runtime.block_on(desk.turn(&|| false)).unwrap();
        house.clock.0.set(wake_at.max(house.clock.0.now().plus_secs(1)).min(until));
    }
}

fn begun(house: &mut House) -> Desk {
    let mut desk = house.desk(PATIENT);
    house.runtime.block_on(desk.greet()).unwrap();
    let reply = house.answer();
    assert_eq!(house.ask(&mut desk, Act::json(reply.body)).outcome, "good");
    desk
}

#[test]
fn patience_that_was_asked_for_is_kept_over_a_restart() {
    for mut house in House::all() {
        let mut desk = begun(&mut house);
        let refused = house.ask(&mut desk, Act::too_many(Some("1800")));
        let (until, health) = (refused.done_at.unwrap().plus_secs(1800), desk.memory().health);
        drop(desk);
        let mut desk = house.desk(PATIENT);
        assert_eq!(desk.memory().health, health, "remembered as it was");
        let calls = house.server.received().len();
        work_until(&house, &mut desk, until);
        assert_eq!(house.server.received().len(), calls, "nobody was called before {until}");
        let reply = house.answer();
        let next = house.ask(&mut desk, Act::json(reply.body));
        assert!(next.sent_at >= until && next.sent_at <= until.plus_secs(700), "and then asking goes on: {next:?}");
    }
}

#[test]
fn a_patience_beyond_all_reason_is_cut_to_a_day() {
    let mut house = House::sqlite();
    let mut desk = begun(&mut house);
    let refused = house.ask(&mut desk, Act::too_many(Some("99999999999")));
    let reply = house.answer();
    let next = house.ask(&mut desk, Act::json(reply.body));
    let waited = next.sent_at.secs_since(refused.done_at.unwrap());
    assert!((86_400.0..90_000.0).contains(&waited), "{waited} s");
}

#[test]
fn the_back_off_after_failures_goes_on_where_it_stood() {
    let mut house = House::sqlite();
    let mut desk = begun(&mut house);
    for failures in 1..=4 {
        house.server.script("/", [Act::status(503)]);
        let failed = house.ask(&mut desk, Act::status(503));
        assert_eq!(failed.outcome, "retry_after");
        let (health, asked) = (desk.memory().health, desk.memory().asked.clone());
        drop(desk);
        desk = house.desk(PATIENT);
        assert_eq!((desk.memory().health, &desk.memory().asked), (health, &asked), "after {failures} failures");
    }
}

thread_local! {
    static SAID: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// What the log says on this thread. One subscriber serves the whole process: one that comes and goes with a test is at times overlooked.
struct Said;

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        SAID.with_borrow_mut(|said| said.write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Said {
    fn listen() -> Self {
        static LISTENING: Once = Once::new();
        LISTENING.call_once(|| tracing_subscriber::fmt().with_ansi(false).with_max_level(tracing::Level::INFO).with_writer(|| Said).init());
        Self
    }

    fn lines_with(&self, text: &str) -> usize {
        SAID.with_borrow(|said| String::from_utf8_lossy(said).lines().filter(|line| line.contains(text)).count())
    }
}

#[test]
fn a_provider_that_cannot_be_reached_is_named_once_now_and_then_and_once_when_it_is_back() {
    let mut house = House::sqlite();
    let said = Said::listen();
    let mut desk = begun(&mut house);
    assert_eq!(said.lines_with(" WARN "), 0);
    for prefix in ["/", "/v4/sports", EVENTS, ODDS] {
        house.server.script(prefix, [Act::Close]);
    }
    let noon: Moment = NOON.parse().unwrap();
    work_until(&house, &mut desk, noon.plus_secs(1200));
    let failed = house.asks().iter().filter(|row| row.outcome == "broken").count();
    assert!(failed > 3, "{failed} calls failed");
    assert_eq!((said.lines_with(" WARN "), said.lines_with("cannot be used; it is tried again")), (1, 1));
    work_until(&house, &mut desk, noon.plus_secs(7200));
    let reminders = said.lines_with("still cannot be used");
    assert!((1..=4).contains(&reminders) && said.lines_with(" WARN ") == reminders + 1, "{reminders} reminders");
    assert_eq!(said.lines_with("can be used again"), 0);
    house.list_games();
    house.server.script("/v4/sports", [Act::json(SPORTS)]);
    let reply = house.answer();
    house.ask(&mut desk, Act::json(reply.body));
    work_until(&house, &mut desk, house.clock.0.now().plus_secs(600));
    assert_eq!((said.lines_with("can be used again"), said.lines_with(" WARN ")), (1, reminders + 1));
    assert_eq!(said.lines_with(KEY), 0);
}
