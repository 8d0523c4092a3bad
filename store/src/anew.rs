//! Values said anew by the entry that is open. A reply that tells of several moments of a listing may say values anew at one place
//! more than once: they are one block there, so they wait until the entry ends.

use std::collections::BTreeMap;

use odds::block::Change;
use odds::board::{FactChange, Order};
use odds::id::{ListingId, Seq, SlotNo};
use odds::names::Word;
use odds::observation::FactKind;
use odds::timeline::{Row, RowContent, SaidAnew};

use crate::log::{Appending, NewRows};

/// What was said anew so far, by listing and place.
#[derive(Debug, Default)]
pub(crate) struct Anew(BTreeMap<(ListingId, Order), Said>);

#[derive(Debug, Default)]
struct Said {
    changes: BTreeMap<SlotNo, Change>,
    facts: BTreeMap<(FactKind, Word), FactChange>,
}

impl Said {
    fn changes(&self) -> Vec<Change> {
        self.changes.values().copied().collect()
    }

    fn facts(&self) -> Vec<FactChange> {
        self.facts.values().cloned().collect()
    }
}

impl Anew {
    /// The rows of one listing, as they will be once the entry ends.
    pub(crate) fn rows_of(&self, listing: ListingId, seq: Seq) -> Vec<Row> {
        let first = Order { at: odds::Moment::MIN, reply: odds::ReplyId(i64::MIN) };
        let of_listing = self.0.range((listing, first)..).take_while(|((of, _), _)| *of == listing);
        let contents = of_listing.flat_map(|((_, order), said)| {
            let changes = (!said.changes.is_empty()).then(|| (*order, RowContent::Changes(said.changes())));
            let facts = (!said.facts.is_empty()).then(|| (*order, RowContent::Facts(said.facts())));
            [changes, facts].into_iter().flatten()
        });
        contents.map(|(order, content)| Row { order, seq, content }).collect()
    }
}

impl Appending<'_> {
    /// Adds what a late reply says anew in the name of a later one. Of a slot or a fact that it says twice at one place, the last counts.
    pub fn say_anew(&mut self, listing: ListingId, anew: SaidAnew) {
        let said = self.anew.0.entry((listing, anew.order)).or_default();
        said.changes.extend(anew.changes.into_iter().map(|change| (change.slot, change)));
        said.facts.extend(anew.facts.into_iter().map(|fact| ((fact.kind, Word::clone(&fact.subject)), fact)));
    }

    /// Stages what the entry says anew: it ends.
    pub(crate) fn add_anew(&mut self) {
        for ((listing, order), said) in std::mem::take(&mut self.anew).0 {
            self.add_rows(&NewRows { listing, order, cover: None, changes: &said.changes(), facts: &said.facts() });
        }
    }
}
