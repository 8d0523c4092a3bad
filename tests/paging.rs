//! Pages of one answer: each is a call of its own, they come to an end, and where one fails nothing is said of what was not read.
#![allow(clippy::unwrap_used)]

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use odds::Moment;
use predictive_play::clock::Clock;
use predictive_play::collect::{Alarm, Desk, Doors, Head, Outgoing, Terms, Wire, WireReply, wire::Coming};
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use predictive_play::settings::{Settings, Sources};
use store::Store;
use testkit::HandClock;

const NOON: &str = "2026-10-24T12:00:00Z";

#[derive(Clone)]
struct Hand(HandClock);

impl Clock for Hand {
    fn now(&self) -> Moment {
        self.0.now()
    }
}

impl Alarm for Hand {
    fn until<'a>(&'a self, at: Moment) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        if at > self.0.now() {
            self.0.set(at);
        }
        Box::pin(std::future::ready(()))
    }
}

/// An exchange with a game on each page, up to the last; the page that fails says 500.
struct Pages {
    last: usize,
    fails: Mutex<Option<usize>>,
}

impl Pages {
    fn answer(&self, outgoing: &Outgoing) -> WireReply {
        let page: usize = outgoing.request.query.get("cursor").map_or(0, |cursor| cursor.parse().unwrap());
        let status = if *self.fails.lock().unwrap() == Some(page) { 500 } else { 200 };
        let cursor = if page < self.last { (page + 1).to_string() } else { String::new() };
        let event = format!("KXNBAGAME-26OCT25A{:02}B{:02}", page % 100, page / 100);
        let contract = |side: &str| {
            format!(
                r#"{{"ticker":"{event}-{side}","event_ticker":"{event}","status":"active","title":"A at B Winner?","yes_sub_title":"{side}","yes_bid_dollars":"0.4000","yes_ask_dollars":"0.4200","no_bid_dollars":"0.5800","no_ask_dollars":"0.6000"}}"#
            )
        };
        let body = format!(r#"{{"markets":[{},{}],"cursor":"{cursor}"}}"#, contract("A"), contract("B"));
        WireReply { head: Head { status, ..Head::default() }, body: body.into_bytes() }
    }
}

impl Wire for Pages {
    fn call<'a>(&'a self, outgoing: &'a Outgoing) -> Coming<'a> {
        Box::pin(std::future::ready(Ok(self.answer(outgoing))))
    }
}

struct House {
    _dir: tempfile::TempDir,
    store: Arc<Store>,
    clock: Hand,
    wire: Arc<Pages>,
    desk: Desk,
}

impl House {
    fn new(last: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Hand(HandClock::at_text(NOON));
        let address = format!("sqlite:{}", dir.path().join("pp.db").display());
        let store = Arc::new(Store::open(&address, None, dir.path().join("archive")).unwrap());
        assert!(store.take_lease("collect", "me", clock.now(), Moment::MAX).unwrap());
        let recorder = Arc::new(Recorder::new(Arc::clone(&store), Providers::all(), Arc::new(clock.clone())));
        let asked =
            [("API_PROVIDER", "kalshi"), ("PREDICTIVE_PLAY_PROVIDERS_KEYLESS", "false"), ("PREDICTIVE_PLAY_ASK_SPORTS", "basketball.nba")];
        let mut terms = Terms::of(&Settings::read(&Sources::of_env(asked)).unwrap(), &Providers::all(), 1);
        terms.briefs[0].sports.retain(|series| series == "KXNBAGAME");
        let wire = Arc::new(Pages { last, fails: Mutex::default() });
        let doors = Doors { clock: Arc::new(clock.clone()), alarm: Arc::new(clock.clone()), wire: Arc::clone(&wire) as Arc<dyn Wire> };
        let desk = Desk::open(terms.briefs[0].clone(), doors, recorder, "me".to_owned()).unwrap();
        Self { _dir: dir, store, clock, wire, desk }
    }

    fn rows(&self) -> Vec<store::asks::AskRow> {
        self.store.asks_since("kalshi", Moment::from_secs(0)).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_a_call_of_its_own_at_the_rate_of_the_provider() {
    let mut house = House::new(3);
    house.desk.turn(&|| false).await.unwrap();
    let rows = house.rows();
    assert_eq!(rows.len(), 4, "{rows:#?}");
    assert!(rows.iter().all(|row| row.outcome == "good"));
    let per_second = house.desk.brief().provider.offers().per_second;
    let gaps = rows.windows(2).map(|two| two[1].sent_at.secs_since(two[0].sent_at));
    assert!(gaps.into_iter().all(|gap| gap >= 0.99 / per_second), "{rows:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_an_end_is_followed_so_far_and_no_further() {
    let mut house = House::new(usize::MAX);
    house.desk.turn(&|| false).await.unwrap();
    assert_eq!(house.rows().len(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_fails_ends_the_walk_and_takes_nothing_down() {
    let mut house = House::new(3);
    house.desk.turn(&|| false).await.unwrap();
    let standing = || {
        let listing = |page: usize| house.store.listing_of("kalshi", &format!("KXNBAGAME-26OCT25A{page:02}B00")).unwrap().unwrap();
        (0..4).filter(|page| listing(*page).is_standing).count()
    };
    let before = standing();
    assert_eq!(before, 4);
    *house.wire.fails.lock().unwrap() = Some(2);
    let asked = house.rows().len();
    house.clock.0.set(house.clock.now().plus_secs(6 * 3600));
    house.desk.turn(&|| false).await.unwrap();
    let rows = house.rows();
    let walked: Vec<&str> = rows[asked..].iter().map(|row| row.outcome.as_str()).collect();
    assert_eq!(walked, ["good", "good", "retry_after"], "the walk ends where it fails");
    assert_eq!(standing(), before, "silence on a walk without its end says nothing");
}
