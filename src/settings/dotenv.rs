//! `.env` files as operators write them: unquoted values with spaces are read whole (`DB_NAME=Predictive Play`), and nothing
//! is expanded, for passwords hold dollar signs.

use super::refusal::Refusal;

/// Names and values in the order of the file, and what could not be read; lines are named by number, for any may hold a secret.
pub fn parse(file: &str, text: &str) -> (Vec<(String, String)>, Vec<Refusal>) {
    let (mut pairs, mut refused) = (Vec::new(), Vec::new());
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        match parse_line(line.trim()) {
            Ok(pair) => pairs.extend(pair),
            Err(reason) => refused.push(Refusal::of(format!("{file} line {}", number + 1), reason)),
        }
    }
    (pairs, refused)
}

fn parse_line(line: &str) -> Result<Option<(String, String)>, &'static str> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=').ok_or("not NAME=value")?;
    let name = name.trim();
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err("the name before = holds something other than letters, digits and _");
    }
    Ok(Some((name.to_owned(), parse_value(value.trim())?)))
}

fn parse_value(value: &str) -> Result<String, &'static str> {
    match value.chars().next() {
        Some('\'') => unquote(&value[1..], '\'', |_| None),
        Some('"') => unquote(&value[1..], '"', unescape),
        Some('#') => Ok(String::new()),
        _ => Ok(value.split_once(" #").map_or(value, |(before, _)| before).trim_end().to_owned()),
    }
}

fn unescape(escaped: char) -> Option<char> {
    match escaped {
        'n' => Some('\n'),
        't' => Some('\t'),
        '"' | '\\' | '$' => Some(escaped),
        _ => None,
    }
}

fn unquote(rest: &str, quote: char, unescape: impl Fn(char) -> Option<char>) -> Result<String, &'static str> {
    let (mut value, mut chars) = (String::new(), rest.chars());
    while let Some(c) = chars.next() {
        if c == quote {
            let after = chars.as_str().trim_start();
            return if after.is_empty() || after.starts_with('#') { Ok(value) } else { Err("text follows the closing quote") };
        }
        let escape = if c == '\\' { chars.clone().next().and_then(&unescape) } else { None };
        if escape.is_some() {
            chars.next();
        }
        value.push(escape.unwrap_or(c));
    }
    Err("the quote is not closed on its line")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(line: &str) -> String {
        let (pairs, refused) = parse(".env", line);
        assert_eq!(refused, [], "{line}");
        pairs.into_iter().next().unwrap().1
    }

    #[test]
    fn unquoted_values_with_spaces_are_read_whole() {
        assert_eq!(value("DB_NAME=Predictive Play"), "Predictive Play");
        assert_eq!(value("DB_NAME=  Predictive Play  \r\n"), "Predictive Play");
    }

    #[test]
    fn comments_exports_and_quotes_are_understood() {
        let cases = [
            ("export A=1", "1"),
            ("A=one # a note", "one"),
            ("A=#a note", ""),
            ("A=p#ss", "p#ss"),
            ("A='it is # kept $HOME \\n'", "it is # kept $HOME \\n"),
            (r#"A="two\nlines \"and\" \d" # note"#, "two\nlines \"and\" \\d"),
            ("A=a=b==", "a=b=="),
            ("A=", ""),
            ("A = spaced", "spaced"),
            ("\u{feff}A=after a byte order mark", "after a byte order mark"),
        ];
        for (line, expected) in cases {
            assert_eq!(value(line), expected, "{line}");
        }
    }

    #[test]
    fn comments_and_empty_lines_say_nothing() {
        assert_eq!(parse(".env", "\n# A=1\n   \n"), (vec![], vec![]));
    }

    #[test]
    fn lines_that_are_no_pair_are_refused_by_number_without_showing_them() {
        let (pairs, refused) = parse(".env", "A=1\nsecret-hunter2\nB='open\nC=\"x\" y\n9D=1\nE=2");
        assert_eq!(pairs.len(), 2);
        let said: Vec<String> = refused.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 4, "{said:?}");
        assert!(said[0].starts_with(".env line 2: ") && said.iter().all(|line| !line.contains("hunter2")), "{said:?}");
    }
}
