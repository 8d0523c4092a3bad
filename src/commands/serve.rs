//! `serve`: the API, over what the store has.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use api::{Follows, Live, Options, Tail};
use odds::market::{Meaning, Words};
use predictive_play::decode::Providers;
use predictive_play::random::{Randomness, SystemRandomness};

use super::{Outcome, Product};

pub struct FromProviders(pub Providers);

impl api::Meanings for FromProviders {
    fn meaning(&self, provider: &str, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        self.0.get(provider)?.meaning(sport, words)
    }
}

pub fn run(product: &Product) -> Outcome {
    let (clock, settings) = (Arc::clone(&product.clock), &product.settings);
    let meanings: Arc<dyn api::Meanings> = Arc::new(FromProviders(product.recorder.providers().clone()));
    let state = Arc::new(api::State {
        store: Arc::clone(&product.store),
        boards: product.recorder.boards(),
        meanings: Arc::clone(&meanings),
        now: Arc::new(move || clock.now()),
        v4: api::v4::Desk::new(Arc::new(predictive_play::v4::TheOddsApiWords)),
        is_replay: false,
    });
    let follows = Follows::Boards(product.recorder.boards());
    let tail = Arc::new(Tail::start(Arc::clone(&product.store), meanings, follows).context("following the log")?);
    let options = Options { allow_anonymous: settings.allow_anonymous, cors_origins: settings.cors_origins.clone(), ..Options::default() };
    let live = Live::new(Arc::clone(&state), tail, options);
    let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(settings.listen).await.with_context(|| format!("listening on {}", settings.listen))?;
        greet(product, listener.local_addr().context("asking for the address")?)?;
        let service = api::service(live, api::router(state)).into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service).with_graceful_shutdown(stopped()).await.context("serving")
    })?;
    Ok(0)
}

/// Prints where we are, how to get there over SSH, and one key, once, where other machines can reach us.
fn greet(product: &Product, address: SocketAddr) -> anyhow::Result<()> {
    println!("serving on http://{address}");
    if address.ip().is_loopback() && std::env::var_os("SSH_CONNECTION").is_some() {
        let port = address.port();
        println!("from your own machine: ssh -L {port}:127.0.0.1:{port} THIS-HOST, then open http://127.0.0.1:{port}");
    }
    let needs_key = !address.ip().is_loopback() && !product.settings.allow_anonymous;
    if needs_key && product.store.keys().context("reading the keys")?.is_empty() {
        let mut random = [0; 32];
        SystemRandomness.fill(&mut random).context("drawing a key")?;
        let (key, text) = product.store.create_key("first start", random, product.clock.now()).context("keeping a key")?;
        println!("API key {} (shown once, kept hashed): {text}", key.id);
    }
    Ok(())
}

async fn stopped() {
    let _ = tokio::signal::ctrl_c().await;
}
