//! What is said of a wrong setting: its name as the operator spelt it, its value, and what would be right.

use std::fmt;

/// One setting that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The name where it was given: a variable (`PREDICTIVE_PLAY_LISTEN`), or a key and its file (`listen in predictive-play.toml`).
    pub setting: String,
    /// What was given; `None` for secrets, and where there is nothing to show.
    pub value: Option<String>,
    /// What is wrong with it, or what is allowed.
    pub reason: String,
}

const LONGEST_SHOWN: usize = 80;

impl Refusal {
    /// A refusal that shows no value.
    pub fn of(setting: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { setting: setting.into(), value: None, reason: reason.into() }
    }

    /// A refusal of a value that is no secret; addresses that may carry one (`user:password@`, `?key=`) are still not shown.
    pub fn of_value(setting: impl Into<String>, value: &str, reason: impl Into<String>) -> Self {
        let shown = (!value.contains(['@', '?'])).then(|| value.chars().take(LONGEST_SHOWN).collect());
        Self { setting: setting.into(), value: shown, reason: reason.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}: {value:?} is refused; {}", self.setting, self.reason),
            None => write!(f, "{}: {}", self.setting, self.reason),
        }
    }
}

/// All settings that were refused: at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub Vec<Refusal>);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Refused {}

/// `; did you mean X?` where a known name is near enough to be meant, else nothing.
pub fn did_you_mean<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let near = known.into_iter().map(|name| (strsim::damerau_levenshtein(given, name), name)).min();
    match near {
        Some((distance, name)) if distance <= 1 + given.len() / 5 => format!("; did you mean {name}?"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_proposed_and_a_far_one_is_not() {
        let known = ["ask.sports", "ask.markets", "listen"];
        assert_eq!(did_you_mean("ask.sport", known), "; did you mean ask.sports?");
        assert_eq!(did_you_mean("lisetn", known), "; did you mean listen?");
        assert_eq!(did_you_mean("retention", known), "");
        assert_eq!(did_you_mean("x", []), "");
    }

    #[test]
    fn a_refusal_names_setting_value_and_what_is_right() {
        let both = Refused(vec![Refusal::of_value("listen", "8080", "an address and a port"), Refusal::of("DB_PORT", "a port")]);
        let address = Refusal::of_value("ESPN_BASE_URL", "http://u:hunter2@x", "an address");
        assert_eq!(address.to_string(), "ESPN_BASE_URL: an address");
        assert_eq!(both.to_string(), "listen: \"8080\" is refused; an address and a port\nDB_PORT: a port");
    }
}
