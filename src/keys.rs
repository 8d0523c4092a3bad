//! Names of API keys: shown in lists, so they have to be short and printable.

/// Why a name is not taken.
#[must_use]
pub fn refused_name(name: &str) -> Option<&'static str> {
    let is_shown = !name.trim().is_empty() && name.chars().count() <= 64 && !name.chars().any(char::is_control);
    (!is_shown).then_some("a name of 1 to 64 printable letters, such as the application that will use it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_printable() {
        assert_eq!(refused_name("dashboard"), None);
        assert!(["", "  ", "a\nb", &"x".repeat(65)].iter().all(|name| refused_name(name).is_some()));
    }
}
