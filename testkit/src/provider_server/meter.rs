//! The provider's own bill: what a test holds our ledger against, to the unit.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Answer, Received};

/// A meter of credits as The Odds API has it. Clones share the same count; it goes below zero as the real one does, when calls race.
#[derive(Debug, Clone)]
pub struct CreditsMeter {
    count: Arc<Mutex<Count>>,
}

#[derive(Debug)]
struct Count {
    used_before: i64,
    remaining: i64,
    charges: Vec<Charge>,
}

/// One line of the bill; free calls are on it too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The path that was asked.
    pub path: String,
    /// What it cost.
    pub credits: i64,
}

impl CreditsMeter {
    /// A meter with so much used by others before, and so much left.
    #[must_use]
    pub fn with(used: i64, remaining: i64) -> Self {
        Self { count: Arc::new(Mutex::new(Count { used_before: used, remaining, charges: Vec::new() })) }
    }

    /// What was billed here, in all.
    #[must_use]
    pub fn spent(&self) -> i64 {
        self.lock().spent()
    }

    /// What remains of the period.
    #[must_use]
    pub fn remaining(&self) -> i64 {
        self.lock().remaining
    }

    /// Every call that was metered, in order.
    #[must_use]
    pub fn charges(&self) -> Vec<Charge> {
        self.lock().charges.clone()
    }

    /// Spends credits that are not ours: an old service on the same key.
    pub fn spend_elsewhere(&self, credits: i64) {
        let mut count = self.lock();
        count.used_before += credits;
        count.remaining -= credits;
    }

    /// More credits are bought.
    pub fn refill(&self, credits: i64) {
        self.lock().remaining += credits;
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.remaining() <= 0
    }

    /// Bills a call and gives the headers that say so.
    pub fn charge(&self, received: &Received, credits: i64) -> [(String, String); 3] {
        let mut count = self.lock();
        count.remaining -= credits;
        count.charges.push(Charge { path: received.path.clone(), credits });
        count.headers(credits)
    }

    /// The answer of a provider whose credits are spent: 401, and free.
    #[must_use]
    pub fn refusal(&self, received: &Received) -> Answer {
        let body = r#"{"message":"Usage quota has been reached.","error_code":"OUT_OF_USAGE_CREDITS"}"#;
        let mut answer = Answer::json(401, body);
        answer.headers.extend(self.charge(received, 0));
        answer
    }

    fn lock(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Count {
    fn spent(&self) -> i64 {
        self.charges.iter().map(|charge| charge.credits).sum()
    }

    fn headers(&self, last: i64) -> [(String, String); 3] {
        let used = self.used_before + self.spent();
        [("x-requests-used", used), ("x-requests-remaining", self.remaining), ("x-requests-last", last)]
            .map(|(name, value)| (name.to_owned(), value.to_string()))
    }
}
