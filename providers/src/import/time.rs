//! Moments as tables write them: formats, zones, and days whose year stands elsewhere.

use std::cell::RefCell;

use jiff::civil::Date;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use odds::Moment;

use super::cells::Column;
use super::mapping::Time;

/// A column of times, ready to be read.
#[derive(Debug)]
pub(super) struct Clock {
    pub(super) column: Column,
    pub(super) clock: Option<Column>,
    pub(super) year: Option<Column>,
    spec: Time,
    zone: TimeZone,
    last: RefCell<Option<Read>>,
}

/// What was read last: rows that follow each other mostly tell the same moment.
#[derive(Debug)]
struct Read {
    texts: [String; 3],
    told: Result<Told, String>,
}

/// A moment that a row tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) at: Moment,
    /// Whether the time of day is told, not the day alone.
    pub(super) is_exact: bool,
    /// The day in the source's zone.
    pub(super) day: Date,
    pub(super) is_assumed: bool,
}

const NOON: jiff::civil::Time = jiff::civil::time(12, 0, 0, 0);
const LAST_SECOND: jiff::civil::Time = jiff::civil::time(23, 59, 59, 0);

impl Clock {
    pub(super) fn new(spec: &Time, column: Column, clock: Option<Column>, year: Option<Column>) -> Self {
        let zone = spec.zone.as_deref().and_then(|zone| TimeZone::get(zone).ok()).unwrap_or(TimeZone::UTC);
        Self { column, clock, year, spec: spec.clone(), zone, last: RefCell::default() }
    }

    /// Reads a cell; `cell` gives the text of a column.
    pub(super) fn read<'c>(&self, cell: &impl Fn(Column) -> &'c str) -> Result<Told, String> {
        let texts = [Some(self.column), self.clock, self.year].map(|column| column.map_or("", cell));
        let mut last = self.last.borrow_mut();
        if let Some(Read { told, .. }) = last.as_ref().filter(|last| last.texts == texts) {
            return told.clone();
        }
        let told = self.read_anew(cell);
        *last = Some(Read { texts: texts.map(str::to_owned), told: told.clone() });
        told
    }

    fn read_anew<'c>(&self, cell: &impl Fn(Column) -> &'c str) -> Result<Told, String> {
        let text = cell(self.column);
        let mut wrong = String::new();
        for format in self.spec.formats() {
            match self.read_as(format, text, cell) {
                Ok(told) => return Ok(told),
                Err(error) => wrong = error,
            }
        }
        Err(format!("{text:?} as {:?}: {wrong}", self.spec.formats().join(" or ")))
    }

    fn read_as<'c>(&self, format: &str, text: &str, cell: &impl Fn(Column) -> &'c str) -> Result<Told, String> {
        let (day, time) = match format {
            "rfc3339" => return self.exact(text.parse::<Moment>().map_err(|error| error.to_string())?),
            "stamp" => stamp(text).ok_or("no stamp like 20260303_060344 or 2023-10-24 in it")?,
            "mmdd" => (self.month_and_day(text, cell)?, None),
            "excel" => serial(text, Count::Since1900)?,
            "excel-1904" => serial(text, Count::Since1904)?,
            _ => {
                let parsed = BrokenDownTime::parse(format, text).map_err(|error| error.to_string())?;
                if parsed.offset().is_some() {
                    return self.exact(parsed.to_timestamp().map_err(|error| error.to_string())?.into());
                }
                (self.day(&parsed, cell)?, parsed.to_time().ok().filter(|_| format.contains("%H") || format.contains("%I")))
            }
        };
        let time = match (time, self.clock) {
            (Some(time), _) => Some(time),
            (None, Some(clock)) if !cell(clock).is_empty() => Some(self.time_of_day(cell(clock))?),
            (None, _) => self.spec.clock_is.as_deref().map(|clock| time_as("%H:%M", clock)).transpose()?,
        };
        let at = moment(day, time.unwrap_or(NOON), &self.zone)?;
        Ok(Told { at, is_exact: time.is_some(), day, is_assumed: self.spec.is_assumed })
    }

    fn exact(&self, at: Moment) -> Result<Told, String> {
        Ok(Told { at, is_exact: true, day: at.day_in(&self.zone), is_assumed: self.spec.is_assumed })
    }

    fn time_of_day(&self, text: &str) -> Result<jiff::civil::Time, String> {
        time_as(self.spec.clock_format.as_deref().unwrap_or("%H:%M"), text)
    }

    fn month_and_day<'c>(&self, text: &str, cell: &impl Fn(Column) -> &'c str) -> Result<Date, String> {
        let figures = text.strip_suffix(".0").unwrap_or(text);
        let number: i16 = figures.parse().map_err(|_| "no number like 322 for 22 March".to_owned())?;
        let (month, day) = (i8::try_from(number / 100), i8::try_from(number % 100));
        let (Ok(month), Ok(day)) = (month, day) else { return Err("no month and day".to_owned()) };
        Date::new(self.year(month, cell)?, month, day).map_err(|error| error.to_string())
    }

    fn day<'c>(&self, parsed: &BrokenDownTime, cell: &impl Fn(Column) -> &'c str) -> Result<Date, String> {
        if self.year.is_none() {
            return parsed.to_date().map_err(|error| error.to_string());
        }
        let (Some(month), Some(day)) = (parsed.month(), parsed.day()) else { return Err("month and day are needed".to_owned()) };
        let date = Date::new(self.year(month, cell)?, month, day).map_err(|error| error.to_string())?;
        match parsed.weekday() {
            Some(weekday) if weekday != date.weekday() => Err(format!("{date} is a {:?}", date.weekday())),
            _ => Ok(date),
        }
    }

    fn year<'c>(&self, month: i8, cell: &impl Fn(Column) -> &'c str) -> Result<i16, String> {
        let text = self.year.map_or("", cell);
        let year: i16 = text.parse().map_err(|_| format!("no year but {text:?} stands beside it"))?;
        Ok(year + i16::from(self.spec.season_from.is_some_and(|first| month < first)))
    }

    /// The last second of a day, in the source's zone.
    pub(super) fn end_of(&self, day: Date) -> Option<Moment> {
        moment(day, LAST_SECOND, &self.zone).ok()
    }
}

fn moment(day: Date, time: jiff::civil::Time, zone: &TimeZone) -> Result<Moment, String> {
    day.to_datetime(time).to_zoned(zone.clone()).map(|zoned| zoned.timestamp().into()).map_err(|error| error.to_string())
}

/// Where a spreadsheet's count of days begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Count {
    /// Day 1 is 1 January 1900, and day 60 the 29 February that it had not.
    Since1900,
    /// Day 0 is 1 January 1904.
    Since1904,
}

/// A spreadsheet's day with the part of it that has passed: `45587.75` is 22 October 2024, 18:00. A whole one tells no time of day.
fn serial(text: &str, count: Count) -> Result<(Date, Option<jiff::civil::Time>), String> {
    let number: f64 = text.parse().map_err(|_| "no number of days like 45587.75".to_owned())?;
    if !(0.0..2_958_466.0).contains(&number) {
        return Err(format!("{number} is no day that a spreadsheet counts"));
    }
    let millis = (number * 86_400_000.0).round() as i64;
    let (days, of_day) = (millis / 86_400_000, millis % 86_400_000);
    let (first, days) = match count {
        Count::Since1904 => (jiff::civil::date(1904, 1, 1), days),
        Count::Since1900 if days == 60 => return Err("day 60 is 29 February 1900, which was none".to_owned()),
        Count::Since1900 => (jiff::civil::date(1899, 12, 31), if days > 60 { days - 1 } else { days }),
    };
    let span = jiff::Span::new().try_days(days).map_err(|error| error.to_string())?;
    let day = first.checked_add(span).map_err(|error| error.to_string())?;
    let is_whole = number.fract() == 0.0;
    let time = jiff::civil::Time::MIN.checked_add(jiff::Span::new().milliseconds(of_day)).map_err(|error| error.to_string())?;
    Ok((day, (!is_whole).then_some(time)))
}

fn time_as(format: &str, text: &str) -> Result<jiff::civil::Time, String> {
    // 7:30p is 7:30pm
    let is_short = format.contains("%p") && matches!(text.as_bytes(), [.., b'0'..=b'9', b'a' | b'p' | b'A' | b'P']);
    let text = if is_short { &*format!("{text}m") } else { text };
    jiff::civil::Time::strptime(format, text).map_err(|error| format!("time of day {text:?}: {error}"))
}

/// The first `YYYYMMDD` or `YYYY-MM-DD` in a text, with the `HHMMSS` or `HHMM` behind it where there is one.
fn stamp(text: &str) -> Option<(Date, Option<jiff::civil::Time>)> {
    let runs: Vec<(usize, &str)> = runs(text).collect();
    let number = |text: &str| text.parse::<i16>().ok();
    for (at, (_, run)) in runs.iter().enumerate() {
        let next = |more: usize| runs.get(at + more).map(|(_, run)| *run);
        let (year, month, day, used) = match run.len() {
            8 => (&run[..4], &run[4..6], &run[6..], 1),
            4 if next(1).is_some_and(|month| month.len() == 2) && next(2).is_some_and(|day| day.len() == 2) => {
                (*run, next(1)?, next(2)?, 3)
            }
            _ => continue,
        };
        let Ok(day) = Date::new(number(year)?, number(month)? as i8, number(day)? as i8) else { continue };
        let time = next(used).filter(|time| matches!(time.len(), 4 | 6)).and_then(|time| {
            let part = |at: usize| time.get(at..at + 2).map_or(Some(0), |part| part.parse::<i8>().ok());
            jiff::civil::Time::new(part(0)?, part(2)?, part(4)?, 0).ok()
        });
        return Some((day, time));
    }
    None
}

fn runs(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(|letter: char| !letter.is_ascii_digit()).filter(|run| !run.is_empty()).enumerate()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_found_in_cells_and_names() {
        let told = |text: &str| stamp(text).map(|(day, time)| format!("{day} {}", time.map(|time| time.to_string()).unwrap_or_default()));
        assert_eq!(told("20260303_060344").as_deref(), Some("2026-03-03 06:03:44"));
        assert_eq!(told("odds-data/historical/odds_2023-10-10.csv").as_deref(), Some("2023-10-10 "));
        assert_eq!(told("data/odds_2026-04-21_close_20260421T025547Z.csv").as_deref(), Some("2026-04-21 "));
        assert_eq!(told("no day 2023"), None);
    }

    #[test]
    fn days_of_spreadsheets_are_counted_as_they_count_them() {
        let told = |text: &str, count| serial(text, count).map(|(day, time)| (day.to_string(), time.map(|time| time.to_string())));
        let day = |day: &str, time: Option<&str>| Ok((day.to_owned(), time.map(str::to_owned)));
        assert_eq!(told("1", Count::Since1900), day("1900-01-01", None));
        assert_eq!(told("59", Count::Since1900), day("1900-02-28", None));
        assert!(told("60", Count::Since1900).is_err());
        assert_eq!(told("61", Count::Since1900), day("1900-03-01", None));
        assert_eq!(told("45587.791666666664", Count::Since1900), day("2024-10-22", Some("19:00:00")));
        assert_eq!(told("44125.5", Count::Since1904), day("2024-10-22", Some("12:00:00")));
        assert!(
            told("-1", Count::Since1904).is_err() && told("1e300", Count::Since1900).is_err() && told("NaN", Count::Since1900).is_err()
        );
    }

    #[test]
    fn an_hour_with_one_letter_is_read() {
        assert_eq!(time_as("%I:%M%p", "7:30p").unwrap().to_string(), "19:30:00");
        assert_eq!(time_as("%I:%M %p", "7:00 PM").unwrap().to_string(), "19:00:00");
        assert_eq!(time_as("%I:%M%p", "12:05a").unwrap().to_string(), "00:05:00");
    }
}
