//! The clock door: the only place, with `main`, that reads the wall.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

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

/// The machine's clock, held so that it does not run back: a wall that is set back is waited out a microsecond at a time.
#[derive(Debug, Default)]
pub struct WallClock {
    told: AtomicI64,
}

impl WallClock {
    /// A clock that tells nothing earlier than `floor`: the last moment that the store knows.
    #[must_use]
    pub const fn not_before(floor: Moment) -> Self {
        Self { told: AtomicI64::new(floor.micros()) }
    }

    fn wall() -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    }
}

impl Clock for WallClock {
    fn now(&self) -> Moment {
        let wall = Self::wall();
        let before = self.told.fetch_max(wall, Ordering::AcqRel);
        if before < wall {
            return Moment::from_micros(wall);
        }
        Moment::from_micros(self.told.fetch_add(1, Ordering::AcqRel) + 1)
    }

    fn behind_secs(&self) -> f64 {
        (self.told.load(Ordering::Acquire) - Self::wall()).max(0) as f64 / 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_when_the_wall_was_set_back() {
        let ahead = Moment::from_micros(WallClock::wall()).plus_secs(3600);
        let clock = WallClock::not_before(ahead);
        let (first, second) = (clock.now(), clock.now());
        assert!(ahead < first && first < second);
        assert!(clock.behind_secs() > 3500.0);
    }
}
