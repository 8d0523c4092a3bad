//! The repository's own recorded season: one league, so that the comparison is always made.

use odds::Moment;

use crate::{PUBLISHED_DAYS, assert_at_most_half, played, say, season};

const FILE: &str = include_str!("../../data/recorded/premier-league-2022-23.csv");

/// Starts of football-data's shape: day first, clock of London.
pub fn starts(text: &str) -> Vec<Moment> {
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let zone = jiff::tz::TimeZone::get("Europe/London").unwrap();
    let at = |row: csv::StringRecord| {
        let (day, time) = (row.get(1)?, row.get(2)?);
        let local = jiff::civil::DateTime::strptime("%d/%m/%Y %H:%M", format!("{day} {time}")).ok()?;
        Some(Moment::from(local.to_zoned(zone.clone()).ok()?.timestamp()))
    };
    rows.records().filter_map(|row| at(row.unwrap())).collect()
}

#[test]
fn the_recorded_season_is_half_as_stale_as_in_a_fixed_loop() {
    let epl = [season("soccer_epl", starts(FILE))];
    assert_eq!(epl[0].starts.len(), 380);
    let figures = played(&epl, ("2022-08-01T00:00:00Z", "2023-06-01T00:00:00Z"), 2_000, PUBLISHED_DAYS);
    say("Premier League 2022/23", 2_000, &figures);
    assert_at_most_half(2_000, &figures);
}
