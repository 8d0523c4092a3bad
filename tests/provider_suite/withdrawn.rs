//! What cannot be read is not taken down: a quote whose list, market or book came to harm, or whose list is called otherwise, is still what
//! stood, or is not observed; it is never withdrawn.

use std::collections::BTreeSet;
use std::sync::Arc;

use odds::Moment;
use predictive_play::clock::Clock;
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use serde_json::{Value, json};
use store::Store;
use testkit::HandClock;

use super::damage::{Step, Way, at, renamed, some, ways, with};
use super::sent::{Sent, all};

struct Hand(HandClock);

impl Clock for Hand {
    fn now(&self) -> Moment {
        self.0.now()
    }
}

/// A body that came to harm, with how.
type Harmed = (String, Value);

/// Lists and objects that are a text, one at a time, and lists that are called otherwise everywhere.
fn harmed(body: &Value) -> Vec<Harmed> {
    let mut all: Vec<Way> = Vec::new();
    ways(body, &Vec::new(), &mut all);
    let is_list = |way: &&Way| at(&mut body.clone(), way).is_array();
    let last = |way: &Way| if let Some(Step::Field(name)) = way.last() { Some(name.clone()) } else { None };
    let names: BTreeSet<String> = all.iter().filter(is_list).filter_map(last).collect();
    let holds = |way: &Way| {
        let mut body = body.clone();
        let value = at(&mut body, way);
        value.is_array() || value.is_object()
    };
    let texts =
        some(all.into_iter().filter(holds).collect()).into_iter().map(|way| (format!("{way:?} is a text"), with(body, &way, json!("x"))));
    let others = names.iter().map(|name| (format!("{name:?} is called otherwise"), renamed(body, name)));
    texts.chain(others).collect()
}

/// How many quotes are taken down in a store that took the whole body by a harmed one.
fn withdrawn(sent: &Sent, recorder: &Recorder, clock: &HandClock, [whole, harmed]: [&Value; 2]) -> u64 {
    let take = |body: &Value| {
        clock.advance_secs(60);
        let body = body.to_string().into_bytes();
        let reply = odds::reply::Reply { fetched_at: clock.now(), ..sent.reply(200, &body) };
        recorder.take(&[reply], None).unwrap().remove(0).counts.withdrawn
    };
    take(whole);
    take(harmed)
}

#[test]
fn what_came_to_harm_is_never_withdrawn() {
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for sent in all().into_iter().filter(|sent| sent.is_json() && sent.read(&sent.body).outcomes > 0) {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Arc::new(Store::open(&address, None, folder.path().join("archive")).unwrap());
        let clock = HandClock::at_text("2027-01-01T12:00:00Z");
        let recorder = Recorder::new(store, Providers::all(), Arc::new(Hand(clock.clone())));
        let body: Value = serde_json::from_slice(&sent.body).unwrap();
        for (how, harmed) in harmed(&body) {
            tried += 1;
            let count = withdrawn(&sent, &recorder, &clock, [&body, &harmed]);
            if count > 0 {
                wrong.push(format!("{}: {count} withdrawn where {how}", sent.name));
            }
        }
    }
    assert!(tried > 300, "{tried} bodies");
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}
