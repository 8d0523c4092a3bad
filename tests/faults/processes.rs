//! Processes beside and after each other: two writers on one store, a stand-by that takes over, and `up` that is killed again and again.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use odds::reply::{Basis, Reply, Request};
use serde_json::Value;
use store::Arrived;
use testkit::bodies::season;
use testkit::child::ChildProcess;
use testkit::provider_server::Act;

use crate::house::{EVENTS, ODDS};
use crate::program::{LONG, Site, asks, assert_as_a_single_writer, assert_credits, ended, entries, wait_until};

/// An answer of the API, over the wire.
fn get(base: &str, path: &str, served_by: &ChildProcess) -> Value {
    let mut stream = TcpStream::connect(base.trim_start_matches("http://")).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.0 200") || head.starts_with("HTTP/1.1 200"), "{path}: {head} {body}\n{}", served_by.said_so_far());
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{path}: {error}: {head}\n{body}"))
}

/// A follower of `/v1/changes`, from wherever it stands to the end of the log.
struct Follower {
    base: String,
    next: String,
    met: Vec<(i64, i64)>,
}

impl Follower {
    fn from_the_beginning(base: &str) -> Self {
        Self { base: base.to_owned(), next: "0".to_owned(), met: Vec::new() }
    }

    fn read_on(&mut self, up: &ChildProcess) {
        loop {
            let page = get(&self.base, &format!("/v1/changes?after={}&limit=5000", self.next), up);
            for change in page["changes"].as_array().unwrap() {
                let (seq, number) = change["id"].as_str().unwrap().split_once('.').unwrap();
                self.met.push((seq.parse().unwrap(), number.parse().unwrap()));
            }
            self.next = page["next"].as_str().unwrap().to_owned();
            if page["is_at_end"] == true {
                return;
            }
        }
    }
}

#[test]
fn up_beside_replay_on_one_postgresql_store_doubles_nothing_and_a_follower_sees_all() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let site = Site::new(Some(cluster.database()));
    let replies = site.folder.path().join("replies");
    std::fs::create_dir_all(&replies).unwrap();
    for generated in season(51).take(150) {
        let stamp: String = generated.observed_at.to_string().chars().filter(|letter| !matches!(letter, '-' | ':')).collect();
        std::fs::write(replies.join(format!("odds_{stamp}.json")), &generated.body).unwrap();
    }
    let mut up = site.start(&["up"]);
    let base = up.wait_for_line("serving on ", LONG).unwrap().trim_start_matches("serving on ").to_owned();
    site.wait_for_odds(1, &up);
    let folder = replies.display().to_string();
    let replay = site.start(&["replay", "--json", "--provider", "the-odds-api", "--endpoint", "odds", &folder]);
    let mut follower = Follower::from_the_beginning(&base);
    let store = site.store();
    let asked = site.server.count(ODDS);
    wait_until("everything replayed, and two more live replies beside it", || {
        follower.read_on(&up);
        site.server.count(ODDS) >= asked + 2 && store.head().unwrap().seq.0 >= 150 + asked as i64
    });
    let replay = replay.finish(LONG).unwrap();
    assert_eq!(replay.code, Some(0), "{}{}", replay.stdout, replay.stderr);
    let json: Value = serde_json::from_str(&replay.stdout).unwrap();
    assert_eq!((&json["recorded"], &json["is_conserved"]), (&150.into(), &true.into()));
    wait_until("the calls at hand recorded", || asks(&store).iter().all(|row| row.outcome != "sent"));
    follower.read_on(&up);
    let mut fresh = Follower::from_the_beginning(&base);
    fresh.read_on(&up);
    follower.read_on(&up);
    let common = fresh.met.len().min(follower.met.len());
    assert_eq!(follower.met[..common], fresh.met[..common], "who followed meets what who comes later meets");
    assert!(follower.met.len() >= fresh.met.len() && follower.met.windows(2).all(|two| two[0] < two[1]), "each once, in order");
    ended(up);
    let recorded = entries(&store);
    let rows = assert_credits(&site, &store);
    let live = rows.iter().filter(|row| row.outcome == "good").count();
    assert_eq!(recorded.len(), 150 + live, "an entry for each reply of both");
    assert!(rows.iter().filter(|row| row.outcome == "good").all(|row| recorded.contains(&row.reply.unwrap())));
    assert_eq!(store.pending_replies(10).unwrap().len(), 0);
    assert_as_a_single_writer(&store, &site.data());
}

#[test]
fn a_stand_by_takes_over_from_one_that_is_killed_and_nobody_makes_a_call_twice() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let site = Site::new(Some(cluster.database()));
    let first = site.start(&["collect"]);
    site.wait_for_odds(1, &first);
    let mut second = site.start(&["collect"]);
    second.wait_for_line("standing by", LONG).unwrap();
    site.wait_for_odds(2, &first);
    let store = site.store();
    let pending = left_pending(&store);
    // An answer is not waited for: the call is under way when its process dies.
    site.answer_odds(|_| Act::Silence);
    let asked = site.server.count(ODDS);
    site.wait_for_odds(asked + 1, &first);
    assert!(
        site.server.received().len() <= asks(&store).len(),
        "each call has a row that was written before it: nobody asked beside the other"
    );
    let dead = first.kill();
    assert_eq!(dead.signal, Some(9));
    site.answer_odds(|act| act);
    let before = site.server.count(ODDS);
    assert_eq!(asks(&store).iter().filter(|row| row.outcome == "sent" && row.reserved == 3).count(), 1, "the intent was written first");
    site.wait_for_odds(before + 1, &second);
    wait_until("its reply recorded", || asks(&store).iter().all(|row| row.outcome != "sent"));
    let second = ended(second);
    assert!(second.stderr.contains("recorded replies that were left pending"), "{}", second.stderr);
    assert!(second.stderr.contains("an intent has no reply"), "{}", second.stderr);
    let rows = assert_credits(&site, &store);
    let lost: Vec<_> = rows.iter().filter(|row| row.outcome == "lost" && row.reserved == 3).collect();
    assert_eq!(lost.len(), 1);
    let again = rows.iter().filter(|row| row.id > lost[0].id && row.request == lost[0].request && row.is_retry).count();
    assert!(again <= 1, "{rows:#?}");
    assert!(entries(&store).contains(&pending), "what was archived and not recorded is in the log");
    let lost = rows.iter().filter(|row| row.outcome == "lost").count();
    let calls = site.server.received().len();
    assert!(calls <= rows.len() && rows.len() <= calls + lost, "each call has one row, and each row one call or a word that it is lost");
    assert_as_a_single_writer(&store, &site.data());
}

#[test]
fn serving_beyond_loopback_on_postgresql_prints_one_key() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let site = Site::new(Some(cluster.database()));
    for (command, says) in [("serve", "API key"), ("up", "serving on")] {
        let mut child = site.start_on("0.0.0.0:0", &[command]);
        child.wait_for_line(says, LONG).unwrap();
        child.kill();
    }
    assert_eq!(site.store().keys().unwrap().len(), 1);
}

/// Archives a reply as a process would that dies before it is recorded.
fn left_pending(store: &store::Store) -> odds::ReplyId {
    let generated = season(52).next().unwrap();
    let fetched_at = store.head().unwrap().recorded_at;
    let (request, headers) = (Request::to(ODDS).with("regions", "us"), std::collections::BTreeMap::new());
    let (provider, endpoint, body) = ("the-odds-api", "odds", generated.body.as_bytes());
    let reply = Reply {
        provider,
        endpoint,
        request: &request,
        status: 200,
        headers: &headers,
        body,
        fetched_at,
        basis: Basis::Fetched,
        sport: None,
    };
    store.archive_replies(&[Arrived { reply, ask: None, is_for_the_log: true }], fetched_at).unwrap()[0]
}

/// An hour passes in the ledger, and the lease of the dead runs out.
fn let_an_hour_pass(site: &Site) {
    let database = rusqlite::Connection::open(site.folder.path().join("pp.db")).unwrap();
    database.busy_timeout(LONG).unwrap();
    let hour = 3_600_000_000_i64;
    let sql = "update asks set due_at = due_at - ?1, sent_at = sent_at - ?1, done_at = done_at - ?1";
    database.execute(sql, [hour]).unwrap();
    database.execute("update leases set until_at = 0", []).unwrap();
}

#[test]
fn up_that_is_killed_at_any_moment_loses_nothing_and_spends_what_it_says() {
    let site = Site::new(None);
    let start = || {
        let mut up = site.start(&["up"]);
        up.wait_for_line("serving on ", LONG).unwrap();
        up
    };
    let kill = |up: ChildProcess| {
        assert_eq!(up.kill().signal, Some(9));
        let_an_hour_pass(&site);
    };
    kill(start());
    let up = start();
    assert_eq!(site.server.wait_for(EVENTS, 1, LONG), Ok(()));
    kill(up);
    site.answer_odds(|_| Act::Silence);
    for _ in 0..2 {
        let (asked, up) = (site.server.count(ODDS), start());
        site.wait_for_odds(asked + 1, &up);
        kill(up);
    }
    site.answer_odds(|act| act);
    for after_ms in [0, 3, 10, 30, 80] {
        let (asked, up) = (site.server.count(ODDS), start());
        site.wait_for_odds(asked + 1, &up);
        std::thread::sleep(Duration::from_millis(after_ms));
        kill(up);
    }
    let (asked, up) = (site.server.count(ODDS), start());
    site.wait_for_odds(asked + 1, &up);
    let store = site.store();
    wait_until("the last reply recorded", || asks(&store).iter().all(|row| row.outcome != "sent"));
    let said = ended(up).stderr;
    let rows = assert_credits(&site, &store);
    let lost = rows.iter().filter(|row| row.outcome == "lost").count();
    assert!(lost >= 2, "two were killed while they waited: {rows:#?}\n{said}");
    let recorded = entries(&store);
    for row in rows.iter().filter(|row| row.outcome == "good") {
        assert!(recorded.contains(&row.reply.unwrap()), "each good answer is in the log: {row:?}");
    }
    assert_eq!(store.pending_replies(10).unwrap().len(), 0);
    assert_as_a_single_writer(&store, &site.data());
}
