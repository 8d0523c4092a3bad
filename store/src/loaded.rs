//! What history is loaded, by statements that anybody can run on the views: each is told with its answer.

use serde::Serialize;

use crate::engine::Kind;
use crate::error::Result;
use crate::store::Store;

/// A statement on the views, and what it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// What it shows.
    pub shows: &'static str,
    /// The statement, as it can be run on this store.
    pub sql: String,
    /// Its columns.
    pub columns: Vec<&'static str>,
    /// Its rows, each value as text.
    pub rows: Vec<Vec<String>>,
}

impl Proof {
    /// A value of a row by its column; empty where there is no such column.
    #[must_use]
    pub fn value<'a>(&self, row: &'a [String], column: &str) -> &'a str {
        let at = self.columns.iter().position(|known| *known == column);
        at.and_then(|at| row.get(at)).map_or("", String::as_str)
    }

    /// A number of a row by its column; 0 where it is none.
    #[must_use]
    pub fn number(&self, row: &[String], column: &str) -> i64 {
        self.value(row, column).parse().unwrap_or_default()
    }
}

const MONTHS: (&str, &[(&str, Kind)]) = (
    "select coalesce(e.league, e.sport_key) as sport, substr(cast(e.start_time as text), 1, 7) as month, count(*) as games,
    sum(case when exists (select 1 from @historical_odds h where h.event_id = e.id and h.opening_price is not null) then 1 else 0 end) as with_open,
    sum(case when exists (select 1 from @historical_odds h where h.event_id = e.id and h.closing_price is not null) then 1 else 0 end) as with_close,
    sum(case when e.home_score is not null then 1 else 0 end) as with_score
from @sports_events e
where substr(cast(e.start_time as text), 1, 10) >= $1 and substr(cast(e.start_time as text), 1, 10) < $2
    and (e.status is null or e.status not in ('postponed', 'cancelled'))
group by 1, 2 order by 1, 2",
    &[
        ("sport", Kind::Text),
        ("month", Kind::Text),
        ("games", Kind::Int),
        ("with_open", Kind::Int),
        ("with_close", Kind::Int),
        ("with_score", Kind::Int),
    ],
);
const LINES: (&str, &[(&str, Kind)]) = (
    "select coalesce(e.league, e.sport_key) as sport, min(substr(cast(e.start_time as text), 1, 10)) as first_day,
    max(substr(cast(e.start_time as text), 1, 10)) as last_day, count(*) as lines, count(distinct h.bookmaker) as books,
    sum(case when h.closing_quality = 'exact' then 1 else 0 end) as closed_exactly,
    sum(case when h.player_name is not null then 1 else 0 end) as of_players,
    sum(case when h.result is not null then 1 else 0 end) as settled
from @historical_odds h join @sports_events e on e.id = h.event_id
where substr(cast(e.start_time as text), 1, 10) >= $1 and substr(cast(e.start_time as text), 1, 10) < $2
group by 1 order by 1",
    &[
        ("sport", Kind::Text),
        ("first_day", Kind::Text),
        ("last_day", Kind::Text),
        ("lines", Kind::Int),
        ("books", Kind::Int),
        ("closed_exactly", Kind::Int),
        ("of_players", Kind::Int),
        ("settled", Kind::Int),
    ],
);

impl Store {
    /// Games from one day up to another (`YYYY-MM-DD`, the last one left out), by sport and month: how many are known, have an opening
    /// line, a closing line, a score.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn loaded_months(&self, from: &str, to: &str) -> Result<Proof> {
        self.proof("games by sport and month, and those with an opening line, a closing line, a score", MONTHS, [from, to])
    }

    /// Opening and closing lines of these games, by sport.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn loaded_lines(&self, from: &str, to: &str) -> Result<Proof> {
        self.proof("opening and closing lines by sport", LINES, [from, to])
    }

    fn proof(&self, shows: &'static str, (sql, columns): (&'static str, &[(&'static str, Kind)]), days: [&str; 2]) -> Result<Proof> {
        let read = |row: &dyn crate::engine::Row| {
            let value = |(at, (_, kind)): (usize, &(&str, Kind))| match kind {
                Kind::Int => row.int(at).map(|number| number.to_string()),
                _ => row.opt_text(at).map(|text| text.unwrap_or_default().to_owned()),
            };
            columns.iter().enumerate().map(value).collect::<Result<Vec<String>>>()
        };
        let rows = self.collect(sql, &days.map(Into::into), &read)?;
        let schema = if self.engine().name() == "postgres" { "predictive_play." } else { "" };
        let quoted = |day: &str| format!("'{day}'");
        let sql = sql.replace('@', schema).replace("$1", &quoted(days[0])).replace("$2", &quoted(days[1]));
        Ok(Proof { shows, sql, columns: columns.iter().map(|(name, _)| *name).collect(), rows })
    }
}
