//! API keys: drawn here, shown once, and kept only as their hash.

use crate::random::Randomness;
use crate::settings::Secret;

/// A key as it is made: the text goes to whoever will use it, the rest to the store.
#[derive(Debug)]
pub struct NewKey {
    /// What it is called in lists (`9f86d081`); no part of the secret.
    pub id: String,
    /// The key itself: `pp_` and 43 letters, 256 bits.
    pub text: Secret,
    /// What the store keeps of it.
    pub hash: [u8; 32],
}

/// What begins every key, so that one that leaks is found by scanners.
pub const PREFIX: &str = "pp_";

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What is kept of a key's text.
#[must_use]
pub fn hash(text: &str) -> [u8; 32] {
    *blake3::hash(text.as_bytes()).as_bytes()
}

/// Draws a key.
///
/// # Errors
/// Where the system gives no randomness.
pub fn draw(random: &dyn Randomness) -> std::io::Result<NewKey> {
    let (mut id, mut drawn) = ([0_u8; 4], [0_u8; 43]);
    random.fill(&mut id)?;
    random.fill(&mut drawn)?;
    let letters = drawn.iter().map(|byte| char::from(LETTERS[usize::from(byte & 63)]));
    let text: String = PREFIX.chars().chain(letters).collect();
    let hash = hash(&text);
    Ok(NewKey { id: id.iter().map(|byte| format!("{byte:02x}")).collect(), text: Secret::new(text), hash })
}

/// Why a name is not taken: it is shown in lists, so it has to be short and printable.
#[must_use]
pub fn refused_name(name: &str) -> Option<&'static str> {
    let is_shown = !name.trim().is_empty() && name.chars().count() <= 64 && !name.chars().any(char::is_control);
    (!is_shown).then_some("a name of 1 to 64 printable letters, such as the application that will use it")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counted;

    impl Randomness for Counted {
        fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()> {
            (0_u8..).zip(bytes).for_each(|(n, byte)| *byte = n);
            Ok(())
        }
    }

    #[test]
    fn a_key_is_drawn_shown_once_and_found_by_its_hash() {
        let key = draw(&Counted).unwrap();
        assert_eq!((key.id.as_str(), key.text.expose()), ("00010203", "pp_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq"));
        assert_eq!(key.hash, hash(key.text.expose()));
        assert!(!format!("{key:?}").contains("pp_ABC"));
    }

    #[test]
    fn two_keys_of_the_system_differ() {
        let [one, two] = [(), ()].map(|()| draw(&crate::random::SystemRandomness).unwrap());
        assert!(one.hash != two.hash && one.text.expose().len() == 46);
    }

    #[test]
    fn a_name_that_cannot_be_shown_is_refused() {
        for name in ["", "  ", "a\nb", &"x".repeat(65)] {
            assert!(refused_name(name).is_some(), "{name:?}");
        }
        assert!(refused_name("model, Zürich").is_none());
    }
}
