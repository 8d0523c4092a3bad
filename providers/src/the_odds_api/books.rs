//! Which books answer in which region: what an ask by region has asked for.
//!
//! The keys are those of the provider's own pulls (seen 2026-04-16, and the retired ones in older recordings); which region a key
//! answers in is partly hearsay. A book that answers without standing here is added by the reply itself.

/// A region and the books that it brings.
const REGIONS: &[(&str, &[&str])] = &[
    (
        "us",
        &[
            "barstool",
            "betfair",
            "betmgm",
            "betonlineag",
            "betrivers",
            "betus",
            "bovada",
            "circasports",
            "draftkings",
            "fanatics",
            "fanduel",
            "foxbet",
            "gtbets",
            "intertops",
            "lowvig",
            "mybookieag",
            "pointsbetus",
            "sugarhouse",
            "superbook",
            "twinspires",
            "unibet",
            "unibet_us",
            "williamhill_us",
            "wynnbet",
        ],
    ),
    (
        "us2",
        &[
            "ballybet",
            "betanysports",
            "betparx",
            "espnbet",
            "everygame",
            "fliff",
            "gtbets",
            "hardrockbet",
            "hardrockbet_az",
            "hardrockbet_fl",
            "hardrockbet_oh",
            "rebet",
        ],
    ),
    ("us_dfs", &["betr_us_dfs", "pick6", "prizepicks", "underdog"]),
    ("us_ex", &["betopenly", "kalshi", "novig", "polymarket", "prophetx"]),
    (
        "uk",
        &[
            "betfair",
            "betfair_ex_uk",
            "betfair_sb_uk",
            "betfred_uk",
            "betvictor",
            "betway",
            "boylesports",
            "casumo",
            "coral",
            "grosvenor",
            "ladbrokes_uk",
            "leovegas",
            "livescorebet",
            "matchbook",
            "paddypower",
            "skybet",
            "smarkets",
            "sport888",
            "unibet_uk",
            "virginbet",
            "williamhill",
        ],
    ),
    (
        "eu",
        &[
            "betanysports",
            "betclic_fr",
            "betfair",
            "betfair_ex_eu",
            "betonlineag",
            "betsson",
            "betvictor",
            "codere_it",
            "coolbet",
            "everygame",
            "gtbets",
            "leovegas_se",
            "marathonbet",
            "matchbook",
            "mybookieag",
            "nordicbet",
            "onexbet",
            "parionssport_fr",
            "pinnacle",
            "pmu_fr",
            "sport888",
            "suprabets",
            "tipico_de",
            "unibet",
            "unibet_fr",
            "unibet_it",
            "unibet_nl",
            "unibet_se",
            "williamhill",
            "winamax_de",
            "winamax_fr",
        ],
    ),
    (
        "au",
        &[
            "bet365_au",
            "betfair",
            "betfair_ex_au",
            "betr_au",
            "betright",
            "boombet",
            "dabble_au",
            "ladbrokes_au",
            "neds",
            "playup",
            "pointsbetau",
            "sportsbet",
            "tab",
            "tabtouch",
            "unibet",
        ],
    ),
    ("fr", &["betclic_fr", "netbet_fr", "parionssport_fr", "pmu_fr", "unibet_fr", "winamax_fr"]),
    ("se", &["atg_se", "betsson", "leovegas_se", "mrgreen_se", "nordicbet", "svenskaspel_se", "unibet_se"]),
];

/// Regions and books that may answer with lay markets nobody asked for.
const EXCHANGES: &[&str] = &[
    "betfair",
    "betfair_ex_uk",
    "betfair_ex_eu",
    "betfair_ex_au",
    "matchbook",
    "smarkets",
    "betopenly",
    "kalshi",
    "novig",
    "polymarket",
    "prophetx",
];

/// The books that a region is known to bring; none for a region that we do not know.
pub(super) fn of_region(region: &str) -> &'static [&'static str] {
    REGIONS.iter().find(|(key, _)| *key == region).map_or(&[], |(_, books)| books)
}

/// Regions that bring all of these books, those that bring most of what is still missing first; none where one stands in no region.
pub(super) fn regions_with(books: &[String]) -> Vec<&'static str> {
    let (mut missing, mut chosen): (Vec<&str>, Vec<&str>) = (books.iter().map(String::as_str).collect(), Vec::new());
    while !missing.is_empty() {
        let brings = |books: &[&str]| missing.iter().filter(|book| books.contains(book)).count();
        let Some((region, of_it)) = REGIONS.iter().rev().max_by_key(|(_, books)| brings(books)).filter(|(_, books)| brings(books) > 0)
        else {
            return Vec::new();
        };
        missing.retain(|book| !of_it.contains(book));
        chosen.push(*region);
    }
    chosen
}

/// Whether it is a region that we know.
pub(super) fn is_region(region: &str) -> bool {
    !of_region(region).is_empty()
}

/// Whether a book may bring lay markets. A region whose books we do not know may as well.
pub(super) fn is_exchange(book: &str) -> bool {
    EXCHANGES.contains(&book)
}

/// Whether a region may bring lay markets.
pub(super) fn has_exchange(region: &str) -> bool {
    !is_region(region) || of_region(region).iter().any(|book| is_exchange(book))
}
