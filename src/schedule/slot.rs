//! Turns: when the next pull of a cadence falls. They are laid out backwards from the closing pull that comes next, so that the closing
//! pull is one of them and costs nothing more.

use odds::Moment;

use super::asked::{LastAsk, Outcome};
use super::backoff::{not_before, retry_at};
use super::due::Reason;

const SECOND: i64 = 1_000_000;
/// The most by which a turn comes late.
const MOST_JITTER_SECS: i64 = 20;

/// Where turns are laid out from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turns {
    /// The closing pull that comes next, or is due; `None` where turns run freely from the last one.
    pub anchor: Option<Moment>,
    /// Seconds from one to the next.
    pub gap: i64,
    /// What tells this row of turns apart from others, for the jitter.
    pub salt: u64,
}

impl Turns {
    /// When the next pull is to go out: now or earlier if it is due.
    pub fn due_at(self, at: Moment, last: Option<&LastAsk>) -> Moment {
        let Some(last) = last else { return at };
        let turn = self.next_turn(at, last);
        let turn = retry_at(last).map_or(turn, |retry| retry.min(turn));
        not_before(last).map_or(turn, |(until, _)| until.max(turn))
    }

    /// When the pull after one at `at` is to go out.
    pub fn after(self, at: Moment) -> Moment {
        self.next_turn(at, &LastAsk::after(None, at, Outcome::Good, None))
    }

    fn next_turn(self, at: Moment, last: &LastAsk) -> Moment {
        let asked_at = last.asked_at;
        let Some(anchor) = self.anchor else { return self.late(asked_at.plus_secs(self.gap)) };
        let begun = self.begun(anchor, at);
        if asked_at < begun {
            return self.late(begun).max(asked_at.plus_secs(self.gap / 2)).min(self.late(begun.plus_secs(self.gap)));
        }
        self.late(begun.plus_secs(self.gap))
    }

    /// The turn that has begun last.
    fn begun(self, anchor: Moment, at: Moment) -> Moment {
        let (gap, ahead) = (self.gap * SECOND, anchor.micros() - at.micros());
        if ahead <= 0 {
            return anchor;
        }
        anchor.plus_micros(-(ahead.div_euclid(gap) + i64::from(ahead.rem_euclid(gap) > 0)) * gap)
    }

    fn late(self, turn: Moment) -> Moment {
        let most = (self.gap / 10).clamp(0, MOST_JITTER_SECS) as u64;
        turn.plus_secs((mix(self.salt ^ turn.secs() as u64) % (most + 1)) as i64)
    }
}

/// Why an ask is not made before its turn.
pub(super) fn why_not(last: Option<&LastAsk>, at: Moment) -> Reason {
    last.and_then(not_before).filter(|(until, _)| *until > at).map_or(Reason::NotYet, |(_, reason)| reason)
}

/// A number that looks drawn at random, always the same for the same input.
pub(super) const fn mix(input: u64) -> u64 {
    let mut mixed = input.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The same for a text.
pub(super) fn salt(seed: u64, text: &str) -> u64 {
    text.bytes().fold(mix(seed), |salt, byte| mix(salt ^ u64::from(byte)))
}

/// Whether something is among a share of its like, the choice being the same each time.
pub(super) fn is_among(share: f64, salt: u64) -> bool {
    share >= 1.0 || (mix(salt) >> 11) as f64 / ((1_u64 << 53) as f64) < share
}
