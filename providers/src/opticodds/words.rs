//! Names to keys, the way this family of APIs makes its ids out of its names, and labels to words that can be compared.

/// The key of a name: `Caesars (Tennessee)` is `caesars_tennessee_`, `England - Premier League` is `england_-_premier_league`.
pub(crate) fn key_of(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for letter in name.trim().chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() || matches!(letter, '-' | '+') {
            key.push(letter);
        } else if !key.ends_with('_') {
            key.push('_');
        }
    }
    key
}

/// A label or an id as plain words: `Player Passing + Rushing Yards` and `player_passing_+_rushing_yards` are the same.
pub(crate) fn plain(label: &str) -> String {
    let lower = label.to_lowercase();
    let words = lower.split(|letter: char| letter.is_whitespace() || matches!(letter, '_' | '/' | '+' | '(' | ')' | ','));
    words.filter(|word| !word.is_empty() && *word != "-").collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_give_the_ids_that_were_seen_beside_them() {
        let seen = [
            ("Caesars (Tennessee)", "caesars_tennessee_"),
            ("PrizePicks (5 or 6 Pick Flex)", "prizepicks_5_or_6_pick_flex_"),
            ("Action 24/7", "action_24_7"),
            ("BC.GAME", "bc_game"),
            ("betPARX", "betparx"),
            ("Moneyline 3-Way", "moneyline_3-way"),
            ("2nd Quarter Total Points Odd/Even", "2nd_quarter_total_points_odd_even"),
            ("Italy - Lega Basket Serie A", "italy_-_lega_basket_serie_a"),
        ];
        for (name, id) in seen {
            assert_eq!(key_of(name), id);
        }
    }

    #[test]
    fn a_label_and_its_id_are_the_same_words() {
        for label in ["Player Passing + Rushing Yards", "Moneyline 3-Way", "Total Goals Odd/Even"] {
            assert_eq!(plain(label), plain(&key_of(label)));
        }
        assert_eq!(plain("Player Points + Rebounds + Assists"), "player points rebounds assists");
    }
}
