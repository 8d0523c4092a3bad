//! A store, a clock in the hand, and a season's history at a scripted provider.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use odds::Moment;
use predictive_play::backfill::run::{Ended, Run, RunError};
use predictive_play::backfill::status::{self, Bill};
use predictive_play::backfill::{Goal, Known, Plan, Resolution};
use predictive_play::clock::Clock;
use predictive_play::collect::{Alarm, Brief, Client, Doors, Terms};
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use predictive_play::settings::{Settings, Sources};
use store::Store;
use store::asks::{AskRow, LOST};
use store::backfill::PlanRow;
use store::calendar::Day;
use testkit::HandClock;
use testkit::history::History;
use testkit::postgres::TestDatabase;
use testkit::provider_server::{CreditsMeter, ProviderServer};

pub const KEY: &str = "k3y0fth3t3st0123456789abcdef";
pub const NBA: &str = "basketball_nba";
/// Midnight in New York.
pub const FIRST: &str = "2025-01-06T05:00:00Z";

#[derive(Clone)]
pub struct Hand(pub HandClock);

impl Clock for Hand {
    fn now(&self) -> Moment {
        self.0.now()
    }
}

/// Turns the clock to the moment that is waited for.
impl Alarm for Hand {
    fn until<'a>(&'a self, at: Moment) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        if at > self.0.now() {
            self.0.set(at);
        }
        Box::pin(std::future::ready(()))
    }
}

pub fn season(days: usize) -> History {
    History::of(NBA, FIRST.parse().unwrap(), days)
}

pub struct House {
    pub dir: tempfile::TempDir,
    _database: Option<TestDatabase>,
    pub store: Arc<Store>,
    pub recorder: Arc<Recorder>,
    pub clock: Hand,
    pub server: ProviderServer,
    pub meter: CreditsMeter,
    pub terms: Terms,
}

impl House {
    pub fn new(history: History, remaining: i64) -> Self {
        Self::of(vec![history], remaining)
    }

    pub fn of(seasons: Vec<History>, remaining: i64) -> Self {
        Self::on(None, seasons, remaining, &[])
    }

    /// The same on PostgreSQL; `None` where it is not installed, which is told.
    pub fn postgres(history: History, remaining: i64) -> Option<Self> {
        let database = testkit::postgres::shared()?.database();
        Some(Self::on(Some(database), vec![history], remaining, &[]))
    }

    /// A house that asks others too, by further settings; `{url}` in them is the server's.
    pub fn with(more: &[(&str, &str)]) -> Self {
        Self::on(None, vec![season(1)], 1_000_000, more)
    }

    fn on(database: Option<TestDatabase>, seasons: Vec<History>, remaining: i64, more: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = || format!("sqlite:{}", dir.path().join("pp.db").display());
        let address = database.as_ref().map_or_else(file, |database| database.url.clone());
        let store = Arc::new(Store::open(&address, None, dir.path().join("archive")).unwrap());
        let clock = Hand(HandClock::at_text("2026-06-10T12:00:00Z"));
        let (server, meter) = (ProviderServer::start(), CreditsMeter::with(0, remaining));
        History::answer_all(seasons, &server, &meter);
        let recorder = Arc::new(Recorder::new(Arc::clone(&store), Providers::all(), Arc::new(clock.clone())));
        let url = server.url();
        let fixed = [
            ("THE_ODDS_API_KEY", KEY),
            ("THE_ODDS_API_BASE_URL", url.as_str()),
            ("ESPN_BASE_URL", url.as_str()),
            ("PREDICTIVE_PLAY_ASK_SPORTS", NBA),
            ("PREDICTIVE_PLAY_ASK_PROP_MARKETS", ""),
        ];
        let more: Vec<(&str, String)> = more.iter().map(|(name, value)| (*name, value.replace("{url}", &url))).collect();
        let more = more.iter().map(|(name, value)| (*name, value.as_str()));
        let settings = Settings::read(&Sources::of_env(fixed.into_iter().chain(more))).unwrap();
        let mut terms = Terms::of(&settings, &Providers::all(), 1);
        terms.briefs.iter_mut().for_each(|brief| brief.timeout = Duration::from_secs(5));
        Self { dir, _database: database, store, recorder, clock, server, meter, terms }
    }

    pub fn brief(&self, key: &str) -> Brief {
        self.terms.briefs.iter().find(|brief| brief.provider.key() == key).unwrap().clone()
    }

    pub fn doors(&self) -> Doors {
        let clock = Arc::new(self.clock.clone());
        Doors { clock: clock.clone(), alarm: clock, wire: Arc::new(Client::new().unwrap()) }
    }

    pub fn plan(&self, goal: &Goal, max_credits: Option<i64>) -> Plan {
        Plan::of(&*self.brief(&goal.provider).provider, goal, &self.known(goal), &goal.id(max_credits))
    }

    pub fn known(&self, goal: &Goal) -> BTreeMap<String, Known> {
        let provider = self.brief(&goal.provider).provider;
        let (providers, now) = (self.recorder.providers(), self.clock.now());
        let of = |sport: &String| Known::read(&self.store, providers, &*provider, goal, sport, now).unwrap();
        goal.sports.iter().map(|sport| (sport.clone(), of(sport))).collect()
    }

    pub async fn open(&self, goal: &Goal, max_credits: Option<i64>) -> Result<Run, RunError> {
        // The client of PostgreSQL must not wait inside the runtime.
        let plan = tokio::task::block_in_place(|| self.plan(goal, max_credits));
        let row = PlanRow {
            id: goal.id(max_credits),
            provider: goal.provider.clone(),
            goal: serde_json::to_string(goal).unwrap(),
            max_credits,
            predicted_credits: plan.credits_of(plan.steps.len()),
            predicted_calls: plan.steps.len() as i64,
            made_at: self.clock.now(),
            ended_at: None,
            ended_because: None,
        };
        tokio::task::block_in_place(|| self.store.keep_backfill_plan(&row)).unwrap();
        let what = (goal.id(max_credits), goal.clone(), max_credits);
        Run::open(what, self.brief(&goal.provider), self.doors(), Arc::clone(&self.recorder), "me".to_owned()).await
    }

    pub async fn run(&self, goal: &Goal, max_credits: Option<i64>) -> Ended {
        self.open(goal, max_credits).await.unwrap().go(&|| false, &mut |_| {}).await.unwrap()
    }

    /// The games of the season, from the keyless provider.
    pub async fn learn_the_games(&self, days: i8) {
        let goal = Goal { provider: "espn".to_owned(), sports: vec!["basketball/nba".to_owned()], markets: vec![], ..goal(days) };
        assert_eq!(self.run(&goal, Some(0)).await, Ended::Done);
    }

    pub fn bill(&self, goal: &Goal, max_credits: Option<i64>) -> Bill {
        status::bill(&self.store, &goal.provider, &goal.id(max_credits)).unwrap()
    }

    pub fn calendar(&self, goal: &Goal) -> Vec<Day> {
        status::calendar(&self.store, &*self.brief(&goal.provider).provider, goal, self.clock.now()).unwrap()
    }
}

/// Closing lines of the season's first days.
pub fn goal(days: i8) -> Goal {
    let from = jiff::civil::date(2025, 1, 6);
    Goal {
        provider: "the-odds-api".to_owned(),
        sports: vec![NBA.to_owned()],
        from,
        to: from.checked_add(jiff::Span::new().days(days - 1)).unwrap(),
        markets: vec!["h2h".to_owned(), "totals".to_owned()],
        books: vec![],
        regions: vec!["us".to_owned()],
        resolution: Resolution::Close,
    }
}

/// How often each snapshot was answered for: by path, markets and the stamp of what came.
pub fn snapshots(server: &ProviderServer) -> BTreeMap<(String, String), usize> {
    let mut counts = BTreeMap::new();
    for received in server.received().iter().filter(|received| received.path.starts_with(testkit::history::HISTORY)) {
        let stamp = History::stamp(received.query("date").parse().unwrap());
        *counts.entry((format!("{} {}", received.path, received.query("markets")), stamp.to_string())).or_default() += 1;
    }
    counts
}

/// What the provider's history left in a store, free of when it was fetched: a reply's key has that in it.
pub fn said(store: &Store) -> Vec<String> {
    let mut text = Vec::new();
    predictive_play::dump::canonical(store, &mut text).unwrap();
    let is_key = |word: &&str| [16, 64].contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    // The free call for sports greets a provider whose purse is not known: what it told is not history.
    let is_greeting = |line: &str| line.contains(" sports 200 ") || line.starts_with("name the-odds-api sport ");
    let is_ours = |line: &&str| !line.contains("espn") && !is_greeting(line);
    let text = String::from_utf8(text).unwrap();
    let mut is_in_theirs = false;
    let lines = text.lines().filter(|line| {
        // A listing's section begins at the margin and goes on indented.
        if !line.starts_with(' ') {
            is_in_theirs = !is_ours(line);
        }
        !is_in_theirs
    });
    let mut lines: Vec<String> =
        lines.map(|line| line.split(' ').filter(|word| line.contains(" body ") || !is_key(word)).collect::<Vec<_>>().join(" ")).collect();
    for line in lines.iter_mut().filter(|line| line.starts_with("reply ")) {
        *line = line.split(' ').enumerate().filter(|(at, _)| *at != 2).map(|(_, word)| word).collect::<Vec<_>>().join(" ");
    }
    lines
}

pub fn assert_same(one: &[String], other: &[String]) {
    let differs = one.iter().zip(other).find(|(a, b)| a != b);
    let alone: Vec<&String> =
        one.iter().filter(|line| !other.contains(line)).chain(other.iter().filter(|line| !one.contains(line))).collect();
    assert!(
        one.len() > 100 && one.len() == other.len() && differs.is_none(),
        "{} and {} lines: {differs:#?}, on one side alone: {alone:#?}",
        one.len(),
        other.len()
    );
}

/// Paid asks that never got a reply.
pub fn lost(store: &Store) -> Vec<AskRow> {
    store
        .asks_since("the-odds-api", Moment::from_secs(0))
        .unwrap()
        .into_iter()
        .filter(|row| row.outcome == LOST && row.reserved > 0)
        .collect()
}

/// The history of a run that was broken off is that of one that nothing broke; what was paid twice is listed, each at most once, and
/// the ledger says what the provider's meter says and what never left besides. Every call costs 20 here.
pub fn settled(broken: (&Store, &ProviderServer, &CreditsMeter), whole: &Store) {
    let (store, server, meter) = broken;
    let lost = lost(store);
    let mut requests: Vec<&str> = lost.iter().map(|row| row.request.as_str()).collect();
    requests.sort_unstable();
    requests.dedup();
    assert_eq!(requests.len(), lost.len(), "nothing is lost twice: {lost:#?}");
    let snapshots = snapshots(server);
    assert!(snapshots.values().all(|times| *times <= 2), "{snapshots:#?}");
    let twice: usize = snapshots.values().map(|times| times - 1).sum();
    assert!(twice <= lost.len(), "{twice} were asked twice, {} are listed", lost.len());
    assert!(store.open_asks("the-odds-api").unwrap().is_empty());
    let spent = store.credits_since("the-odds-api", Moment::from_secs(0)).unwrap();
    assert_eq!(spent, meter.spent() + 20 * (lost.len() - twice) as i64, "what never left counts as spent too");
    assert_same(&said(store), &said(whole));
}
