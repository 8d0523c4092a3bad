//! `matches`: the ledger of joins. What waits for a person is listed, accepted or refused; what was joined is split; what was decided is
//! undone. Each decision is an entry of the log, as a reply of a provider is.

use clap::{Args, Subcommand};
use odds::Seq;
use odds::decision::{Decision, ListingName, Subject, Verb};
use store::ledger::Candidate;
use store::{Decided, ListingRow, Store};

use super::{FAILED, Outcome, Product, WRONG_USAGE, matches_players, tell};

const EXAMPLES: &str = "Examples:
  predictive-play matches list                                        what waits for a person
  predictive-play matches list --all --limit 20                       the newest decisions
  predictive-play matches accept espn/401585183                       it is the one event that it may be
  predictive-play matches accept espn/401585183 the-odds-api/0a1b2c   it is the event of that listing
  predictive-play matches refuse espn/401585183 the-odds-api/0a1b2c   it is not, and is never offered again
  predictive-play matches split espn/401585183                        it is an event of its own
  predictive-play matches undo espn/401585183                         the decision before stands again
  predictive-play matches accept --player the-odds-api/agibson        which player a name is

A listing is written PROVIDER/ID. No history is rewritten: answers change from the decision on, and `known_at` before it says what was known then.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    step: Step,
    /// Prints the result as JSON.
    #[arg(long, global = true)]
    json: bool,
    /// Who decides, for the ledger.
    #[arg(long, global = true, default_value = "operator", value_name = "NAME")]
    by: String,
    /// Why, for the ledger.
    #[arg(long, global = true, default_value = "", value_name = "TEXT")]
    reason: String,
    /// It is about a player's name: PROVIDER/NAME or PROVIDER/ID, and the other is such a name, or a player's id.
    #[arg(long, global = true)]
    player: bool,
}

#[derive(Subcommand)]
enum Step {
    /// Lists what waits for a person, with what it may be.
    List {
        /// Every decision instead, newest first.
        #[arg(long)]
        all: bool,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Joins a listing, and all that is one event with it, to another event.
    Accept {
        /// The listing.
        #[arg(value_name = "PROVIDER/ID")]
        listing: String,
        /// A listing of the event that it is, or the event's id; the only candidate where nothing is said.
        #[arg(value_name = "PROVIDER/ID|EVENT")]
        with: Option<String>,
    },
    /// Says that two are two: the pair is never offered again.
    Refuse {
        /// The listing.
        #[arg(value_name = "PROVIDER/ID")]
        listing: String,
        /// The other listing, or the event's id; every candidate where nothing is said.
        #[arg(value_name = "PROVIDER/ID|EVENT")]
        with: Option<String>,
    },
    /// Makes a listing an event of its own.
    Split {
        /// The listing.
        #[arg(value_name = "PROVIDER/ID")]
        listing: String,
    },
    /// Takes the last decision about a listing back.
    Undo {
        /// The listing.
        #[arg(value_name = "PROVIDER/ID")]
        listing: String,
    },
}

/// Decisions that are read at once.
const CHUNK: i64 = 1000;
/// The end of the log, wherever it is.
const NOW: Seq = Seq(i64::MAX);

pub fn run(product: &Product, arguments: &Arguments) -> Outcome {
    match &arguments.step {
        Step::List { all: true, limit } => ledger(&product.store, *limit, arguments.json),
        Step::List { all: false, limit } => questions(&product.store, *limit, arguments.json),
        Step::Accept { listing, with } => decide(product, arguments, Verb::Join, listing, with.as_deref()),
        Step::Refuse { listing, with } => decide(product, arguments, Verb::Refuse, listing, with.as_deref()),
        Step::Split { listing } => decide(product, arguments, Verb::Split, listing, None),
        Step::Undo { listing } => decide(product, arguments, Verb::Undo, listing, None),
    }
}

/// A listing that waits, with what it may be.
struct Question {
    listing: ListingRow,
    seq: Seq,
    candidates: Vec<Candidate>,
}

fn find_questions(store: &Store, limit: usize) -> store::Result<Vec<Question>> {
    let mut found: Vec<Question> = Vec::new();
    let mut after = (Seq(0), -1);
    loop {
        let page = store.decisions(after, NOW, CHUNK)?;
        for decided in page.iter().filter(|decided| decided.evidence.contains("waits_for_a_person")) {
            if found.iter().any(|question| question.listing.id == decided.listing) {
                continue;
            }
            let candidates = store.waiting_about(&store.decisions_of(decided.listing, NOW)?, NOW)?;
            let Some(listing) = store.listing(decided.listing)?.filter(|_| !candidates.is_empty()) else { continue };
            found.push(Question { listing, seq: decided.seq, candidates });
            if found.len() == limit {
                return Ok(found);
            }
        }
        let Some(last) = page.last().filter(|_| page.len() as i64 == CHUNK) else { return Ok(found) };
        after = (last.seq, last.i);
    }
}

fn questions(store: &Store, limit: usize, is_json: bool) -> Outcome {
    let found = find_questions(store, limit)?;
    if is_json {
        let shown = |question: &Question| {
            let candidate = |one: &Candidate| {
                serde_json::json!({
                    "listing": format!("{}/{}", one.with.provider, one.with.listing), "event": one.event, "home": one.home, "away": one.away,
                    "starts_at": one.starts_at, "why": one.why,
                })
            };
            let row = &question.listing;
            serde_json::json!({
                "listing": format!("{}/{}", row.provider, row.external_id), "event": row.event, "league": row.league, "home": row.home,
                "away": row.away, "starts_at": row.starts_at, "seq": question.seq.0,
                "candidates": question.candidates.iter().map(candidate).collect::<Vec<_>>(),
            })
        };
        let mut waiting: Vec<serde_json::Value> = found.iter().map(shown).collect();
        waiting.extend(matches_players::waiting(&*store.players()?, limit.saturating_sub(found.len())));
        tell::json(&serde_json::json!({ "waiting": waiting }))?;
        return Ok(0);
    }
    for question in &found {
        let row = &question.listing;
        tell::line(format!("{}/{}  {}", row.provider, row.external_id, game(row.home.as_deref(), row.away.as_deref(), row.starts_at)));
        for one in &question.candidates {
            let names = game(one.home.as_deref(), one.away.as_deref(), one.starts_at);
            tell::line(format!("    may be {}/{}  {names}: {}", one.with.provider, one.with.listing, one.why));
        }
    }
    let players = matches_players::print_waiting(&*store.players()?, limit.saturating_sub(found.len()));
    if found.is_empty() && players == 0 {
        tell::line("nothing waits for a person");
    }
    Ok(0)
}

fn game(home: Option<&str>, away: Option<&str>, at: Option<odds::Moment>) -> String {
    let at = at.map_or_else(|| "no start".to_owned(), |at| at.to_string());
    format!("{} v {}, {at}", home.unwrap_or("?"), away.unwrap_or("?"))
}

fn ledger(store: &Store, limit: usize, is_json: bool) -> Outcome {
    let mut newest: std::collections::VecDeque<Decided> = std::collections::VecDeque::new();
    let mut after = (Seq(0), -1);
    loop {
        let page = store.decisions(after, NOW, CHUNK)?;
        let is_last = (page.len() as i64) < CHUNK;
        for decided in page {
            after = (decided.seq, decided.i);
            newest.push_front(decided);
            newest.truncate(limit);
        }
        if is_last {
            break;
        }
    }
    if is_json {
        tell::json(&serde_json::json!({ "decisions": newest.iter().map(told).collect::<Vec<_>>() }))?;
    } else {
        newest.iter().for_each(|one| tell::line(line(one)));
    }
    Ok(0)
}

fn told(one: &Decided) -> serde_json::Value {
    let evidence: serde_json::Value = serde_json::from_str(&one.evidence).unwrap_or_default();
    serde_json::json!({
        "seq": one.seq.0, "kind": one.word(), "listing": format!("{}/{}", one.provider, one.external_id), "event": one.event.to_string(),
        "rule": one.rule, "evidence": evidence, "decided_by": one.decided_by, "recorded_at": one.recorded_at,
    })
}

fn line(one: &Decided) -> String {
    format!(
        "{:>8}  {:<8} {}/{}  event {}  {} by {}, {}",
        one.seq.0,
        one.word(),
        one.provider,
        one.external_id,
        one.event,
        one.rule,
        one.decided_by,
        one.recorded_at
    )
}

/// `PROVIDER/ID`; ids may hold slashes.
fn listing_name(text: &str) -> Option<ListingName> {
    let (provider, id) = text.split_once('/').filter(|(provider, id)| !provider.is_empty() && !id.is_empty())?;
    Some(ListingName { provider: provider.to_owned(), id: id.to_owned() })
}

fn decide(product: &Product, arguments: &Arguments, what: Verb, listing: &str, with: Option<&str>) -> Outcome {
    if arguments.player {
        let (by, reason, is_json) = (arguments.by.as_str(), arguments.reason.as_str(), arguments.json);
        return matches_players::decide(product, &matches_players::Wish { what, name: listing, with, by, reason, is_json });
    }
    let Some(name) = listing_name(listing) else {
        tell::complaint(format!("{listing:?} is no listing: write PROVIDER/ID, as `matches list` does"));
        return Ok(WRONG_USAGE);
    };
    let others: Vec<Option<String>> = match (what, with) {
        (Verb::Split | Verb::Undo, _) => vec![None],
        (_, Some(with)) => vec![Some(with.to_owned())],
        (_, None) => {
            let candidates = candidates_of(&product.store, &name)?;
            if candidates.is_empty() || (what == Verb::Join && candidates.len() > 1) {
                let told = if candidates.is_empty() { "nothing that it may be".to_owned() } else { candidates.join(", ") };
                tell::complaint(format!("say which: {listing} has {told}"));
                return Ok(FAILED);
            }
            candidates.into_iter().map(Some).collect()
        }
    };
    let mut decided = Vec::new();
    for other in others {
        let other_name = other.as_deref().and_then(listing_name);
        let event = other.filter(|_| other_name.is_none());
        let decision = Decision {
            what,
            subject: Subject::Listing,
            listing: name.clone(),
            with: other_name,
            event,
            reason: arguments.reason.clone(),
            by: arguments.by.clone(),
            made_at: product.clock.now(),
            found: None,
        };
        if let Some(why) = decision.refused() {
            tell::complaint(why);
            return Ok(WRONG_USAGE);
        }
        let settled = product.recorder.decide(&decision)?;
        if !settled.refused.is_empty() {
            tell::complaint(format!("{listing}: {}", settled.refused.join("; ")));
            return Ok(FAILED);
        }
        decided.extend(settled.decided);
    }
    if arguments.json {
        tell::json(&serde_json::json!({ "decisions": decided.iter().map(told).collect::<Vec<_>>() }))?;
    } else {
        decided.iter().for_each(|one| tell::line(line(one)));
    }
    Ok(0)
}

fn candidates_of(store: &Store, name: &ListingName) -> store::Result<Vec<String>> {
    let Some(row) = store.listing_of(&name.provider, &name.id)? else { return Ok(Vec::new()) };
    let open = store.waiting_about(&store.decisions_of(row.id, NOW)?, NOW)?;
    Ok(open.into_iter().map(|one| format!("{}/{}", one.with.provider, one.with.listing)).collect())
}
