//! The clock door: the only place, with `main`, that reads the wall.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use odds::Moment;

/// Tells the time. Handed in by `main`, so that tests turn it by hand.
pub trait Clock: Send + Sync {
    /// Now. Never earlier than what it told before.
    fn now(&self) -> Moment;

    /// Seconds that the wall was behind what this clock had told already: above zero after the wall was set back.
    fn behind_secs(&self) -> f64 {
        0.0
    }
}

/// The machine's clock, held so that it does not run back: after the wall was set back it goes on at half the pace until the wall has
/// caught up, so that whatever waits for a moment goes on too.
#[derive(Debug)]
pub struct WallClock {
    held: Mutex<Held>,
}

/// What was told last, and when on the clock that nobody sets.
#[derive(Debug)]
struct Held {
    told: i64,
    read_at: Instant,
}

impl Default for WallClock {
    fn default() -> Self {
        Self::not_before(Moment::from_micros(0))
    }
}

impl WallClock {
    /// A clock that tells nothing earlier than `floor`: the last moment that the store knows.
    #[must_use]
    pub fn not_before(floor: Moment) -> Self {
        Self { held: Mutex::new(Held { told: floor.micros(), read_at: Instant::now() }) }
    }

    fn wall() -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What to tell after `told`, where the wall shows this and so many microseconds have passed.
fn next(told: i64, wall: i64, passed: i64) -> i64 {
    if wall > told { wall } else { told.saturating_add((passed / 2).max(1)) }
}

impl Clock for WallClock {
    fn now(&self) -> Moment {
        let mut held = self.held();
        let read_at = Instant::now();
        let passed = i64::try_from(read_at.duration_since(held.read_at).as_micros()).unwrap_or(i64::MAX);
        *held = Held { told: next(held.told, Self::wall(), passed), read_at };
        Moment::from_micros(held.told)
    }

    fn behind_secs(&self) -> f64 {
        (self.held().told - Self::wall()).max(0) as f64 / 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_that_is_set_back_by_an_hour_has_caught_up_after_two() {
        let (mut told, mut wall) = (next(0, 7_200_000_000, 0), 3_600_000_000);
        assert_eq!(told, 7_200_000_000);
        for minute in 1..=121 {
            wall += 60_000_000;
            let before = told;
            told = next(told, wall, 60_000_000);
            assert!(told > before && (told > wall) == (minute < 120), "minute {minute}: {told} beside {wall}");
        }
        assert_eq!(told, wall);
        assert_eq!(next(told, wall, 0), told + 1, "two moments are never one");
    }

    #[test]
    fn time_goes_on_when_the_wall_was_set_back() {
        let ahead = Moment::from_micros(WallClock::wall()).plus_secs(3600);
        let clock = WallClock::not_before(ahead);
        let (first, second) = (clock.now(), clock.now());
        assert!(ahead < first && first < second);
        assert!(clock.behind_secs() > 3500.0);
    }
}
