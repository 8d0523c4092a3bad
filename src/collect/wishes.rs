//! What a line of a push feed wants asked at once: everything that stands in a sport, because it cannot know what it missed. The desk
//! of the provider grants it.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// Wishes that are open.
#[derive(Debug, Default)]
pub struct Wishes {
    sports: Mutex<BTreeSet<String>>,
    news: Notify,
}

impl Wishes {
    /// Wishes for everything of a sport.
    pub fn add(&self, sport: &str) {
        self.sports.lock().unwrap_or_else(PoisonError::into_inner).insert(sport.to_owned());
        self.news.notify_one();
    }

    /// Takes what is wished for.
    #[must_use]
    pub fn take(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.sports.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns once something is wished for.
    pub async fn made(&self) {
        self.news.notified().await;
    }
}
