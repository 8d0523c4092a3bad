//! Providers of tests that list games as they are told, and stores to join them in.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use odds::line::Line;
use odds::market::{MarketKind, Meaning, Side, Words};
use odds::observation::{
    BookSeen, Decoded, FactKind, FactSeen, ListingScope, ListingSeen, MarketSeen, Offer, OutcomeSeen, Scope, Snapshot,
};
use odds::reply::{Basis, Reply, Request};
use odds::sport::{League, league};
use odds::{Moment, Price};
use predictive_play::clock::Clock;
use predictive_play::decode::Providers;
use predictive_play::record::{Recorded, Recorder};
use providers::{Ask, Auth, Call, Meter, Offers, Provider, Verdict};
use serde::{Deserialize, Serialize};
use store::Store;
use testkit::HandClock;
use testkit::postgres::TestDatabase;

/// A game as a provider lists it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Game {
    pub id: String,
    pub league: String,
    pub home: String,
    pub away: String,
    pub start: String,
    pub is_on_day: bool,
    pub is_neutral: bool,
    pub number: Option<u8>,
    pub venue: Option<String>,
    pub status: Option<String>,
    pub score: Option<(String, String)>,
    /// Other providers' ids: `espn/1`.
    pub ids: Vec<String>,
    /// Decimal prices of home and away, and the home side's handicap in halves, where it is quoted.
    pub quotes: Option<(String, String, i32)>,
}

/// A provider that lists what it is told: its replies are lists of [`Game`].
struct Lister(&'static str);

static OFFERS: Offers = Offers {
    title: "Lister",
    base_url: "",
    auth: Auth::Keyless,
    per_second: 1.0,
    is_metered: false,
    asks: &[],
    default_sports: &[],
    timeout: Duration::from_secs(1),
};

impl Game {
    fn seen(&self) -> ListingSeen<'static> {
        let mut facts = Vec::new();
        let mut say = |kind, subject: &str, value: &str| {
            facts.push(FactSeen { kind, subject: Cow::Owned(subject.to_owned()), value: Cow::Owned(value.to_owned()) });
        };
        let start: Moment = self.start.parse().unwrap_or_else(|error| panic!("{:?}: {error:?}", self.start));
        say(FactKind::Start, "", &start.to_string());
        for (kind, value) in
            [(FactKind::Home, Some(&self.home)), (FactKind::Away, Some(&self.away)), (FactKind::Venue, self.venue.as_ref())]
        {
            value.filter(|value| !value.is_empty()).into_iter().for_each(|value| say(kind, "", value));
        }
        self.status.iter().for_each(|status| say(FactKind::Status, "", status));
        self.number.iter().for_each(|number| say(FactKind::GameNumber, "", &number.to_string()));
        if self.is_neutral {
            say(FactKind::NeutralSite, "", "true");
        }
        if self.is_on_day {
            let closes_at = start.plus_secs(11 * 3600);
            say(FactKind::Attribute, odds::attribute::START, &format!("{{\"precision\":\"day\",\"closes_at\":\"{closes_at}\"}}"));
        }
        if let Some((home, away)) = &self.score {
            say(FactKind::HomeScore, "", home);
            say(FactKind::AwayScore, "", away);
        }
        for (provider, id) in self.ids.iter().filter_map(|id| id.split_once('/')) {
            say(FactKind::ExternalId, provider, id);
        }
        facts.sort_by(|a, b| (a.kind, &a.subject).cmp(&(b.kind, &b.subject)));
        ListingSeen {
            id: Cow::Owned(self.id.clone()),
            sport: Cow::Owned(self.league.clone()),
            facts,
            books: self.books(),
            ..ListingSeen::default()
        }
    }

    fn books(&self) -> Vec<BookSeen<'static>> {
        let Some((home, away, halves)) = &self.quotes else { return Vec::new() };
        let outcome = |name: &str, price: &str, point| OutcomeSeen {
            name: Cow::Owned(name.to_owned()),
            description: Cow::Borrowed(""),
            point,
            offer: Ok(Offer { price: Price::from_decimal(price).unwrap(), is_suspended: false, changed_at: None }),
        };
        let line = |halves: i32| Some(Line::from_milli(halves * 500));
        let market = |key: &'static str, outcomes| MarketSeen { key: Cow::Borrowed(key), outcomes, ..MarketSeen::default() };
        let markets = vec![
            market("win", vec![outcome(&self.home, home, None), outcome(&self.away, away, None)]),
            market("handicap", vec![outcome("1", home, line(*halves)), outcome("2", away, line(-halves))]),
        ];
        vec![BookSeen { key: Cow::Borrowed("book"), seen_at: None, markets }]
    }
}

impl Provider for Lister {
    fn key(&self) -> &'static str {
        self.0
    }

    fn offers(&self) -> &'static Offers {
        &OFFERS
    }

    fn requests(&self, _ask: &Ask) -> Vec<Call> {
        Vec::new()
    }

    fn judge(&self, _reply: &Reply<'_>) -> Verdict {
        Verdict::Good
    }

    fn meter(&self, _reply: &Reply<'_>) -> Option<Meter> {
        None
    }

    fn stamp(&self, _endpoint: &str, _body: &[u8]) -> Option<(Moment, Basis)> {
        None
    }

    fn decode<'a>(&self, reply: &Reply<'a>) -> Decoded<'a> {
        let games: Vec<Game> = serde_json::from_slice(reply.body).unwrap();
        let scope = Scope { listings: ListingScope::Unknown, ..Scope::default() };
        let listings = games.iter().map(Game::seen).collect();
        Decoded { snapshots: vec![Snapshot { observed_at: reply.fetched_at, basis: reply.basis, scope, listings }], ..Decoded::default() }
    }

    fn decoder_version(&self) -> u16 {
        1
    }

    fn meaning(&self, _sport: &str, words: &Words<'_>) -> Option<Meaning> {
        match words.market {
            "win" => Some(Meaning::of(MarketKind::Moneyline, Side::Named(words.name.to_owned()), None)),
            "handicap" => Some(Meaning::of(MarketKind::Spread, if words.name == "1" { Side::Home } else { Side::Away }, words.point)),
            _ => None,
        }
    }

    fn meaning_version(&self) -> u16 {
        1
    }

    fn league(&self, sport: &str) -> Option<&'static League> {
        league(sport)
    }
}

pub struct Hand(pub HandClock);

impl Clock for Hand {
    fn now(&self) -> Moment {
        self.0.advance_micros(1_000_000)
    }
}

/// All providers, with listers named `one`, `two` and `three` beside them.
pub fn providers() -> Providers {
    let mut providers = Providers::all();
    ["one", "two", "three"].into_iter().for_each(|key| providers.add(Lister(key)));
    providers
}

/// A store of its own with the route into it.
pub struct House {
    pub recorder: Recorder,
    pub clock: HandClock,
    pub folder: tempfile::TempDir,
    _database: Option<TestDatabase>,
}

impl House {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("store.sqlite").display());
        Self::open(folder, &address, None)
    }

    /// An empty SQLite store to copy, closed: all of it is in its file.
    pub fn template() -> (tempfile::TempDir, std::path::PathBuf) {
        let Self { recorder, folder, .. } = Self::sqlite();
        drop(recorder);
        let path = folder.path().join("store.sqlite");
        (folder, path)
    }

    /// An empty SQLite store that was made before.
    pub fn copy_of(template: &std::path::Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.sqlite");
        std::fs::copy(template, &path).unwrap();
        Self::open(folder, &format!("sqlite:{}", path.display()), None)
    }

    /// On both engines; PostgreSQL is left out where it is not installed, which is told.
    pub fn on_both() -> Vec<Self> {
        let postgres = testkit::postgres::shared().map(|server| {
            let database = server.database();
            let address = database.url.clone();
            Self::open(tempfile::tempdir().unwrap(), &address, Some(database))
        });
        std::iter::once(Self::sqlite()).chain(postgres).collect()
    }

    fn open(folder: tempfile::TempDir, address: &str, database: Option<TestDatabase>) -> Self {
        let store = Arc::new(Store::open(address, None, folder.path().join("archive")).unwrap());
        let clock = HandClock::at_text("2027-01-01T00:00:00Z");
        let recorder = Recorder::new(store, providers(), Arc::new(Hand(clock.clone())));
        Self { recorder, clock, folder, _database: database }
    }

    pub fn store(&self) -> &Arc<Store> {
        self.recorder.store()
    }

    /// Sends a provider's list of games through the route.
    pub fn take(&self, provider: &str, at: &str, games: &[Game]) -> Recorded {
        let body = serde_json::to_vec(games).unwrap();
        let (request, headers) = (Request::to("/games"), BTreeMap::new());
        let reply = Reply {
            provider,
            endpoint: "games",
            request: &request,
            status: 200,
            headers: &headers,
            body: &body,
            fetched_at: at.parse().unwrap(),
            basis: Basis::Fetched,
            sport: None,
        };
        self.recorder.take(&[reply], None).unwrap().remove(0)
    }

    /// The event that a listing is now.
    pub fn event(&self, provider: &str, id: &str) -> String {
        self.store().listing_of(provider, id).unwrap().unwrap_or_else(|| panic!("{provider} {id}")).event.to_string()
    }

    /// Whether a listing waits for a person.
    pub fn waits(&self, provider: &str, id: &str) -> bool {
        let listing = self.store().listing_of(provider, id).unwrap().unwrap();
        let decided = self.store().decisions_of(listing.id, odds::Seq(i64::MAX)).unwrap();
        !self.store().waiting_about(&decided, odds::Seq(i64::MAX)).unwrap().is_empty()
    }
}

/// Prints past the capture of the test runner: figures that nobody sees prove nothing.
pub fn say(line: &str) {
    use std::io::Write;
    writeln!(std::io::stderr(), "{line}").expect("standard error is open");
}
