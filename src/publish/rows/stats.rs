//! What players did, as rows.

use odds::board::Order;
use odds::names::Word;
use odds::observation::FactKind;
use odds::settlement::Told;
use odds::stat::{StatLine, TeamSide};
use odds::{ListingId, Moment};
use store::boards::Kept;
use store::rows::Rows;
use store::{Following, Param, Result, StoreError};

use super::RowsFollower;

impl RowsFollower {
    /// Writes what players did in a listing, where a reply has told it since it was written last.
    pub(super) fn write_stats(&mut self, following: &mut Following<'_>, listing: ListingId) -> Result<()> {
        let Some(kept) = self.boards.get(listing) else { return Ok(()) };
        let Some(seen) = kept.board.facts_seen(FactKind::Stat) else { return Ok(()) };
        let said = kept.board.facts_of(FactKind::Stat).map(|(_, fact)| fact.said).max().unwrap_or_default();
        if self.stats.get(&listing) == Some(&(seen, said)) {
            return Ok(());
        }
        let lines = lines(kept)?;
        for rows in [Rows::StatLines, Rows::Stats] {
            self.clear(following, rows, listing)?;
        }
        self.add(following, Rows::StatLines, listing, &line_values(listing, &lines, seen.at))?;
        self.add(following, Rows::Stats, listing, &stat_values(listing, &lines))?;
        let sport = kept.listing.sport.clone();
        for (_, line, _) in &lines {
            if self.players.insert((sport.clone(), line.player.clone())) {
                following.meet_player(&sport, &line.player)?;
            }
        }
        self.stats.insert(listing, (seen, said));
        Ok(())
    }
}

fn lines(kept: &Kept) -> Result<Vec<(Word, StatLine, Moment)>> {
    let mut lines = Vec::new();
    for (subject, fact) in kept.board.facts_of(FactKind::Stat) {
        let Some(value) = &fact.value else { continue };
        let damaged =
            |error: serde_json::Error| StoreError::Damaged { what: format!("a stat of listing {}", kept.listing.id), source: error.into() };
        lines.push((Word::clone(subject), serde_json::from_str(value).map_err(damaged)?, fact.said.at));
    }
    Ok(lines)
}

fn line_values<'a>(listing: ListingId, lines: &'a [(Word, StatLine, Moment)], observed_at: Moment) -> Vec<Param<'a>> {
    let mut values = Vec::with_capacity(lines.len() * 9);
    for (subject, line, said_at) in lines {
        let side = line.side.map(|side| match side {
            TeamSide::Home => "home",
            TeamSide::Away => "away",
        });
        values.extend([
            Param::Int(listing.0),
            Param::Text(subject),
            Param::Text(&line.player),
            line.team.as_deref().into(),
            side.into(),
            line.position.as_deref().into(),
            Param::Int(i64::from(line.did_not_play)),
            (*said_at).into(),
            observed_at.into(),
        ]);
    }
    values
}

fn stat_values<'a>(listing: ListingId, lines: &'a [(Word, StatLine, Moment)]) -> Vec<Param<'a>> {
    let rows = lines.iter().flat_map(|(subject, line, _)| line.stats.iter().map(move |(stat, amount)| (subject, stat, amount.milli())));
    rows.flat_map(|(subject, stat, milli)| [Param::Int(listing.0), Param::Text(subject), Param::Text(stat), Param::Int(milli)]).collect()
}

/// The last reply that told stats, and the last that changed one: what was written is of these.
pub(super) type Written = (Order, Order);

/// What all listings of an event tell of its players.
pub(super) fn told_lines(kept: &[&Kept]) -> Result<Vec<Told>> {
    let mut told = Vec::new();
    for kept in kept {
        told.extend(lines(kept)?.into_iter().map(|(_, line, _)| Told::by(&kept.listing.provider, line)));
    }
    Ok(told)
}
