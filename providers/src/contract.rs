//! What prediction markets have in common: a contract pays 1 if its answer comes true and costs something in between. Its ask is what
//! backing the answer costs, its bid what somebody pays for it, so what laying it costs; sizes are numbers of contracts.

use odds::Price;
use odds::decimal::{format_scaled, parse_scaled};
use odds::observation::{Offer, Refusal};
use odds::price::PAYOUT;
use serde::de::IgnoredAny;

use crate::provider::Verdict;
use crate::tolerant::{Notes, Object, head, told_wait};
use odds::reply::Reply;
use std::time::Duration;

/// How long is waited after a 429 that does not say.
const SLOWED_FOR: Duration = Duration::from_secs(60);

/// One side of a contract's book: the best price, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Best {
    /// Nobody is there: not told, or told as nothing (0) or everything (1).
    Nobody,
    /// A price.
    At(u32),
    /// Something that is no price, with a problem.
    Unreadable(Refusal),
}

impl Best {
    /// Reads a price between 0 and 1 from a field, else from one in cents; both ends mean that nobody is there.
    pub(crate) fn read(notes: &mut Notes, object: &Object<'_>, name: &str, cents: Option<&str>) -> Self {
        let of = |notes: &mut Notes, name: &str, scale: i32| {
            let text = object.text(notes, name)?;
            Some(parse_scaled(&text, scale).ok().filter(|scaled| scaled.is_exact).map(|scaled| scaled.units).ok_or((name.to_owned(), text)))
        };
        if object.has(name) && object.text(&mut Notes::default(), name).is_none() {
            object.text(notes, name);
            return Self::Unreadable(Refusal::BadPrice);
        }
        let told = of(notes, name, 6).or_else(|| of(notes, cents?, 4));
        match told {
            None => Self::Nobody,
            Some(Ok(units)) => match u32::try_from(units) {
                Ok(0 | PAYOUT) => Self::Nobody,
                Ok(millionths) if millionths < PAYOUT => Self::At(millionths),
                _ => Self::refused(notes, object, name, &format!("{units} millionths")),
            },
            Some(Err((name, text))) => Self::refused(notes, object, &name, &text),
        }
    }

    fn refused(notes: &mut Notes, object: &Object<'_>, name: &str, text: &str) -> Self {
        notes.refuse(object.place(name), Refusal::BadPrice, format!("{text:?}: a contract's price lies between 0 and 1, like 0.41"));
        Self::Unreadable(Refusal::BadPrice)
    }

    /// The same offer from the other answer's view: who buys this one at a price sells the other at the rest.
    pub(crate) const fn mirrored(self) -> Self {
        match self {
            Self::At(millionths) => Self::At(PAYOUT - millionths),
            other => other,
        }
    }

    /// What is offered, if anything is.
    pub(crate) fn offer(self, is_suspended: bool) -> Option<Result<Offer, Refusal>> {
        match self {
            Self::Nobody => None,
            Self::Unreadable(refusal) => Some(Err(refusal)),
            Self::At(millionths) => {
                let price = Price::from_contract(millionths);
                Some(price.map(|price| Offer { price, is_suspended, changed_at: None }).map_err(Refusal::from))
            }
        }
    }

    /// The most that can be staked at this price on so many contracts, in what they pay in, as a JSON number.
    pub(crate) fn stake(self, contracts: &str) -> Option<String> {
        let Self::At(millionths) = self else { return None };
        let contracts = parse_scaled(contracts, 2).ok().filter(|size| size.is_exact && size.units > 0)?;
        let stake = i128::from(contracts.units) * i128::from(millionths);
        Some(format_scaled(i64::try_from(stake).ok()?, 8))
    }
}

/// A bid above the ask is two halves of two different moments, or a mistake: neither is believed.
pub(crate) fn checked(notes: &mut Notes, at: &str, bid: Best, ask: Best) -> (Best, Best) {
    if let (Best::At(low), Best::At(high)) = (bid, ask)
        && low > high
    {
        notes.refuse(at, Refusal::Implausible, format!("the bid, {low} millionths, is above the ask, {high}"));
        return (Best::Unreadable(Refusal::Implausible), Best::Unreadable(Refusal::Implausible));
    }
    (bid, ask)
}

/// The verdict on a reply of an exchange that takes no key.
pub(crate) fn verdict(reply: &Reply<'_>, is_answer: impl FnOnce(&[u8]) -> bool) -> Verdict {
    let reason = format!("status {}: {}", reply.status, head(reply.body));
    match reply.status {
        200..=299 if is_answer(reply.body) => Verdict::Good,
        200..=299 => match serde_json::from_slice::<IgnoredAny>(reply.body) {
            Err(error) if error.is_eof() && !reply.body.is_empty() => {
                Verdict::RetryAfter(None, format!("the body ends early, after {} bytes", reply.body.len()))
            }
            _ => Verdict::ChangedShape(format!("not what {} sends: {}", reply.endpoint, head(reply.body))),
        },
        404 | 410 => Verdict::Gone(reason),
        429 => Verdict::RetryAfter(Some(told_wait(reply).unwrap_or(SLOWED_FOR)), reason),
        408 | 425 | 500..=599 => Verdict::RetryAfter(told_wait(reply), reason),
        400..=499 => Verdict::Refused(reason),
        _ => Verdict::ChangedShape(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> (Best, usize) {
        let mut notes = Notes::default();
        let best = Best::read(&mut notes, &Object::of_body(body.as_bytes()).unwrap(), "yes_ask_dollars", Some("yes_ask"));
        (best, notes.problems.len())
    }

    #[test]
    fn a_price_in_dollars_or_cents_is_the_same_and_the_ends_are_nobody() {
        for body in [r#"{"yes_ask_dollars": "0.4100"}"#, r#"{"yes_ask": 41}"#, r#"{"yes_ask_dollars": 0.41, "yes_ask": 99}"#] {
            assert_eq!(read(body), (Best::At(410_000), 0), "{body}");
        }
        for body in ["{}", r#"{"yes_ask_dollars": "0.0000"}"#, r#"{"yes_ask": 100}"#, r#"{"yes_ask_dollars": null}"#] {
            assert_eq!(read(body), (Best::Nobody, 0), "{body}");
        }
        for body in
            [r#"{"yes_ask_dollars": "1.2"}"#, r#"{"yes_ask_dollars": "-0.4"}"#, r#"{"yes_ask": "x"}"#, r#"{"yes_ask_dollars": [1]}"#]
        {
            assert_eq!(read(body), (Best::Unreadable(Refusal::BadPrice), 1), "{body}");
        }
    }

    #[test]
    fn the_other_answer_costs_the_rest_and_stakes_are_exact() {
        assert_eq!(Best::At(410_000).mirrored(), Best::At(590_000));
        assert_eq!(Best::At(410_000).stake("80.00").as_deref(), Some("32.8"));
        assert_eq!(Best::At(1_000).stake("0.01").as_deref(), Some("0.00001"));
        for size in ["0", "-1", "x", "1.234"] {
            assert_eq!(Best::At(410_000).stake(size), None, "{size}");
        }
    }

    #[test]
    fn a_bid_above_the_ask_is_believed_on_neither_side() {
        let mut notes = Notes::default();
        let refused = Best::Unreadable(Refusal::Implausible);
        assert_eq!(checked(&mut notes, "x", Best::At(600_000), Best::At(590_000)), (refused, refused));
        assert_eq!(checked(&mut notes, "x", Best::At(590_000), Best::At(590_000)), (Best::At(590_000), Best::At(590_000)));
        assert_eq!(notes.problems.len(), 1);
    }
}
