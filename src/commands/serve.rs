//! `serve`: the API, over what the store has.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::serve::ListenerExt;

use super::guarded::Guarded;
use super::service::{Records, Source, greet, listen, router, stopped};
use super::{Outcome, Product};

pub fn run(product: &Product) -> Outcome {
    let stores = (&product.recorder, &product.answers);
    let router = router(stores, Arc::clone(&product.clock), &product.settings, Records::Elsewhere, Source::Live)?;
    let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
    runtime.block_on(async {
        let listener = listen(product.settings.listen).await?;
        let address = listener.local_addr().context("asking for the address")?;
        // The store waits for its answers, which is allowed beside the runtime's work only.
        tokio::task::block_in_place(|| greet(product, address))?;
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        // Streams never end by themselves, so the end of the process ends them.
        tokio::select! {
            served = async { axum::serve(Guarded::on(listener).tap_io(|_| ()), service).await } => served.context("serving"),
            () = stopped() => Ok(()),
        }
    })?;
    Ok(0)
}
