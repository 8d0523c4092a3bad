//! What data scientists read with: DuckDB, Polars, pandas and pyarrow, from Python, over the files of an export and the stream. `scripts/need.sh`
//! puts them into a folder of the build; without network there are none, and that is said.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use predictive_play::export::FileFormat;
use serde_json::{Value, json};

use crate::common::Served;
use crate::exported::{run, wish};
use crate::read::{events, get, number, service, table, text};

/// The Python that has them; `None` where they could not be installed, which is said, and with CI=true is no excuse.
fn python() -> Option<PathBuf> {
    let built =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target"), PathBuf::from);
    let python = built.join("readers/bin/python");
    if python.is_file() {
        return Some(python);
    }
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "scripts/need.sh test has installed no readers");
    println!("skipped: no DuckDB, Polars and pandas in {} (scripts/need.sh test installs them)", python.display());
    None
}

async fn told(service: &axum::Router) -> Value {
    let mut tables = BTreeMap::new();
    for name in ["events", "odds", "closing", "props", "results", "injuries"] {
        let rows = table(service, name).await;
        assert!(!rows.is_empty(), "{name}");
        tables.insert(name, rows);
    }
    let mut changes = Vec::new();
    for event in events(service).await {
        let id = text(&event["id"]);
        let history = get(service, &format!("/v1/events/{id}/history?limit=5000")).await;
        for change in history["changes"].as_array().unwrap() {
            let says = ["book", "market", "selection"].map(|name| text(&change[name]));
            changes.push([vec![id.clone()], says.to_vec(), vec![number(&change["price"]), text(&change["observed_at"])]].concat());
        }
    }
    json!({ "tables": tables, "changes": changes })
}

#[test]
fn the_usual_readers_read_what_the_api_answers() {
    let Some(python) = python() else { return };
    let served = Served::filled();
    served.clock.set("2026-01-14T12:00:00Z".parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    for format in [FileFormat::Parquet, FileFormat::Csv, FileFormat::Arrow] {
        run(&served, &wish(format), &folder.path().join(format.as_str())).unwrap();
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let service = runtime.block_on(async { service(&served) });
    let told = runtime.block_on(told(&service));
    assert!(told["changes"].as_array().unwrap().len() > 60);
    std::fs::write(folder.path().join("told.json"), told.to_string()).unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move { axum::serve(listener, service.into_make_service_with_connect_info::<SocketAddr>()).await });
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tables/readers.py");
    let read = Command::new(python).arg(script).arg(folder.path()).arg(format!("http://{address}")).output().unwrap();
    let said = String::from_utf8_lossy(&read.stdout);
    assert!(read.status.success(), "{said}{}", String::from_utf8_lossy(&read.stderr));
    println!("{said}");
}
