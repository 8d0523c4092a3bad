//! Which days of an export are to be written: those that are not there, that are not over, or of which something was recorded since.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use odds::{EventId, Moment, Seq};
use store::Cut;
use tables::{Asked, Place, Source, Table};

use super::Wish;
use super::manifest::Manifest;

/// A day of a sport; without a day where events have no start.
pub(super) type DayOf = (String, Option<Date>);

/// The folder of a day; what readers take for null stands where there is none.
pub(super) fn folder(sport: &str, day: Option<Date>) -> String {
    let day = day.map_or_else(|| "__HIVE_DEFAULT_PARTITION__".to_owned(), |day| day.to_string());
    format!("sport={}/day={day}", escaped(sport))
}

/// A sport's key as a folder of one name: what would part it, or mean something to readers, is escaped as in a URL.
fn escaped(sport: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    let mut text = String::with_capacity(sport.len());
    for letter in sport.chars() {
        if is_plain(letter) {
            text.push(letter);
        } else {
            let mut bytes = [0; 4];
            letter.encode_utf8(&mut bytes).bytes().for_each(|byte| text.push_str(&format!("%{byte:02X}")));
        }
    }
    text
}

/// Whether a day of a sport is over at a moment.
pub(super) fn is_over(sport: &str, day: Option<Date>, at: Moment) -> bool {
    let zone = odds::sport::league(sport).map_or(jiff::tz::TimeZone::UTC, odds::sport::League::time_zone);
    day.is_some_and(|day| day < at.day_in(&zone))
}

/// The days that a wish is about, with their events, by what the log says inside the cut.
pub(super) fn all(source: &Source, wish: &Wish, cut: Cut, at: Moment) -> anyhow::Result<BTreeMap<DayOf, Vec<Place>>> {
    let asked = Asked { sports: wish.sports.clone(), ..Asked::all_of(Table::Events, cut, at) };
    let mut days: BTreeMap<DayOf, Vec<Place>> = BTreeMap::new();
    for (day, place) in source.dated(&asked)? {
        if wish.wants(day) {
            days.entry((place.sport().to_owned(), day)).or_default().push(place);
        }
    }
    Ok(days)
}

/// The days that were touched since a manifest was written, each with the last entry that did: also those that an event has left.
pub(super) fn touched(
    source: &Source,
    days: &BTreeMap<DayOf, Vec<Place>>,
    manifest: &Manifest,
    cut: Cut,
) -> anyhow::Result<HashMap<String, Seq>> {
    let mut touched: HashMap<String, Seq> = HashMap::new();
    let Some(since) = manifest.days.values().map(|day| Seq(day.seq)).min() else { return Ok(touched) };
    let mut now: HashMap<EventId, &DayOf> = HashMap::new();
    let mut event_of = HashMap::new();
    for (day, places) in days {
        for place in places {
            now.insert(place.id, day);
            event_of.extend(place.listings.iter().map(|listing| (listing.id, place.id)));
        }
    }
    let then = Cut { known: since, ..cut };
    let mut days_then: HashMap<EventId, Option<DayOf>> = HashMap::new();
    for (listing, seq) in source.store.listings_spoken_of(since, cut.known)? {
        let mut touch = |day: &DayOf| {
            let last = touched.entry(folder(&day.0, day.1)).or_insert(seq);
            *last = seq.max(*last);
        };
        let event = event_of.get(&listing).copied();
        if let Some(day) = event.and_then(|event| now.get(&event)) {
            touch(day);
        }
        // the event that the listing was then: it may be another, or on another day
        let Some(before) = source.store.listing_known(listing, since)?.filter(|row| row.founded <= since) else { continue };
        if let Some(day) = now.get(&before.event) {
            touch(day);
        }
        let day_then = match days_then.get(&before.event) {
            Some(day) => day.clone(),
            None => days_then.entry(before.event).or_insert(day_of(source, before.event, then)?).clone(),
        };
        if let Some(day) = &day_then {
            touch(day);
        }
    }
    Ok(touched)
}

/// The day of an event inside a cut.
fn day_of(source: &Source, event: EventId, cut: Cut) -> anyhow::Result<Option<DayOf>> {
    let Some(row) = source.store.event_known(event, cut.known)? else { return Ok(None) };
    let known = Place { id: row.id, listings: row.listings }.read(&source.store, cut)?;
    Ok(known.map(|known| (known.sport.clone(), known.day)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sports_key_is_one_folder_whatever_it_holds() {
        let day = Some(Date::constant(2026, 1, 10));
        assert_eq!(folder("basketball.nba", day), "sport=basketball.nba/day=2026-01-10");
        assert_eq!(folder("a/b=c é", None), "sport=a%2Fb%3Dc%20%C3%A9/day=__HIVE_DEFAULT_PARTITION__");
    }

    #[test]
    fn a_day_is_over_when_it_is_over_where_it_is_played() {
        let day = Some(Date::constant(2026, 1, 10));
        let at = |text: &str| text.parse().unwrap();
        assert!(!is_over("basketball.nba", day, at("2026-01-11T04:59:59Z")), "still the 10th in New York");
        assert!(is_over("basketball.nba", day, at("2026-01-11T05:00:00Z")));
        assert!(is_over("cricket_ipl", day, at("2026-01-11T00:00:00Z")), "of a sport whose zone is not known: UTC");
        assert!(!is_over("basketball.nba", None, at("2026-01-11T05:00:00Z")), "a start may still be told");
    }
}
