//! The HTTP service over one store: what `serve` and `up` have in common.

use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use anyhow::Context;
use api::{Follows, Live, Options, Tail};
use axum::Router;
use odds::market::{Meaning, Words};
use predictive_play::clock::Clock;
use predictive_play::decode::Providers;
use predictive_play::random::{Randomness, SystemRandomness};
use predictive_play::record::Recorder;
use predictive_play::schedule::{RankedKind, Ranks};
use predictive_play::settings::Settings;
use store::Store;
use store::weights::Demand;

use super::{Product, tell};

struct FromProviders {
    providers: Providers,
    ranks: Ranks,
}

impl api::Meanings for FromProviders {
    fn meaning(&self, provider: &str, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        self.providers.get(provider)?.meaning(sport, words)
    }

    fn keeps_history_days(&self, provider: &str) -> Option<i64> {
        self.providers.get(provider)?.keeps_history_days()
    }

    fn rank(&self, provider: &str) -> usize {
        self.ranks.place(RankedKind::Odds, provider)
    }
}

/// Where decisions are recorded.
struct Desk(Arc<Recorder>);

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Desk")
    }
}

impl api::Decides for Desk {
    fn decide(&self, decision: &odds::decision::Decision) -> store::Result<api::Made> {
        let settled = self.0.decide(decision)?;
        let player = settled.player.map(|player| player.to_string());
        Ok(api::Made { reply: settled.reply, seq: settled.seq, refused: settled.refused, decided: settled.decided, player })
    }
}

/// Who keeps the boards in memory right.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Records {
    /// This process records: the recorder keeps them.
    Here,
    /// Others record: the tail of the log keeps them.
    Elsewhere,
}

/// What the served data are.
pub enum Source {
    /// What providers say now.
    Live,
    /// A recorded season; with the reason where live prices were wanted.
    Replay(Option<String>),
}

/// Everything that is served over a recorder's store; `answers` is the same store as answers are read from it.
pub fn router(
    (recorder, answers): (&Arc<Recorder>, &Arc<Store>),
    clock: Arc<dyn Clock>,
    settings: &Settings,
    records: Records,
    source: Source,
) -> anyhow::Result<Router> {
    let decider_clock = Arc::clone(&clock);
    let state = state((recorder, answers), clock, Ranks::of_settings(settings), matches!(source, Source::Replay(_)));
    let meanings = Arc::clone(&state.meanings);
    let follows = if records == Records::Here { Follows::Nothing } else { Follows::Boards(recorder.boards()) };
    let tail = Arc::new(Tail::start(Arc::clone(answers), meanings, follows).context("following the log")?);
    let replay_because = if let Source::Replay(because) = source { because } else { None };
    let (allow_anonymous, cors_origins) = (settings.allow_anonymous, settings.cors_origins.clone());
    let decides: Arc<dyn api::Decides> = Arc::new(Desk(match records {
        Records::Here => Arc::clone(recorder),
        // the boards that are served follow the log: who decides keeps his own
        Records::Elsewhere => Arc::new(Recorder::new(Arc::clone(recorder.store()), recorder.providers().clone(), decider_clock)),
    }));
    if !state.is_replay {
        let (state, store) = (Arc::downgrade(&state), Arc::clone(recorder.store()));
        std::thread::Builder::new().name("demand".to_owned()).spawn(move || keep_demand(&state, &store)).context("counting demand")?;
    }
    let options = Options { allow_anonymous, cors_origins, replay_because, decides: Some(decides), ..Options::default() };
    Ok(api::service(Live::new(Arc::clone(&state), tail, options), api::router(state)))
}

/// How often what users asked for is written down.
const DEMAND_EVERY: Duration = Duration::from_secs(60);

/// Writes down what users ask for, so that asking follows it; a process that ends forgets its last minute.
fn keep_demand(state: &Weak<api::State>, store: &Store) {
    loop {
        std::thread::sleep(DEMAND_EVERY);
        let Some(state) = state.upgrade() else { return };
        let count = |(league, kind, calls): (String, String, u64)| Demand { league, kind, calls: i64::try_from(calls).unwrap_or(i64::MAX) };
        let (calls, now) = (state.v4.take_demand().into_iter().map(count).collect::<Vec<_>>(), (state.now)());
        drop(state);
        if !calls.is_empty()
            && let Err(error) = store.add_demand(now, &calls)
        {
            tracing::warn!(%error, "what users asked for in the last minute could not be kept");
        }
    }
}

/// The resources alone, for whoever asks inside this process: no stream, no keys.
pub fn resources(recorder: &Recorder, clock: Arc<dyn Clock>) -> Router {
    api::router(state((recorder, recorder.store()), clock, Ranks::default(), false))
}

fn state((recorder, answers): (&Recorder, &Arc<Store>), clock: Arc<dyn Clock>, ranks: Ranks, is_replay: bool) -> Arc<api::State> {
    Arc::new(api::State {
        store: Arc::clone(answers),
        boards: recorder.boards(),
        meanings: Arc::new(FromProviders { providers: recorder.providers().clone(), ranks }),
        now: Arc::new(move || clock.now()),
        v4: api::v4::Desk::new(Arc::new(predictive_play::v4::TheOddsApiWords)),
        is_replay,
    })
}

/// Listens, and names what to do where the port is taken.
pub async fn listen(address: SocketAddr) -> anyhow::Result<tokio::net::TcpListener> {
    tokio::net::TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "{address} is in use by another program (perhaps by this one, already up): end it, or choose another with PREDICTIVE_PLAY_LISTEN=127.0.0.1:{}",
            address.port().checked_add(1).unwrap_or(8080)
        ),
        std::io::ErrorKind::AddrNotAvailable => anyhow::anyhow!(
            "{address} is no address of this machine: set one that is in PREDICTIVE_PLAY_LISTEN (0.0.0.0:{} is all of them)",
            address.port()
        ),
        std::io::ErrorKind::PermissionDenied => {
            anyhow::anyhow!("this user may not listen on {address}: set a port from 1024 up in PREDICTIVE_PLAY_LISTEN")
        }
        _ => anyhow::Error::new(error).context(format!("listening on {address} (PREDICTIVE_PLAY_LISTEN)")),
    })
}

/// Prints where we are, how to get there over SSH, and one key, once, where other machines can reach us.
pub fn greet(product: &Product, address: SocketAddr) -> anyhow::Result<()> {
    tell::note(format!("serving on http://{address}"));
    if address.ip().is_loopback() && std::env::var_os("SSH_CONNECTION").is_some() {
        let port = address.port();
        tell::note(format!("from your own machine: ssh -L {port}:127.0.0.1:{port} THIS-HOST, then open http://127.0.0.1:{port}"));
    }
    let needs_key = !address.ip().is_loopback() && !product.settings.allow_anonymous;
    // The store waits for its engine, which no thread of the runtime may do otherwise.
    if needs_key { tokio::task::block_in_place(|| first_key(product)) } else { Ok(()) }
}

/// Makes a key and prints it where there is none yet.
fn first_key(product: &Product) -> anyhow::Result<()> {
    if product.store.keys().context("reading the keys")?.is_empty() {
        let mut random = [0; 32];
        SystemRandomness.fill(&mut random).context("drawing a key")?;
        let (key, text) = product.store.create_key("first start", random, product.clock.now()).context("keeping a key")?;
        tell::note(format!("API key {} (shown once, kept hashed): {text}", key.id));
    }
    Ok(())
}

/// Returns on ctrl-C, or on the signal with which a supervisor ends a service.
pub async fn stopped() {
    let interrupted = async { drop(tokio::signal::ctrl_c().await) };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
