//! The state of one line of a push feed: when it was last alive, what is kept together, when it is dead, when to open it again, and
//! whether something was lost. Told everything, clock included; does nothing by itself.

use std::collections::BTreeMap;
use std::time::Duration;

use odds::Moment;
use odds::reply::Request;
use providers::push::{Beat, EntryId, Note, PushTerms, Subscription};

/// Frames are kept together for this long.
const TOGETHER_MICROS: i64 = 1_000_000;
/// What is kept together is no longer than this.
const LONGEST_BODY: usize = 4 << 20;
/// Entries are remembered for this long, to know one that comes again or comes late.
const REMEMBERED_MICROS: i64 = 120_000_000;
const MOST_REMEMBERED: usize = 20_000;
/// Entries stand at least this far apart.
const APART_MICROS: i64 = 16;
/// What the provider replays is counted on but for this long: connecting takes time.
const MARGIN: Duration = Duration::from_secs(5);
/// A line goes on from so far before its newest entry: what was overtaken, and still on its way when the line was cut, comes again with it.
const OVERTAKEN_MICROS: i64 = 5_000_000;
/// The waits before a line is opened again, in seconds.
const WAITS_SECS: [i64; 6] = [1, 2, 4, 8, 15, 30];

/// What is to be done about a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Keep this body of frames, or of one note, as a reply.
    Keep(String),
    /// Let go of the connection: it is dead.
    HangUp,
    /// Open it.
    Open,
}

/// One line.
#[derive(Debug)]
pub struct Line {
    subscription: Subscription,
    terms: PushTerms,
    /// Since when there is a connection, and whether it has said anything.
    up: Option<(Moment, bool)>,
    last_alive: Option<Moment>,
    resume: Option<(Option<EntryId>, String)>,
    recent: BTreeMap<EntryId, Moment>,
    gap: Option<String>,
    batch: String,
    batch_since: Option<Moment>,
    noted: Option<Moment>,
    failures: usize,
    reopen_at: Moment,
    is_gap_told: bool,
    wants_all: bool,
}

impl Line {
    /// A line that is to be opened.
    #[must_use]
    pub const fn new(subscription: Subscription, terms: PushTerms, at: Moment) -> Self {
        Self {
            subscription,
            terms,
            up: None,
            last_alive: None,
            resume: None,
            recent: BTreeMap::new(),
            gap: None,
            batch: String::new(),
            batch_since: None,
            noted: None,
            failures: 0,
            reopen_at: at,
            is_gap_told: false,
            wants_all: false,
        }
    }

    /// What it is.
    #[must_use]
    pub const fn subscription(&self) -> &Subscription {
        &self.subscription
    }

    /// What is asked to open it: from shortly before the last entry on, where there is one.
    #[must_use]
    pub fn request(&self) -> Request {
        let request = self.subscription.request.clone();
        match self.goes_on_behind() {
            Some(entry) => request.with(self.terms.resume, entry),
            None => request,
        }
    }

    /// The newest entry that is old enough for nothing of before it to be on its way still, else the oldest that is remembered.
    fn goes_on_behind(&self) -> Option<String> {
        let (last, text) = self.resume.as_ref()?;
        let from = last.as_ref().map(|last| last.moment().plus_micros(-OVERTAKEN_MICROS));
        let settled = self.recent.keys().rfind(|entry| from.is_some_and(|from| entry.moment() <= from));
        let known = settled.or_else(|| self.recent.keys().next()).filter(|_| last.is_some());
        Some(known.map_or_else(|| text.clone(), ToString::to_string))
    }

    /// There is a connection.
    pub const fn opened(&mut self, at: Moment) {
        self.up = Some((at, false));
    }

    /// A frame came, as text.
    pub fn heard(&mut self, at: Moment, text: &str, beat: Beat<'_>) {
        // A gap that nobody had the time to notice before the line spoke again.
        self.note_a_gap(at);
        // The first word of a line: what stood before it, and what was lost, is asked for at once.
        self.wants_all |= self.last_alive.is_none() || self.is_gap_told;
        self.last_alive = Some(at);
        self.is_gap_told = false;
        self.failures = 0;
        if let Some((_, has_spoken)) = &mut self.up {
            *has_spoken = true;
        }
        let Beat::Data(entry, id) = beat else { return };
        let place = entry.map_or(at, |entry| self.place_of(entry, at));
        if let Some(id) = id
            && self.resume.as_ref().is_none_or(|(last, _)| *last <= entry)
        {
            self.resume = Some((entry, id.to_owned()));
        }
        if self.noted != Some(place) {
            self.batch.push_str(&Note::At(place).to_string());
            self.noted = Some(place);
        }
        self.batch.push_str(text.trim_matches(['\r', '\n']));
        self.batch.push_str("\n\n");
        self.batch_since.get_or_insert(at);
    }

    /// Where a frame stands: when it came; one that was overtaken shortly before the one that overtook it, which is the latest moment at which
    /// it can have been true, one that comes again where it stood.
    fn place_of(&mut self, entry: EntryId, at: Moment) -> Moment {
        self.recent.retain(|_, place| at.micros() - place.micros() <= REMEMBERED_MICROS);
        while self.recent.len() >= MOST_REMEMBERED {
            self.recent.pop_first();
        }
        if let Some(before) = self.recent.get(&entry) {
            return *before;
        }
        let before = self.recent.range(..entry).next_back().map(|(_, place)| *place);
        let overtaken_by = self.recent.range(entry..).next().map(|(_, place)| *place);
        let place = match (before, overtaken_by) {
            (Some(before), Some(next)) => shortly_before(next, before),
            (None, Some(first)) => first.plus_micros(-1),
            // Two that came at once stand apart, so that one that is late finds room between them.
            (Some(before), None) => at.max(before.plus_micros(APART_MICROS)),
            (None, None) => at,
        };
        self.recent.insert(entry, place);
        place
    }

    /// The connection is gone, or could not be made. `wait` is how long the provider wants to be left alone.
    pub fn lost(&mut self, at: Moment, wait: Option<Duration>) {
        self.up = None;
        let usual = WAITS_SECS[self.failures.min(WAITS_SECS.len() - 1)];
        let told = wait.map_or(0, |wait| i64::try_from(wait.as_secs()).unwrap_or(i64::MAX).min(3600));
        self.failures += 1;
        self.reopen_at = at.plus_secs(usual.max(told));
    }

    /// What is to be done now, in this order.
    pub fn due(&mut self, at: Moment) -> Vec<Act> {
        self.note_a_gap(at);
        // Its moment lies before whatever came since.
        let mut acts: Vec<Act> = self.gap.take().map(Act::Keep).into_iter().collect();
        let is_full =
            self.batch.len() >= LONGEST_BODY || self.batch_since.is_some_and(|since| at.micros() - since.micros() >= TOGETHER_MICROS);
        let dead_at = self.dead_at();
        let is_dead = dead_at.is_some_and(|dead_at| dead_at <= at);
        if is_full || self.up.is_none() || is_dead {
            acts.extend(self.take_batch());
        }
        if is_dead {
            self.lost(at, None);
            acts.push(Act::HangUp);
        }
        if is_dead && self.note_a_gap(at) {
            acts.extend(self.gap.take().map(Act::Keep));
        }
        if self.up.is_none() && self.reopen_at <= at {
            acts.push(Act::Open);
        }
        acts
    }

    /// What is left when it all ends.
    pub fn take_batch(&mut self) -> Option<Act> {
        (self.batch_since, self.noted) = (None, None);
        let batch = std::mem::take(&mut self.batch);
        (!batch.is_empty()).then_some(Act::Keep(batch))
    }

    /// Whether all that stands is to be asked for at once; asked once, it is told once.
    pub const fn takes_wish(&mut self) -> bool {
        std::mem::replace(&mut self.wants_all, false)
    }

    /// When something is due next, if nothing is heard until then.
    #[must_use]
    pub fn wake_at(&self) -> Moment {
        let batch = self.batch_since.map(|since| since.plus_micros(TOGETHER_MICROS));
        let reopen = self.up.is_none().then_some(self.reopen_at);
        [batch, reopen, self.dead_at(), self.lost_at()].into_iter().flatten().min().unwrap_or(Moment::MAX)
    }

    /// When the line is dead, unless it says something.
    fn dead_at(&self) -> Option<Moment> {
        let (since, has_spoken) = self.up?;
        let last = if has_spoken { self.last_alive.unwrap_or(since) } else { since };
        Some(last.plus_micros(micros(self.terms.dead_after)))
    }

    /// When what was missed can no longer be replayed; `None` while the line speaks, or nothing can be lost.
    fn lost_at(&self) -> Option<Moment> {
        let speaks = self.up.is_some_and(|(_, has_spoken)| has_spoken);
        let last = self.last_alive.filter(|_| !speaks && !self.is_gap_told)?;
        Some(if self.resume.is_none() { last } else { last.plus_micros(micros(self.terms.replays.saturating_sub(MARGIN))) })
    }

    /// Notes, in a body of its own, that something was lost.
    fn note_a_gap(&mut self, at: Moment) -> bool {
        let (Some(last), true) = (self.last_alive, self.lost_at().is_some_and(|lost_at| lost_at <= at)) else { return false };
        self.is_gap_told = true;
        // Behind everything that was heard: the last frame is still true of its own moment.
        let since = self.recent.values().copied().fold(last, Moment::max).plus_micros(1);
        self.gap = Some(Note::GapSince(since).to_string());
        true
    }
}

/// A place before a next one and behind the one before, with room for more on both sides.
fn shortly_before(next: Moment, before: Moment) -> Moment {
    let room = (next.micros() - before.micros()).min(APART_MICROS);
    next.plus_micros(-(room + 1) / 2)
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Moment = Moment::from_secs(1_792_843_200);

    fn terms() -> PushTerms {
        let secs = Duration::from_secs;
        PushTerms { beats_every: secs(5), dead_after: secs(15), replays: secs(30), resume: "last_entry_id" }
    }

    fn at(secs: i64) -> Moment {
        NOON.plus_secs(secs)
    }

    /// A line that was opened at noon.
    fn open() -> Line {
        let subscription = Subscription { endpoint: "stream_odds", sport: "baseball/mlb".to_owned(), request: Request::to("/stream") };
        let mut line = Line::new(subscription, terms(), NOON);
        assert_eq!(line.due(NOON), [Act::Open]);
        line.opened(NOON);
        line
    }

    fn odds(line: &mut Line, secs: i64, entry: &str) {
        line.heard(at(secs), &format!("event: odds\nid: {entry}\ndata: {{}}"), Beat::Data(EntryId::parse(entry), Some(entry)));
    }

    fn kept(acts: &[Act]) -> Vec<&str> {
        acts.iter().filter_map(|act| if let Act::Keep(body) = act { Some(body.as_str()) } else { None }).collect()
    }

    fn gap(since: i64) -> String {
        Note::GapSince(at(since).plus_micros(1)).to_string()
    }

    #[test]
    fn frames_of_a_second_are_kept_together_each_with_its_moment() {
        let mut line = open();
        odds(&mut line, 0, "1000-0");
        line.heard(NOON, "event: ping\ndata: x", Beat::Alive);
        odds(&mut line, 0, "1000-1");
        assert_eq!((line.due(NOON), line.wake_at()), (vec![], at(1)));
        let acts = line.due(at(1));
        let text = kept(&acts)[0];
        assert_eq!(text.matches("event: odds").count(), 2);
        assert!(
            text.starts_with(": at 2026-10-24T12:00:00Z\n\nevent: odds\nid: 1000-0") && text.contains(": at 2026-10-24T12:00:00.000016Z"),
            "{text}"
        );
        assert_eq!(line.due(at(2)), []);
    }

    #[test]
    fn a_quiet_market_is_not_a_dead_line() {
        let mut line = open();
        for secs in (0..600).step_by(5) {
            line.heard(at(secs), "event: ping\ndata: x", Beat::Alive);
            assert_eq!(line.due(at(secs + 4)), [], "after {secs} s");
        }
        assert!(line.takes_wish() && !line.takes_wish(), "what stood before the line was open is asked for, once");
    }

    #[test]
    fn a_silent_line_is_dead_within_its_heartbeats_and_goes_on_where_it_was() {
        let mut line = open();
        odds(&mut line, 0, "1000-0");
        assert_eq!(line.due(at(14)).len(), 1, "only what was kept");
        assert_eq!((line.wake_at(), line.due(at(15))), (at(15), vec![Act::HangUp]));
        assert_eq!((line.wake_at(), line.due(at(16))), (at(16), vec![Act::Open]));
        assert_eq!(line.request().query["last_entry_id"], "1000-0");
        line.opened(at(16));
        let _ = line.takes_wish();
        line.heard(at(17), "event: ping\ndata: x", Beat::Alive);
        assert_eq!((line.due(at(18)), line.takes_wish()), (vec![], false), "it was replayed: nothing is lost");
    }

    #[test]
    fn what_can_no_longer_be_replayed_is_a_gap_from_the_last_sign_of_life() {
        let mut line = open();
        odds(&mut line, 0, "1000-0");
        line.heard(at(5), "event: ping\ndata: x", Beat::Alive);
        let _ = (line.takes_wish(), line.due(at(6)));
        line.lost(at(7), None);
        assert_eq!(line.due(at(8)), [Act::Open]);
        line.lost(at(20), None);
        assert_eq!(line.due(at(22)), [Act::Open]);
        line.lost(at(22), None);
        assert_eq!((line.wake_at(), line.due(at(26))), (at(26), vec![Act::Open]));
        line.lost(at(26), None);
        assert_eq!((line.wake_at(), kept(&line.due(at(30)))), (at(30), vec![gap(5).as_str()]), "told while the line is still down");
        assert_eq!(line.due(at(31)), [], "once");
        assert_eq!(line.due(at(34)), [Act::Open]);
        line.opened(at(34));
        odds(&mut line, 35, "1035-0");
        assert!(line.takes_wish(), "everything is asked for at once");
    }

    #[test]
    fn a_line_that_speaks_again_too_late_has_a_gap_all_the_same() {
        let mut line = open();
        odds(&mut line, 0, "1000-0");
        let _ = (line.takes_wish(), line.due(at(1)));
        line.lost(at(1), None);
        let _ = line.due(at(2));
        line.opened(at(2));
        odds(&mut line, 40, "1040-0");
        let acts = line.due(at(41));
        assert_eq!(kept(&acts)[0], gap(0), "in a body of its own, before what came since");
        assert!(kept(&acts)[1].contains("1040-0") && line.takes_wish());
    }

    #[test]
    fn a_line_that_never_had_an_entry_loses_whatever_it_misses() {
        let mut line = open();
        line.heard(at(5), "event: ping\ndata: x", Beat::Alive);
        line.lost(at(7), None);
        assert_eq!(kept(&line.due(at(7))), [gap(5)]);
    }

    #[test]
    fn a_line_that_was_never_open_has_lost_nothing() {
        let mut line = open();
        line.lost(at(15), None);
        assert_eq!((line.due(at(15)), line.due(at(3600))), (vec![], vec![Act::Open]));
    }

    #[test]
    fn entries_that_come_twice_or_late_stand_where_they_belong() {
        let mut line = open();
        for (secs, entry) in [(0, "1000-0"), (2, "1002-0"), (3, "1001-0"), (4, "1002-0"), (5, "999-0"), (6, "1006-0")] {
            odds(&mut line, secs, entry);
        }
        let acts = line.due(at(6));
        let notes: Vec<&str> = kept(&acts)[0].lines().filter_map(|text| text.strip_prefix(": at ")).collect();
        let noon = |rest: &str| format!("2026-10-24T{rest}Z");
        let expected = ["12:00:00", "12:00:02", "12:00:01.999992", "12:00:02", "11:59:59.999999", "12:00:06"];
        assert_eq!(notes, expected.map(noon));
        assert_eq!(line.request().query["last_entry_id"], "999-0", "all of it lies so near that more may be on its way");
    }

    #[test]
    fn a_line_goes_on_from_before_what_may_have_been_overtaken() {
        let mut line = open();
        for (secs, entry) in
            [(0, "1792843200000-0"), (3, "1792843203000-0"), (5, "1792843205000-1"), (8, "1792843208000-0"), (9, "1792843207000-0")]
        {
            odds(&mut line, secs, entry);
        }
        assert_eq!(line.request().query["last_entry_id"], "1792843203000-0", "five seconds before the newest");
    }

    #[test]
    fn waits_grow_and_a_provider_is_left_alone_as_long_as_it_wants() {
        let mut line = open();
        let waits: Vec<i64> = (0..8)
            .map(|_| {
                line.lost(NOON, None);
                line.wake_at().secs() - NOON.secs()
            })
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 15, 30, 30, 30]);
        line.lost(NOON, Some(Duration::from_secs(600)));
        assert_eq!(line.wake_at(), at(600));
    }
}
