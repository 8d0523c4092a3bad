//! The running side of push feeds: one task a line. Frames are kept as replies before they are read; a line that is cut, silent or refused
//! is opened again; what was lost is noted in the log and asked for at once.

use std::sync::Arc;
use std::time::Duration;

use odds::Moment;
use odds::reply::{Basis, Reply};
use providers::Verdict;
use providers::push::Subscription;
use providers::sse::Frame;
use store::StoreError;
use tokio::sync::watch;

use super::collector::{Doors, told};
use super::desk::{Brief, blocking};
use super::line::{Act, Line};
use super::wire::{Fault, Flow, Head, Outgoing};
use super::wishes::Wishes;
use crate::record::Recorder;

/// How long a line is left alone whose key is refused.
const KEY_REFUSED: Duration = Duration::from_secs(600);

/// The lines of a provider's sports.
#[must_use]
pub fn lines(brief: &Brief) -> Vec<Subscription> {
    let Some(push) = brief.provider.push().filter(|_| brief.with_stream) else { return Vec::new() };
    brief.sports.iter().flat_map(|sport| push.subscriptions(sport, &brief.ask.books)).collect()
}

/// One line and what it needs.
pub struct Follower {
    brief: Brief,
    doors: Doors,
    recorder: Arc<Recorder>,
    wishes: Arc<Wishes>,
    line: Line,
    flow: Option<Box<dyn Flow>>,
    has_said_it: bool,
}

impl Follower {
    /// A line that is not open yet; `None` where its provider pushes nothing.
    #[must_use]
    pub fn new(subscription: Subscription, brief: Brief, doors: Doors, recorder: Arc<Recorder>, wishes: Arc<Wishes>) -> Option<Self> {
        let terms = brief.provider.push()?.terms();
        let line = Line::new(subscription, terms, doors.clock.now());
        Some(Self { brief, doors, recorder, wishes, line, flow: None, has_said_it: false })
    }

    /// Follows the line until it is told to end.
    ///
    /// # Errors
    /// What the store reports: what was kept by then is recorded at the next start.
    pub async fn follow(mut self, mut end: watch::Receiver<bool>) -> Result<(), StoreError> {
        while !*end.borrow() {
            let acts = self.line.due(self.doors.clock.now());
            for act in acts {
                match act {
                    Act::Keep(body) => self.keep(body).await?,
                    Act::HangUp => {
                        self.flow = None;
                        self.say("the line is silent: it is dead, and opened again", None);
                    }
                    Act::Open => tokio::select! {
                        () = told(&mut end) => break,
                        () = self.open() => {}
                    },
                }
            }
            if self.line.takes_wish() {
                self.wishes.add(&self.line.subscription().sport);
            }
            let doors = self.doors.clone();
            let wake_at = self.line.wake_at();
            tokio::select! {
                () = told(&mut end) => {}
                came = next_of(&mut self.flow) => self.take(came),
                () = doors.alarm.until(wake_at) => {}
            }
        }
        match self.line.take_batch() {
            Some(Act::Keep(body)) => self.keep(body).await,
            _ => Ok(()),
        }
    }

    /// Takes a frame, or the end of the line.
    fn take(&mut self, came: Result<Option<String>, Fault>) {
        let at = self.doors.clock.now();
        let Some(push) = self.brief.provider.push() else { return };
        match came {
            Ok(Some(text)) => {
                let frame = Frame::read(&text);
                self.line.heard(at, &text, push.beat(&frame));
                self.has_said_it = false;
            }
            Ok(None) => self.drop_line(at, "the provider closed the line", None),
            Err(fault) => self.drop_line(at, &fault.detail, None),
        }
    }

    fn drop_line(&mut self, at: Moment, why: &str, wait: Option<Duration>) {
        self.flow = None;
        self.line.lost(at, wait);
        self.say("the line is down, and opened again", Some(why));
    }

    /// Says it once, until the line has spoken again.
    fn say(&mut self, what: &str, why: Option<&str>) {
        let (key, sport) = (self.brief.provider.key(), &self.line.subscription().sport);
        if !self.has_said_it {
            tracing::warn!(provider.key = key, sport, reason = why.unwrap_or("no sign of life"), "{what}");
        }
        self.has_said_it = true;
    }

    async fn open(&mut self) {
        let offers = self.brief.provider.offers();
        let outgoing = Outgoing {
            base_url: self.brief.base_url.clone(),
            request: self.line.request(),
            auth: offers.auth,
            secret: self.brief.secret.clone(),
            timeout: self.brief.timeout,
        };
        let opened = self.doors.wire.open(&outgoing).await;
        let at = self.doors.clock.now();
        match opened {
            Ok((head, flow)) if head.status == 200 => {
                self.line.opened(at);
                self.flow = Some(flow);
            }
            Ok((head, flow)) => {
                let (why, wait) = self.refusal(&head, flow, at).await;
                self.drop_line(at, &why, wait);
            }
            Err(fault) => self.drop_line(at, &fault.detail, None),
        }
    }

    /// Why a line was not opened, by the provider's own rules, and how long to leave it alone.
    async fn refusal(&mut self, head: &Head, mut flow: Box<dyn Flow>, at: Moment) -> (String, Option<Duration>) {
        let body = match tokio::time::timeout(self.brief.timeout, flow.next()).await {
            Ok(Ok(Some(body))) => body,
            _ => String::new(),
        };
        let subscription = self.line.subscription();
        let reply = Reply {
            provider: self.brief.provider.key(),
            endpoint: subscription.endpoint,
            request: &subscription.request,
            status: head.status,
            headers: &head.headers,
            body: body.as_bytes(),
            fetched_at: at,
            basis: Basis::Fetched,
            sport: None,
        };
        let verdict = self.brief.provider.judge(&reply);
        let wait = match &verdict {
            Verdict::RetryAfter(wait, _) => *wait,
            Verdict::KeyRefused(_) | Verdict::QuotaSpent(_) | Verdict::Refused(_) => Some(KEY_REFUSED),
            _ => None,
        };
        (format!("{}: {}", verdict.as_str(), verdict.reason()), wait)
    }

    /// Keeps a body of frames as a reply, and records it.
    async fn keep(&mut self, body: String) -> Result<(), StoreError> {
        let (recorder, provider, at) = (Arc::clone(&self.recorder), Arc::clone(&self.brief.provider), self.doors.clock.now());
        let subscription = self.line.subscription().clone();
        blocking(move || {
            let headers = std::collections::BTreeMap::from([("content-type".to_owned(), "text/event-stream".to_owned())]);
            let reply = Reply {
                provider: provider.key(),
                endpoint: subscription.endpoint,
                request: &subscription.request,
                status: 200,
                headers: &headers,
                body: body.as_bytes(),
                fetched_at: at,
                basis: Basis::Fetched,
                sport: None,
            };
            recorder.take(std::slice::from_ref(&reply), None).map(|_| ())
        })
        .await
    }
}

/// The next frame of a line; nothing ever of one that is not open.
async fn next_of(flow: &mut Option<Box<dyn Flow>>) -> Result<Option<String>, Fault> {
    match flow {
        Some(flow) => flow.next().await,
        None => std::future::pending().await,
    }
}
