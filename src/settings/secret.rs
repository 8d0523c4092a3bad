//! A text that must never be shown: its type, and not the care of whoever prints it, keeps it out of logs and answers.

use std::fmt;

use serde::{Serialize, Serializer};

const SHOWN: &str = "[secret]";

/// A key, a password, or an address that may hold one. However it is printed or serialised, `[secret]` appears.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a text into keeping.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one call that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHOWN)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHOWN)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(SHOWN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_shows_however_it_is_printed() {
        let key = Secret::new("hunter2");
        let shown = [format!("{key}"), format!("{key:?}"), format!("{:#?}", Some(&key)), serde_json::to_string(&key).unwrap()];
        assert!(shown.iter().all(|text| text.contains("[secret]") && !text.contains("hunter2")), "{shown:?}");
        assert_eq!(key.expose(), "hunter2");
    }
}
