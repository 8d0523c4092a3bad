//! `keys`: API keys for whoever reads over HTTP. The key itself is printed once, when it is made.

use clap::{Args, Subcommand};
use odds::Moment;
use predictive_play::keys::refused_name;
use predictive_play::random::{Randomness, SystemRandomness};
use predictive_play::settings::Settings;
use store::keys::ApiKey;

use super::{FAILED, Outcome, Product, WRONG_USAGE, tell};

const EXAMPLES: &str = "Examples:
  predictive-play keys create --name dashboard     prints the key, once
  predictive-play keys list
  predictive-play keys revoke 9f86d081

A key is sent as `Authorization: Bearer KEY`, as `X-API-Key: KEY`, or as apiKey=KEY on /v4 and on streams.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    step: Step,
    /// Prints the result as JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Step {
    /// Makes a key and prints it; only its hash is kept, so it is never shown again.
    Create {
        /// Whose it is, for the list.
        #[arg(long)]
        name: String,
        /// Whether it may decide which listing is which event (`POST /v1/decisions`), besides reading.
        #[arg(long)]
        may_decide: bool,
    },
    /// Lists the keys by name, without the keys themselves.
    List,
    /// Makes a key useless from now on.
    Revoke {
        /// Its id, as the list shows it.
        #[arg(value_name = "ID")]
        id: String,
    },
}

pub fn run(settings: Settings, arguments: &Arguments) -> Outcome {
    if let Step::Create { name, .. } = &arguments.step
        && let Some(why) = refused_name(name)
    {
        tell::complaint(format!("--name {name:?} is refused; {why}"));
        return Ok(WRONG_USAGE);
    }
    let product = Product::open(settings)?;
    match &arguments.step {
        Step::Create { name, may_decide } => create(&product, name, *may_decide, arguments.json),
        Step::List => list(&product, arguments.json),
        Step::Revoke { id } => revoke(&product, id, arguments.json),
    }
}

fn create(product: &Product, name: &str, may_decide: bool, is_json: bool) -> Outcome {
    let mut random = [0; 32];
    SystemRandomness.fill(&mut random)?;
    let (key, text) = product.store.create_key_that(name, may_decide, random, product.clock.now())?;
    if is_json {
        tell::json(&serde_json::json!({ "key_id": key.id, "name": key.name, "may_decide": may_decide, "key": text }))?;
    } else {
        tell::line(&text);
        tell::complaint(format!("key {} for {name:?}; it is shown this once, only its hash is kept", key.id));
    }
    Ok(0)
}

fn list(product: &Product, is_json: bool) -> Outcome {
    let keys = product.store.keys()?;
    if is_json {
        tell::json(&serde_json::json!({ "keys": keys.iter().map(listed).collect::<Vec<_>>() }))?;
        return Ok(0);
    }
    if keys.is_empty() {
        tell::line("no keys; `predictive-play keys create --name NAME` makes one");
    }
    keys.iter().for_each(|key| tell::line(shown(key)));
    Ok(0)
}

fn listed(key: &ApiKey) -> serde_json::Value {
    serde_json::json!({ "key_id": key.id, "name": key.name, "created_at": key.created_at, "revoked_at": key.revoked_at, "may_decide": key.may_decide })
}

fn shown(key: &ApiKey) -> String {
    let state = key.revoked_at.map_or_else(String::new, |at: Moment| format!(", revoked {at}"));
    let may = if key.may_decide { ", may decide" } else { "" };
    format!("{}  {}  made {}{may}{state}", key.id, key.name, key.created_at)
}

fn revoke(product: &Product, id: &str, is_json: bool) -> Outcome {
    let is_revoked = product.store.revoke_key(id, product.clock.now())?;
    let keys = product.store.keys()?;
    let Some(key) = keys.iter().find(|key| key.id == id) else {
        tell::complaint(format!("no key {id:?}; there are {}", near(&keys, id)));
        return Ok(FAILED);
    };
    if is_json {
        tell::json(&listed(key))?;
    } else {
        tell::line(if is_revoked { shown(key) } else { format!("{} (it was revoked before)", shown(key)) });
    }
    Ok(0)
}

/// The keys that may have been meant: at most five, those alike first.
fn near(keys: &[ApiKey], id: &str) -> String {
    let mut keys: Vec<&ApiKey> = keys.iter().filter(|key| key.revoked_at.is_none()).collect();
    keys.sort_by_key(|key| (key.name != id, strsim::damerau_levenshtein(&key.id, id)));
    match keys.is_empty() {
        true => "none".to_owned(),
        false => keys.iter().take(5).map(|key| format!("{} ({})", key.id, key.name)).collect::<Vec<_>>().join(", "),
    }
}
