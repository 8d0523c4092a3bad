//! `plan --ledger`: what was spent in this month and day, for what, what is under way, and what the ceilings leave; then the newest
//! calls that cost something, each with why it was made.

use predictive_play::collect::ledger::{month_of, purpose_of, purse};
use predictive_play::schedule::purpose::PURPOSES;
use predictive_play::schedule::{Ceilings, Funds, Purpose, Purse};
use serde_json::{Value, json};
use store::asks::AskRow;
use store::credits::CreditSum;

use super::super::{Outcome, Product, tell};

/// Calls that are told one by one.
const MOST_CALLS: i64 = 50;

struct Told {
    provider: &'static str,
    title: &'static str,
    ceilings: Ceilings,
    purse: Purse,
    funds: Option<Funds>,
    sums: Vec<CreditSum>,
    calls: Vec<AskRow>,
}

pub fn run(product: &Product, as_json: bool) -> Outcome {
    let mut told = Vec::new();
    for provider in product.recorder.providers().iter().filter(|provider| provider.offers().is_metered) {
        let (key, at) = (provider.key(), product.clock.now());
        let ceilings = product.settings.credits_of(key).ceilings();
        let purse = purse(&product.store, &**provider, ceilings, at)?;
        let sums = product.store.credits_by_purpose(key, month_of(at))?;
        let calls = product.store.paid_asks(key, month_of(at), MOST_CALLS)?;
        let is_asked = product.settings.provider(key).is_some_and(|provider| provider.is_asked);
        if is_asked || !sums.is_empty() {
            let funds = purse.funds(at);
            told.push(Told { provider: key, title: provider.offers().title, ceilings, purse, funds, sums, calls });
        }
    }
    if as_json {
        tell::json(&Value::Array(told.iter().map(json_of).collect()))?;
    } else if told.is_empty() {
        tell::line("nobody who sells credits is asked, and nothing was spent in this month");
    } else {
        told.iter().for_each(print);
    }
    Ok(0)
}

/// The sums of a purpose.
#[derive(Default)]
struct Sum {
    calls: i64,
    reserved: i64,
    billed: i64,
    unknown: i64,
    counted: i64,
}

fn sum_of(sums: &[CreditSum], purpose: Purpose) -> Sum {
    let of = sums.iter().filter(|sum| purpose_of(sum.what.as_deref(), sum.is_backfill) == purpose);
    of.fold(Sum::default(), |all, sum| Sum {
        calls: all.calls + sum.calls,
        reserved: all.reserved + sum.reserved,
        billed: all.billed + sum.billed,
        unknown: all.unknown + sum.unknown,
        counted: all.counted + sum.counted,
    })
}

fn json_of(told: &Told) -> Value {
    let purposes = PURPOSES.map(|purpose| {
        let sum = sum_of(&told.sums, purpose);
        json!({
            "purpose": purpose.as_str(), "calls": sum.calls, "reserved": sum.reserved, "billed": sum.billed, "unknown": sum.unknown,
            "spent": sum.counted, "ceiling": told.ceilings.by_purpose.of(purpose),
            "left": told.funds.map(|funds| funds.on(purpose)),
        })
    });
    json!({
        "provider": told.provider,
        "month": { "spent": told.purse.spent.month, "ceiling": told.purse.monthly_ceiling(), "left": told.funds.map(|funds| funds.month),
            "ends_at": told.funds.map(|funds| funds.month_ends_at) },
        "day": { "spent": told.purse.spent.day, "ceiling": told.ceilings.per_day, "left": told.funds.and_then(|funds| funds.day) },
        "provider_says": told.purse.told.map(|word| json!({ "at": word.at, "used": word.used, "remaining": word.remaining })),
        "purposes": purposes,
        "calls": told.calls.iter().map(call_json).collect::<Vec<_>>(),
    })
}

fn call_json(row: &AskRow) -> Value {
    json!({
        "ask": row.id, "sent_at": row.sent_at, "why": row.purpose, "outcome": row.outcome, "reserved": row.reserved, "billed": row.billed,
        "is_retry": row.is_retry, "request": row.request,
    })
}

fn print(told: &Told) {
    let of = |ceiling: Option<i64>| ceiling.map_or_else(|| "no ceiling is known".to_owned(), |ceiling| format!("of {ceiling}"));
    let (month, day) = (
        of(told.purse.monthly_ceiling()),
        told.ceilings.per_day.map_or_else(|| "no ceiling of its own".to_owned(), |day| format!("of {day}")),
    );
    tell::line(format!(
        "{}: {} credits in this month ({month}), {} today ({day})",
        told.title, told.purse.spent.month, told.purse.spent.day
    ));
    if let Some(word) = told.purse.told {
        tell::line(format!("  it says: {} used, {} remain ({})", word.used, word.remaining, word.at));
    }
    for purpose in PURPOSES {
        let sum = sum_of(&told.sums, purpose);
        let ceiling = told.ceilings.by_purpose.of(purpose).map_or_else(String::new, |ceiling| format!(" of {ceiling}"));
        tell::line(format!(
            "  {:<11} {:>6} calls {:>8} credits{ceiling}: {} billed, {} under way, {} without a word on what they cost",
            purpose.as_str(),
            sum.calls,
            sum.counted,
            sum.billed,
            sum.reserved,
            sum.unknown
        ));
    }
    for row in &told.calls {
        let cost = row.billed.map_or_else(|| format!("{} set aside", row.reserved), |billed| format!("{billed} billed"));
        tell::line(format!("  {} {:<14} {:<28} {} ({})", row.sent_at, cost, row.purpose, row.request, row.outcome));
    }
}
