//! Who plays, out of a title: `Indiana vs Phoenix winner?`, `Indiana at Phoenix: Total Points`.

/// The two sides, the visitors first; `None` where a title is not of two sides.
///
/// Both forms name the visitors first (general knowledge; the ticker has the same order). Where that is wrong, the sides of another
/// provider are swapped, and then nothing is joined by itself.
pub(super) fn sides(title: &str) -> Option<(&str, &str)> {
    let head = title.split(':').next()?.trim().trim_end_matches('?').trim_end();
    let head = [" winner", " Winner"].iter().find_map(|end| head.strip_suffix(end)).unwrap_or(head);
    let (away, home) = [" vs. ", " vs ", " at ", " @ "].iter().find_map(|between| head.split_once(between))?;
    let is_name = |name: &str| !name.trim().is_empty() && name.len() < 60;
    let is_more = [" vs ", " vs. "].iter().any(|between| home.contains(between));
    (is_name(away) && is_name(home) && !is_more).then_some((away.trim(), home.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_read_from_titles_of_games_alone() {
        for title in ["Indiana vs Phoenix winner?", "Indiana at Phoenix: Total Points", "Indiana @ Phoenix Winner?", "Indiana vs. Phoenix"]
        {
            assert_eq!(sides(title), Some(("Indiana", "Phoenix")), "{title}");
        }
        for title in ["", "Who wins the championship?", " vs ", "A vs B vs C", "vs", "Pro basketball champion: A vs B"] {
            assert_eq!(sides(title), None, "{title}");
        }
    }
}
