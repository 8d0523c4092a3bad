//! When a game starts and when its result was surely known. The files' clock is that of New York.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use odds::Moment;
use odds::attribute::{Day, OnDay};

/// How long a game takes at most, as far as its result is concerned.
const GAME_SECS: i64 = 5 * 3600;
const LAST_SECOND: Time = jiff::civil::time(23, 59, 59, 0);

/// The moments of a game.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kickoff {
    /// The start; noon in New York where only the day is told.
    pub(super) start: Moment,
    /// How closely the start is known, where that is its day alone.
    pub(super) on_day: Option<OnDay>,
    /// The latest moment of the closing line.
    pub(super) closing: Moment,
    /// When the result was surely known.
    pub(super) over: Moment,
}

/// The zone that the files' clock is in.
pub(super) fn zone() -> TimeZone {
    TimeZone::get("America/New_York").unwrap_or(TimeZone::UTC)
}

/// A moment on New York's clock.
pub(super) fn moment(text: &str, zone: &TimeZone) -> Option<Moment> {
    if let Ok(moment) = text.parse::<Moment>() {
        return Some(moment);
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    Some(Moment::from(civil.to_zoned(zone.clone()).ok()?.timestamp()))
}

/// Reads `2024-09-05` and `20:20`.
pub(super) fn kickoff(day: &str, time: Option<&str>, zone: &TimeZone) -> Result<Kickoff, String> {
    let date: Date = day.get(..10).unwrap_or(day).parse().map_err(|_| format!("{day:?}: not yyyy-mm-dd"))?;
    let clock = match time {
        None => None,
        Some(text) => Some(text.parse::<Time>().or_else(|_| format!("{text}:00").parse()).map_err(|_| format!("{text:?}: not hh:mm"))?),
    };
    let at = |time: Time| date.to_datetime(time).to_zoned(zone.clone()).map(|zoned| Moment::from(zoned.timestamp()));
    let beyond = |_| format!("{day:?}: out of range");
    let end = at(LAST_SECOND).map_err(beyond)?;
    let start = at(clock.unwrap_or(jiff::civil::time(12, 0, 0, 0))).map_err(beyond)?;
    Ok(match clock {
        Some(_) => Kickoff { start, on_day: None, closing: start, over: start.plus_secs(GAME_SECS) },
        None => {
            let closing = end.plus_secs(-1);
            Kickoff { start, on_day: Some(OnDay { precision: Day::Day, closes_at: closing }), closing, over: end.plus_secs(GAME_SECS) }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evening_in_new_york_is_tomorrow_in_utc() {
        let found = kickoff("2024-09-05", Some("20:20"), &zone()).unwrap();
        assert_eq!(
            (found.start.to_string(), found.over.to_string()),
            ("2024-09-06T00:20:00Z".to_owned(), "2024-09-06T05:20:00Z".to_owned())
        );
        let winter = kickoff("2024-12-08", Some("13:00"), &zone()).unwrap();
        assert_eq!(winter.start.to_string(), "2024-12-08T18:00:00Z");
    }

    #[test]
    fn where_only_the_day_is_told_the_close_lies_at_its_end() {
        let found = kickoff("2011-09-11", None, &zone()).unwrap();
        assert_eq!(
            (found.start.to_string(), found.closing.to_string()),
            ("2011-09-11T16:00:00Z".to_owned(), "2011-09-12T03:59:58Z".to_owned())
        );
        assert!(found.on_day.is_some() && found.over > found.closing);
        assert!(kickoff("09/11/2011", None, &zone()).is_err() && kickoff("2011-09-11", Some("noon"), &zone()).is_err());
    }
}
