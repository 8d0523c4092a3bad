//! Listings that a transaction meets: gathered and loaded together, found again before they are written, and held beside those of
//! their league that start around the same time, so that a meeting costs no query of its own.

use std::collections::{BTreeMap, HashMap, HashSet};

use odds::id::{ListingId, Seq};
use odds::{EventId, Moment};

use crate::directory::{ListingRow, all, founder_first, listing, read};
use crate::engine::{Connection, Keys, Param};
use crate::error::Result;
use crate::log::{Appending, Looks, NewListing};
use crate::tables::{FOREIGN_IDS, LISTINGS};

/// Starts are held by spans of so many seconds: eight days.
const SPAN_SECS: i64 = 8 * 24 * 3600;

/// What one transaction knows of listings beyond the database.
#[derive(Default)]
pub(crate) struct Met {
    new: Vec<ListingRow>,
    new_at: HashMap<ListingId, usize>,
    foreign: Vec<(String, ListingId)>,
    /// Foreign ids of listings that this transaction met: theirs are all here.
    foreign_of: HashMap<ListingId, Vec<String>>,
    /// Ids that were looked up ahead, by provider.
    expected: HashMap<String, HashMap<String, Option<ListingRow>>>,
    called: HashMap<String, Vec<ListingId>>,
    near: HashMap<(String, i64), BTreeMap<(Moment, ListingId), ListingRow>>,
    places: HashMap<ListingId, (String, Moment)>,
    /// Pairs that a person said are two, once they were asked for.
    pub(crate) refused: Option<HashSet<(ListingId, ListingId)>>,
    /// Listings with the events out of which a person took them back, once they were asked for.
    taken_back: Option<HashSet<(ListingId, String)>>,
}

impl Met {
    pub(crate) fn add(&mut self, listing: &NewListing<'_>, id: ListingId, event: EventId, founded: Seq) {
        if let Some(ids) = self.expected.get_mut(listing.provider) {
            ids.remove(listing.external_id);
        }
        self.new_at.insert(id, self.new.len());
        self.foreign_of.insert(id, Vec::new());
        self.new.push(ListingRow {
            id,
            provider: listing.provider.to_owned(),
            external_id: listing.external_id.to_owned(),
            sport: listing.sport.to_owned(),
            kind: listing.kind,
            event,
            league: listing.league.map(str::to_owned),
            starts_at: None,
            status: None,
            home: None,
            away: None,
            is_standing: false,
            founded,
        });
    }

    /// Takes the looks of a listing; gives whether it is new, so that they are written with it.
    pub(crate) fn take_looks(&mut self, id: ListingId, looks: &Looks) -> bool {
        let new = self.new_at.get(&id).map(|at| &mut self.new[*at]);
        let row = match (new, self.places.remove(&id)) {
            (Some(new), place) => {
                wear(new, looks);
                let row = new.clone();
                place.and_then(|place| self.take_out(id, place));
                self.put(row);
                return true;
            }
            (None, Some(place)) => self.take_out(id, place),
            (None, None) => None,
        };
        match row {
            Some(mut row) => {
                wear(&mut row, looks);
                self.put(row);
            }
            // it may have moved into a span that is held: the spans are read again when they are asked for
            None => {
                self.near.clear();
                self.places.clear();
            }
        }
        false
    }

    /// Drops the rows that are held: they are read again.
    pub(crate) fn forget_rows(&mut self) {
        self.near.clear();
        self.places.clear();
        self.expected.clear();
    }

    fn take_out(&mut self, id: ListingId, (league, start): (String, Moment)) -> Option<ListingRow> {
        self.near.get_mut(&(league, span(start)))?.remove(&(start, id))
    }

    /// Puts a listing among those that start when it does, if they are held.
    fn put(&mut self, row: ListingRow) {
        let (Some(league), Some(start)) = (row.league.clone(), row.starts_at) else { return };
        let key = (league, span(start));
        if let Some(rows) = self.near.get_mut(&key) {
            self.places.insert(row.id, (key.0, start));
            rows.insert((start, row.id), row);
        }
    }

    fn find_new(&self, provider: &str, external_id: &str) -> Option<&ListingRow> {
        self.new.iter().rev().find(|row| row.external_id == external_id && row.provider == provider)
    }

    /// Adds the listings that are not written yet to those that have some ids of other providers.
    fn add_new_to(&self, called: &mut HashMap<String, Vec<ListingId>>) {
        for (foreign_id, listing) in &self.foreign {
            if let Some(listings) = called.get_mut(foreign_id) {
                listings.push(*listing);
            }
        }
        for new in &self.new {
            if let Some(listings) = called.get_mut(&format!("{}/{}", new.provider, new.external_id)) {
                listings.push(new.id);
            }
        }
    }

    /// Sends what is new to the engine.
    pub(crate) fn write(&mut self, connection: &mut dyn Connection) -> Result<()> {
        let new = std::mem::take(&mut self.new);
        self.new_at.clear();
        if !new.is_empty() {
            let events: Vec<String> = new.iter().map(|row| row.event.to_string()).collect();
            let values: Vec<Param<'_>> = new.iter().zip(&events).flat_map(|(row, event)| values(row, event)).collect();
            connection.load(&LISTINGS, &values)?;
        }
        let foreign = std::mem::take(&mut self.foreign);
        if !foreign.is_empty() {
            let values: Vec<Param<'_>> = foreign.iter().flat_map(|(id, listing)| [Param::Text(id), Param::Int(listing.0)]).collect();
            connection.load(&FOREIGN_IDS, &values)?;
        }
        Ok(())
    }
}

const fn span(start: Moment) -> i64 {
    start.secs().div_euclid(SPAN_SECS)
}

fn wear(row: &mut ListingRow, looks: &Looks) {
    row.starts_at = looks.starts_at;
    row.status.clone_from(&looks.status);
    row.home.clone_from(&looks.home);
    row.away.clone_from(&looks.away);
    row.is_standing = looks.is_standing;
}

fn values<'a>(row: &'a ListingRow, event: &'a str) -> [Param<'a>; 13] {
    [
        row.id.0.into(),
        (&row.provider).into(),
        (&row.external_id).into(),
        (&row.sport).into(),
        row.kind.as_str().into(),
        row.founded.0.into(),
        event.into(),
        row.league.as_deref().into(),
        row.starts_at.into(),
        row.status.as_deref().into(),
        row.home.as_deref().into(),
        row.away.as_deref().into(),
        i64::from(row.is_standing).into(),
    ]
}

impl Appending<'_> {
    /// Looks many listings up at once: what [`Appending::find_listing`] and [`Appending::listings_called`] are asked of these next
    /// costs no query.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn expect_listings(&mut self, provider: &str, external_ids: &[&str], foreign_ids: &[&str]) -> Result<()> {
        self.flush_old_looks()?;
        let mut found: HashMap<String, Option<ListingRow>> = external_ids.iter().map(|id| ((*id).to_owned(), None)).collect();
        self.connection.for_keys(listing!("where external_id in $keys"), Keys::Texts(external_ids), &mut |row| {
            let row = read(row)?;
            if row.provider == provider {
                found.insert(row.external_id.clone(), Some(row));
            }
            Ok(())
        })?;
        for new in self.met.new.iter().filter(|row| row.provider == provider) {
            if let Some(row) = found.get_mut(&new.external_id) {
                *row = Some(new.clone());
            }
        }
        self.met.expected.insert(provider.to_owned(), found);
        let mut called: HashMap<String, Vec<ListingId>> = foreign_ids.iter().map(|id| ((*id).to_owned(), Vec::new())).collect();
        let sql = "select foreign_id, listing_id from @foreign_ids where foreign_id in $keys";
        self.connection.for_keys(sql, Keys::Texts(foreign_ids), &mut |row| {
            called.entry(row.text(0)?.to_owned()).or_default().push(ListingId(row.int(1)?));
            Ok(())
        })?;
        let owned: Vec<&str> = foreign_ids.iter().filter_map(|id| id.split_once('/')).map(|(_, id)| id).collect();
        self.connection.for_keys(listing!("where external_id in $keys"), Keys::Texts(&owned), &mut |row| {
            let row = read(row)?;
            if let Some(listings) = called.get_mut(&format!("{}/{}", row.provider, row.external_id)) {
                listings.push(row.id);
            }
            Ok(())
        })?;
        self.met.add_new_to(&mut called);
        self.met.called = called;
        Ok(())
    }

    /// The listing of a provider's id, where it is known.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn find_listing(&mut self, provider: &str, external_id: &str) -> Result<Option<ListingRow>> {
        if let Some(known) = self.met.expected.get_mut(provider).and_then(|ids| ids.remove(external_id)) {
            return Ok(known);
        }
        if let Some(new) = self.met.find_new(provider, external_id) {
            return Ok(Some(new.clone()));
        }
        let sql = listing!("where provider = $1 and external_id = $2");
        Ok(all(self.connection, sql, &[provider.into(), external_id.into()])?.pop())
    }

    /// A listing by its number.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn listing(&mut self, id: ListingId) -> Result<Option<ListingRow>> {
        if let Some(at) = self.met.new_at.get(&id) {
            return Ok(Some(self.met.new[*at].clone()));
        }
        self.flush_looks()?;
        Ok(all(self.connection, listing!("where listing_id = $1"), &[id.0.into()])?.pop())
    }

    /// The listings of an event, its founding one first.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn listings_of_event(&mut self, event: EventId) -> Result<Vec<ListingRow>> {
        self.flush_looks()?;
        let text = event.to_string();
        let mut rows = all(self.connection, listing!("where event_id = $1 order by listing_id"), &[(&text).into()])?;
        founder_first(event, &mut rows);
        Ok(rows)
    }

    /// Whether a person said that two listings are two, whatever speaks for them.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn is_refused(&mut self, one: ListingId, other: ListingId) -> Result<bool> {
        if self.met.refused.is_none() {
            self.flush()?;
            let mut pairs = HashSet::new();
            let sql = "select listing_id, other_id from @decisions d where d.what = 'refused' and d.other_id is not null
                and not exists (select 1 from @decisions u where u.undoes = d.seq)";
            self.connection.query(sql, &[], &mut |row| {
                let (one, other) = (ListingId(row.int(0)?), ListingId(row.int(1)?));
                pairs.extend([(one, other), (other, one)]);
                Ok(())
            })?;
            self.met.refused = Some(pairs);
        }
        Ok(self.met.refused.as_ref().is_some_and(|pairs| pairs.contains(&(one, other))))
    }

    /// Whether a person took back that a listing is an event.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn is_taken_back(&mut self, listing: ListingId, event: EventId) -> Result<bool> {
        if self.met.taken_back.is_none() {
            self.flush()?;
            let mut taken_back = HashSet::new();
            self.connection.query("select listing_id, evidence from @decisions where undoes > 0", &[], &mut |row| {
                let evidence: serde_json::Value = serde_json::from_str(row.text(1)?).unwrap_or_default();
                let of_join = Some(&evidence).filter(|evidence| evidence["undone"] == "joined");
                let event = of_join.and_then(|evidence| evidence["event_before"].as_str());
                let listing = ListingId(row.int(0)?);
                taken_back.extend(event.map(|event| (listing, event.to_owned())));
                Ok(())
            })?;
            self.met.taken_back = Some(taken_back);
        }
        Ok(self.met.taken_back.as_ref().is_some_and(|pairs| pairs.contains(&(listing, event.to_string()))))
    }

    /// The listings of a league that start in a span, in the order of their numbers: candidates for a join.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn listings_starting(&mut self, league: &str, from: Moment, to: Moment) -> Result<Vec<ListingRow>> {
        let mut found = Vec::new();
        for span in span(from)..=span(to) {
            let key = (league.to_owned(), span);
            if !self.met.near.contains_key(&key) {
                self.hold(&key)?;
            }
            let rows = self.met.near.get(&key).into_iter().flat_map(|rows| rows.range((from, ListingId(0))..=(to, ListingId(i64::MAX))));
            found.extend(rows.map(|(_, row)| row.clone()));
        }
        found.sort_unstable_by_key(|row| row.id);
        Ok(found)
    }

    /// Reads the listings of a league that start in a span, written or not, to be held until the transaction ends.
    fn hold(&mut self, key: &(String, i64)) -> Result<()> {
        self.flush_old_looks()?;
        let (from, to) = (Moment::from_secs(key.1 * SPAN_SECS), Moment::from_secs((key.1 + 1) * SPAN_SECS));
        let sql = listing!("where league = $1 and starts_at >= $2 and starts_at < $3");
        let rows = all(self.connection, sql, &[(&key.0).into(), from.into(), to.into()])?;
        self.met.near.insert(key.clone(), BTreeMap::new());
        let is_here = |row: &&ListingRow| row.league.as_ref() == Some(&key.0) && row.starts_at.map(span) == Some(key.1);
        let new: Vec<ListingRow> = self.met.new.iter().filter(is_here).cloned().collect();
        rows.into_iter().chain(new).for_each(|row| self.met.put(row));
        Ok(())
    }

    /// Keeps another provider's id (`espn/401585183`) of a listing that this transaction met.
    pub fn add_foreign_id(&mut self, listing: ListingId, foreign_id: &str) {
        if let Some(listings) = self.met.called.get_mut(foreign_id) {
            listings.push(listing);
        }
        self.met.foreign_of.entry(listing).or_default().push(foreign_id.to_owned());
        self.met.foreign.push((foreign_id.to_owned(), listing));
    }

    /// The listings that have a provider's id (`espn/401585183`): its own listing, and those to which another provider passes it on.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn listings_called(&mut self, foreign_id: &str) -> Result<Vec<ListingId>> {
        if let Some(listings) = self.met.called.get(foreign_id) {
            return Ok(listings.clone());
        }
        self.flush_looks()?;
        let mut listings = Vec::new();
        let sql = "select listing_id from @foreign_ids where foreign_id = $1 order by listing_id";
        self.connection.query(sql, &[foreign_id.into()], &mut |row| {
            listings.push(ListingId(row.int(0)?));
            Ok(())
        })?;
        if let Some((provider, id)) = foreign_id.split_once('/') {
            listings.extend(self.find_listing(provider, id)?.map(|row| row.id));
        }
        Ok(listings)
    }

    /// Other providers' ids of a listing.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn foreign_ids_of(&mut self, listing: ListingId) -> Result<Vec<String>> {
        if let Some(ids) = self.met.foreign_of.get(&listing) {
            return Ok(ids.clone());
        }
        self.flush_looks()?;
        let mut ids = Vec::new();
        let sql = "select foreign_id from @foreign_ids where listing_id = $1 order by foreign_id";
        self.connection.query(sql, &[listing.0.into()], &mut |row| {
            ids.push(row.text(0)?.to_owned());
            Ok(())
        })?;
        Ok(ids)
    }
}

#[cfg(test)]
mod tests {
    use odds::observation::ListingKind;

    use super::*;
    use crate::error::StoreError;
    use crate::store::Store;

    const LEAGUE: &str = "basketball.nba";

    fn on_both_engines(test: impl Fn(&Store)) {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("store.sqlite").display());
        test(&Store::open(&address, None, folder.path().join("archive")).unwrap());
        if let Some(cluster) = testkit::postgres::shared() {
            let (database, folder) = (cluster.database(), tempfile::tempdir().unwrap());
            test(&Store::open(&database.url, None, folder.path()).unwrap());
        }
    }

    fn add(log: &mut Appending<'_>, id: &str, start: i64) -> ListingId {
        let listing = NewListing { provider: "p", external_id: id, sport: "nba", league: Some(LEAGUE), kind: ListingKind::Contest };
        let id = log.add_listing(&listing, EventId::founded_by("p", id)).unwrap();
        log.set_looks(id, starting(start));
        id
    }

    fn starting(start: i64) -> Looks {
        Looks { starts_at: Some(Moment::from_secs(start)), home: Some("A".to_owned()), ..Looks::default() }
    }

    fn near(log: &mut Appending<'_>, start: i64) -> Vec<String> {
        let rows = log.listings_starting(LEAGUE, Moment::from_secs(start - 60), Moment::from_secs(start + 60)).unwrap();
        rows.into_iter().map(|row| row.external_id).collect()
    }

    #[test]
    fn a_listing_is_found_by_its_start_before_it_is_written_and_where_it_moves_to() {
        on_both_engines(|store| {
            let ((old, far), _) = store.append(|log| Ok((add(log, "old", 1_000), add(log, "far", 90 * SPAN_SECS)))).unwrap();
            store
                .append(|log| {
                    assert_eq!(near(log, 1_000), ["old"]);
                    let new = add(log, "new", 1_010);
                    assert_eq!(near(log, 1_000), ["old", "new"], "met and not written yet");
                    log.set_looks(new, starting(5_000));
                    log.set_looks(old, starting(5_000));
                    assert_eq!((near(log, 1_000), near(log, 5_000)), (vec![], vec!["old".to_owned(), "new".to_owned()]));
                    log.set_looks(far, starting(5_010));
                    assert_eq!(near(log, 5_000), ["old", "far", "new"], "moved here from a span that was not held");
                    log.flush()?;
                    assert_eq!(near(log, 5_000), ["old", "far", "new"]);
                    Ok(())
                })
                .unwrap();
            let rows = store.listings_of_league(LEAGUE, Moment::MIN, Moment::MAX).unwrap();
            let starts: Vec<i64> = rows.iter().map(|row| row.starts_at.unwrap().secs()).collect();
            assert_eq!(starts, [5_000, 5_000, 5_010], "written with the looks that came last");
        });
    }

    #[test]
    fn what_is_looked_up_ahead_is_what_a_single_look_up_finds() {
        on_both_engines(|store| {
            store
                .append(|log| {
                    let id = add(log, "1", 0);
                    log.add_foreign_id(id, "espn/77");
                    Ok(())
                })
                .unwrap();
            let found = |is_ahead: bool| {
                let found = store.append(|log| {
                    if is_ahead {
                        log.expect_listings("p", &["1", "2"], &["espn/77", "espn/78", "p/1"])?;
                    }
                    let new = add(log, "2", 10);
                    log.add_foreign_id(new, "espn/78");
                    let ids: Vec<_> = ["1", "2", "3"].map(|id| log.find_listing("p", id).unwrap().map(|row| row.external_id)).to_vec();
                    let called: Vec<_> = ["espn/77", "espn/78", "p/1", "p/9"].map(|id| log.listings_called(id).unwrap().len()).to_vec();
                    let foreign = (log.foreign_ids_of(ListingId(1))?, log.foreign_ids_of(new)?);
                    // given up, so that the next time finds the same
                    Err::<(), _>(StoreError::Missing { what: "end", id: format!("{ids:?} {called:?} {foreign:?}") })
                });
                found.unwrap_err().to_string()
            };
            let told = r#"no end [Some("1"), Some("2"), None] [1, 1, 1, 0] (["espn/77"], ["espn/78"])"#;
            assert_eq!((found(false), found(true)), (told.to_owned(), told.to_owned()));
        });
    }
}
