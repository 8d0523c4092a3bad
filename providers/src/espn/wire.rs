//! ESPN's own words, spelt as ESPN spells them. No contract stands behind them, so every field may be absent, null or of another
//! type without taking its neighbours along: each is a [`Field`], and lists are kept raw until each item is read by itself.

mod chances;
mod people;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

pub(super) use chances::{Drive, Drives, Play, Predictor, Projection, WinProbability};
pub(super) use people::{MoveRow, OfficialRow, RosterRow};

/// A field that may be absent (or null), read, or of another type than expected.
#[derive(Debug, Clone, Default)]
pub(super) enum Field<T> {
    #[default]
    Absent,
    Read(T),
    Wrong(String),
}

impl<T> Field<T> {
    /// What was read, if anything was.
    pub(super) fn read(&self) -> Option<&T> {
        match self {
            Self::Read(value) => Some(value),
            Self::Absent | Self::Wrong(_) => None,
        }
    }
}

/// Whether a thing is a list. serde reads a list as a struct by position, so `[1]` in place of an object would be misread.
pub(super) trait Shape {
    const IS_LIST: bool = false;
}

impl Shape for Vec<&RawValue> {
    const IS_LIST: bool = true;
}

macro_rules! no_lists {
    ($($name:ty),+) => { $(impl Shape for $name {})+ };
}

no_lists!(
    bool,
    Text,
    League<'_>,
    Header<'_>,
    Season,
    CompetitionType,
    GameInfo<'_>,
    Venue,
    Status,
    StatusType,
    Team,
    OddsProvider,
    SideOdds
);
no_lists!(Sides, Phases, Posted, Athlete<'_>, Position, InjuryType, InjuryDetails, BoxScore<'_>, Predictor, Projection, SidePhase, Told);
no_lists!(Drives<'_>, Drive<'_>, Totals);

impl<'de, T: Deserialize<'de> + Shape> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        let read = match raw {
            "null" => return Ok(Self::Absent),
            _ if raw.starts_with('[') != T::IS_LIST => None,
            _ => serde_json::from_str(raw).ok(),
        };
        Ok(read.map_or_else(|| Self::Wrong(raw.chars().take(60).collect()), Self::Read))
    }
}

/// A string, or a number or boolean as it was written: ids, scores, lines and prices come in all of these.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Text(pub(super) String);

impl Text {
    pub(super) fn as_str(&self) -> &str {
        self.0.trim()
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        match raw.as_bytes().first() {
            Some(b'"') => serde_json::from_str(raw).map(Self).map_err(D::Error::custom),
            Some(b'{' | b'[' | b'n') | None => Err(D::Error::custom("not a text or a number")),
            Some(_) => Ok(Self(raw.to_owned())),
        }
    }
}

/// A list whose items are read one by one.
pub(super) type Items<'a> = Field<Vec<&'a RawValue>>;

/// The keys by which each endpoint's answer is known, and those of an error (`{"code":404,"message":"..."}`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Envelope<'a> {
    #[serde(borrow)]
    pub(super) leagues: Items<'a>,
    #[serde(borrow)]
    pub(super) events: Items<'a>,
    #[serde(borrow)]
    pub(super) header: Field<Header<'a>>,
    #[serde(borrow)]
    pub(super) injuries: Items<'a>,
    #[serde(borrow)]
    pub(super) pickcenter: Items<'a>,
    #[serde(borrow)]
    pub(super) odds: Items<'a>,
    #[serde(borrow)]
    pub(super) sports: Items<'a>,
    #[serde(borrow)]
    pub(super) boxscore: Field<BoxScore<'a>>,
    pub(super) predictor: Field<Predictor>,
    #[serde(borrow)]
    pub(super) winprobability: Items<'a>,
    #[serde(borrow)]
    pub(super) plays: Items<'a>,
    #[serde(borrow)]
    pub(super) drives: Field<Drives<'a>>,
    #[serde(borrow)]
    pub(super) athletes: Items<'a>,
    pub(super) team: Field<Team>,
    #[serde(borrow)]
    pub(super) transactions: Items<'a>,
    #[serde(rename = "gameInfo", borrow)]
    pub(super) game_info: Field<GameInfo<'a>>,
    pub(super) timestamp: Field<Text>,
    pub(super) code: Field<Text>,
    pub(super) message: Field<Text>,
}

/// `{"id":"46","uid":"s:40~l:46","abbreviation":"NBA","slug":"nba"}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct League<'a> {
    pub(super) uid: Field<Text>,
    pub(super) slug: Field<Text>,
    #[serde(borrow)]
    pub(super) teams: Items<'a>,
}

/// `{"id":"401585183","uid":"s:40~l:46~e:401585183","date":"2024-01-15T18:00Z","season":{..},"competitions":[{..}],"status":{..}}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Event<'a> {
    pub(super) id: Field<Text>,
    pub(super) uid: Field<Text>,
    pub(super) date: Field<Text>,
    pub(super) season: Field<Season>,
    pub(super) status: Field<Status>,
    #[serde(borrow)]
    pub(super) competitions: Items<'a>,
}

/// The head of a summary: `{"id":"401809245","uid":"s:40~l:46~e:..","competitions":[{..}],"league":{..}}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Header<'a> {
    pub(super) id: Field<Text>,
    pub(super) uid: Field<Text>,
    #[serde(borrow)]
    pub(super) competitions: Items<'a>,
    #[serde(borrow)]
    pub(super) league: Field<League<'a>>,
}

/// `{"year":2024,"type":2,"slug":"regular-season"}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Season {
    pub(super) slug: Field<Text>,
}

/// `{"date":"2024-01-15T18:00Z","neutralSite":false,"type":{"abbreviation":"STD"},"venue":{..},"competitors":[..],"odds":[..]}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Competition<'a> {
    pub(super) id: Field<Text>,
    pub(super) date: Field<Text>,
    pub(super) start_date: Field<Text>,
    pub(super) neutral_site: Field<bool>,
    pub(super) r#type: Field<CompetitionType>,
    pub(super) venue: Field<Venue>,
    pub(super) status: Field<Status>,
    #[serde(borrow)]
    pub(super) competitors: Items<'a>,
    #[serde(borrow)]
    pub(super) odds: Items<'a>,
}

/// `{"id":"4","abbreviation":"ALLSTAR"}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct CompetitionType {
    pub(super) abbreviation: Field<Text>,
}

/// `{"venue":{"id":"5404","fullName":"Little Caesars Arena"},"officials":[{..}]}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct GameInfo<'a> {
    pub(super) venue: Field<Venue>,
    #[serde(borrow)]
    pub(super) officials: Items<'a>,
}

/// `{"id":"5404","fullName":"Little Caesars Arena"}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Venue {
    pub(super) full_name: Field<Text>,
}

/// `{"period":4,"type":{"name":"STATUS_FINAL","state":"post","completed":true}}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    pub(super) r#type: Field<StatusType>,
}

/// `{"id":"3","name":"STATUS_FINAL","state":"post","completed":true,"description":"Final"}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct StatusType {
    pub(super) name: Field<Text>,
    pub(super) state: Field<Text>,
    pub(super) completed: Field<bool>,
}

/// `{"id":"20","homeAway":"home","score":"124","linescores":[{"value":33.0}],"team":{..}}`; individual sports have `athlete`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Competitor<'a> {
    pub(super) id: Field<Text>,
    pub(super) home_away: Field<Text>,
    pub(super) score: Field<Text>,
    #[serde(borrow)]
    pub(super) linescores: Items<'a>,
    pub(super) team: Field<Team>,
    pub(super) athlete: Field<Team>,
}

/// `{"value":33.0,"displayValue":"33","period":1}`; summaries have `displayValue` alone.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct LineScore {
    pub(super) value: Field<Text>,
    pub(super) display_value: Field<Text>,
}

/// `{"id":"20","location":"Philadelphia","name":"76ers","abbreviation":"PHI","displayName":"Philadelphia 76ers"}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Team {
    pub(super) id: Field<Text>,
    pub(super) display_name: Field<Text>,
    pub(super) abbreviation: Field<Text>,
    pub(super) location: Field<Text>,
    pub(super) name: Field<Text>,
    pub(super) nickname: Field<Text>,
}

/// A row of `odds` or `pickcenter`: the flat shape, the nested one, or both.
///
/// `{"provider":{"id":"58","name":"ESPN BET"},"details":"CLE -2.5","overUnder":231.5,"spread":2.5,"overOdds":-110.0,
/// "homeTeamOdds":{"moneyLine":120,"spreadOdds":-110.0},"moneyline":{"home":{"close":{"odds":"+120"},"open":{"odds":"+105"}}}}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct OddsRow {
    pub(super) provider: Field<OddsProvider>,
    pub(super) details: Field<Text>,
    pub(super) over_under: Field<Text>,
    pub(super) spread: Field<Text>,
    pub(super) over_odds: Field<Text>,
    pub(super) under_odds: Field<Text>,
    pub(super) home_team_odds: Field<SideOdds>,
    pub(super) away_team_odds: Field<SideOdds>,
    pub(super) draw_odds: Field<SideOdds>,
    pub(super) moneyline: Field<Sides>,
    pub(super) point_spread: Field<Sides>,
    pub(super) total: Field<Sides>,
    pub(super) open: Field<Totals>,
    pub(super) close: Field<Totals>,
    pub(super) current: Field<Totals>,
}

/// One phase of a row's total: `{"over":{"american":"-110"},"under":{"american":"-110"},"total":{"american":"231.5"}}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Totals {
    pub(super) over: Field<Told>,
    pub(super) under: Field<Told>,
    pub(super) total: Field<Told>,
}

/// `{"id":"58","name":"ESPN BET","priority":1}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct OddsProvider {
    pub(super) id: Field<Text>,
    pub(super) name: Field<Text>,
}

/// `{"moneyLine":120,"spreadOdds":-110.0,"open":{..},"close":{..},"current":{..}}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SideOdds {
    pub(super) money_line: Field<Text>,
    pub(super) spread_odds: Field<Text>,
    pub(super) open: Field<SidePhase>,
    pub(super) close: Field<SidePhase>,
    pub(super) current: Field<SidePhase>,
}

/// One phase of a side: `{"moneyLine":{"american":"+120"},"pointSpread":{"american":"+2.5"},"spread":{"american":"-110"}}`. The line is
/// `pointSpread`, its price `spread`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SidePhase {
    pub(super) money_line: Field<Told>,
    pub(super) point_spread: Field<Told>,
    pub(super) spread: Field<Told>,
}

/// `{"value":2.2,"displayValue":"6/5","alternateDisplayValue":"+120","american":"+120"}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Told {
    pub(super) american: Field<Text>,
    pub(super) alternate_display_value: Field<Text>,
}

/// `{"home":{"open":{..},"close":{..}},"away":{..}}`, or `over` and `under`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sides {
    pub(super) home: Field<Phases>,
    pub(super) away: Field<Phases>,
    pub(super) draw: Field<Phases>,
    pub(super) over: Field<Phases>,
    pub(super) under: Field<Phases>,
}

/// `{"open":{"line":"o228.5","odds":"-110"},"close":{"line":"o231.5","odds":"-110"}}`; `close` moves until the start.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Phases {
    pub(super) open: Field<Posted>,
    pub(super) close: Field<Posted>,
    pub(super) current: Field<Posted>,
}

/// `{"line":"o231.5","odds":"-110"}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Posted {
    pub(super) line: Field<Text>,
    pub(super) odds: Field<Text>,
}

/// One team of an injury list. League: `{"id":"20","displayName":"Atlanta Dream","injuries":[..]}`; summary: `{"team":{..},"injuries":[..]}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct InjuredTeam<'a> {
    pub(super) display_name: Field<Text>,
    pub(super) team: Field<Team>,
    #[serde(borrow)]
    pub(super) injuries: Items<'a>,
}

/// `{"status":"Out","date":"2026-07-08T20:48Z","shortComment":"..","athlete":{..},"type":{..},"details":{..}}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct InjuryRow<'a> {
    pub(super) status: Field<Text>,
    pub(super) date: Field<Text>,
    pub(super) short_comment: Field<Text>,
    #[serde(borrow)]
    pub(super) athlete: Field<Athlete<'a>>,
    pub(super) r#type: Field<InjuryType>,
    pub(super) details: Field<InjuryDetails>,
}

/// `{"displayName":"Aaliyah Nye","links":[{"rel":["playercard"],"href":".../wnba/player/_/id/4597509/aaliyah-nye"}],"position":{..}}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Athlete<'a> {
    pub(super) id: Field<Text>,
    pub(super) display_name: Field<Text>,
    #[serde(borrow)]
    pub(super) links: Items<'a>,
    pub(super) position: Field<Position>,
}

/// `{"rel":["playercard","desktop"],"href":"https://www.espn.com/wnba/player/_/id/4597509/aaliyah-nye"}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Link {
    pub(super) href: Field<Text>,
}

/// `{"name":"Guard","abbreviation":"G"}`; of officials `{"name":"Referee","id":"40"}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Position {
    pub(super) name: Field<Text>,
    pub(super) abbreviation: Field<Text>,
}

/// `{"id":"4","name":"INJURY_STATUS_OUT","description":"out","abbreviation":"O"}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct InjuryType {
    pub(super) name: Field<Text>,
}

/// `{"type":"Knee","side":"Left","returnDate":"2026-07-09"}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct InjuryDetails {
    pub(super) r#type: Field<Text>,
    pub(super) return_date: Field<Text>,
}

/// `{"leagues":[{"slug":"nba","teams":[{"team":{..}}]}]}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct SportTeams<'a> {
    #[serde(borrow)]
    pub(super) leagues: Items<'a>,
}

/// `{"team":{"id":"1","displayName":"Atlanta Hawks"}}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct TeamRow {
    pub(super) team: Field<Team>,
}

/// `{"teams":[..],"players":[{"team":{..},"statistics":[..]}]}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct BoxScore<'a> {
    #[serde(borrow)]
    pub(super) players: Items<'a>,
}

/// `{"team":{"id":"20","displayName":"Atlanta Dream"},"statistics":[{..}]}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct BoxTeam<'a> {
    pub(super) team: Field<Team>,
    #[serde(borrow)]
    pub(super) statistics: Items<'a>,
}

/// `{"name":"rushing","keys":["rushingAttempts","rushingYards"],"athletes":[{..}]}`; basketball has one group without a name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct BoxGroup<'a> {
    pub(super) name: Field<Text>,
    pub(super) r#type: Field<Text>,
    #[serde(borrow)]
    pub(super) keys: Items<'a>,
    #[serde(borrow)]
    pub(super) athletes: Items<'a>,
}

/// `{"athlete":{"id":"3058895","displayName":"Brionna Jones","position":{..}},"didNotPlay":false,"stats":["16","13","5-7"]}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct BoxAthlete<'a> {
    #[serde(borrow)]
    pub(super) athlete: Field<Athlete<'a>>,
    pub(super) did_not_play: Field<bool>,
    #[serde(borrow)]
    pub(super) stats: Items<'a>,
}
