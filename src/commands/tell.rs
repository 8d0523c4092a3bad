//! What commands say: results to standard output, errors to standard error, one line each.

use std::borrow::Cow;
use std::io::{ErrorKind, Write};

use serde::Serialize;

/// Whether a terminal would obey a letter, or read what follows backwards: names and ids are a provider's words.
fn is_order(letter: char) -> bool {
    let is_turn = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    is_turn || (letter.is_control() && !matches!(letter, '\n' | '\t'))
}

/// A text for people, with a mark in the place of each order.
fn harmless(text: &str) -> Cow<'_, str> {
    if text.contains(is_order) { text.replace(is_order, "\u{fffd}").into() } else { text.into() }
}

/// JSON with each order escaped: programs read what was said.
fn escaped(json: String) -> String {
    if !json.contains(is_order) {
        return json;
    }
    json.chars().fold(String::with_capacity(json.len()), |mut text, letter| {
        if is_order(letter) {
            text.push_str(&format!("\\u{:04x}", u32::from(letter)))
        } else {
            text.push(letter)
        }
        text
    })
}

/// A line of the result. A reader that has gone away (`| head`) ends the command quietly; any other failure ends it loudly.
pub fn line(text: impl AsRef<str>) {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{}", harmless(text.as_ref())).and_then(|()| out.flush()) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            complaint(format!("error: writing the result: {error}"));
            std::process::exit(1)
        }
    }
}

/// A line about what a service does. It goes on where nobody reads it any more: a terminal that was closed, a pipe whose reader ended.
pub fn note(text: impl AsRef<str>) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", harmless(text.as_ref())).and_then(|()| out.flush());
}

/// A value as one line of JSON.
///
/// # Errors
/// Where it cannot be written as JSON.
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    line(escaped(serde_json::to_string(value)?));
    Ok(())
}

/// A line that is no result: progress, or a complaint about one input. Standard error may be closed, and nobody is told then.
pub fn complaint(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr().lock(), "{}", harmless(text.as_ref()));
}

/// Why a command failed.
pub fn error(error: &anyhow::Error) {
    complaint(format!("error: {}", whole(error)));
}

/// An error with its causes, in one line, each thing said once: what is behind it is often said by what stands before.
pub fn whole(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let said = in_one_line(&cause.to_string());
        if !text.contains(&said) {
            text = if text.is_empty() { said } else { format!("{text}: {said}") };
        }
    }
    text
}

/// A text without its line breaks.
pub fn in_one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_providers_words_give_a_terminal_no_orders() {
        assert_eq!(harmless("one\ttwo\nthree \u{623}"), "one\ttwo\nthree \u{623}");
        assert_eq!(harmless("\u{1b}[31mred\u{7} \u{202e}deb\r"), "\u{fffd}[31mred\u{fffd} \u{fffd}deb\u{fffd}");
    }

    #[test]
    fn a_program_reads_what_a_provider_said() {
        let said = "\u{1b}[31m \u{202e}deb \u{85}\u{7f} \u{623}";
        let json = escaped(serde_json::to_string(said).unwrap());
        assert!(!json.contains(is_order), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), said);
    }

    #[test]
    fn an_error_is_one_line() {
        assert_eq!(in_one_line("a\n  b\n\nc"), "a; b; c");
        let error = anyhow::anyhow!("no such file").context("making x: no such file").context("opening\nthe store");
        assert_eq!(whole(&error), "opening; the store: making x: no such file");
    }
}
