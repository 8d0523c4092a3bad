//! Texts that every store keeps alike: PostgreSQL holds no NUL letter, and no index of it takes a key without end. One such text must
//! cost no reply, so it is kept mended, with a problem that says so, before anything compares it.

use std::borrow::Cow;

use crate::observation::{BookScope, Decoded, FactKind, FactSeen, ListingScope, ListingSeen, MarketSeen, Problem, Refusal, Scope};
use crate::rows::RowFate;

/// A word (a key, an id, a name) has at most so many bytes: the longest that was recorded of any provider has 41, and the widest of our
/// indexes holds five in the 2,704 bytes that PostgreSQL allows.
pub const LONGEST_WORD: usize = 400;
/// What is said of people in sentences, which may be long and is no key.
const PROSE: [&str; 2] = ["comment", "text"];
/// What a NUL letter becomes.
const IN_PLACE_OF_NUL: &str = "\u{fffd}";
/// The letters of the hash that tells cut words apart.
const HASH_LETTERS: usize = 16;

/// Whether a text of this body can hold a NUL letter, as such or as an escape of JSON.
#[must_use]
pub fn may_hold_nul(body: &[u8]) -> bool {
    body.contains(&0) || std::str::from_utf8(body).map_or(true, |text| text.contains(r"\u0000"))
}

impl Decoded<'_> {
    /// Mends the texts that a store could not keep: a NUL letter becomes U+FFFD, a word longer than [`LONGEST_WORD`] is cut and ends
    /// with a hash of the whole, so that two stay two. Each listing with such texts, and the rest of the reply, has one problem. Twice
    /// changes nothing. `holds_nul` is [`may_hold_nul`] of the body.
    pub fn make_keepable(&mut self, holds_nul: bool) {
        let mut problems = Vec::new();
        for snapshot in &mut self.snapshots {
            let mut mender = Mender::of(holds_nul);
            mender.scope(&mut snapshot.scope);
            mender.tell("the request", &mut problems);
            for listing in &mut snapshot.listings {
                let mut mender = Mender::of(holds_nul);
                mender.listing(listing);
                mender.tell(&format!("listing {}", listing.id), &mut problems);
            }
        }
        let mut mender = Mender::of(holds_nul);
        mender.beside_listings(self);
        mender.tell("the names and rows of the reply", &mut problems);
        self.problems.extend(problems);
    }
}

/// Mends texts, and counts them.
struct Mender {
    holds_nul: bool,
    with_nul: usize,
    too_long: usize,
}

impl Mender {
    const fn of(holds_nul: bool) -> Self {
        Self { holds_nul, with_nul: 0, too_long: 0 }
    }

    fn tell(&self, path: &str, problems: &mut Vec<Problem>) {
        let Self { with_nul, too_long, .. } = self;
        if with_nul + too_long > 0 {
            let told = format!("{with_nul} texts with a NUL letter, kept as U+FFFD; {too_long} words above {LONGEST_WORD} bytes, kept cut");
            problems.push(Problem::at(path, Refusal::NotTheShape, told));
        }
    }

    fn listing(&mut self, listing: &mut ListingSeen<'_>) {
        self.word(&mut listing.id);
        self.word(&mut listing.sport);
        listing.facts.iter_mut().for_each(|fact| self.fact(fact));
        for book in &mut listing.books {
            self.word(&mut book.key);
            book.markets.iter_mut().for_each(|market| self.market(market));
        }
    }

    fn market(&mut self, market: &mut MarketSeen<'_>) {
        self.word(&mut market.key);
        for outcome in &mut market.outcomes {
            self.word(&mut outcome.name);
            self.word(&mut outcome.description);
        }
        for (name, description, _) in &mut market.gone.named {
            self.word(name);
            self.word(description);
        }
    }

    fn fact(&mut self, fact: &mut FactSeen<'_>) {
        self.word(&mut fact.subject);
        match fact.kind {
            FactKind::Home | FactKind::Away => self.word(&mut fact.value),
            FactKind::Injury | FactKind::Stat | FactKind::Member | FactKind::Transaction | FactKind::Official => {
                self.json(&mut fact.value);
                self.words_of_json(&mut fact.value);
            }
            kind if kind.is_json() => self.json(&mut fact.value),
            _ => self.text(&mut fact.value),
        }
    }

    fn scope(&mut self, scope: &mut Scope) {
        self.owned(&mut scope.sport);
        let listed = if let ListingScope::Listed(ids) = &mut scope.listings { ids.as_mut_slice() } else { &mut [] };
        let books = if let BookScope::Listed(books) = &mut scope.books { books.as_mut_slice() } else { &mut [] };
        listed.iter_mut().chain(books).chain(scope.markets.iter_mut().flatten()).for_each(|word| self.owned(word));
    }

    fn beside_listings(&mut self, decoded: &mut Decoded<'_>) {
        for row in &mut decoded.catalogue {
            // the key of a market is made of three words
            self.cut(&mut row.key, 3 * LONGEST_WORD);
            self.text(&mut row.title);
            self.json_owned(&mut row.detail);
        }
        for row in &mut decoded.rows {
            self.text(&mut row.id);
            match &mut row.fate {
                RowFate::Kept { listing, note } => {
                    self.word(listing);
                    self.text_owned(note);
                }
                RowFate::Refused(_, why) => self.text_owned(why),
                RowFate::Named => {}
            }
        }
        for problem in &mut decoded.problems {
            self.text_owned(&mut problem.path);
            self.text_owned(&mut problem.detail);
        }
    }

    fn word(&mut self, word: &mut Cow<'_, str>) {
        self.cut(word, LONGEST_WORD);
    }

    fn owned(&mut self, word: &mut String) {
        let mut text = Cow::Owned(std::mem::take(word));
        self.word(&mut text);
        *word = text.into_owned();
    }

    fn cut(&mut self, word: &mut Cow<'_, str>, longest: usize) {
        self.text(word);
        if word.len() > longest {
            self.too_long += 1;
            *word = Cow::Owned(cut(word, longest));
        }
    }

    fn text(&mut self, text: &mut Cow<'_, str>) {
        if self.holds_nul && text.contains('\0') {
            self.with_nul += 1;
            *text = Cow::Owned(text.replace('\0', IN_PLACE_OF_NUL));
        }
    }

    fn text_owned(&mut self, text: &mut String) {
        if self.holds_nul && text.contains('\0') {
            self.with_nul += 1;
            *text = text.replace('\0', IN_PLACE_OF_NUL);
        }
    }

    fn json(&mut self, json: &mut Cow<'_, str>) {
        if let Some(mended) = self.mended_json(json) {
            *json = Cow::Owned(mended);
        }
    }

    /// The names of people and teams that a fact of people holds: they become keys of the directory and of rows.
    fn words_of_json(&mut self, json: &mut Cow<'_, str>) {
        if json.len() <= LONGEST_WORD {
            return;
        }
        let Ok(mut fields) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(json) else { return };
        let before = self.too_long;
        for (_, field) in fields.iter_mut().filter(|(name, _)| !PROSE.contains(&name.as_str())) {
            if let serde_json::Value::String(word) = field {
                self.owned(word);
            }
        }
        if self.too_long > before {
            *json = Cow::Owned(serde_json::Value::Object(fields).to_string());
        }
    }

    fn json_owned(&mut self, json: &mut String) {
        if let Some(mended) = self.mended_json(json) {
            *json = mended;
        }
    }

    fn mended_json(&mut self, json: &str) -> Option<String> {
        let mended = if self.holds_nul { without_escaped_nul(json) } else { None };
        self.with_nul += usize::from(mended.is_some());
        mended
    }
}

/// The beginning of a word, and a hash of all of it.
fn cut(word: &str, longest: usize) -> String {
    let hash = blake3::hash(word.as_bytes()).to_hex();
    let room = longest - HASH_LETTERS - '…'.len_utf8();
    let beginning = (0..=room).rev().find(|at| word.is_char_boundary(*at)).unwrap_or(0);
    format!("{}…{}", &word[..beginning], &hash[..HASH_LETTERS])
}

/// JSON with the escape of a NUL letter, and the letter itself, replaced; `None` where there is none. A backslash that is escaped
/// begins no escape.
fn without_escaped_nul(json: &str) -> Option<String> {
    if !json.contains(r"\u0000") && !json.contains('\0') {
        return None;
    }
    let (mut out, mut rest) = (String::with_capacity(json.len()), json);
    while let Some(at) = rest.find(['\\', '\0']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (taken, put) = match () {
            () if rest.starts_with('\0') => (1, IN_PLACE_OF_NUL),
            () if rest.starts_with(r"\u0000") => (r"\u0000".len(), IN_PLACE_OF_NUL),
            () => {
                let pair = rest.char_indices().nth(2).map_or(rest.len(), |(end, _)| end);
                (pair, &rest[..pair])
            }
        };
        out.push_str(put);
        rest = &rest[taken..];
    }
    out.push_str(rest);
    (out != json).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Line;
    use crate::moment::Moment;
    use crate::observation::{BookSeen, CatalogueKind, CatalogueRow, OutcomeSeen, Snapshot};
    use crate::reply::Basis;

    fn outcome(name: &str) -> OutcomeSeen<'_> {
        OutcomeSeen { name: name.into(), description: "".into(), point: Some(Line::from_milli(500)), offer: Err(Refusal::BadPrice) }
    }

    fn decoded<'a>(names: &[&'a str], injury: &'a str) -> Decoded<'a> {
        let market =
            MarketSeen { key: "h2h\0".into(), outcomes: names.iter().map(|name| outcome(name)).collect(), ..MarketSeen::default() };
        let fact = |kind, value: &'a str| FactSeen { kind, subject: "".into(), value: value.into() };
        let listing = ListingSeen {
            id: "one".into(),
            sport: "nba".into(),
            facts: vec![fact(FactKind::Home, names[0]), fact(FactKind::Injury, injury), fact(FactKind::Venue, "A\0B")],
            books: vec![BookSeen { key: "book".into(), seen_at: None, markets: vec![market] }],
            ..ListingSeen::default()
        };
        let scope = Scope { sport: "n\0".to_owned(), listings: ListingScope::Listed(vec!["o\0".to_owned()]), ..Scope::default() };
        let snapshot = Snapshot { observed_at: Moment::from_micros(1), basis: Basis::Fetched, scope, listings: vec![listing] };
        let row =
            CatalogueRow { kind: CatalogueKind::Book, key: "k\0".into(), title: "t\0".into(), detail: r#"{"a":"\u0000"}"#.to_owned() };
        let problems = vec![Problem::at("here", Refusal::BadPrice, "\0")];
        Decoded { snapshots: vec![snapshot], catalogue: vec![row], problems, ..Decoded::default() }
    }

    fn texts(decoded: &Decoded<'_>) -> String {
        format!("{decoded:?}")
    }

    #[test]
    fn a_nul_letter_is_kept_as_another_everywhere_and_told_once_a_listing() {
        let mut mended = decoded(&["A\0", "B"], r#"{"player":"P\u0000","note":"\\u0000 \" \u0000"}"#);
        mended.make_keepable(true);
        let listing = &mended.snapshots[0].listings[0];
        assert_eq!(listing.books[0].markets[0].outcomes[0].name, "A\u{fffd}");
        assert_eq!((&*listing.facts[0].value, &*listing.facts[2].value), ("A\u{fffd}", "A\u{fffd}B"));
        assert_eq!(listing.facts[1].value, "{\"player\":\"P\u{fffd}\",\"note\":\"\\\\u0000 \\\" \u{fffd}\"}");
        assert_eq!(mended.catalogue[0].detail, "{\"a\":\"\u{fffd}\"}");
        assert!(!texts(&mended).contains(r"\0"), "{mended:?}");
        assert_eq!(
            mended.problems.iter().map(|problem| &*problem.path).collect::<Vec<_>>(),
            ["here", "the request", "listing one", "the names and rows of the reply"]
        );
        let before = texts(&mended);
        mended.make_keepable(true);
        assert_eq!(texts(&mended), before, "twice changes nothing");
    }

    #[test]
    fn words_without_end_are_cut_and_two_stay_two() {
        let [one, other] = ["é".repeat(5000) + "1", "é".repeat(5000) + "2"];
        let mut mended = decoded(&[&one, &other], "{}");
        mended.make_keepable(false);
        let outcomes = &mended.snapshots[0].listings[0].books[0].markets[0].outcomes;
        assert_ne!(outcomes[0].name, outcomes[1].name);
        assert!(outcomes.iter().all(|outcome| outcome.name.len() <= LONGEST_WORD && outcome.name.starts_with('é')));
        assert_eq!(mended.snapshots[0].listings[0].facts[0].value, outcomes[0].name, "a side and its outcome are still the same word");
        assert!(mended.problems[1].detail.contains("3 words above 400 bytes"), "{:?}", mended.problems);
    }

    #[test]
    fn names_inside_a_fact_of_people_are_cut_and_sentences_are_not() {
        let injury = |name: &str| format!(r#"{{"player":"{name}","comment":"{}"}}"#, "so it is ".repeat(100));
        let (long, usual) = (injury(&"y".repeat(9000)), injury("Al Ash"));
        let [mut cut, mut same] = [decoded(&["A", "B"], &long), decoded(&["A", "B"], &usual)];
        [&mut cut, &mut same].into_iter().for_each(|decoded| decoded.make_keepable(false));
        let value = |decoded: &Decoded<'_>| decoded.snapshots[0].listings[0].facts[1].value.to_string();
        let kept: serde_json::Value = serde_json::from_str(&value(&cut)).unwrap();
        assert_eq!((kept["player"].as_str().unwrap().len(), kept["comment"].as_str().unwrap().len()), (LONGEST_WORD, 900));
        assert_eq!(value(&same), usual);
    }

    #[test]
    fn what_can_be_kept_stays_as_it_is() {
        let longest = "x".repeat(LONGEST_WORD);
        let mut same = decoded(&[&longest, "B"], r#"{"a":"\\u0000"}"#);
        let before = texts(&same);
        same.make_keepable(false);
        assert_eq!(texts(&same), before);
        assert!(without_escaped_nul(r#"{"a":"\\u0000"}"#).is_none());
    }

    #[test]
    fn a_body_that_can_hold_a_nul_letter_is_known() {
        for (body, holds) in [(&b"{}"[..], false), (b"a\0", true), (br"\u0000", true), (b"\xff", true), ("é".as_bytes(), false)] {
            assert_eq!(may_hold_nul(body), holds, "{body:?}");
        }
    }
}
