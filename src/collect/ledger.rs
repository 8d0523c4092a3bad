//! What the store remembers of a provider: what it was asked, what that cost, how it answered. Read once when a desk opens, so that a
//! restart forgets nothing; and intents that were left open are closed here.

use std::collections::HashSet;

use odds::Moment;
use providers::{Ask, Meter, Provider, Verdict};
use store::asks::{AskEnd, AskRow, Begun, Intent, LOST};
use store::{Result, Store};

use crate::schedule::asked::subject;
use crate::schedule::budget::next_month;
use crate::schedule::{Asked, Ceilings, Health, Outcome, Purpose, Purse, Spent, Told};

/// The longest cadence is a week: what was asked before that is due again anyway.
const REMEMBERED_SECS: i64 = 8 * 86_400;
/// The longest patience that a provider is given: a figure beyond it is a mistake, and would leave it alone for ever.
const LONGEST_PATIENCE_SECS: u64 = 86_400;

/// A desk's memory.
#[derive(Debug, Clone)]
pub struct Memory {
    /// What was asked last.
    pub asked: Asked,
    /// The credits.
    pub purse: Purse,
    /// How the provider answered.
    pub health: Health,
}

impl Memory {
    /// What the store remembers.
    ///
    /// # Errors
    /// What the store reports.
    pub fn read(store: &Store, provider: &dyn Provider, ceilings: Ceilings, at: Moment) -> Result<Self> {
        let (mut asked, mut health) = (Asked::default(), Health::Well);
        let rows = store.asks_since(provider.key(), at.plus_secs(-REMEMBERED_SECS))?;
        let newest = newest_of_each(&rows);
        let is_live = |row: &&AskRow| !is_backfill(row);
        for (row, ask) in rows.iter().filter(is_live).map(|row| (row, serde_json::from_str::<Ask>(&row.ask))) {
            let outcome = outcome(&row.outcome);
            let retry_after = if newest.contains(&row.id) { asked_patience(store, provider, row)? } else { None };
            if let Ok(ask) = ask {
                asked.note(&ask, row.sent_at, outcome, retry_after);
            }
            health = health.after(row.done_at.unwrap_or(row.sent_at), outcome, retry_after, row.reserved > 0);
        }
        Ok(Self { asked, purse: purse(store, provider, ceilings, at)?, health })
    }
}

/// Whether back-fill asked it: its calls are its own to close, and tell nothing of what is asked live.
fn is_backfill(row: &AskRow) -> bool {
    row.purpose.starts_with(store::backfill::PURPOSE)
}

/// The newest row of each thing that was asked: what was asked for before them no longer holds anybody back.
fn newest_of_each(rows: &[AskRow]) -> HashSet<i64> {
    let mut met = HashSet::new();
    let identity = |row: &AskRow| {
        serde_json::from_str::<Ask>(&row.ask).map_or_else(|_| (None, row.ask.clone()), |ask| (Some(ask.what), subject(&ask)))
    };
    rows.iter().rev().filter(|row| met.insert(identity(row))).map(|row| row.id).collect()
}

/// The patience that the reply of a row asked for: it is in the reply's head, which is archived.
fn asked_patience(store: &Store, provider: &dyn Provider, row: &AskRow) -> Result<Option<Moment>> {
    let Some(id) = row.reply.filter(|_| row.outcome == "retry_after") else { return Ok(None) };
    let Some(kept) = store.reply(id)? else { return Ok(None) };
    let body = store.body(&kept)?;
    Ok(patience(&provider.judge(&kept.with_body(&body)), kept.fetched_at))
}

/// Until when a provider asks to be left alone, in a reply that came at a moment.
#[must_use]
pub fn patience(verdict: &Verdict, at: Moment) -> Option<Moment> {
    let Verdict::RetryAfter(Some(wait), _) = verdict else { return None };
    Some(at.plus_secs(wait.as_secs().min(LONGEST_PATIENCE_SECS).cast_signed()))
}

/// The credits of a provider, as our rows and its own newest word have them.
///
/// # Errors
/// What the store reports.
pub fn purse(store: &Store, provider: &dyn Provider, ceilings: Ceilings, at: Moment) -> Result<Purse> {
    let key = provider.key();
    let spent = spent(store, key, at)?;
    let metered = if provider.offers().is_metered { store.last_metered_ask(key)? } else { None };
    let told = match metered {
        Some(row) => told(store, key, &row)?,
        None => None,
    };
    Ok(Purse { ceilings, spent, as_of: at, told })
}

/// Under which lease a call is made, by whom, and what pays for it.
#[derive(Debug, Clone, Copy)]
pub struct Under<'a> {
    /// The lease's name.
    pub lease: &'a str,
    /// Who holds it.
    pub holder: &'a str,
    /// What it is for.
    pub purpose: Purpose,
    /// What may be spent.
    pub ceilings: Ceilings,
}

/// Writes an intent where ceilings still have room for it, by what the ledger holds then: whoever else spends from the same credits
/// (live collecting, a back-fill, another process) waits meanwhile.
///
/// # Errors
/// What the store reports: then the call is not to be made.
pub fn begin(store: &Store, provider: &dyn Provider, intent: &Intent<'_>, under: Under<'_>) -> Result<Begun> {
    let Under { lease, holder, purpose, ceilings } = under;
    store.begin_ask_if(lease, intent, holder, || {
        if intent.credits == 0 || !provider.offers().is_metered {
            return Ok(true);
        }
        let funds = purse(store, provider, ceilings, intent.sent_at)?.funds(intent.sent_at);
        Ok(funds.is_some_and(|funds| funds.pay(purpose, intent.credits)))
    })
}

/// What counts as spent in the month and in the day of a moment.
fn spent(store: &Store, provider: &str, at: Moment) -> Result<Spent> {
    let day = store.credits_since(provider, day_of(at))?;
    let mut spent = Spent { day, ..Spent::default() };
    for row in store.credits_by_purpose(provider, month_of(at))? {
        *spent.by_purpose.of_mut(purpose_of(row.what.as_deref(), row.is_backfill)) += row.counted;
        spent.month += row.counted;
    }
    Ok(spent)
}

/// What a row of the ledger was paid for, by what it asked; what cannot be read is of no purpose that has a ceiling.
#[must_use]
pub fn purpose_of(what: Option<&str>, is_backfill: bool) -> Purpose {
    if is_backfill {
        return Purpose::Backfill;
    }
    let what = what.and_then(|word| serde_json::from_value::<providers::What>(word.into()).ok());
    what.map_or(Purpose::Other, Purpose::of)
}

/// The provider's newest word. Calls overlap and their answers overtake each other: of those that were under way with the newest
/// one, the highest meter counts, for it has the others in it; what told nothing is taken off.
fn told(store: &Store, provider: &str, newest: &AskRow) -> Result<Option<Told>> {
    // A day earlier, for what was sent after it stands before it where the clock was set back.
    let mut rows = store.asks_since(provider, newest.sent_at.plus_secs(-86_400))?;
    rows.retain(|row| row.id >= newest.id || row.done_at.is_none_or(|done_at| done_at >= newest.sent_at));
    let word = rows.iter().filter(|row| row.remaining.is_some()).max_by_key(|row| (row.used, row.id)).unwrap_or(newest);
    let (Some(used), Some(remaining)) = (word.used, word.remaining) else { return Ok(None) };
    let reserved_since = rows.iter().filter(|row| row.used.is_none()).map(AskRow::spent).sum();
    Ok(Some(Told { at: word.done_at.unwrap_or(word.sent_at), used, remaining, reserved_since }))
}

/// The 1st of the month, 00:00 UTC.
#[must_use]
pub fn month_of(at: Moment) -> Moment {
    let first = at.day_in(&jiff::tz::TimeZone::UTC).first_of_month();
    first.to_zoned(jiff::tz::TimeZone::UTC).map_or(at, |zoned| Moment::from(zoned.timestamp()))
}

fn day_of(at: Moment) -> Moment {
    Moment::from_secs(at.secs().div_euclid(86_400) * 86_400)
}

/// Whether two moments lie in the same month.
#[must_use]
pub fn is_same_month(a: Moment, b: Moment) -> bool {
    next_month(a) == next_month(b)
}

/// Whether two moments lie in the same day.
#[must_use]
pub fn is_same_day(a: Moment, b: Moment) -> bool {
    day_of(a) == day_of(b)
}

/// What a row's word means to the scheduler.
#[must_use]
pub fn outcome(word: &str) -> Outcome {
    match word {
        "good" => Outcome::Good,
        "retry_after" | "unreachable" => Outcome::TryAgain,
        "quota_spent" => Outcome::QuotaSpent,
        "refused" => Outcome::Refused,
        "key_refused" => Outcome::KeyRefused,
        "gone" => Outcome::Gone,
        "changed_shape" | "too_long" => Outcome::ChangedShape,
        _ => Outcome::NoReply,
    }
}

/// Closes what a process that collects left open: with its reply where that was archived, else as lost, which counts as spent. Gives those that
/// are lost. Twice changes nothing.
///
/// # Errors
/// What the store reports.
pub fn close_open(store: &Store, provider: &dyn Provider, at: Moment) -> Result<Vec<AskRow>> {
    let open = store.open_asks(provider.key())?;
    close(store, provider, at, open.into_iter().filter(|row| !is_backfill(row)))
}

/// The same of what a back-fill left open.
///
/// # Errors
/// What the store reports.
pub fn close_open_backfill(store: &Store, provider: &dyn Provider, at: Moment) -> Result<Vec<AskRow>> {
    let open = store.open_asks(provider.key())?;
    close(store, provider, at, open.into_iter().filter(is_backfill))
}

fn close(store: &Store, provider: &dyn Provider, at: Moment, open: impl Iterator<Item = AskRow>) -> Result<Vec<AskRow>> {
    let mut lost = Vec::new();
    for row in open {
        match store.reply_of_ask(row.id)? {
            Some(kept) => {
                let body = store.body(&kept)?;
                let reply = kept.with_body(&body);
                let (verdict, meter) = (provider.judge(&reply), provider.meter(&reply).unwrap_or_default());
                let billed = billed(Some(kept.status), meter, row.reserved);
                let end = AskEnd { detail: verdict.reason(), ..end_of(verdict.as_str(), billed, meter) };
                store.end_ask(row.id, kept.fetched_at, &AskEnd { reply: Some(kept.id), ..end })?;
            }
            None => {
                let detail = "its process ended before a reply came; counts as spent";
                store.end_ask(row.id, at, &AskEnd { outcome: LOST, detail, ..AskEnd::default() })?;
                lost.push(row);
            }
        }
    }
    Ok(lost)
}

/// The end of a row with what the meter tells.
#[must_use]
pub fn end_of(outcome: &str, billed: Option<i64>, meter: Meter) -> AskEnd<'_> {
    AskEnd { outcome, detail: "", billed, used: meter.used, remaining: meter.remaining, reply: None }
}

/// What a call counts: what the meter says; nothing where nobody was reached or the call was refused; else unknown, so that what was set
/// aside stands. `status` is `None` where no head came.
#[must_use]
pub fn billed(status: Option<u16>, meter: Meter, reserved: i64) -> Option<i64> {
    match (meter.last.filter(|last| *last >= 0), status) {
        (Some(last), _) => Some(last),
        (None, Some(400..=499)) => Some(0),
        (None, _) => (reserved == 0).then_some(0),
    }
}
