//! Books: their id, their name, and what The Odds API calls them, where that is another word. One table for both dialects.

use std::collections::BTreeSet;

use super::words::key_of;

/// Their id, their name, the key at The Odds API. State variants (`caesars_tennessee_`) and books that are not here keep their own key.
const BOOKS: &[(&str, &str, &str)] = &[
    ("1xbet", "1XBet", "onexbet"),
    ("bally_bet", "Bally Bet", "ballybet"),
    ("bet365", "bet365", "bet365"),
    ("bet_right", "Bet Right", "betright"),
    ("betanysports", "BetAnySports", "betanysports"),
    ("betmgm", "BetMGM", "betmgm"),
    ("betonline", "BetOnline", "betonlineag"),
    ("betparx", "betPARX", "betparx"),
    ("betr_australia_", "betr (Australia)", "betr_au"),
    ("betrivers", "BetRivers", "betrivers"),
    ("betsson", "Betsson", "betsson"),
    ("betus", "BetUS", "betus"),
    ("betvictor", "BetVictor", "betvictor"),
    ("bovada", "Bovada", "bovada"),
    ("caesars", "Caesars", "williamhill_us"),
    ("casumo", "Casumo", "casumo"),
    ("circa_sports", "Circa Sports", "circasports"),
    ("dabble_australia_", "Dabble (Australia)", "dabble_au"),
    ("draftkings", "DraftKings", "draftkings"),
    ("draftkings_pick_6_", "DraftKings (Pick 6)", "pick6"),
    ("espn_bet", "ESPN BET", "espnbet"),
    ("fanatics", "Fanatics", "fanatics"),
    ("fanduel", "FanDuel", "fanduel"),
    ("fliff", "Fliff", "fliff"),
    ("hard_rock", "Hard Rock", "hardrockbet"),
    ("ladbrokes_australia_", "Ladbrokes (Australia)", "ladbrokes_au"),
    ("leovegas", "LeoVegas", "leovegas"),
    ("mybookie", "MyBookie", "mybookieag"),
    ("neds", "Neds", "neds"),
    ("novig", "Novig", "novig"),
    ("pinnacle", "Pinnacle", "pinnacle"),
    ("playup_australia_", "PlayUp (Australia)", "playup"),
    ("pointsbet_australia_", "PointsBet (Australia)", "pointsbetau"),
    ("prizepicks", "PrizePicks", "prizepicks"),
    ("prophet_x", "Prophet X", "prophetx"),
    ("rebet", "Rebet", "rebet"),
    ("sportsbet", "Sportsbet", "sportsbet"),
    ("sugarhouse", "SugarHouse", "sugarhouse"),
    ("tab", "TAB", "tab"),
    ("tabtouch", "TABtouch", "tabtouch"),
    ("twinspires", "TwinSpires", "twinspires"),
    ("underdog_fantasy", "Underdog Fantasy", "underdog"),
    ("unibet_united_kingdom_", "Unibet (United Kingdom)", "unibet_uk"),
    ("william_hill", "William Hill", "williamhill"),
];

/// Asked for where the operator names no books: two calls of five.
const USUAL: [&str; 10] =
    ["betmgm", "betrivers", "caesars", "draftkings", "espn_bet", "fanatics", "fanduel", "hard_rock", "bet365", "pinnacle"];

/// What The Odds API calls a book of this family, with its title.
pub(crate) fn at_the_odds_api(key: &str) -> Option<(&'static str, &'static str)> {
    BOOKS.iter().find(|(id, ..)| *id == key).map(|(_, title, there)| (*there, *title))
}

/// The ids of the books that an ask means: by their id, their name, or their key at The Odds API; the usual ones where it names none.
pub(crate) fn asked(words: &[String]) -> Vec<String> {
    let named: BTreeSet<String> = words.iter().map(|word| word.trim()).filter(|word| !word.is_empty()).map(id_of).collect();
    if named.is_empty() { USUAL.iter().map(|id| (*id).to_owned()).collect() } else { named.into_iter().collect() }
}

fn id_of(word: &str) -> String {
    let known = BOOKS.iter().find(|(id, _, there)| *id == word || *there == word);
    known.map_or_else(|| key_of(word), |(id, ..)| (*id).to_owned())
}

/// The name of a book, as the older dialect asks for it; its id where we know no name.
pub(crate) fn name_of(id: &str) -> &str {
    BOOKS.iter().find(|(known, ..)| *known == id).map_or(id, |(_, name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_from_names_and_every_usual_book_is_known() {
        for (id, name, _) in BOOKS {
            assert_eq!(key_of(name), *id);
        }
        assert!(USUAL.iter().all(|id| at_the_odds_api(id).is_some()));
    }

    #[test]
    fn a_book_is_meant_by_any_of_its_names() {
        let of = |words: &[&str]| asked(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["williamhill_us", "Hard Rock", "caesars_tennessee_"]), ["caesars", "caesars_tennessee_", "hard_rock"]);
        assert_eq!(of(&[]).len(), 10);
        assert_eq!((name_of("caesars"), name_of("goblins")), ("Caesars", "goblins"));
    }
}
