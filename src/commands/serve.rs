//! `serve`: the API, over what the store has.

use std::sync::Arc;

use anyhow::Context;
use odds::market::{Meaning, Words};
use predictive_play::decode::Providers;

use super::{Outcome, Product};

pub struct FromProviders(pub Providers);

impl api::Meanings for FromProviders {
    fn meaning(&self, provider: &str, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        self.0.get(provider)?.meaning(sport, words)
    }
}

pub fn run(product: &Product) -> Outcome {
    let clock = Arc::clone(&product.clock);
    let state = Arc::new(api::State {
        store: Arc::clone(&product.store),
        boards: product.recorder.boards(),
        meanings: Arc::new(FromProviders(product.recorder.providers().clone())),
        now: Arc::new(move || clock.now()),
        v4: api::v4::Desk::new(Arc::new(predictive_play::v4::TheOddsApiWords)),
        is_replay: false,
    });
    let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
    runtime.block_on(async {
        let listen = product.settings.listen;
        let listener = tokio::net::TcpListener::bind(listen).await.with_context(|| format!("listening on {listen}"))?;
        println!("serving on http://{listen}");
        axum::serve(listener, api::router(state)).with_graceful_shutdown(stopped()).await.context("serving")
    })?;
    Ok(0)
}

async fn stopped() {
    let _ = tokio::signal::ctrl_c().await;
}
