//! Books: their id and their name, for both dialects; who they are is told by `odds::book`.

use std::collections::BTreeSet;

use odds::book;

use super::words::key_of;

/// Their id and their name. State variants (`caesars_tennessee_`) and books that are not here are asked for by their own id.
const BOOKS: &[(&str, &str)] = &[
    ("1xbet", "1XBet"),
    ("bally_bet", "Bally Bet"),
    ("bet365", "bet365"),
    ("bet_right", "Bet Right"),
    ("betanysports", "BetAnySports"),
    ("betmgm", "BetMGM"),
    ("betonline", "BetOnline"),
    ("betparx", "betPARX"),
    ("betr_australia_", "betr (Australia)"),
    ("betrivers", "BetRivers"),
    ("betsson", "Betsson"),
    ("betus", "BetUS"),
    ("betvictor", "BetVictor"),
    ("bovada", "Bovada"),
    ("caesars", "Caesars"),
    ("casumo", "Casumo"),
    ("circa_sports", "Circa Sports"),
    ("dabble_australia_", "Dabble (Australia)"),
    ("draftkings", "DraftKings"),
    ("draftkings_pick_6_", "DraftKings (Pick 6)"),
    ("espn_bet", "ESPN BET"),
    ("fanatics", "Fanatics"),
    ("fanduel", "FanDuel"),
    ("fliff", "Fliff"),
    ("hard_rock", "Hard Rock"),
    ("ladbrokes_australia_", "Ladbrokes (Australia)"),
    ("leovegas", "LeoVegas"),
    ("mybookie", "MyBookie"),
    ("neds", "Neds"),
    ("novig", "Novig"),
    ("pinnacle", "Pinnacle"),
    ("playup_australia_", "PlayUp (Australia)"),
    ("pointsbet_australia_", "PointsBet (Australia)"),
    ("prizepicks", "PrizePicks"),
    ("prophet_x", "Prophet X"),
    ("rebet", "Rebet"),
    ("sportsbet", "Sportsbet"),
    ("sugarhouse", "SugarHouse"),
    ("tab", "TAB"),
    ("tabtouch", "TABtouch"),
    ("twinspires", "TwinSpires"),
    ("underdog_fantasy", "Underdog Fantasy"),
    ("unibet_united_kingdom_", "Unibet (United Kingdom)"),
    ("william_hill", "William Hill"),
];

/// Asked for where the operator names no books: two calls of five.
const USUAL: [&str; 10] =
    ["betmgm", "betrivers", "caesars", "draftkings", "espn_bet", "fanatics", "fanduel", "hard_rock", "bet365", "pinnacle"];

/// The ids of the books that an ask means: by their id, their name, our key, or their key at The Odds API; the usual ones where it names none.
pub(crate) fn asked(words: &[String]) -> Vec<String> {
    let named: BTreeSet<String> = words.iter().map(|word| word.trim()).filter(|word| !word.is_empty()).map(id_of).collect();
    if named.is_empty() { USUAL.iter().map(|id| (*id).to_owned()).collect() } else { named.into_iter().collect() }
}

fn id_of(word: &str) -> String {
    if BOOKS.iter().any(|(id, _)| *id == word) {
        return word.to_owned();
    }
    let is_meant = |book: &&book::Book| !book.at_opticodds.is_empty() && (book.key == word || book.at_the_odds_api == word);
    book::BOOKS.iter().find(is_meant).map_or_else(|| key_of(word), |book| book.at_opticodds.to_owned())
}

/// The name of a book, as the older dialect asks for it; its id where we know no name.
pub(crate) fn name_of(id: &str) -> &str {
    BOOKS.iter().find(|(known, _)| *known == id).map_or(id, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use odds::book::OPTICODDS;

    use super::*;

    #[test]
    fn ids_follow_from_names_and_every_usual_book_is_known() {
        for (id, name) in BOOKS {
            assert_eq!(key_of(name), *id);
            assert!(book::known(OPTICODDS, id).is_some(), "{id}");
        }
        assert!(USUAL.iter().all(|id| book::known(OPTICODDS, id).is_some_and(|book| !book.at_the_odds_api.is_empty())));
    }

    #[test]
    fn a_book_is_meant_by_any_of_its_names() {
        let of = |words: &[&str]| asked(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["williamhill_us", "Hard Rock", "caesars_tennessee_"]), ["caesars", "caesars_tennessee_", "hard_rock"]);
        assert_eq!(of(&[]).len(), 10);
        assert_eq!((name_of("caesars"), name_of("goblins")), ("Caesars", "goblins"));
    }
}
