//! Prices with the money that stands at each, kept up by deltas.

/// A price with what stands there, both in units of 1e-9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Level {
    /// Decimal odds.
    pub price: i64,
    /// Money, in the currency of the file.
    pub size: i64,
}

/// Rows by key: the price itself in a full ladder, the place from 0 in a short one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    rows: Vec<(i64, Level)>,
}

impl Rows {
    /// Puts a level at a key; no money takes it away.
    pub(super) fn set(&mut self, key: i64, level: Level) {
        let at = self.rows.binary_search_by_key(&key, |row| row.0);
        match (at, level.size) {
            (Ok(at), 0) => drop(self.rows.remove(at)),
            (Ok(at), _) => self.rows[at].1 = level,
            (Err(_), 0) => {}
            (Err(at), _) => self.rows.insert(at, (key, level)),
        }
    }

    pub(super) fn clear(&mut self) {
        self.rows.clear();
    }

    /// Whether nothing stands in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Levels by rising key.
    pub fn rising(&self) -> impl DoubleEndedIterator<Item = Level> {
        self.rows.iter().map(|row| row.1)
    }
}

/// One side of a runner: the full ladder where the file has it, else the short one with virtual prices, else the short one without.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Side {
    pub(super) full: Rows,
    pub(super) shown: Rows,
    pub(super) best: Rows,
}

impl Side {
    /// Its best levels, the first being the best; `is_back` says at which end of the full ladder that is.
    pub(super) fn levels(&self, is_back: bool, most: usize) -> Vec<Level> {
        if !self.full.is_empty() {
            let rising = self.full.rising();
            return if is_back { rising.rev().take(most).collect() } else { rising.take(most).collect() };
        }
        let short = if self.shown.is_empty() { &self.best } else { &self.shown };
        short.rising().take(most).collect()
    }

    pub(super) fn best(&self, is_back: bool) -> Option<Level> {
        if self.full.is_empty() {
            return if self.shown.is_empty() { &self.best } else { &self.shown }.rising().next();
        }
        let mut rising = self.full.rising();
        if is_back { rising.next_back() } else { rising.next() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_of_nought_takes_a_level_away_and_the_next_is_the_best() {
        let mut side = Side::default();
        for (price, size) in [(20, 5), (30, 7), (25, 1)] {
            side.full.set(price, Level { price, size });
        }
        assert_eq!((side.best(true).map(|level| level.price), side.best(false).map(|level| level.price)), (Some(30), Some(20)));
        side.full.set(30, Level { price: 30, size: 0 });
        side.full.set(31, Level { price: 31, size: 0 });
        assert_eq!(side.levels(true, 3).iter().map(|level| level.price).collect::<Vec<_>>(), [25, 20]);
    }

    #[test]
    fn virtual_prices_are_shown_before_the_short_ladder_and_after_the_full_one() {
        let mut side = Side::default();
        side.best.set(0, Level { price: 20, size: 1 });
        assert_eq!(side.best(true).map(|level| level.price), Some(20));
        side.shown.set(0, Level { price: 21, size: 1 });
        assert_eq!(side.best(true).map(|level| level.price), Some(21));
        side.full.set(22, Level { price: 22, size: 1 });
        assert_eq!(side.best(true).map(|level| level.price), Some(22));
    }
}
