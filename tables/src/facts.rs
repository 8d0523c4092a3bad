//! The tables `events`, `results` and `stats`: what the facts of listings say.

use odds::observation::FactKind;
use odds::player::Teams;
use odds::stat::TeamSide;

use crate::asked::Asked;
use crate::error::Result;
use crate::event::{EventKnown, Place, stat_line};
use crate::frame::{Cell, Frame};
use crate::schema::Table;
use crate::source::{OnBatch, ROWS_AT_ONCE, Source, fits};
use crate::words::player_id;

/// Makes one of the tables of facts.
pub(crate) fn make(source: &Source, asked: &Asked, places: &[&Place], on_batch: OnBatch<'_>) -> Result<()> {
    let mut frame = Frame::of(asked.table);
    for place in places {
        let Some(event) = place.read(&source.store, asked.cut)?.filter(|event| fits(asked, event)) else { continue };
        match asked.table {
            Table::Events => frame.push(event_row(&event, &listings(&event)))?,
            Table::Results => result_row(&event, &mut frame)?,
            _ => stat_rows(source, &event, &mut frame)?,
        }
        if frame.rows() >= ROWS_AT_ONCE {
            on_batch(frame.batch(&asked.columns)?)?;
        }
    }
    if frame.rows() > 0 { on_batch(frame.batch(&asked.columns)?) } else { Ok(()) }
}

fn listings(event: &EventKnown) -> String {
    let names: Vec<String> = event.listings.iter().map(|(listing, _)| format!("{}:{}", listing.provider, listing.external_id)).collect();
    names.join(" ")
}

fn event_row<'a>(event: &'a EventKnown, listings: &'a str) -> [Cell<'a>; 12] {
    let [sport, day, id, start, home, away] = event.head();
    let (title, status, venue) = (event.title.as_deref(), event.status.as_deref(), event.venue.as_deref());
    [
        sport,
        day,
        id,
        start,
        Cell::Bool(event.is_start_exact),
        Cell::Text(event.kind.as_str()),
        home,
        away,
        Cell::text(title),
        Cell::text(status),
        Cell::text(venue),
        Cell::Text(listings),
    ]
}

fn result_row(event: &EventKnown, frame: &mut Frame) -> Result<()> {
    let said = event.score_said();
    if said.is_none() && !event.is_over() {
        return Ok(());
    }
    let (mut home, mut away, mut periods, mut provider) = (None, None, None, None);
    if let Some((_, (listing, board))) = said {
        (home, away) = (board.fact(FactKind::HomeScore), board.fact(FactKind::AwayScore));
        periods = board.fact(FactKind::PeriodScores).map(str::to_owned);
        if event.is_turned(board) {
            (home, away) = (away, home);
            periods = periods.map(|text| turned(&text));
        }
        provider = Some(listing.provider.as_str());
    }
    let number = |text: Option<&str>| Cell::int(text.and_then(|text| text.parse::<i32>().ok()).map(i64::from));
    let rest = [
        Cell::text(event.status.as_deref()),
        number(home),
        number(away),
        Cell::text(home),
        Cell::text(away),
        Cell::text(periods.as_deref()),
        Cell::text(provider),
        Cell::time(said.map(|(order, _)| order.at)),
        Cell::int(said.map(|(order, _)| order.reply.0)),
    ];
    frame.push(event.head().into_iter().chain(rest))
}

/// Scores by period with their sides exchanged.
fn turned(periods: &str) -> String {
    let Ok(serde_json::Value::Object(mut sides)) = serde_json::from_str(periods) else { return periods.to_owned() };
    let (home, away) = (sides.remove("home"), sides.remove("away"));
    sides.extend(away.map(|away| ("home".to_owned(), away)));
    sides.extend(home.map(|home| ("away".to_owned(), home)));
    serde_json::Value::Object(sides).to_string()
}

fn stat_rows(source: &Source, event: &EventKnown, frame: &mut Frame) -> Result<()> {
    let mut listings: Vec<_> = event.listings.iter().collect();
    listings.sort_by_key(|(listing, _)| (&listing.provider, listing.id));
    for (listing, board) in listings {
        let is_final = board.fact(FactKind::Status) == Some("final");
        for (subject, fact) in board.facts_of(FactKind::Stat) {
            let Some(value) = &fact.value else { continue };
            let line = stat_line(listing, value)?;
            let teams = line.team.as_deref().map_or(Teams::Unknown, Teams::Stated);
            let player_id = player_id(&source.players, listing, (Some(&**subject), &line.player), teams, fact.said.at);
            let side = line.side.map(|side| match (side, event.is_turned(board)) {
                (TeamSide::Home, false) | (TeamSide::Away, true) => "home",
                (TeamSide::Away, false) | (TeamSide::Home, true) => "away",
            });
            let about = [
                Cell::Text(&listing.provider),
                Cell::text(line.team.as_deref()),
                Cell::Text(&line.player),
                Cell::text(player_id.as_deref()),
                Cell::Text(subject),
                Cell::text(side),
                Cell::text(line.position.as_deref()),
                Cell::Bool(line.did_not_play),
            ];
            let end = [Cell::Bool(is_final), Cell::Time(fact.said.at), Cell::Int(fact.said.reply.0)];
            let mut push = |figure: [Cell<'_>; 3]| frame.push(event.head().into_iter().chain(about).chain(figure).chain(end));
            for (stat, amount) in &line.stats {
                let milli = amount.milli();
                push([Cell::Text(stat), Cell::Exact(milli), Cell::Float(milli as f64 / 1000.0)])?;
            }
            if line.stats.is_empty() {
                push([Cell::Null; 3])?;
            }
        }
    }
    Ok(())
}
