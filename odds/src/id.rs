//! Ids: small integers inside, stable texts outside.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, Serializer};

macro_rules! small_id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

small_id! {
    /// A listing in one store; numbered from 1 in the order of arrival, and no part of any canonical text.
    ListingId(i64)
}
small_id! {
    /// A cell of a listing: one market at one book in it, numbered from 0 as they appear.
    CellNo(u32)
}
small_id! {
    /// A slot of a listing, numbered from 0 as they appear.
    SlotNo(u32)
}
small_id! {
    /// The place of an entry in the log: 1, 2, 3 ... without gaps.
    Seq(i64)
}

/// A text that is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {expected}")]
pub struct NotAnId {
    text: String,
    expected: &'static str,
}

fn not_an_id(text: &str, expected: &'static str) -> NotAnId {
    NotAnId { text: text.chars().take(64).collect(), expected }
}

/// A reply: the first 63 bits of its [`ReplyKey`], so that it is the same in every store and breaks ties in the order of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ReplyId(pub i64);

impl fmt::Display for ReplyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for ReplyId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let wrong = || not_an_id(text, "a reply id (16 hexadecimal digits)");
        if text.len() != 16 {
            return Err(wrong());
        }
        i64::from_str_radix(text, 16).map(Self).map_err(|_| wrong())
    }
}

impl Serialize for ReplyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What tells replies apart: a hash of provider, endpoint, request without secrets, `observed_at` and body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyKey(pub [u8; 32]);

impl ReplyKey {
    /// The id that this key gives.
    #[must_use]
    pub fn id(&self) -> ReplyId {
        let mut first = [0_u8; 8];
        first.copy_from_slice(&self.0[..8]);
        ReplyId((u64::from_be_bytes(first) >> 1) as i64)
    }
}

impl fmt::Display for ReplyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// An event: the id of the listing that founded it, as 32 hexadecimal digits; the provider's own where it has that shape, with
/// or without the dashes of a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub [u8; 16]);

impl EventId {
    /// The id of the event that this listing founds (or would).
    #[must_use]
    pub fn founded_by(provider: &str, listing: &str) -> Self {
        listing.parse().or_else(|_| Self::of_uuid(listing)).unwrap_or_else(|_| {
            let hash = blake3::Hasher::new().update(provider.as_bytes()).update(b"\0").update(listing.as_bytes()).finalize();
            let mut id = [0_u8; 16];
            id.copy_from_slice(&hash.as_bytes()[..16]);
            Self(id)
        })
    }

    /// Reads a UUID with its dashes (`8b6f2c1e-6f0a-4e58-9a3f-0c6a6f0e2d11`, lower case).
    ///
    /// # Errors
    /// Where the text is no such thing.
    pub fn of_uuid(text: &str) -> Result<Self, NotAnId> {
        let has_dashes = text.len() == 36 && [8, 13, 18, 23].iter().all(|at| text.as_bytes()[*at] == b'-');
        if has_dashes { text.replace('-', "").parse() } else { Err(not_an_id(text, "a UUID (in lower case)")) }
    }

    /// The same id as a UUID, with its dashes.
    #[must_use]
    pub fn as_uuid(&self) -> String {
        let text = self.to_string();
        format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for EventId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let wrong = || not_an_id(text, "an event id (32 hexadecimal digits)");
        if text.len() != 32 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(wrong());
        }
        u128::from_str_radix(text, 16).map(|id| Self(id.to_be_bytes())).map_err(|_| wrong())
    }
}

impl Serialize for EventId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_keeps_the_providers_id_where_it_has_our_shape() {
        let id = "63330b334dfcd7aa56e69624617bc273";
        assert_eq!(EventId::founded_by("the-odds-api", id).to_string(), id);
        let other = EventId::founded_by("espn", "401585183").to_string();
        assert_eq!((other.len(), other.parse::<EventId>().unwrap().to_string()), (32, other));
    }

    #[test]
    fn a_uuid_is_an_event_id_with_dashes_in_it() {
        let uuid = "8b6f2c1e-6f0a-4e58-9a3f-0c6a6f0e2d11";
        let id = EventId::founded_by("legacy", uuid);
        assert_eq!((id.to_string(), id.as_uuid()), (uuid.replace('-', ""), uuid.to_owned()));
        for other in ["8b6f2c1e6f0a-4e58-9a3f-0c6a6f0e2d1-1", "8B6F2C1E-6F0A-4E58-9A3F-0C6A6F0E2D11", "é-b6f2c1e-6f0a-4e58-9a3f-0c6a6f0e2d"]
        {
            assert!(EventId::of_uuid(other).is_err(), "{other}");
        }
    }

    #[test]
    fn ids_of_another_shape_are_refused() {
        assert!("12".parse::<ReplyId>().is_err());
        assert!("63330B334DFCD7AA56E69624617BC273".parse::<EventId>().is_err());
        assert_eq!(ReplyId(255).to_string().parse::<ReplyId>(), Ok(ReplyId(255)));
    }
}
