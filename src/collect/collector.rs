//! The collector: a desk for each provider, each in a task of its own, in one process at a time. Others stand by, and take over within
//! a minute of its death: pending replies are recorded first, then open intents are closed, then asking goes on.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use odds::Moment;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::desk::{Brief, Desk, Stopped, blocking};
use super::menu;
use super::roster::Roster;
use super::stream::{self, Follower};
use super::wire::Wire;
use crate::clock::Clock;
use crate::decode::Providers;
use crate::record::Recorder;
use crate::schedule::Ranks;
use crate::settings::{Settings, StoreUrl};

/// Waits for a moment of the clock.
pub trait Alarm: Send + Sync {
    /// Returns once the clock shows the moment.
    fn until<'a>(&'a self, at: Moment) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
}

/// The alarm of the machine's clock.
pub struct WallAlarm {
    clock: Arc<dyn Clock>,
}

impl WallAlarm {
    /// An alarm on a clock that runs with the wall.
    #[must_use]
    pub const fn on(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }
}

impl Alarm for WallAlarm {
    fn until<'a>(&'a self, at: Moment) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            let left = at.secs_since(self.clock.now());
            if left > 0.0 {
                tokio::time::sleep(Duration::from_secs_f64(left.min(3600.0))).await;
            }
        })
    }
}

/// The doors that asking goes through, and the number that tells this process apart.
#[derive(Clone)]
pub struct Doors {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Waits for it.
    pub alarm: Arc<dyn Alarm>,
    /// The wire.
    pub wire: Arc<dyn Wire>,
}

/// What is to be collected, and on what terms.
#[derive(Clone)]
pub struct Terms {
    /// One for each provider that is asked.
    pub briefs: Vec<Brief>,
    /// Wanted sports that no provider knows.
    pub unknown_sports: Vec<String>,
}

impl Terms {
    /// What the settings say. `seed` is drawn once: it spreads the jitter of installations.
    #[must_use]
    pub fn of(settings: &Settings, providers: &Providers, seed: u64) -> Self {
        let asked: Vec<_> = settings.providers.iter().filter(|provider| provider.is_asked).collect();
        let keys: Vec<&'static str> = asked.iter().map(|provider| provider.key).filter(|key| providers.get(key).is_some()).collect();
        let (mut sports, unknown_sports) = menu::sports(&keys, providers, &settings.ask.sports);
        let covered = Arc::new(menu::covered(providers, &sports));
        let equals = Arc::new(Roster::of_equals());
        let briefs = asked.into_iter().filter_map(|set| {
            let provider = Arc::clone(providers.get(set.key)?);
            menu::can_be_asked(&*provider, set.secret.is_some()).then(|| Brief {
                base_url: set.base_url.clone().unwrap_or_else(|| provider.offers().base_url.to_owned()),
                secret: set.secret.clone(),
                timeout: provider.offers().timeout,
                sports: sports.remove(set.key).unwrap_or_default(),
                ask: settings.ask.clone(),
                with_stream: settings.with_streams,
                targets: menu::targets(&settings.cadence),
                ceilings: settings.credits_of(set.key).ceilings(),
                covered: Arc::clone(&covered),
                roster: Arc::clone(&equals),
                seed,
                provider,
            })
        });
        let briefs: Vec<Brief> = briefs.collect();
        let terms = Self { briefs, unknown_sports };
        if settings.ask.all_at_once { terms } else { terms.ranked(&Ranks::of_settings(settings)) }
    }

    /// The same, where a source of a lower rank is asked for what costs credits only while those before it are out.
    #[must_use]
    pub fn ranked(mut self, ranks: &Ranks) -> Self {
        let roster = Arc::new(Roster::of(&self.briefs, ranks));
        self.briefs.iter_mut().for_each(|brief| brief.roster = Arc::clone(&roster));
        self
    }
}

/// How long a lease lasts, how often it is renewed, and how often one who stands by tries for it, in seconds.
const LEASE_SECS: i64 = 20;
const RENEW_SECS: i64 = 5;
const STAND_BY_SECS: i64 = 2;
const LEASE: &str = "collect";

/// The collector.
pub struct Collector {
    terms: Terms,
    doors: Doors,
    recorder: Arc<Recorder>,
    holder: String,
}

impl Collector {
    /// A collector; `holder` is a name that no other process has.
    #[must_use]
    pub const fn new(terms: Terms, doors: Doors, recorder: Arc<Recorder>, holder: String) -> Self {
        Self { terms, doors, recorder, holder }
    }

    /// Takes the lease, or renews it; `false` where another has it.
    ///
    /// # Errors
    /// What the store reports.
    pub async fn take_lease(&self) -> store::Result<bool> {
        let (store, holder, now) = (Arc::clone(self.recorder.store()), self.holder.clone(), self.doors.clock.now());
        blocking(move || store.take_lease(LEASE, &holder, now, now.plus_secs(LEASE_SECS))).await
    }

    /// Records what is pending and opens the desks: the lease must be held. Done again, it finds nothing left to do.
    ///
    /// # Errors
    /// What the store reports.
    pub async fn open_desks(&self) -> store::Result<Vec<Desk>> {
        let recorder = Arc::clone(&self.recorder);
        let pending = blocking(move || recorder.record_pending()).await?;
        if pending > 0 {
            tracing::info!(replies = pending, "recorded replies that were left pending");
        }
        let mut desks = Vec::new();
        for brief in self.terms.briefs.clone() {
            let (doors, recorder, holder) = (self.doors.clone(), Arc::clone(&self.recorder), self.holder.clone());
            desks.push(blocking(move || Desk::open(brief, doors, recorder, holder)).await?);
        }
        Ok(desks)
    }

    /// Collects until `stop` says so. Calls that are under way then are taken to their end; the lease is given back.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        for word in &self.terms.unknown_sports {
            tracing::warn!(sport = word, "ask.sports names a sport that none of the providers asked knows");
        }
        let mut has_waited = false;
        while !*stop.borrow() {
            match self.take_lease().await {
                Ok(true) => {
                    self.collect(&mut stop).await;
                    has_waited = false;
                }
                Ok(false) if !has_waited => {
                    tracing::info!("another process collects; standing by");
                    has_waited = true;
                }
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "the lease cannot be taken"),
            }
            self.wait(&mut stop, STAND_BY_SECS).await;
        }
        let (store, holder) = (Arc::clone(self.recorder.store()), self.holder.clone());
        if let Err(error) = blocking(move || store.give_lease(LEASE, &holder)).await {
            tracing::warn!(%error, "the lease could not be given back; it runs out by itself");
        }
    }

    /// Collects while the lease is ours.
    async fn collect(&self, stop: &mut watch::Receiver<bool>) {
        let desks = match self.open_desks().await {
            Ok(desks) => desks,
            Err(error) => return tracing::error!(%error, "collecting cannot begin"),
        };
        let (end, ends) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for desk in desks {
            for follower in self.followers(&desk) {
                tasks.spawn(follow(follower, ends.clone()));
            }
            tasks.spawn(attend(desk, self.doors.clone(), ends.clone()));
        }
        loop {
            tokio::select! {
                Some(joined) = tasks.join_next(), if !tasks.is_empty() => {
                    if let Err(error) = joined {
                        tracing::error!(%error, "a provider's task broke off; collecting begins anew");
                    }
                    break;
                }
                () = told(stop) => break,
                () = self.doors.alarm.until(self.doors.clock.now().plus_secs(RENEW_SECS)) => match self.take_lease().await {
                    Ok(true) => {}
                    Ok(false) => { tracing::warn!("another process has taken over"); break }
                    Err(error) => tracing::error!(%error, "the lease could not be renewed"),
                },
            }
        }
        // Nobody listens any more only where all tasks have ended.
        let _ = end.send(true);
        while tasks.join_next().await.is_some() {}
    }

    /// The lines of a desk's provider that are to be followed.
    fn followers(&self, desk: &Desk) -> Vec<Follower> {
        let brief = desk.brief();
        let follower = |line| Follower::new(line, brief.clone(), self.doors.clone(), Arc::clone(&self.recorder), desk.wishes());
        stream::lines(brief).into_iter().filter_map(follower).collect()
    }

    async fn wait(&self, stop: &mut watch::Receiver<bool>, secs: i64) {
        tokio::select! {
            () = told(stop) => {}
            () = self.doors.alarm.until(self.doors.clock.now().plus_secs(secs)) => {}
        }
    }
}

/// A line's days. Where it ends before it is told to, everything is opened anew.
async fn follow(follower: Follower, ends: watch::Receiver<bool>) {
    if let Err(error) = follower.follow(ends).await {
        tracing::error!(%error, "the store failed; every line is opened anew");
    }
}

/// Returns once it is said that all is to end, or nobody is left to say it.
pub(super) async fn told(end: &mut watch::Receiver<bool>) {
    drop(end.wait_for(|end| *end).await);
}

/// A desk's days: turn after turn, until it is told to end or another process collects.
async fn attend(mut desk: Desk, doors: Doors, mut end: watch::Receiver<bool>) {
    let key = desk.key();
    let has_ended = end.clone();
    let is_over = move || *has_ended.borrow();
    let mut has_greeted = false;
    let mut news = desk.brief().roster.news();
    while !*end.borrow() {
        let turned = match has_greeted {
            false => desk.greet().await.map(|()| doors.clock.now()),
            true => desk.turn(&is_over).await,
        };
        let wake_at = match turned {
            Ok(wake_at) => {
                has_greeted = true;
                wake_at
            }
            Err(Stopped::NotOurs) => return tracing::warn!(provider.key = key, "the lease is another's; asking ends"),
            Err(Stopped::Store(error)) => {
                return tracing::error!(provider.key = key, %error, "the store failed; every desk is opened anew from what it remembers");
            }
        };
        let wishes = desk.wishes();
        tokio::select! {
            () = told(&mut end) => {}
            () = wishes.made() => {}
            () = Roster::changed(&mut news) => {}
            () = doors.alarm.until(wake_at) => {}
        }
    }
}

/// A name that no other process has.
#[must_use]
pub fn holder() -> String {
    format!("{}-{:016x}", std::process::id(), rand::random::<u64>())
}

/// The seed of an installation's jitter: the same each time for the same store.
#[must_use]
pub fn seed(url: &StoreUrl) -> u64 {
    url.to_string().bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
