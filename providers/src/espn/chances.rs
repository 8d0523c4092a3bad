//! What ESPN itself gives the sides: its projection before the game, and the win probability after each play. Nobody's price.

use std::borrow::Cow;
use std::collections::BTreeMap;

use odds::Moment;
use odds::observation::{FactKind, FactSeen};
use serde::Serialize;

use super::contest::fact;
use super::notes::Notes;
use super::wire::{Drive, Drives, Envelope, Field, Items, Play, Predictor, Projection, WinProbability};

/// In percent, as written.
#[derive(Serialize)]
struct Chances {
    home: String,
    away: String,
}

/// As a share of one, as written, with the play after which it stood and the moment of that play.
#[derive(Clone, Serialize)]
struct AfterPlay {
    home: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tie: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    play: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Moment>,
}

/// Where a summary tells chances.
#[derive(Default)]
pub(super) struct Told<'a> {
    predictor: Field<Predictor>,
    probabilities: Items<'a>,
    plays: Items<'a>,
    drives: Field<Drives<'a>>,
}

impl<'a> Told<'a> {
    /// Takes what is of chances out of a summary.
    pub(super) fn of(envelope: &mut Envelope<'a>) -> Self {
        Self {
            predictor: std::mem::take(&mut envelope.predictor),
            probabilities: std::mem::take(&mut envelope.winprobability),
            plays: std::mem::take(&mut envelope.plays),
            drives: std::mem::take(&mut envelope.drives),
        }
    }
}

/// The attributes of a summary that tell chances.
pub(super) fn facts(notes: &mut Notes, told: Told<'_>) -> Vec<FactSeen<'static>> {
    let mut facts: Vec<FactSeen<'static>> = projection(notes, told.predictor).into_iter().collect();
    let rows = notes.items::<WinProbability>("", "winprobability", told.probabilities);
    if rows.is_empty() {
        return facts;
    }
    let moments = moments(notes, told.plays, told.drives);
    let mut after: Vec<AfterPlay> = Vec::with_capacity(rows.len());
    for (at, row) in rows {
        let Some(home) = notes.need_text(&at, "homeWinPercentage", row.home_win_percentage) else { continue };
        let tie = notes.text(&at, "tiePercentage", row.tie_percentage);
        let play = notes.text(&at, "playId", row.play_id);
        let moment = play.as_ref().and_then(|play| moments.get(play)).copied();
        after.push(AfterPlay { home, tie, play, at: moment });
    }
    facts.extend(after.last().and_then(|last| attribute("win_probability", last)));
    let course = course(&after);
    facts.extend((!course.is_empty()).then(|| attribute("win_probability/course", &course)).flatten());
    facts
}

/// How it went: of each minute the last play, for whom a moment is known.
fn course(after: &[AfterPlay]) -> Vec<AfterPlay> {
    let mut course: Vec<AfterPlay> = Vec::new();
    for one in after {
        let minute = |at: Moment| at.secs().div_euclid(60);
        let Some(at) = one.at else { continue };
        if course.last().is_some_and(|last| last.at.is_some_and(|last| minute(last) == minute(at))) {
            course.pop();
        }
        course.push(AfterPlay { play: None, ..one.clone() });
    }
    course.sort_by_key(|one| one.at);
    course
}

/// When each play was, as the provider's clock on the wall had it.
fn moments(notes: &mut Notes, plays: Items<'_>, drives: Field<Drives<'_>>) -> BTreeMap<String, Moment> {
    let mut moments = BTreeMap::new();
    let mut take = |notes: &mut Notes, at: &str, plays: Items<'_>| {
        for (_, play) in notes.items::<Play>(at, "plays", plays) {
            let told = |field: &Field<_>| field.read().map(|text: &super::wire::Text| text.as_str().to_owned());
            let moment = told(&play.wallclock).and_then(|text| text.parse::<Moment>().ok());
            moments.extend(told(&play.id).zip(moment));
        }
    };
    take(notes, "", plays);
    let Some(drives) = notes.take("", "drives", drives) else { return moments };
    for (at, drive) in notes.items::<Drive<'_>>("drives", "previous", drives.previous) {
        take(notes, &at, drive.plays);
    }
    if let Some(drive) = notes.take("drives", "current", drives.current) {
        take(notes, "drives.current", drive.plays);
    }
    moments
}

fn projection(notes: &mut Notes, predictor: Field<Predictor>) -> Option<FactSeen<'static>> {
    let predictor = notes.take("", "predictor", predictor)?;
    let mut of = |name: &str, side: Field<Projection>| {
        let side = notes.take("predictor", name, side)?;
        notes.text("predictor", &format!("{name}.gameProjection"), side.game_projection)
    };
    let (home, away) = (of("homeTeam", predictor.home_team)?, of("awayTeam", predictor.away_team)?);
    attribute("predictor", &Chances { home, away })
}

fn attribute(subject: &'static str, value: &impl Serialize) -> Option<FactSeen<'static>> {
    let value = serde_json::to_string(value).ok()?;
    Some(FactSeen { subject: Cow::Borrowed(subject), ..fact(FactKind::Attribute, value) })
}
