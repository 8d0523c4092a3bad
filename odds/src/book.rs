//! Books: one key for each, whoever delivers its quotes. The one table of what providers call them.
//!
//! Operator, place and venue are kept apart: skins of one operator move together, and an offer holds where its licence does. Keys at
//! providers are from their own replies and pages of 2026; where a book is licensed is general knowledge, and told only where its key
//! says so or it is of one country. A book that is not here keeps its provider's key, and is counted as unknown.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Serialize;

/// What kind of place a bet is taken at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Venue {
    /// A bookmaker, against whom one bets.
    Sportsbook,
    /// Bettors among each other; prices before commission.
    Exchange,
    /// Fantasy picks that pay by multipliers.
    Dfs,
    /// Contracts on an outcome.
    PredictionMarket,
    /// The best or the mean of many: nobody takes a bet at it.
    Aggregate,
}

impl Venue {
    /// The word in text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sportsbook => "sportsbook",
            Self::Exchange => "exchange",
            Self::Dfs => "dfs",
            Self::PredictionMarket => "prediction_market",
            Self::Aggregate => "aggregate",
        }
    }
}

/// A book that we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Book {
    /// Our key of it (`caesars`).
    pub key: &'static str,
    /// For people.
    pub title: &'static str,
    /// Who runs it: skins and views of one operator have the same; empty for aggregates.
    pub operator: &'static str,
    /// Where it is licensed (`us`, `us-nj`, `gb`, `eu`, `au`); empty where it is of many places, or not known.
    pub place: &'static str,
    /// What kind of place it is.
    pub venue: Venue,
    /// The key at The Odds API; empty where it has none there.
    pub at_the_odds_api: &'static str,
    /// The id at OpticOdds and OddsJam; empty where it has none there.
    pub at_opticodds: &'static str,
    /// Keys at other providers: the provider's key, and its key of the book.
    pub others: &'static [(&'static str, &'static str)],
}

use Venue::{Aggregate, Dfs, Exchange, PredictionMarket, Sportsbook};

/// Key, title, operator, place; the venue; the keys at The Odds API and OpticOdds; those at others.
const fn book(
    [key, title, operator, place]: [&'static str; 4],
    venue: Venue,
    [at_the_odds_api, at_opticodds]: [&'static str; 2],
    others: &'static [(&'static str, &'static str)],
) -> Book {
    Book { key, title, operator, place, venue, at_the_odds_api, at_opticodds, others }
}

/// The books that we know.
pub const BOOKS: &[Book] = &[
    book(
        ["draftkings", "DraftKings", "draftkings", "us"],
        Sportsbook,
        ["draftkings", "draftkings"],
        &[("espn", "41"), ("sportradar", "sr:book:18149")],
    ),
    book(["fanduel", "FanDuel", "fanduel", "us"], Sportsbook, ["fanduel", "fanduel"], &[("sportradar", "sr:book:18186")]),
    book(["betmgm", "BetMGM", "betmgm", "us"], Sportsbook, ["betmgm", "betmgm"], &[("football-data", "BMGM")]),
    book(["caesars", "Caesars", "caesars", "us"], Sportsbook, ["williamhill_us", "caesars"], &[("espn", "38"), ("espn", "45")]),
    book(["caesars_tennessee", "Caesars (Tennessee)", "caesars", "us-tn"], Sportsbook, ["", "caesars_tennessee_"], &[]),
    book(["thescorebet", "theScore Bet", "thescorebet", "us"], Sportsbook, ["espnbet", "espn_bet"], &[("espn", "58")]),
    book(["fanatics", "Fanatics", "fanatics", "us"], Sportsbook, ["fanatics", "fanatics"], &[]),
    book(["betrivers", "BetRivers", "betrivers", "us"], Sportsbook, ["betrivers", "betrivers"], &[]),
    book(["betrivers_new_york", "BetRivers (New York)", "betrivers", "us-ny"], Sportsbook, ["", "betrivers_new_york_"], &[]),
    book(["hardrockbet", "Hard Rock Bet", "hardrockbet", "us"], Sportsbook, ["hardrockbet", "hard_rock"], &[]),
    book(["hardrockbet_az", "Hard Rock Bet (Arizona)", "hardrockbet", "us-az"], Sportsbook, ["hardrockbet_az", ""], &[]),
    book(["hardrockbet_fl", "Hard Rock Bet (Florida)", "hardrockbet", "us-fl"], Sportsbook, ["hardrockbet_fl", ""], &[]),
    book(["hardrockbet_oh", "Hard Rock Bet (Ohio)", "hardrockbet", "us-oh"], Sportsbook, ["hardrockbet_oh", ""], &[]),
    book(["ballybet", "Bally Bet", "ballybet", "us"], Sportsbook, ["ballybet", "bally_bet"], &[]),
    book(["betparx", "betPARX", "betparx", "us"], Sportsbook, ["betparx", "betparx"], &[]),
    book(["fliff", "Fliff", "fliff", ""], Sportsbook, ["fliff", "fliff"], &[]),
    book(["rebet", "ReBet", "rebet", ""], Sportsbook, ["rebet", "rebet"], &[]),
    book(["betonlineag", "BetOnline.ag", "betonlineag", ""], Sportsbook, ["betonlineag", "betonline"], &[]),
    book(["lowvig", "LowVig.ag", "lowvig", ""], Sportsbook, ["lowvig", ""], &[]),
    book(["bovada", "Bovada", "bovada", ""], Sportsbook, ["bovada", "bovada"], &[]),
    book(["mybookieag", "MyBookie.ag", "mybookieag", ""], Sportsbook, ["mybookieag", "mybookie"], &[]),
    book(["betus", "BetUS", "betus", ""], Sportsbook, ["betus", "betus"], &[]),
    book(["gtbets", "GTbets", "gtbets", ""], Sportsbook, ["gtbets", ""], &[]),
    book(["everygame", "Everygame", "everygame", ""], Sportsbook, ["everygame", ""], &[]),
    book(["betanysports", "BetAnything", "betanysports", ""], Sportsbook, ["betanysports", "betanysports"], &[]),
    book(["intertops", "Intertops", "everygame", ""], Sportsbook, ["intertops", ""], &[]),
    book(
        ["pinnacle", "Pinnacle", "pinnacle", ""],
        Sportsbook,
        ["pinnacle", "pinnacle"],
        &[("football-data", "PS"), ("football-data", "P")],
    ),
    book(["barstool", "Barstool", "barstool", "us"], Sportsbook, ["barstool", ""], &[]),
    book(["circasports", "Circa Sports", "circasports", "us"], Sportsbook, ["circasports", "circa_sports"], &[]),
    book(["sugarhouse", "SugarHouse", "sugarhouse", "us"], Sportsbook, ["sugarhouse", "sugarhouse"], &[]),
    book(["superbook", "SuperBook", "superbook", "us"], Sportsbook, ["superbook", ""], &[]),
    book(["wynnbet", "WynnBET", "wynnbet", "us"], Sportsbook, ["wynnbet", ""], &[]),
    book(["twinspires", "TwinSpires", "twinspires", "us"], Sportsbook, ["twinspires", "twinspires"], &[]),
    book(["foxbet", "FOX Bet", "foxbet", "us"], Sportsbook, ["foxbet", ""], &[]),
    book(["pointsbetus", "PointsBet (US)", "pointsbet", "us"], Sportsbook, ["pointsbetus", ""], &[]),
    book(["bet365", "Bet365", "bet365", ""], Sportsbook, ["bet365", "bet365"], &[("espn", "2000"), ("football-data", "B365")]),
    book(["bet365_au", "bet365 (Australia)", "bet365", "au"], Sportsbook, ["bet365_au", ""], &[]),
    book(["bet365_nj", "bet365 (New Jersey)", "bet365", "us-nj"], Sportsbook, ["", ""], &[("sportradar", "sr:book:28901")]),
    book(["prizepicks", "PrizePicks", "prizepicks", "us"], Dfs, ["prizepicks", "prizepicks"], &[]),
    book(["underdog", "Underdog", "underdog", "us"], Dfs, ["underdog", "underdog_fantasy"], &[]),
    book(["pick6", "DraftKings Pick6", "draftkings", "us"], Dfs, ["pick6", "draftkings_pick_6_"], &[]),
    book(["betr_us_dfs", "Betr Picks", "betr", "us"], Dfs, ["betr_us_dfs", ""], &[]),
    book(["novig", "Novig", "novig", "us"], Exchange, ["novig", "novig"], &[]),
    book(["prophetx", "ProphetX", "prophetx", "us"], Exchange, ["prophetx", "prophet_x"], &[]),
    book(["betopenly", "BetOpenly", "betopenly", "us"], Exchange, ["betopenly", ""], &[]),
    book(["sporttrade", "Sporttrade", "sporttrade", "us"], Exchange, ["", "sporttrade"], &[]),
    book(["kalshi", "Kalshi", "kalshi", "us"], PredictionMarket, ["kalshi", ""], &[("kalshi", "kalshi")]),
    book(["polymarket", "Polymarket", "polymarket", ""], PredictionMarket, ["polymarket", ""], &[("polymarket", "polymarket")]),
    book(["betfair", "Betfair", "betfair", ""], Exchange, ["betfair", ""], &[]),
    book(["betfair_exchange", "Betfair Exchange", "betfair", ""], Exchange, ["", "betfair_exchange"], &[]),
    book(["betfair_ex_uk", "Betfair Exchange (UK)", "betfair", "gb"], Exchange, ["betfair_ex_uk", ""], &[("football-data", "BFE")]),
    book(["betfair_ex_eu", "Betfair Exchange (EU)", "betfair", "eu"], Exchange, ["betfair_ex_eu", ""], &[]),
    book(["betfair_ex_au", "Betfair Exchange (Australia)", "betfair", "au"], Exchange, ["betfair_ex_au", ""], &[]),
    book(["matchbook", "Matchbook", "matchbook", ""], Exchange, ["matchbook", ""], &[]),
    book(["smarkets", "Smarkets", "smarkets", ""], Exchange, ["smarkets", ""], &[]),
    book(["betfair_sb_uk", "Betfair Sportsbook", "betfair", "gb"], Sportsbook, ["betfair_sb_uk", ""], &[("football-data", "BF")]),
    book(["betfred_uk", "Betfred", "betfred", "gb"], Sportsbook, ["betfred_uk", ""], &[("football-data", "BFD")]),
    book(["betvictor", "Bet Victor", "betvictor", ""], Sportsbook, ["betvictor", "betvictor"], &[("football-data", "BV")]),
    book(["betway", "Betway", "betway", ""], Sportsbook, ["betway", ""], &[]),
    book(["boylesports", "BoyleSports", "boylesports", ""], Sportsbook, ["boylesports", ""], &[]),
    book(["casumo", "Casumo", "casumo", ""], Sportsbook, ["casumo", "casumo"], &[]),
    book(["coral", "Coral", "coral", "gb"], Sportsbook, ["coral", ""], &[("football-data", "CL")]),
    book(["ladbrokes_uk", "Ladbrokes", "ladbrokes", "gb"], Sportsbook, ["ladbrokes_uk", ""], &[("football-data", "LB")]),
    book(["grosvenor", "Grosvenor", "grosvenor", "gb"], Sportsbook, ["grosvenor", ""], &[]),
    book(["leovegas", "LeoVegas", "leovegas", ""], Sportsbook, ["leovegas", "leovegas"], &[]),
    book(["leovegas_se", "LeoVegas (Sweden)", "leovegas", "se"], Sportsbook, ["leovegas_se", ""], &[]),
    book(["livescorebet", "LiveScore Bet", "livescorebet", ""], Sportsbook, ["livescorebet", ""], &[]),
    book(["paddypower", "Paddy Power", "paddypower", ""], Sportsbook, ["paddypower", ""], &[]),
    book(["skybet", "Sky Bet", "skybet", "gb"], Sportsbook, ["skybet", ""], &[]),
    book(["sport888", "888sport", "sport888", ""], Sportsbook, ["sport888", ""], &[]),
    book(["virginbet", "Virgin Bet", "virginbet", "gb"], Sportsbook, ["virginbet", ""], &[]),
    book(["williamhill", "William Hill", "williamhill", ""], Sportsbook, ["williamhill", "william_hill"], &[("football-data", "WH")]),
    book(["unibet", "Unibet", "unibet", ""], Sportsbook, ["unibet", ""], &[]),
    book(["unibet_us", "Unibet (US)", "unibet", "us"], Sportsbook, ["unibet_us", ""], &[]),
    book(["unibet_uk", "Unibet (UK)", "unibet", "gb"], Sportsbook, ["unibet_uk", "unibet_united_kingdom_"], &[]),
    book(["unibet_fr", "Unibet (France)", "unibet", "fr"], Sportsbook, ["unibet_fr", ""], &[]),
    book(["unibet_it", "Unibet (Italy)", "unibet", "it"], Sportsbook, ["unibet_it", ""], &[]),
    book(["unibet_nl", "Unibet (Netherlands)", "unibet", "nl"], Sportsbook, ["unibet_nl", ""], &[]),
    book(["unibet_se", "Unibet (Sweden)", "unibet", "se"], Sportsbook, ["unibet_se", ""], &[]),
    book(["betclic_fr", "Betclic", "betclic", "fr"], Sportsbook, ["betclic_fr", ""], &[]),
    book(["betsson", "Betsson", "betsson", ""], Sportsbook, ["betsson", "betsson"], &[]),
    book(["nordicbet", "NordicBet", "nordicbet", ""], Sportsbook, ["nordicbet", ""], &[]),
    book(["codere_it", "Codere", "codere", "it"], Sportsbook, ["codere_it", ""], &[]),
    book(["coolbet", "Coolbet", "coolbet", ""], Sportsbook, ["coolbet", ""], &[]),
    book(["marathonbet", "Marathon Bet", "marathonbet", ""], Sportsbook, ["marathonbet", ""], &[]),
    book(["onexbet", "1xBet", "onexbet", ""], Sportsbook, ["onexbet", "1xbet"], &[("football-data", "1XB")]),
    book(["parionssport_fr", "Parions Sport", "parionssport", "fr"], Sportsbook, ["parionssport_fr", ""], &[]),
    book(["pmu_fr", "PMU", "pmu", "fr"], Sportsbook, ["pmu_fr", ""], &[]),
    book(["netbet_fr", "NetBet", "netbet", "fr"], Sportsbook, ["netbet_fr", ""], &[]),
    book(["suprabets", "Suprabets", "suprabets", ""], Sportsbook, ["suprabets", ""], &[]),
    book(["tipico_de", "Tipico", "tipico", "de"], Sportsbook, ["tipico_de", ""], &[]),
    book(["winamax_de", "Winamax (Germany)", "winamax", "de"], Sportsbook, ["winamax_de", ""], &[]),
    book(["winamax_fr", "Winamax (France)", "winamax", "fr"], Sportsbook, ["winamax_fr", ""], &[]),
    book(["atg_se", "ATG", "atg", "se"], Sportsbook, ["atg_se", ""], &[]),
    book(["mrgreen_se", "Mr Green", "mrgreen", "se"], Sportsbook, ["mrgreen_se", ""], &[]),
    book(["svenskaspel_se", "Svenska Spel", "svenskaspel", "se"], Sportsbook, ["svenskaspel_se", ""], &[]),
    book(["sportsbet", "SportsBet", "sportsbet", "au"], Sportsbook, ["sportsbet", "sportsbet"], &[]),
    book(["pointsbetau", "PointsBet (Australia)", "pointsbet", "au"], Sportsbook, ["pointsbetau", "pointsbet_australia_"], &[]),
    book(["tab", "TAB", "tab", "au"], Sportsbook, ["tab", "tab"], &[]),
    book(["tabtouch", "TABtouch", "tabtouch", "au"], Sportsbook, ["tabtouch", "tabtouch"], &[]),
    book(["ladbrokes_au", "Ladbrokes (Australia)", "ladbrokes", "au"], Sportsbook, ["ladbrokes_au", "ladbrokes_australia_"], &[]),
    book(["neds", "Neds", "neds", "au"], Sportsbook, ["neds", "neds"], &[]),
    book(["playup", "PlayUp", "playup", "au"], Sportsbook, ["playup", "playup_australia_"], &[]),
    book(["betr_au", "Betr (Australia)", "betr", "au"], Sportsbook, ["betr_au", "betr_australia_"], &[]),
    book(["betright", "Bet Right", "betright", "au"], Sportsbook, ["betright", "bet_right"], &[]),
    book(["boombet", "BoomBet", "boombet", "au"], Sportsbook, ["boombet", ""], &[]),
    book(["dabble_au", "Dabble (Australia)", "dabble", "au"], Sportsbook, ["dabble_au", "dabble_australia_"], &[]),
    book(["bwin", "Bwin", "bwin", ""], Sportsbook, ["", ""], &[("football-data", "BW")]),
    book(["blue_square", "Blue Square", "blue_square", ""], Sportsbook, ["", ""], &[("football-data", "BS")]),
    book(["gamebookers", "Gamebookers", "gamebookers", ""], Sportsbook, ["", ""], &[("football-data", "GB")]),
    book(["interwetten", "Interwetten", "interwetten", ""], Sportsbook, ["", ""], &[("football-data", "IW")]),
    book(["sportingbet", "Sportingbet", "sportingbet", ""], Sportsbook, ["", ""], &[("football-data", "SB")]),
    book(["stan_james", "Stan James", "stan_james", ""], Sportsbook, ["", ""], &[("football-data", "SJ")]),
    book(["sporting_odds", "Sporting Odds", "sporting_odds", ""], Sportsbook, ["", ""], &[("football-data", "SO")]),
    book(["stanleybet", "Stanleybet", "stanleybet", ""], Sportsbook, ["", ""], &[("football-data", "SY")]),
    book(["vc_bet", "VC Bet", "vc_bet", ""], Sportsbook, ["", ""], &[("football-data", "VC")]),
    book(["Max", "Best price of the market", "", ""], Aggregate, ["", ""], &[("football-data", "Max")]),
    book(["Avg", "Mean price of the market", "", ""], Aggregate, ["", ""], &[("football-data", "Avg")]),
    book(["BbMx", "Best price at BetBrain", "", ""], Aggregate, ["", ""], &[("football-data", "BbMx")]),
    book(["BbAv", "Mean price at BetBrain", "", ""], Aggregate, ["", ""], &[("football-data", "BbAv")]),
    book(["consensus", "Consensus", "", ""], Aggregate, ["", "consensus"], &[("sportradar", "consensus"), ("espn", "consensus")]),
];

/// The Odds API, whose keys are a column of the table.
pub const THE_ODDS_API: &str = "the-odds-api";
/// OpticOdds, whose ids are a column of the table.
pub const OPTICODDS: &str = "opticodds";

/// Providers that name books as another one does.
const DIALECTS: &[(&str, &str)] = &[("oddsjam", OPTICODDS), ("legacy", THE_ODDS_API)];

type ByName = HashMap<(&'static str, &'static str), &'static Book>;

static BY_NAME: LazyLock<ByName> = LazyLock::new(|| {
    let mut by_name = ByName::new();
    for book in BOOKS {
        let columns = [(THE_ODDS_API, book.at_the_odds_api), (OPTICODDS, book.at_opticodds)];
        by_name.extend(columns.into_iter().filter(|(_, key)| !key.is_empty()).chain(book.others.iter().copied()).map(|name| (name, book)));
    }
    by_name
});

/// The book behind a provider's key; `None` where we do not know it. Pure.
#[must_use]
pub fn known(provider: &str, key: &str) -> Option<&'static Book> {
    let provider = DIALECTS.iter().find(|(dialect, _)| *dialect == provider).map_or(provider, |(_, speaks)| speaks);
    // Names are held for ever; seen for as long as the caller's they can be looked up.
    let by_name: &HashMap<(&str, &str), &'static Book> = &BY_NAME;
    by_name.get(&(provider, key)).copied()
}

/// What a provider's book is called in our words: our key where we know it, else the provider's own.
#[must_use]
pub fn key<'a>(provider: &str, key: &'a str) -> &'a str {
    known(provider, key).map_or(key, |book| book.key)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_books_have_a_key_or_a_name_in_common() {
        let keys: HashSet<&str> = BOOKS.iter().map(|book| book.key).collect();
        assert_eq!(keys.len(), BOOKS.len());
        let filled = |key: &str| usize::from(!key.is_empty());
        let names: usize = BOOKS.iter().map(|book| filled(book.at_the_odds_api) + filled(book.at_opticodds) + book.others.len()).sum();
        assert_eq!(BY_NAME.len(), names);
    }

    #[test]
    fn a_book_is_one_whoever_delivers_it() {
        let of = |provider: &str, key: &str| known(provider, key).map(|book| book.key);
        let names = [(THE_ODDS_API, "williamhill_us"), (OPTICODDS, "caesars"), ("espn", "38"), ("espn", "45")];
        assert!(names.iter().all(|(provider, key)| of(provider, key) == Some("caesars")));
        assert_eq!((of("sportradar", "sr:book:18149"), of("football-data", "PS")), (Some("draftkings"), Some("pinnacle")));
        assert_eq!((of(THE_ODDS_API, "caesars"), of("espn", "williamhill_us"), of("football-data", "")), (None, None, None));
    }

    #[test]
    fn skins_of_one_operator_are_books_of_their_own() {
        let of = |key: &str| known(THE_ODDS_API, key).map(|book| (book.operator, book.place, book.venue));
        assert_eq!(of("hardrockbet_fl"), Some(("hardrockbet", "us-fl", Sportsbook)));
        assert_eq!(of("betfair_ex_au"), Some(("betfair", "au", Exchange)));
        assert_eq!(of("betfair_sb_uk"), Some(("betfair", "gb", Sportsbook)));
        assert!(BOOKS.iter().all(|book| (book.venue == Aggregate) == book.operator.is_empty()));
    }
}
