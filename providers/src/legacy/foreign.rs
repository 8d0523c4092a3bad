//! Whose id stands in `external_event_id`: `source` grew into a chain, and the id is of whichever source wrote last.

/// An id with the key of the provider that it is of; `Err` says why nobody knows.
pub(super) fn owner(source: Option<&str>, id: &str) -> Result<String, String> {
    let named = providers(source.unwrap_or_default());
    if let Some(owner) = by_shape(id) {
        return Ok(format!("{owner}/{id}"));
    }
    match &named[..] {
        [] => Err("no source says whose id this is".to_owned()),
        [one] => Ok(format!("{one}/{id}")),
        several => {
            let fitting: Vec<&&str> = several.iter().filter(|provider| fits(provider, id)).collect();
            match fitting[..] {
                [one] => Ok(format!("{one}/{id}")),
                _ => Err(format!("may be of {}", several.join(" or "))),
            }
        }
    }
}

/// The providers that a chain names (`ESPN;TheSportsDB`), each once.
fn providers(source: &str) -> Vec<&'static str> {
    let mut named: Vec<&'static str> = source.split([';', ',', '|', '+', '/', '&']).filter_map(provider).collect();
    named.sort_unstable();
    named.dedup();
    named
}

fn provider(word: &str) -> Option<&'static str> {
    Some(match super::wire::folded(word).as_str() {
        "espn" | "espnapi" => "espn",
        "thesportsdb" | "sportsdb" => "thesportsdb",
        "sportradar" | "sportradarapi" => "sportradar",
        "theoddsapi" | "oddsapi" => "the-odds-api",
        "oddsjam" => "oddsjam",
        "opticodds" => "opticodds",
        _ => return None,
    })
}

/// Ids that only one provider writes like this.
fn by_shape(id: &str) -> Option<&'static str> {
    let is_hex = id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if id.starts_with("sr:") {
        Some("sportradar")
    } else if is_hex {
        Some("the-odds-api")
    } else {
        None
    }
}

/// Whether an id can be of one of the providers of a chain, where they tell by its length: ESPN's have nine figures, TheSportsDB's
/// six or seven, Sportradar's are UUIDs.
fn fits(provider: &str, id: &str) -> bool {
    let figures = if id.bytes().all(|byte| byte.is_ascii_digit()) { id.len() } else { 0 };
    match provider {
        "espn" => figures == 9,
        "thesportsdb" => figures == 6 || figures == 7,
        "sportradar" => figures == 0 && id.len() == 36,
        _ => figures == 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_belongs_to_the_one_source_that_can_have_written_it() {
        assert_eq!(owner(Some("ESPN"), "401585183").as_deref(), Ok("espn/401585183"));
        assert_eq!(owner(Some("ESPN;TheSportsDB"), "401585183").as_deref(), Ok("espn/401585183"));
        assert_eq!(owner(Some("ESPN;TheSportsDB"), "1032723").as_deref(), Ok("thesportsdb/1032723"));
        assert_eq!(owner(Some("ESPN"), "sr:match:4711").as_deref(), Ok("sportradar/sr:match:4711"));
    }

    #[test]
    fn an_id_that_may_be_of_two_is_of_none() {
        assert!(owner(Some("ESPN;TheSportsDB"), "40158518").is_err());
        assert!(owner(None, "401585183").is_err());
        assert!(owner(Some("somebody"), "1").is_err());
    }
}
