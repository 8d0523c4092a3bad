//! An event as every resource shows it: its sides, its start, its status and score, by the facts of all its listings inside a cut.

use odds::Moment;
use odds::board::{Board, Fact, Order};
use odds::observation::FactKind;
use odds::roster::Official;
use serde::Serialize;
use store::boards::Kept;
use store::{EventRow, ListingRow};
use utoipa::ToSchema;

use crate::asked::When;
use crate::problem::Problem;
use crate::sides::{self, EventSides, is_turned};
use crate::state::State;

/// One event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Event {
    /// Its id: 32 hexadecimal digits.
    pub id: String,
    /// The id that was asked for, where the event goes by another since a join.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked_as: Option<String>,
    /// Our league, or the provider's sport key where we do not know it.
    pub sport: String,
    /// `contest` or `outright`.
    pub kind: &'static str,
    /// The home (or first) participant.
    pub home: Option<String>,
    /// The away (or second) participant.
    pub away: Option<String>,
    /// The title, where it has no two sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When it starts, as known then.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Moment>,
    /// `scheduled`, `live`, `delayed`, `suspended`, `postponed`, `cancelled` or `final`; absent where no provider says.
    pub status: Option<String>,
    /// Its score, where one is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scores: Option<Scores>,
    /// Where it is played, by the newest word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub venue: Option<String>,
    /// Whether no side plays at home, where a provider says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub neutral_site: Option<bool>,
    /// The officials, as the provider names them that spoke of them last; absent where none does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub officials: Vec<OfficialShown>,
    /// What providers call it.
    pub listings: Vec<Listed>,
}

/// An official of an event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OfficialShown {
    /// The name in the source's spelling.
    pub name: String,
    /// What the official does, in the source's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Who says so.
    pub provider: String,
}

/// What a provider calls an event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Listed {
    /// The provider.
    pub provider: String,
    /// The provider's id.
    pub id: String,
    /// The provider's sport key.
    pub sport: String,
    /// Whether it has the event's sides the other way round: its `home` is our `away`. Absent where it has not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_turned: bool,
    /// The provider's id of the home participant; this and the next three are absent where it sent none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home_id: Option<String>,
    /// The provider's id of the away participant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub away_id: Option<String>,
    /// The rotation number of the home participant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home_rotation: Option<u64>,
    /// The rotation number of the away participant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub away_rotation: Option<u64>,
}

/// A score.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Scores {
    /// Of the home side, in the provider's words (`182/4` in cricket).
    pub home: Option<String>,
    /// Of the away side.
    pub away: Option<String>,
    /// By period, where told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub periods: Option<serde_json::Value>,
    /// Who says so.
    pub provider: String,
    /// The moment at which it was said first.
    #[schema(value_type = String, format = DateTime)]
    pub observed_at: Moment,
    /// The reply that said so.
    pub reply: String,
}

/// What one provider says of an event.
pub struct Told {
    /// The listing.
    pub listing: ListingRow,
    /// Its facts.
    pub facts: Board,
}

impl Told {
    fn fact(&self, kind: FactKind) -> Option<&Fact> {
        self.facts.facts_of(kind).find(|(subject, fact)| subject.is_empty() && fact.value.is_some()).map(|(_, fact)| fact)
    }

    fn of_side(&self, kind: FactKind, side: &str) -> Option<String> {
        self.facts.facts().get(&(kind, side.into()))?.value.as_deref().map(str::to_owned)
    }

    /// Its names, and what it calls the sides.
    fn listed(&self, sides: Option<&EventSides>) -> Listed {
        let rotation = |side| self.of_side(FactKind::Rotation, side).and_then(|number| number.parse().ok());
        Listed {
            is_turned: is_turned(sides, &self.facts),
            home_id: self.of_side(FactKind::SideId, "home"),
            away_id: self.of_side(FactKind::SideId, "away"),
            home_rotation: rotation("home"),
            away_rotation: rotation("away"),
            ..listed(&self.listing)
        }
    }

    fn text(&self, kind: FactKind) -> Option<String> {
        self.facts.fact(kind).map(str::to_owned)
    }
}

/// What every provider says of an event inside a cut; those that had not spoken by then are left out.
pub fn told(state: &State, event: &EventRow, when: When) -> Result<Vec<Told>, Problem> {
    let mut told = Vec::with_capacity(event.listings.len());
    for listing in &event.listings {
        if listing.founded > when.cut.known {
            continue;
        }
        let in_memory = if when.is_now() { state.board_in_memory(listing.id, |kept| kept.board.without_quotes()) } else { None };
        let facts = match in_memory {
            Some(facts) => Some(facts).filter(|facts| !facts.facts().is_empty()),
            None => state.store.facts_at(listing.id, when.cut)?,
        };
        if let Some(facts) = facts {
            told.push(Told { listing: listing.clone(), facts });
        }
    }
    Ok(told)
}

/// The same by boards that are there already.
pub fn told_by(boards: &[Kept]) -> Vec<Told> {
    let spoke = boards.iter().filter(|kept| !kept.board.facts().is_empty());
    spoke.map(|kept| Told { listing: kept.listing.clone(), facts: kept.board.without_quotes() }).collect()
}

/// The event, by what is told of it; `None` where nothing is.
pub fn event(row: &EventRow, told: &[Told]) -> Option<Event> {
    let first = told.first()?;
    let text = |kind| told.iter().find_map(|one| one.text(kind));
    let league = told.iter().find_map(|one| one.listing.league.clone());
    let sides = sides::of(told);
    Some(Event {
        id: row.id.to_string(),
        asked_as: row.asked_as.clone(),
        sport: league.unwrap_or_else(|| first.listing.sport.clone()),
        kind: first.listing.kind.as_str(),
        home: text(FactKind::Home),
        away: text(FactKind::Away),
        title: text(FactKind::Title),
        starts_at: told.iter().find_map(|one| one.facts.starts_at()),
        status: newest(told, FactKind::Status).and_then(|one| one.text(FactKind::Status)),
        scores: scores(told, sides.as_ref()),
        venue: newest(told, FactKind::Venue).and_then(|one| one.text(FactKind::Venue)),
        neutral_site: newest(told, FactKind::NeutralSite).and_then(|one| one.text(FactKind::NeutralSite)?.parse().ok()),
        officials: officials(told),
        listings: told.iter().map(|one| one.listed(sides.as_ref())).collect(),
    })
}

/// A listing's names.
pub fn listed(listing: &ListingRow) -> Listed {
    Listed {
        provider: listing.provider.clone(),
        id: listing.external_id.clone(),
        sport: listing.sport.clone(),
        is_turned: false,
        home_id: None,
        away_id: None,
        home_rotation: None,
        away_rotation: None,
    }
}

/// Whoever spoke last of a kind of fact with news.
fn newest(told: &[Told], kind: FactKind) -> Option<&Told> {
    told.iter().filter_map(|one| Some((one.fact(kind)?.said, one))).max_by_key(|(said, _)| *said).map(|(_, one)| one)
}

fn officials(told: &[Told]) -> Vec<OfficialShown> {
    let said =
        |one: &Told| one.facts.facts_of(FactKind::Official).filter(|(_, fact)| fact.value.is_some()).map(|(_, fact)| fact.said).max();
    let newest = told.iter().filter_map(|one| Some((said(one)?, one))).max_by_key(|(said, _)| *said);
    let Some((_, one)) = newest else { return Vec::new() };
    let shown = |fact: &Fact| {
        let official: Official = serde_json::from_str(fact.value.as_deref()?).ok()?;
        Some(OfficialShown { name: official.name, role: official.role, provider: one.listing.provider.clone() })
    };
    one.facts.facts_of(FactKind::Official).filter_map(|(_, fact)| shown(fact)).collect()
}

fn scores(told: &[Told], sides: Option<&EventSides>) -> Option<Scores> {
    let said = |one: &Told| -> Option<Order> {
        [FactKind::HomeScore, FactKind::AwayScore].into_iter().filter_map(|kind| one.fact(kind)).map(|fact| fact.said).max()
    };
    let (said, one) = told.iter().filter_map(|one| Some((said(one)?, one))).max_by_key(|(said, _)| *said)?;
    let is_turned = is_turned(sides, &one.facts);
    let (home, away) = (one.text(FactKind::HomeScore), one.text(FactKind::AwayScore));
    let (home, away) = if is_turned { (away, home) } else { (home, away) };
    let periods = one.text(FactKind::PeriodScores).and_then(|text| serde_json::from_str(&text).ok());
    Some(Scores {
        home,
        away,
        periods: periods.map(|periods| if is_turned { periods_turned(periods) } else { periods }),
        provider: one.listing.provider.clone(),
        observed_at: said.at,
        reply: said.reply.to_string(),
    })
}

/// Scores by period with their sides exchanged.
fn periods_turned(mut periods: serde_json::Value) -> serde_json::Value {
    if let Some(sides) = periods.as_object_mut() {
        let (home, away) = (sides.remove("home"), sides.remove("away"));
        sides.extend(away.map(|away| ("home".to_owned(), away)));
        sides.extend(home.map(|home| ("away".to_owned(), home)));
    }
    periods
}

/// Whether a listing is of a sport: our league (`basketball.nba`), our sport (`basketball`), or the provider's own key.
pub fn is_of_sport(listing: &ListingRow, asked: Option<&String>) -> bool {
    is_sport(&listing.sport, listing.league.as_deref(), asked)
}

/// The same for a provider's key and our league.
pub fn is_sport(key: &str, league: Option<&str>, asked: Option<&String>) -> bool {
    let Some(asked) = asked else { return true };
    asked.split(',').any(|one| {
        key == one || league.is_some_and(|league| league == one || league.split_once('.').is_some_and(|(sport, _)| sport == one))
    })
}
