//! The arithmetic of credits: every intent ends as billed, or counts as spent.
//!
//! The intent is written before the call. A reply settles it with what the provider billed; an intent that never gets a reply
//! (killed in between) stays at its predicted upper bound and is listed.

/// Where one call's credits stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Set aside: the call may be under way.
    Reserved,
    /// The provider said what it cost.
    Billed,
    /// A reply came that says nothing of credits: the prediction stands.
    Spent,
    /// No reply ever came: the prediction stands, and the call is listed.
    Unknown,
}

/// One call's credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub state: State,
    /// The most that it can cost.
    pub predicted: i64,
    /// What counts as spent.
    pub counted: i64,
    /// Which attempt of the same ask it is, from 1.
    pub attempt: u32,
}

/// What a reply did to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// The entry as it stands now.
    pub entry: Entry,
    /// Billed less predicted: above zero, the price list that we predict by is wrong.
    pub over_prediction: i64,
}

/// How often an ask whose intent has no reply may be asked in all.
pub const MOST_ATTEMPTS_WITHOUT_REPLY: u32 = 2;

impl Entry {
    /// An intent: counts at once.
    #[must_use]
    pub const fn intent(predicted: i64, attempt: u32) -> Self {
        Self { state: State::Reserved, predicted, counted: predicted, attempt }
    }

    /// A reply came, with what it cost where it says so. An entry that was given up as unknown is settled as well; twice changes nothing.
    #[must_use]
    pub fn settle(self, billed: Option<i64>) -> Settled {
        if matches!(self.state, State::Billed | State::Spent) {
            return Settled { entry: self, over_prediction: 0 };
        }
        let (state, counted) = match billed {
            Some(billed) if billed >= 0 => (State::Billed, billed),
            _ => (State::Spent, self.predicted),
        };
        Settled { entry: Self { state, counted, ..self }, over_prediction: (counted - self.predicted).max(0) }
    }

    /// The process that made the intent is gone: it counts as spent. Run on every open intent at start.
    #[must_use]
    pub const fn lose(self) -> Self {
        match self.state {
            State::Reserved => Self { state: State::Unknown, ..self },
            _ => self,
        }
    }

    /// Whether the same thing may be asked again although no reply came: at most once.
    #[must_use]
    pub const fn may_ask_again(&self) -> bool {
        !matches!(self.state, State::Unknown) || self.attempt < MOST_ATTEMPTS_WITHOUT_REPLY
    }
}

/// The sums of one provider's month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ledger {
    /// Set aside for calls under way.
    pub reserved: i64,
    /// Billed by the provider.
    pub billed: i64,
    /// Spent by prediction: replies that said nothing of credits.
    pub spent: i64,
    /// Spent by prediction: intents without a reply.
    pub unknown: i64,
}

impl Ledger {
    /// The sums of entries.
    #[must_use]
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut ledger = Self::default();
        for entry in entries {
            *ledger.sum_of(entry.state) += entry.counted;
        }
        ledger
    }

    /// Everything that counts as spent.
    #[must_use]
    pub const fn total(&self) -> i64 {
        self.reserved + self.billed + self.spent + self.unknown
    }

    /// Replaces an entry by what became of it.
    pub fn replace(&mut self, before: &Entry, after: &Entry) {
        *self.sum_of(before.state) -= before.counted;
        *self.sum_of(after.state) += after.counted;
    }

    /// Credits that somebody else spent from the same key, where the provider says that `used` are gone: a finding. What is under way
    /// may be counted there or not, so only what is certainly not ours is named.
    #[must_use]
    pub fn foreign(&self, used: i64) -> i64 {
        (used - self.total()).max(0)
    }

    /// Credits that we count and the provider did not, once nothing is under way: unknown calls that were not billed.
    #[must_use]
    pub fn overcounted(&self, used: i64) -> i64 {
        if self.reserved > 0 { 0 } else { (self.total() - used).max(0) }
    }

    fn sum_of(&mut self, state: State) -> &mut i64 {
        match state {
            State::Reserved => &mut self.reserved,
            State::Billed => &mut self.billed,
            State::Spent => &mut self.spent,
            State::Unknown => &mut self.unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intent_counts_at_once_and_is_settled_with_what_was_billed() {
        let intent = Entry::intent(3, 1);
        assert_eq!(intent.counted, 3);
        let settled = intent.settle(Some(2));
        assert_eq!((settled.entry.state, settled.entry.counted, settled.over_prediction), (State::Billed, 2, 0));
        assert_eq!(intent.settle(Some(5)).over_prediction, 2);
        assert_eq!(intent.settle(None).entry.counted, 3, "a reply without a meter costs what was predicted");
        assert_eq!(settled.entry.settle(Some(9)).entry, settled.entry, "settled twice changes nothing");
    }

    #[test]
    fn an_intent_without_a_reply_counts_as_spent_and_is_asked_again_once() {
        let lost = Entry::intent(7, 1).lose();
        assert_eq!((lost.state, lost.counted, lost.may_ask_again()), (State::Unknown, 7, true));
        assert!(!Entry::intent(7, 2).lose().may_ask_again());
        assert_eq!(lost.settle(Some(0)).entry.counted, 0, "a reply that is found in the archive settles it after all");
        assert_eq!(lost.lose(), lost);
    }

    #[test]
    fn spending_that_is_not_ours_is_told_apart_from_calls_that_were_not_billed() {
        let mut entries = vec![Entry::intent(3, 1).settle(Some(3)).entry, Entry::intent(4, 1).lose()];
        let ledger = Ledger::of(&entries);
        assert_eq!((ledger.total(), ledger.foreign(10), ledger.foreign(7), ledger.overcounted(3)), (7, 3, 0, 4));
        entries.push(Entry::intent(5, 1));
        let mut open = Ledger::of(&entries);
        assert_eq!((open.foreign(10), open.foreign(13), open.overcounted(7)), (0, 1, 0), "what is under way may be counted or not");
        let settled = entries[2].settle(Some(1)).entry;
        open.replace(&entries[2], &settled);
        assert_eq!((open.total(), open.reserved), (8, 0));
    }
}
