//! A clock that tests turn by hand, so that a month runs in a minute and no test sleeps.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use odds::Moment;

/// A clock that stands still until it is turned. Clones share the same hands.
#[derive(Debug, Clone)]
pub struct HandClock {
    micros: Arc<AtomicI64>,
}

impl HandClock {
    /// A clock that stands at a moment.
    #[must_use]
    pub fn at(moment: Moment) -> Self {
        Self { micros: Arc::new(AtomicI64::new(moment.micros())) }
    }

    /// A clock that stands at a moment given as text (`2026-03-31T23:10:00Z`).
    ///
    /// # Panics
    /// Where the text is no moment: a mistake in the test.
    #[must_use]
    pub fn at_text(text: &str) -> Self {
        Self::at(text.parse().expect("the test names a moment"))
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> Moment {
        Moment::from_micros(self.micros.load(Ordering::SeqCst))
    }

    /// Sets it, forwards or back.
    pub fn set(&self, moment: Moment) {
        self.micros.store(moment.micros(), Ordering::SeqCst);
    }

    /// Turns it by seconds (back where negative) and tells what it shows now.
    pub fn advance_secs(&self, secs: i64) -> Moment {
        self.advance_micros(secs.saturating_mul(1_000_000))
    }

    /// Turns it by microseconds (back where negative) and tells what it shows now.
    pub fn advance_micros(&self, micros: i64) -> Moment {
        let before = self.micros.fetch_add(micros, Ordering::SeqCst);
        Moment::from_micros(before.saturating_add(micros))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_stands_still_until_it_is_turned_and_clones_share_its_hands() {
        let clock = HandClock::at_text("2026-03-31T23:10:00Z");
        let other = clock.clone();
        assert_eq!(clock.now(), other.now());
        assert_eq!(clock.advance_secs(90).to_string(), "2026-03-31T23:11:30Z");
        assert_eq!(other.now().to_string(), "2026-03-31T23:11:30Z");
    }

    #[test]
    fn the_clock_can_be_set_back() {
        let clock = HandClock::at_text("2026-03-31T23:10:00Z");
        clock.advance_secs(-3600);
        assert_eq!(clock.now().to_string(), "2026-03-31T22:10:00Z");
        clock.set(Moment::from_secs(0));
        assert_eq!(clock.now(), Moment::from_secs(0));
    }
}
