//! What a slot means, as a row: worked out once, when the slot is met, or when the sides of its listing change their names.

use std::hash::{Hash, Hasher};

use odds::market::{Meaning, Side, Stance, Words};
use odds::observation::FactKind;
use odds::sides::{EventSides, is_turned, turned};
use odds::{ListingId, SlotNo};
use providers::Provider;
use rustc_hash::FxHasher;
use store::Param;
use store::boards::Kept;

/// The names of a listing's sides, and whether its event has them the other way round.
pub(super) type Sides = (Option<String>, Option<String>, bool);

/// The sides of a listing of an event whose first listing that names its sides has these.
pub(super) fn sides(kept: &Kept, event: Option<&EventSides>) -> Sides {
    let text = |kind| kept.board.fact(kind).map(str::to_owned);
    (text(FactKind::Home), text(FactKind::Away), is_turned(event, &kept.board))
}

/// The sides of an event by its listings, the founding one first.
pub(super) fn of_event(listings: &[&Kept]) -> Option<EventSides> {
    listings.iter().find_map(|kept| EventSides::of_board(kept.listing.league.as_deref(), &kept.board))
}

/// What is remembered of a slot: by what it is compared with others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question {
    /// The same for the same selection, at any book and in any listing of one event.
    pub(super) selection: u64,
    /// The same for the same selection at the same book, whoever delivers it.
    pub(super) at_book: u64,
    /// Whether it may be the best of its selection: to be bet on, and by one book.
    pub(super) may_be_best: bool,
}

/// A slot with its meaning.
pub(super) struct Understood<'a> {
    pub(super) slot: SlotNo,
    pub(super) cell: u32,
    pub(super) words: Words<'a>,
    pub(super) meaning: Option<Meaning>,
    pub(super) market: String,
    pub(super) period: String,
    pub(super) selection: String,
    outcome_name: String,
}

impl<'a> Understood<'a> {
    pub(super) fn of(kept: &'a Kept, slot: SlotNo, provider: Option<&dyn Provider>, sides: &Sides) -> Option<Self> {
        let words = kept.names.words(slot)?;
        let cell = kept.names.slot(slot)?.cell.0;
        let meaning = provider.and_then(|provider| provider.meaning(&kept.listing.sport, &words));
        let market = meaning.as_ref().map_or_else(|| words.market.to_owned(), |meaning| meaning.kind.to_string());
        let period = meaning.as_ref().map_or_else(|| "full".to_owned(), |meaning| meaning.period.to_string());
        let selection = meaning.as_ref().map_or_else(|| words.name.to_owned(), |meaning| turned(selection(meaning, sides), sides.2));
        let outcome_name = match meaning.as_ref().map(|meaning| &meaning.side) {
            Some(Side::Home) => sides.0.clone(),
            Some(Side::Away) => sides.1.clone(),
            _ => None,
        };
        let outcome_name = outcome_name.unwrap_or_else(|| words.name.to_owned());
        Some(Self { slot, cell, words, meaning, market, period, selection, outcome_name })
    }

    /// The player or team that it is about.
    pub(super) fn subject(&self) -> Option<&str> {
        match &self.meaning {
            Some(meaning) => meaning.subject.as_deref(),
            None => Some(self.words.description).filter(|description| !description.is_empty()),
        }
    }

    pub(super) fn is_prop(&self) -> bool {
        self.meaning.as_ref().is_some_and(|meaning| meaning.kind.is_prop())
    }

    /// The line, in thousandths.
    pub(super) fn line(&self) -> Option<i64> {
        let line = self.meaning.as_ref().map_or(self.words.point, |meaning| meaning.line);
        line.map(|line| i64::from(line.milli()))
    }

    pub(super) fn stance(&self) -> &'static str {
        self.meaning.as_ref().map_or("back", |meaning| if meaning.stance == Stance::Lay { "lay" } else { "back" })
    }

    /// Prop, alternate, understood, milestone.
    pub(super) fn flags(&self) -> [bool; 4] {
        let is = |of: fn(&Meaning) -> bool| self.meaning.as_ref().is_some_and(of);
        [self.is_prop(), is(|meaning| meaning.is_alternate), is(|_| true), is(|meaning| meaning.is_milestone)]
    }

    pub(super) fn question(&self, provider: &str, is_aggregate: bool) -> Question {
        let is_lay = self.meaning.as_ref().map_or_else(|| self.words.market.ends_with("_lay"), |meaning| meaning.stance == Stance::Lay);
        let mut hasher = FxHasher::default();
        match &self.meaning {
            Some(meaning) => (&meaning.kind, meaning.period, &meaning.subject, &self.selection, meaning.line).hash(&mut hasher),
            None => (provider, self.words.market, self.words.name, self.words.description, self.words.point).hash(&mut hasher),
        }
        let selection = hasher.finish();
        is_lay.hash(&mut hasher);
        match odds::book::known(provider, self.words.book) {
            Some(book) => book.key.hash(&mut hasher),
            None => (provider, self.words.book).hash(&mut hasher),
        }
        Question { selection, at_book: hasher.finish(), may_be_best: !is_lay && !is_aggregate }
    }

    pub(super) fn values<'b>(&'b self, listing: ListingId, out: &mut Vec<Param<'b>>) {
        out.extend([
            Param::Int(listing.0),
            Param::Int(i64::from(self.slot.0)),
            Param::Int(i64::from(self.cell)),
            Param::Text(self.words.book),
            Param::Text(self.words.market),
            Param::Text(&self.market),
            Param::Text(&self.period),
            self.subject().into(),
            Param::Text(&self.selection),
            Param::Text(&self.outcome_name),
            Param::Text(self.words.name),
            Param::Text(self.words.description),
            self.words.point.map(|point| i64::from(point.milli())).into(),
            self.line().into(),
            Param::Text(self.stance()),
        ]);
        out.extend(self.flags().map(|is| Param::Int(i64::from(is))));
    }
}

fn selection(meaning: &Meaning, sides: &Sides) -> String {
    match &meaning.side {
        Side::Named(name) if sides.0.as_ref() == Some(name) => "home".to_owned(),
        Side::Named(name) if sides.1.as_ref() == Some(name) => "away".to_owned(),
        side => side.to_string(),
    }
}
