//! When a match starts, and the latest moments at which its prices and its result can have been seen.
//!
//! The files carry no time of collection. The site's notes say (hearsay, and not tied to seasons) that prices for weekend
//! games are collected on Friday afternoons and those for midweek games on Tuesday afternoons; a `C` marks the last price
//! before the start. So each phase takes the latest moment that it can have, and nothing can look ahead.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use odds::Moment;

const THREE_HOURS: i64 = 3 * 3600;

/// The start of a match and the moments of its phases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kickoff {
    /// The day in the United Kingdom.
    pub(super) day: Date,
    /// The start; noon in the United Kingdom where only the day is told.
    pub(super) start: Moment,
    /// Whether the file tells the time and not the day alone.
    pub(super) is_exact: bool,
    /// Latest moment of the prices of the collection.
    pub(super) before: Moment,
    /// Latest moment of the closing prices: the start, or just before the day's end where only the day is told.
    pub(super) closing: Moment,
    /// When the result was surely known: the end of the day, and no sooner than three hours after the start.
    pub(super) over: Moment,
}

/// The zone that the files' clock is in.
pub(super) fn zone() -> TimeZone {
    TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC)
}

/// Reads the cells `Date` and `Time`; `Err` says what is wrong.
pub(super) fn kickoff(date: &str, time: &str, zone: &TimeZone) -> Result<Kickoff, String> {
    let day = day(date).ok_or_else(|| format!("date {date:?}: not dd/mm/yyyy or dd/mm/yy"))?;
    let clock = match time {
        "" => None,
        told => Some(clock(told).ok_or_else(|| format!("time {told:?}: not hh:mm"))?),
    };
    let beyond = || format!("date {date:?}: out of range");
    let at = |day: Date, time: Time| Some(Moment::from(day.to_datetime(time).to_zoned(zone.clone()).ok()?.timestamp()));
    let start = at(day, clock.unwrap_or(jiff::civil::time(12, 0, 0, 0))).ok_or_else(beyond)?;
    let day_end = at(day, LAST_SECOND).ok_or_else(beyond)?;
    let collected = collection_day(day).and_then(|day| at(day, LAST_SECOND)).ok_or_else(beyond)?;
    let is_exact = clock.is_some();
    let (closing, over) = if is_exact { (start, day_end.max(start.plus_secs(THREE_HOURS))) } else { (day_end.plus_secs(-1), day_end) };
    Ok(Kickoff { day, start, is_exact, before: collected.min(closing.plus_secs(-1)), closing, over })
}

const LAST_SECOND: Time = jiff::civil::time(23, 59, 59, 0);

impl Kickoff {
    /// The same with no phase after a moment, and the three still in their order.
    pub(super) fn no_later_than(self, moment: Moment) -> Self {
        let over = self.over.min(moment);
        let closing = self.closing.min(over.plus_secs(-1));
        Self { over, closing, before: self.before.min(closing.plus_secs(-1)), ..self }
    }

    /// The season (`2223`), which turns in July: in 2020 on 8 August, for that summer's matches ran into the next one.
    /// Scotland did not play that summer, and began on 1 August.
    pub(super) fn season(&self, division: &str) -> String {
        let turn = match (self.day.year(), division.starts_with("SC")) {
            (2020, false) => (8, 8),
            _ => (7, 1),
        };
        let first = self.day.year() - i16::from((self.day.month(), self.day.day()) < turn);
        format!("{:02}{:02}", first.rem_euclid(100), (first + 1).rem_euclid(100))
    }
}

/// `dd/mm/yyyy`, or `dd/mm/yy` in older files; the site begins in 1993, so `93` is the last century.
fn day(text: &str) -> Option<Date> {
    let mut parts = text.split('/');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let year = match (year.len(), figures::<i16>(year)?) {
        (2, year) => year + if year < 70 { 2000 } else { 1900 },
        (4, year @ 1900..=2199) => year,
        _ => return None,
    };
    Date::new(year, figures(month)?, figures(day)?).ok()
}

fn clock(text: &str) -> Option<Time> {
    let mut parts = text.split(':');
    let (hour, minute) = (figures(parts.next()?)?, figures(parts.next()?)?);
    let second = parts.next().map_or(Some(0), figures)?;
    if parts.next().is_some() { None } else { Time::new(hour, minute, second, 0).ok() }
}

fn figures<T: std::str::FromStr>(text: &str) -> Option<T> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// Friday for matches from Friday to Monday, Tuesday for those from Tuesday to Thursday.
fn collection_day(day: Date) -> Option<Date> {
    let back = match day.weekday() {
        Weekday::Friday | Weekday::Tuesday => 0,
        Weekday::Saturday | Weekday::Wednesday => 1,
        Weekday::Sunday | Weekday::Thursday => 2,
        Weekday::Monday => 3,
    };
    day.checked_sub(jiff::Span::new().days(back)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(date: &str, time: &str) -> [String; 4] {
        let kickoff = kickoff(date, time, &zone()).unwrap();
        [kickoff.start, kickoff.before, kickoff.closing, kickoff.over].map(|moment| moment.to_string())
    }

    #[test]
    fn a_friday_match_was_collected_before_it_began() {
        assert_eq!(
            told("05/08/2022", "20:00"),
            ["2022-08-05T19:00:00Z", "2022-08-05T18:59:59Z", "2022-08-05T19:00:00Z", "2022-08-05T22:59:59Z"]
        );
    }

    #[test]
    fn a_monday_match_was_collected_on_friday_and_a_thursday_match_on_tuesday() {
        assert_eq!(
            told("02/01/2023", "17:30"),
            ["2023-01-02T17:30:00Z", "2022-12-30T23:59:59Z", "2023-01-02T17:30:00Z", "2023-01-02T23:59:59Z"]
        );
        assert_eq!(told("05/01/23", "20:00")[1], "2023-01-03T23:59:59Z");
    }

    #[test]
    fn a_late_match_is_over_three_hours_after_its_start() {
        assert_eq!(told("05/03/2023", "23:30")[3], "2023-03-06T02:30:00Z");
    }

    #[test]
    fn where_only_the_day_is_told_no_phase_comes_before_it_can_have_been_seen() {
        assert_eq!(told("16/08/03", ""), ["2003-08-16T11:00:00Z", "2003-08-15T22:59:59Z", "2003-08-16T22:59:58Z", "2003-08-16T22:59:59Z"]);
        assert_eq!(told("15/08/03", "")[1], "2003-08-15T22:59:57Z");
    }

    #[test]
    fn a_file_fetched_on_the_day_tells_nothing_of_later() {
        let fetched: Moment = "2022-08-05T21:30:00Z".parse().unwrap();
        let kickoff = kickoff("05/08/2022", "20:00", &zone()).unwrap().no_later_than(fetched);
        assert_eq!((kickoff.over, kickoff.closing), (fetched, kickoff.start));
    }

    #[test]
    fn the_season_turns_in_july_and_once_in_august() {
        let season = |date: &str, division: &str| kickoff(date, "", &zone()).unwrap().season(division);
        assert_eq!(season("28/05/2023", "E0"), "2223");
        assert_eq!(season("01/07/2023", "E0"), "2324");
        assert_eq!(season("02/08/2020", "I1"), "1920");
        assert_eq!(season("01/08/2020", "SC0"), "2021");
        assert_eq!(season("21/08/99", "E0"), "9900");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for date in ["", "2022-08-05", "32/01/2022", "5/8", "05/08/22/1", "05/08/202", "+5/08/2022", "aa/bb/cc"] {
            assert!(kickoff(date, "", &zone()).is_err(), "{date}");
        }
        for time in ["25:00", "noon", "20", "20:00:00:00"] {
            assert!(kickoff("05/08/2022", time, &zone()).is_err(), "{time}");
        }
    }
}
