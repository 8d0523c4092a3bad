//! `matches ... --player`: which player a name is. What waits is listed beside the listings; what is decided goes the same way.

use odds::decision::{Decision, ListingName, Subject, Verb};
use odds::player::{Binding, Directory};

use super::{FAILED, Outcome, Product, WRONG_USAGE, tell};

/// A name that waits, as JSON.
pub fn waiting(directory: &Directory, limit: usize) -> Vec<serde_json::Value> {
    let shown = |binding: &Binding| {
        let candidate = |(id, why): (&odds::player::PlayerId, &String)| {
            let name = directory.player(*id).map(|player| player.name.clone());
            serde_json::json!({ "player": id, "name": name, "why": why })
        };
        serde_json::json!({
            "kind": "player", "name": written(binding), "spelling": binding.names.first(), "league": binding.league, "teams": binding.teams,
            "player": binding.now.player, "rule": binding.now.rule,
            "candidates": binding.now.candidates.iter().map(candidate).collect::<Vec<_>>(),
        })
    };
    directory.bindings().iter().filter(|binding| binding.waits()).take(limit).map(shown).collect()
}

/// How a name is written on the command line.
fn written(binding: &Binding) -> String {
    format!("{}/{}", binding.provider, binding.reference)
}

/// Prints the names that wait; gives how many there are.
pub fn print_waiting(directory: &Directory, limit: usize) -> usize {
    let waiting = directory.bindings().iter().filter(|binding| binding.waits()).take(limit);
    let mut count = 0;
    for binding in waiting {
        count += 1;
        let name = binding.names.first().map_or("", String::as_str);
        tell::line(format!("player {}  {name}, {} {}", written(binding), binding.league, binding.teams.join(" or ")));
        for (id, why) in &binding.now.candidates {
            let name = directory.player(*id).map_or("", |player| player.name.as_str());
            tell::line(format!("    may be {id}  {name}: {why}"));
        }
    }
    count
}

/// What is decided of a name.
pub struct Wish<'a> {
    pub what: Verb,
    pub name: &'a str,
    /// A player's id, or another name; the only candidate where nothing is said.
    pub with: Option<&'a str>,
    pub by: &'a str,
    pub reason: &'a str,
    pub is_json: bool,
}

/// Decides which player a name is.
pub fn decide(product: &Product, wish: &Wish<'_>) -> Outcome {
    let name_of = |text: &str| {
        let (provider, id) = text.split_once('/').filter(|(provider, id)| !provider.is_empty() && !id.is_empty())?;
        Some(ListingName { provider: provider.to_owned(), id: id.to_owned() })
    };
    let Some(listing) = name_of(wish.name) else {
        tell::complaint(format!("{:?} is no name of a player: write PROVIDER/NAME, as `matches list` does", wish.name));
        return Ok(WRONG_USAGE);
    };
    let directory = product.store.players()?;
    let is_of_two = matches!(wish.what, Verb::Join | Verb::Refuse);
    let with = match (wish.with, is_of_two) {
        (Some(with), _) => Some(with.to_owned()),
        (None, false) => None,
        (None, true) => {
            let waits = directory.bindings().iter().find(|binding| written(binding) == wish.name);
            let candidates: Vec<String> = waits.iter().flat_map(|binding| binding.now.candidates.keys()).map(ToString::to_string).collect();
            let [only] = candidates.as_slice() else {
                let told = if candidates.is_empty() { "nobody that it may be".to_owned() } else { candidates.join(", ") };
                tell::complaint(format!("say which: {} has {told}", wish.name));
                return Ok(FAILED);
            };
            Some(only.clone())
        }
    };
    let other = with.as_deref().and_then(name_of);
    let decision = Decision {
        what: wish.what,
        subject: Subject::Player,
        listing,
        event: with.filter(|_| other.is_none()),
        with: other,
        reason: wish.reason.to_owned(),
        by: wish.by.to_owned(),
        made_at: product.clock.now(),
        found: None,
    };
    if let Some(why) = decision.refused() {
        tell::complaint(why);
        return Ok(WRONG_USAGE);
    }
    // what cannot be is refused before it is in the log
    let settled = product.recorder.decide(&decision)?;
    let Some(player) = settled.player.filter(|_| settled.refused.is_empty()) else {
        tell::complaint(settled.refused.join("; "));
        return Ok(FAILED);
    };
    let seq = settled.seq.map(|seq| seq.0);
    if wish.is_json {
        tell::json(&serde_json::json!({ "kind": "player", "name": wish.name, "what": wish.what.as_str(), "player": player, "seq": seq }))?;
    } else {
        tell::line(format!("{:>8}  {} {}  player {player}, by {}", seq.unwrap_or_default(), wish.what.as_str(), wish.name, wish.by));
    }
    Ok(0)
}
