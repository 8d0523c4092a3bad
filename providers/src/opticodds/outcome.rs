//! The words of an outcome. They send one name with everything in it (`Dak Prescott Over 247.5`) and mostly its parts besides; where
//! the parts make up the name, they are the words, so that a line that moves stays on its track; else the name is kept as it came.

use odds::Line;

use super::markets::Shape;

/// The parts as they came.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Parts<'p> {
    /// The whole name.
    pub(crate) name: &'p str,
    /// Whom it is about, or empty.
    pub(crate) selection: &'p str,
    /// `over`, `under`, or empty.
    pub(crate) line: &'p str,
    /// The point, where it came apart from the name.
    pub(crate) point: Option<Line>,
}

/// The words that a slot is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutcomeWords {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) point: Option<Line>,
}

fn words(name: &str, description: &str, point: Option<Line>) -> OutcomeWords {
    OutcomeWords { name: name.to_owned(), description: description.to_owned(), point }
}

/// Puts the words together. `shape` is what the market's answers look like, where that is known: without it no number is taken out of
/// a name, for there are teams called `Schalke 04`.
pub(crate) fn read(parts: Parts<'_>, shape: Option<Shape>) -> OutcomeWords {
    let (rest, point) = without_point(parts, shape);
    let (before, own) = side_of(rest);
    let selection = parts.selection;
    match (own, side_word(parts.line)) {
        (Some(own), line)
            if line.is_none_or(|line| line == own) && (selection.is_empty() || before.is_empty() || same(before, selection)) =>
        {
            words(own, if selection.is_empty() { before } else { selection }, point)
        }
        (None, Some(line)) if rest.is_empty() || same(rest, selection) => words(line, selection, point),
        (None, None) => plain_or_answer(parts, rest, point),
        _ => words(parts.name, selection, parts.point),
    }
}

fn plain_or_answer(parts: Parts<'_>, rest: &str, point: Option<Line>) -> OutcomeWords {
    if rest.is_empty() && !parts.selection.is_empty() || same(rest, parts.selection) {
        return answer(parts.selection).map_or_else(|| words(parts.selection, "", point), |answer| words(answer, "", point));
    }
    if parts.selection.is_empty() {
        return answer(rest).map_or_else(|| words(rest, "", point), |answer| words(answer, "", point));
    }
    let said = strip(rest, parts.selection).unwrap_or(rest);
    match answer(said) {
        Some(answer) => words(answer, parts.selection, point),
        None => words(parts.name, parts.selection, parts.point),
    }
}

/// The name without the point at its end, and the point. One that came apart must be the one in the name.
fn without_point<'p>(parts: Parts<'p>, shape: Option<Shape>) -> (&'p str, Option<Line>) {
    let name = parts.name;
    let (before, last) = name.rsplit_once(' ').unwrap_or(("", name));
    let Some(read) = Line::parse(last).ok() else { return (name, parts.point) };
    let is_signed = last.starts_with(['+', '-']);
    match parts.point {
        Some(point) if point == read => (before, parts.point),
        Some(_) => (name, parts.point),
        None if side_of(before).1.is_some() => (before, Some(read)),
        None if shape == Some(Shape::Handicap) && is_signed => (before, Some(read)),
        None => (name, None),
    }
}

/// `Dak Prescott Over` is whom it is about, and the side.
fn side_of(text: &str) -> (&str, Option<&'static str>) {
    let (before, last) = text.rsplit_once(' ').unwrap_or(("", text));
    side_word(last).map_or((text, None), |side| (before, Some(side)))
}

fn side_word(word: &str) -> Option<&'static str> {
    if word.eq_ignore_ascii_case("over") {
        return Some("Over");
    }
    word.eq_ignore_ascii_case("under").then_some("Under")
}

fn answer(word: &str) -> Option<&'static str> {
    if word.eq_ignore_ascii_case("yes") {
        return Some("Yes");
    }
    word.eq_ignore_ascii_case("no").then_some("No")
}

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

fn strip<'t>(text: &'t str, front: &str) -> Option<&'t str> {
    text.strip_prefix(front).map(str::trim_start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Option<Line> {
        Line::parse(text).ok()
    }

    #[test]
    fn parts_that_make_up_the_name_are_the_words() {
        let cases = [
            (("Houston Astros -1.5", "Houston Astros", "", line("-1.5")), ("Houston Astros", "", line("-1.5"))),
            (("Kansas City Royals +1.5", "Kansas City Royals", "", line("1.5")), ("Kansas City Royals", "", line("1.5"))),
            (("Over 8", "", "over", line("8")), ("Over", "", line("8"))),
            (("Dak Prescott Over 247.5", "Dak Prescott", "over", line("247.5")), ("Over", "Dak Prescott", line("247.5"))),
            (("Houston Astros", "Houston Astros", "", None), ("Houston Astros", "", None)),
            (("Dak Prescott Yes", "Dak Prescott", "", None), ("Yes", "Dak Prescott", None)),
            (("yes", "", "", None), ("Yes", "", None)),
            (("Over 32.5", "", "", None), ("Over", "", line("32.5"))),
            (("Dak Prescott Under 247.5", "", "", None), ("Under", "Dak Prescott", line("247.5"))),
        ];
        for ((name, selection, side, point), (read_name, description, read_point)) in cases {
            let read = read(Parts { name, selection, line: side, point }, None);
            assert_eq!(read, words(read_name, description, read_point), "{name}");
        }
    }

    #[test]
    fn a_name_that_says_more_than_its_parts_is_kept_as_it_came() {
        let odd = read(Parts { name: "Over 8 (1st only)", selection: "", line: "", point: line("8") }, None);
        assert_eq!(odd, words("Over 8 (1st only)", "", line("8")));
        let other = read(Parts { name: "Over 9", selection: "", line: "over", point: line("8") }, None);
        assert_eq!(other.point, line("8"));
        assert_ne!(other, words("Over", "", line("8")), "the name says another point");
        let ladder = read(Parts { name: "LeBron James 10+", selection: "LeBron James", line: "", point: line("10") }, None);
        assert_eq!(ladder, words("LeBron James 10+", "LeBron James", line("10")));
    }

    #[test]
    fn a_number_in_a_name_is_a_line_only_where_the_market_has_lines() {
        let team = Parts { name: "Schalke 04", ..Parts::default() };
        assert_eq!(read(team, Some(Shape::Handicap)), words("Schalke 04", "", None));
        let spread = Parts { name: "Detroit Lions -3.5", ..Parts::default() };
        assert_eq!(read(spread, Some(Shape::Handicap)), words("Detroit Lions", "", line("-3.5")));
        assert_eq!(read(spread, None), words("Detroit Lions -3.5", "", None));
    }
}
