//! The shape of a push feed, beside [`crate::Provider`]: what to subscribe to, and what one frame says of the line itself. What a frame
//! says of the world is read by [`crate::Provider::decode`], for frames are kept as replies like any others. No I/O.
//!
//! Frames of about a second are kept as one body: their own text, and between them notes of ours, each a comment of the same format:
//! `: at TIME` is when the frames behind it arrived, `: gap since TIME` that nothing was seen from then on.

use std::fmt;
use std::time::Duration;

use odds::Moment;
use odds::reply::Request;

use crate::sse::Frame;

/// A feed that is pushed.
pub trait Push: Send + Sync {
    /// What it promises.
    fn terms(&self) -> PushTerms;

    /// The subscriptions that bring these books of a sport: none where it has none. Pure.
    fn subscriptions(&self, sport: &str, books: &[String]) -> Vec<Subscription>;

    /// What a frame says of the line. Pure, never panics.
    fn beat<'f>(&self, frame: &'f Frame<'_>) -> Beat<'f>;
}

/// What a push feed promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PushTerms {
    /// A sign of life comes at least this often, however quiet the market is.
    pub beats_every: Duration,
    /// After this long without a frame the line is dead.
    pub dead_after: Duration,
    /// How far back it replays what was missed; what is older is lost.
    pub replays: Duration,
    /// The parameter that names the last entry that was received.
    pub resume: &'static str,
}

/// One line to subscribe to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subscription {
    /// The endpoint's name, as the folders of the recordings are named.
    pub endpoint: &'static str,
    /// The provider's sport key.
    pub sport: String,
    /// What is asked, without the secret.
    pub request: Request,
}

/// What a frame says of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat<'f> {
    /// The line stands.
    Alive,
    /// Something of the world, and its entry where it has one.
    Data(Option<EntryId>, Option<&'f str>),
}

/// The place of an entry in its feed: milliseconds since 1970, and a number within.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId {
    /// Milliseconds since 1970, by the provider's clock.
    pub millis: i64,
    /// The number within the millisecond.
    pub number: u32,
}

impl EntryId {
    /// Reads `1730079534820-2`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (millis, number) = text.trim().split_once('-')?;
        let millis: i64 = millis.parse().ok().filter(|millis| (0..=i64::MAX / 1000).contains(millis))?;
        Some(Self { millis, number: number.parse().ok()? })
    }

    /// When it was made.
    #[must_use]
    pub const fn moment(self) -> Moment {
        Moment::from_micros(self.millis.saturating_mul(1000))
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.millis, self.number)
    }
}

/// A note of ours among the frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// The frames behind it arrived at this moment, or take their place there because they were overtaken.
    At(Moment),
    /// Nothing was seen from this moment on.
    GapSince(Moment),
}

const AT: &str = "at ";
const GAP_SINCE: &str = "gap since ";

impl Note {
    /// Reads a comment; `None` for one that is the provider's own.
    #[must_use]
    pub fn read(comment: &str) -> Option<Self> {
        let moment = |text: &str| text.trim().parse::<Moment>().ok();
        let gap = || comment.strip_prefix(GAP_SINCE).and_then(moment).map(Self::GapSince);
        comment.strip_prefix(AT).and_then(moment).map(Self::At).or_else(gap)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(moment) => writeln!(f, ": {AT}{moment}\n"),
            Self::GapSince(moment) => writeln!(f, ": {GAP_SINCE}{moment}\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sse::frames;

    #[test]
    fn notes_of_ours_come_back_as_comments_of_the_format() {
        let at = Moment::from_micros(1_730_079_534_820_123);
        for note in [Note::At(at), Note::GapSince(at)] {
            let text = format!("{note}data: x\n\n");
            let read: Vec<_> = frames(&text).collect();
            assert_eq!(read[0].comments.iter().find_map(|comment| Note::read(comment)), Some(note));
        }
        assert_eq!(Note::read("keep-alive"), None);
    }

    #[test]
    fn entries_are_in_the_order_of_their_time() {
        let of = |text: &str| EntryId::parse(text);
        assert!(of("1730079534820-2") < of("1730079534820-10") && of("99-0") < of("100-0"));
        assert_eq!(of("1730079534820-2").unwrap().to_string(), "1730079534820-2");
        assert_eq!(of("1730079534820-2").unwrap().moment().to_string(), "2024-10-28T01:38:54.82Z");
        for wrong in ["", "1730079534820", "x-1", "1-x", "-1-1", "99999999999999999999-1"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
