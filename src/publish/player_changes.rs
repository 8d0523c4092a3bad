//! What newer rules, or a newer meaning, made of the names of players: into the report of what changed.

use std::collections::{BTreeMap, BTreeSet};

use odds::Moment;
use odds::player::{Binding, Directory, PlayerId};
use store::meanings::MeaningChange;
use store::{Following, Result};

/// In the report, what stands where a market's key does.
pub const NAMES_OF_PLAYERS: &str = "names of players";

/// From which version to which, of a provider's names.
pub(super) type Versions<'a> = &'a dyn Fn(&str) -> (u16, u16);

/// Names by provider and league, with what they were and became, and what of them changed.
type Change<'a> = (&'a str, &'a str, String, String, &'static str);

/// Adds to the report every name that is somebody else by the newer directory, or waits now, or waits no more.
pub(super) fn tell(following: &mut Following<'_>, (was, is): (&Directory, &Directory), versions: Versions<'_>, at: Moment) -> Result<()> {
    for ((provider, league, before, became, fields), (names, players)) in changes(was, is) {
        let (from_version, to_version) = versions(provider);
        following.note_meaning_change(&MeaningChange {
            provider: provider.to_owned(),
            from_version,
            to_version,
            sport: league.to_owned(),
            provider_market: NAMES_OF_PLAYERS.to_owned(),
            was: before,
            became,
            fields: fields.to_owned(),
            slots: names,
            listings: players.len() as i64,
            first_at: at,
            last_at: at,
        })?;
    }
    Ok(())
}

fn changes<'a>(was: &'a Directory, is: &'a Directory) -> BTreeMap<Change<'a>, (i64, BTreeSet<PlayerId>)> {
    let key = |name: &'a Binding| [&name.provider, &name.league, &name.reference];
    let before: BTreeMap<_, &Binding> = was.bindings().iter().map(|name| (key(name), name)).collect();
    let mut changes: BTreeMap<Change<'a>, (i64, BTreeSet<PlayerId>)> = BTreeMap::new();
    let mut note = |name: &'a Binding, was: String, is: String, fields| {
        let change = changes.entry((&name.provider, &name.league, was, is, fields)).or_default();
        change.0 += 1;
        change.1.insert(name.now.player);
    };
    for name in is.bindings() {
        match before.get(&key(name)) {
            None => note(name, "unknown".to_owned(), rule(name), "name"),
            Some(old) if old.now.player != name.now.player => note(name, rule(old), rule(name), "player"),
            Some(old) if rule(old) != rule(name) => note(name, rule(old), rule(name), "rule"),
            Some(_) => {}
        }
    }
    let now: BTreeSet<_> = is.bindings().iter().map(key).collect();
    for gone in was.bindings().iter().filter(|name| !now.contains(&key(name))) {
        note(gone, rule(gone), "unknown".to_owned(), "name");
    }
    changes
}

/// The rule by which a name is whom it is, without its version: that alone changes nothing.
fn rule(name: &Binding) -> String {
    let rule = name.now.rule.as_str();
    rule.rsplit_once('/')
        .filter(|(_, version)| version.bytes().all(|letter| letter.is_ascii_digit()))
        .map_or(rule, |(rule, _)| rule)
        .to_owned()
}
