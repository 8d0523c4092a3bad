//! `up`: collects and serves in one process. Where nothing live can be had, the recorded season is shown in its place, marked REPLAY.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context, bail};
use axum::Router;
use axum::extract::Request;
use axum::serve::ListenerExt;
use clap::Args;
use odds::Moment;
use predictive_play::adopt::cutover::follow as old_tables;
use predictive_play::archivist::{self, Archivist};
use predictive_play::check::check;
use predictive_play::clock::Clock;
use predictive_play::collect::collector::{holder, seed};
use predictive_play::collect::{Client, Collector, Doors, Terms, WallAlarm};
use predictive_play::publish::{PlayersFollower, Retention, RowsFollower, SpeedsFollower, spawn as follow};
use predictive_play::record::Recorder;
use predictive_play::schedule::Ranks;
use predictive_play::season::{self, MatchDay, Season};
use predictive_play::settings::{Settings, StoreUrl};
use store::Store;
use tokio::sync::watch;
use tokio::task::block_in_place;
use tower::ServiceExt;

use super::guarded::Guarded;
use super::service::{Records, Source, greet, listen, router, stopped};
use super::{Outcome, Product, tell};

#[derive(Args)]
pub struct Arguments {
    /// Shows the recorded season, marked REPLAY, and asks nobody.
    #[arg(long)]
    demo: bool,
}

/// How long live prices are waited for, and how often is looked for them, in seconds.
const WAIT_SECS: i64 = 60;
const LOOK: Duration = Duration::from_secs(2);
/// A game that began this long ago may still have prices.
const BACK_SECS: i64 = 6 * 3600;
/// The pause between two match days of the recorded season.
const MATCH_DAY: Duration = Duration::from_secs(3);
/// How many match days are there at once, so that there is something to see.
const AT_FIRST: usize = 3;
/// How often findings are looked for.
const CHECKS_EVERY: Duration = Duration::from_secs(300);
/// How often months of changes are made and taken away.
const MONTHS_EVERY: Duration = Duration::from_secs(6 * 3600);
/// How long calls under way may take to end after ctrl-C.
const GRACE: Duration = Duration::from_secs(20);

/// What is served just now: live, or the replay.
#[derive(Clone)]
struct Shown(Arc<RwLock<Router>>);

impl Shown {
    fn new(router: Router) -> Self {
        Self(Arc::new(RwLock::new(router)))
    }

    fn show(&self, router: Router) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = router;
    }

    /// A router that passes every request on to what is shown when it comes.
    fn door(&self) -> Router {
        let shown = self.clone();
        Router::new().fallback(move |request: Request| {
            let router = shown.0.read().unwrap_or_else(PoisonError::into_inner).clone();
            async move { router.oneshot(request).await }
        })
    }
}

/// Collects alone: `collect`.
pub fn collect(product: &Product) -> Outcome {
    let collector = collector(product)?;
    let archivist = archivist(product)?;
    runtime()?.block_on(async {
        // The old tables follow the rows: who collects alone and keeps them keeps those too.
        let old_tables = old_tables(product)?;
        let rows = old_tables.is_some().then(|| block_in_place(|| rows(product))).transpose()?;
        let players = block_in_place(|| players(product))?;
        let speeds = block_in_place(|| speeds(product))?;
        let (end, ends) = watch::channel(false);
        let task = tokio::spawn(async move { collector.run(ends).await });
        let checking =
            tokio::spawn(check_now_and_then(Arc::clone(&product.recorder), Arc::clone(&product.clock), product.settings.clone()));
        tell::note(format!("collecting from {}; ctrl-C ends", asked(product).join(", ")));
        stopped().await;
        checking.abort();
        wind_up(&end, task).await;
        tokio::task::spawn_blocking(move || drop((old_tables, rows, players, speeds))).await?;
        anyhow::Ok(())
    })?;
    drop(archivist);
    Ok(0)
}

/// Collects and serves: `up`.
pub fn run(product: &Product, arguments: &Arguments) -> Outcome {
    let collector = if arguments.demo { None } else { Some(collector(product)?) };
    let archivist = archivist(product)?;
    runtime()?.block_on(async {
        let listener = listen(product.settings.listen).await?;
        let address = listener.local_addr().context("asking for the address")?;
        // The store waits for its answers, which is allowed beside the runtime's work only.
        let live = block_in_place(|| {
            greet(product, address)?;
            let stores = (&product.recorder, &product.answers);
            router(stores, Arc::clone(&product.clock), &product.settings, Records::Here, Source::Live)
        })?;
        let shown = Shown::new(live.clone());
        let watched = Watched::of(product, live);
        let (end, ends) = watch::channel(false);
        let collecting = collector.map(|collector| {
            tell::note(format!("asking {}", asked(product).join(", ")));
            tokio::spawn(async move { collector.run(ends).await })
        });
        let rows = block_in_place(|| rows(product))?;
        let players = block_in_place(|| players(product))?;
        let speeds = block_in_place(|| speeds(product))?;
        let old_tables = old_tables(product)?;
        let checking =
            tokio::spawn(check_now_and_then(Arc::clone(&product.recorder), Arc::clone(&product.clock), product.settings.clone()));
        let watching = tokio::spawn(watch_for_prices(shown.clone(), watched, arguments.demo));
        let turning = tokio::spawn(turn_months_now_and_then(Arc::clone(&product.store), Arc::clone(&product.clock)));
        let mut closing = end.subscribe();
        let closed = async move { drop(closing.wait_for(|end| *end).await) };
        let serving = tokio::spawn(async move {
            let listener = Guarded::on(listener).tap_io(|_| ());
            axum::serve(listener, shown.door().into_make_service_with_connect_info::<SocketAddr>()).with_graceful_shutdown(closed).await
        });
        stopped().await;
        watching.abort();
        checking.abort();
        turning.abort();
        serving.abort();
        match collecting {
            Some(task) => wind_up(&end, task).await,
            None => drop(end.send(true)),
        }
        tokio::task::spawn_blocking(move || drop((old_tables, rows, players, speeds))).await?;
        anyhow::Ok(())
    })?;
    drop(archivist);
    Ok(0)
}

/// Follows the log into rows for SQL.
fn rows(product: &Product) -> anyhow::Result<predictive_play::publish::Handle> {
    let rows = RowsFollower::new(product.recorder.providers().clone(), Retention::default());
    follow(Arc::clone(&product.store), Arc::clone(&product.clock), rows).context("following the log into rows")
}

/// Follows the log into the directory of players.
fn players(product: &Product) -> anyhow::Result<predictive_play::publish::Handle> {
    let players = PlayersFollower::new(product.recorder.providers().clone());
    follow(Arc::clone(&product.store), Arc::clone(&product.clock), players).context("following the log into the directory of players")
}

/// Follows the log into how fast markets move, for whoever asks.
fn speeds(product: &Product) -> anyhow::Result<predictive_play::publish::Handle> {
    let speeds = SpeedsFollower::default();
    follow(Arc::clone(&product.store), Arc::clone(&product.clock), speeds).context("following the log into the speeds of markets")
}

/// Follows the log into old tables, where the store is in PostgreSQL; whether they were cut over is looked at there.
fn old_tables(product: &Product) -> anyhow::Result<Option<old_tables::Handle>> {
    let StoreUrl::Postgres(url) = &product.settings.store.url else { return Ok(None) };
    old_tables::spawn(url.expose().to_owned(), Ranks::of_settings(&product.settings))
        .map(Some)
        .context("following the log into the old tables")
}

/// Looks for findings, so that `/v1/quality` and the alarms know of them without anybody asking.
async fn check_now_and_then(recorder: Arc<Recorder>, clock: Arc<dyn Clock>, settings: Settings) {
    loop {
        tokio::time::sleep(CHECKS_EVERY).await;
        let (recorder, clock, settings) = (Arc::clone(&recorder), Arc::clone(&clock), settings.clone());
        let checked = tokio::task::spawn_blocking(move || check(recorder.store(), recorder.providers(), &settings, &*clock)).await;
        if let Ok(Err(error)) = checked {
            tracing::warn!(%error, "the checks could not be made");
        }
    }
}

/// Makes the months of changes ahead and takes away those that are too old, in PostgreSQL.
async fn turn_months_now_and_then(store: Arc<Store>, clock: Arc<dyn Clock>) {
    loop {
        let (store, now) = (Arc::clone(&store), clock.now());
        let keep_since = now.plus_secs(-(i64::from(Retention::default().rows_for_days) + 31) * 86_400);
        match tokio::task::spawn_blocking(move || store.turn_months(now, keep_since)).await {
            Ok(Ok((made, gone))) if made > 0 || !gone.is_empty() => {
                tracing::info!(made, gone = gone.join(" "), "turned the months of odds_changes")
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "the months of odds_changes could not be turned; `predictive-play migrate up` as the schema's owner does it")
            }
            _ => {}
        }
        tokio::time::sleep(MONTHS_EVERY).await;
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Runtime::new().context("starting the runtime")
}

fn collector(product: &Product) -> anyhow::Result<Collector> {
    let clock = Arc::clone(&product.clock);
    let doors = Doors { alarm: Arc::new(WallAlarm::on(Arc::clone(&clock))), wire: Arc::new(Client::new()?), clock };
    let terms = Terms::of(&product.settings, product.recorder.providers(), seed(&product.settings.store.url));
    Ok(Collector::new(terms, doors, Arc::clone(&product.recorder), holder()))
}

fn archivist(product: &Product) -> anyhow::Result<archivist::Handle> {
    let settings = &product.settings;
    let (keep_days, seal_days) = (settings.archive.keep_local_days, settings.store.seal_after_days);
    let archivist = Archivist::new(Arc::clone(&product.store), Arc::clone(&product.clock), keep_days, seal_days);
    archivist::spawn(archivist).context("starting the archivist")
}

fn asked(product: &Product) -> Vec<&'static str> {
    let asked: Vec<_> = product.settings.providers.iter().filter(|provider| provider.is_asked).map(|provider| provider.key).collect();
    if asked.is_empty() { vec!["nobody: no provider is switched on"] } else { asked }
}

/// Tells the collector to end, and waits for the calls under way; what does not end by then is left as an intent.
async fn wind_up(end: &watch::Sender<bool>, task: tokio::task::JoinHandle<()>) {
    tell::complaint("ending: waiting for calls under way");
    let _ = end.send(true);
    if tokio::time::timeout(GRACE, task).await.is_err() {
        tell::complaint("some calls did not end; they are settled at the next start");
    }
}

/// What is needed to tell whether live prices are there, and to show the season where they are not.
struct Watched {
    live: Arc<Recorder>,
    router: Router,
    clock: Arc<dyn Clock>,
    settings: Settings,
    asked: Vec<&'static str>,
    since: Moment,
}

impl Watched {
    fn of(product: &Product, router: Router) -> Self {
        let (live, clock) = (Arc::clone(&product.recorder), Arc::clone(&product.clock));
        let since = clock.now();
        let asked = asked(product).into_iter().filter(|key| live.providers().get(key).is_some()).collect();
        Self { live, router, clock, settings: product.settings.clone(), asked, since }
    }

    /// What came of each provider's asks so far.
    fn outcomes(&self) -> Vec<Vec<String>> {
        let of = |key: &&'static str| self.live.store().asks_since(key, self.since).unwrap_or_default();
        self.asked.iter().map(|key| of(key).into_iter().map(|row| row.outcome).collect()).collect()
    }

    async fn has_prices(&self) -> bool {
        let (store, after) = (Arc::clone(self.live.store()), self.clock.now().plus_secs(-BACK_SECS));
        let found = tokio::task::spawn_blocking(move || store.has_priced_listing(after)).await;
        match found {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => {
                tracing::error!(%error, "cannot tell whether there are live prices");
                false
            }
            Err(_) => false,
        }
    }
}

/// Shows the season where no live prices come, and goes back to live once they do.
async fn watch_for_prices(shown: Shown, watched: Watched, is_demo: bool) {
    while !is_demo && watched.clock.now().secs_since(watched.since) < WAIT_SECS as f64 {
        if watched.has_prices().await {
            return;
        }
        if is_offline(&block_in_place(|| watched.outcomes())) {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    let because = (!is_demo).then(|| block_in_place(|| why_none(&watched)));
    match &because {
        None => tell::note(format!("REPLAY: {}, with its real dates", season::TITLE)),
        Some(why) => tell::note(format!("no live prices: {why}; showing a recorded season instead, marked REPLAY: {}", season::TITLE)),
    }
    tokio::select! {
        ended = play(&shown, &watched, because) => match ended {
            Ok(()) if is_demo => tell::note("REPLAY: the season is over; it stays as it ended"),
            Ok(()) => {}
            Err(error) => tell::complaint(format!("error: the recorded season cannot be shown: {}", tell::whole(&error))),
        },
        () = prices_come(&watched), if !is_demo => {}
    }
    if !is_demo {
        prices_come(&watched).await;
        shown.show(watched.router.clone());
        tell::note("live prices have come: showing them");
    }
}

async fn prices_come(watched: &Watched) {
    while !watched.has_prices().await {
        tokio::time::sleep(LOOK).await;
    }
}

/// Whether each provider was tried, and nobody was reached: waiting on would show nothing.
fn is_offline(outcomes: &[Vec<String>]) -> bool {
    let is_out_of_reach = |words: &Vec<String>| {
        words.iter().any(|word| word == "unreachable") && words.iter().all(|word| word == "unreachable" || word == "sent")
    };
    !outcomes.is_empty() && outcomes.iter().all(is_out_of_reach)
}

/// Why there are no live prices, told from what came of the asks.
fn why_none(watched: &Watched) -> String {
    let outcomes = watched.outcomes();
    why(&watched.asked.iter().copied().zip(outcomes).collect::<Vec<_>>())
}

/// The same of each provider with what came of its asks: a key that is refused comes first, for nothing mends it but its owner.
fn why(asked: &[(&str, Vec<String>)]) -> String {
    let with =
        |word: &str| asked.iter().filter(|(_, words)| words.iter().any(|came| came == word)).map(|(key, _)| *key).collect::<Vec<_>>();
    let refused = with("key_refused").into_iter().map(|key| format!("{key} refuses its key"));
    let spent = with("quota_spent").into_iter().map(|key| format!("the credits of {key} are spent"));
    let of_keys: Vec<String> = refused.chain(spent).collect();
    let words: Vec<&str> = asked.iter().flat_map(|(_, words)| words.iter().map(String::as_str)).collect();
    let count = |of: &[&str]| words.iter().filter(|word| of.contains(word)).count();
    let (good, unreached) = (count(&["good"]), count(&["unreachable", "timed_out", "sent", "broken"]));
    let others = match words.len() {
        0 => return "nobody is asked, or another process collects".to_owned(),
        _ if good > 0 => "off-season: the providers answer, and have no prices for games to come".to_owned(),
        all if unreached == all => return "offline: no provider can be reached".to_owned(),
        _ if !of_keys.is_empty() => "nobody else has prices".to_owned(),
        all => format!("blocked: {} of {all} asks were refused", all - unreached),
    };
    if of_keys.is_empty() { others } else { format!("{} (`doctor` says more); {others}", of_keys.join(", ")) }
}

/// A clock that stands at the season's newest match day.
struct SeasonClock(AtomicI64);

impl Clock for SeasonClock {
    fn now(&self) -> Moment {
        Moment::from_micros(self.0.load(Ordering::Acquire))
    }
}

/// Plays the season, one match day after the other, to its end.
async fn play(shown: &Shown, watched: &Watched, because: Option<String>) -> anyhow::Result<()> {
    let (data_dir, clock) = (watched.settings.data_dir.clone(), Arc::clone(&watched.clock));
    let season = Arc::new(tokio::task::spawn_blocking(move || Season::begin(&data_dir, clock)).await??);
    let at = Arc::new(SeasonClock(AtomicI64::new(0)));
    for (number, day) in season::match_days().into_iter().enumerate() {
        record(&season, &at, day).await?;
        if number + 1 == AT_FIRST {
            let (clock, source) = (Arc::clone(&at) as Arc<dyn Clock>, Source::Replay(because.clone()));
            let stores = (&season.recorder, season.recorder.store());
            shown.show(block_in_place(|| router(stores, clock, &watched.settings, Records::Here, source))?);
        }
        if number + 1 >= AT_FIRST {
            tokio::time::sleep(MATCH_DAY).await;
        }
    }
    Ok(())
}

async fn record(season: &Arc<Season>, clock: &SeasonClock, day: MatchDay) -> anyhow::Result<()> {
    let (season, at) = (Arc::clone(season), day.at);
    tokio::task::spawn_blocking(move || season.record(&day)).await??;
    clock.0.store(at.micros(), Ordering::Release);
    Ok(())
}

/// Refuses a store that is for something else.
pub fn require_live(store: &Store) -> anyhow::Result<()> {
    if store.claim_purpose(season::LIVE)? {
        Ok(())
    } else {
        bail!("the store at {} holds a replay, not live data", store.engine().address())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_refused_is_named_before_anything_else() {
        let told = |asked: &[(&'static str, &[&str])]| {
            why(&asked.iter().map(|(key, words)| (*key, words.iter().map(|word| (*word).to_owned()).collect())).collect::<Vec<_>>())
        };
        let wrong = told(&[("the-odds-api", &["key_refused"]), ("espn", &["good"])]);
        assert!(wrong.starts_with("the-odds-api refuses its key (`doctor` says more); off-season"), "{wrong}");
        let spent = told(&[("the-odds-api", &["quota_spent"]), ("espn", &["unreachable"])]);
        assert!(spent.starts_with("the credits of the-odds-api are spent") && spent.ends_with("nobody else has prices"), "{spent}");
        assert!(told(&[("espn", &["unreachable", "sent"])]).starts_with("offline"));
        assert!(told(&[("espn", &["refused", "unreachable"])]).contains("1 of 2 asks were refused"));
        assert!(told(&[("espn", &[])]).starts_with("nobody is asked"));
    }

    #[test]
    fn offline_is_when_every_provider_was_tried_and_nobody_was_reached() {
        let told = |providers: &[&[&str]]| {
            is_offline(&providers.iter().map(|words| words.iter().map(|word| (*word).to_owned()).collect()).collect::<Vec<_>>())
        };
        assert!(told(&[&["unreachable"], &["unreachable", "sent"]]));
        assert!(!told(&[&["unreachable"], &[]]), "one was not tried");
        assert!(!told(&[&["unreachable"], &["sent"]]), "one is being tried");
        for other in ["good", "timed_out", "refused", "retry_after"] {
            assert!(!told(&[&["unreachable"], &["unreachable", other]]), "{other}");
        }
        assert!(!told(&[]), "nobody is asked");
    }
}
