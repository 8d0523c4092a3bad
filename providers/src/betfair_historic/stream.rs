//! Messages, one after the other, into markets.

use odds::Moment;

use super::market::Market;
use super::wire::Message;

/// Why a line was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Not a message.
    #[error("no market change message: {0}")]
    NotAMessage(String),
    /// A message of another kind, which says nothing of markets.
    #[error("op {0:?}, where mcm is read")]
    OtherKind(String),
}

/// What a line told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// When it was published.
    pub published_at: Moment,
    /// Which markets it is about, by their place in [`Stream::markets`], each once.
    pub markets: Vec<usize>,
}

/// The markets of a file, as of the last line taken.
#[derive(Debug, Clone, Default)]
pub struct Stream<'a> {
    markets: Vec<Market<'a>>,
}

impl<'a> Stream<'a> {
    /// The markets, in the order in which they were met.
    #[must_use]
    pub fn markets(&self) -> &[Market<'a>] {
        &self.markets
    }

    /// Takes one line.
    ///
    /// # Errors
    /// [`Broken`] where it is no such message. Then no ladder is to be trusted until its next image, for a change was lost.
    pub fn take(&mut self, line: &'a [u8]) -> Result<Told, Broken> {
        let message: Message<'a> = serde_json::from_slice(line).map_err(|error| {
            self.markets.iter_mut().for_each(|market| market.is_lost = true);
            Broken::NotAMessage(error.to_string())
        })?;
        if message.op != "mcm" {
            return Err(Broken::OtherKind(message.op.into_owned()));
        }
        let mut touched = Vec::with_capacity(message.mc.len());
        for change in message.mc {
            let at = self.markets.iter().position(|market| market.id == change.id).unwrap_or_else(|| {
                self.markets.push(Market::of(change.id.clone()));
                self.markets.len() - 1
            });
            if !touched.contains(&at) {
                self.markets[at].is_defined_anew = false;
                touched.push(at);
            }
            self.markets[at].take(change);
        }
        Ok(Told { published_at: Moment::from_micros(message.pt.saturating_mul(1000)), markets: touched })
    }
}
