//! What players did, as rows, and props graded by it.

use odds::board::Order;
use odds::market::Meaning;
use odds::names::Word;
use odds::observation::FactKind;
use odds::settlement::{Grade, grade_player};
use odds::stat::{StatLine, TeamSide};
use odds::{ListingId, Moment};
use store::boards::Kept;
use store::rows::Rows;
use store::{Following, Param, Result, StoreError};

use super::RowsFollower;

/// A player's line with who tells it.
pub(super) struct ToldLine {
    provider: String,
    plain: String,
    line: StatLine,
}

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
            following.clear(rows, listing)?;
        }
        following.add(Rows::StatLines, &line_values(listing, &lines, seen.at))?;
        following.add(Rows::Stats, &stat_values(listing, &lines))?;
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
pub(super) fn told_lines(kept: &[&Kept]) -> Result<Vec<ToldLine>> {
    let mut told = Vec::new();
    for kept in kept {
        for (_, line, _) in lines(kept)? {
            told.push(ToldLine { provider: kept.listing.provider.clone(), plain: plain(&line.player), line });
        }
    }
    Ok(told)
}

/// How a prop ended, by what players did: told of one player of that whole name, and by all who tell it alike. Two players of one name,
/// or two sources that disagree, leave it open.
pub(super) fn graded(meaning: &Meaning, told: &[ToldLine]) -> Option<Grade> {
    let name = plain(meaning.subject.as_deref()?);
    let of_name: Vec<&ToldLine> = told.iter().filter(|told| told.plain == name).collect();
    let is_twice = of_name.iter().enumerate().any(|(at, one)| of_name[..at].iter().any(|other| other.provider == one.provider));
    let mut grades = of_name.iter().filter_map(|told| grade_player(meaning, &told.line).ok());
    let first = grades.next().filter(|_| !is_twice && !name.is_empty())?;
    grades.all(|grade| grade == first).then_some(first)
}

fn plain(name: &str) -> String {
    name.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use odds::Line;
    use odds::market::{MarketKind, Side};
    use odds::stat::Amount;

    fn told(provider: &str, player: &str, points: i32) -> ToldLine {
        let stats = [("points".to_owned(), Amount::whole(points))].into();
        let line = StatLine { player: player.to_owned(), stats, ..StatLine::default() };
        ToldLine { provider: provider.to_owned(), plain: plain(player), line }
    }

    #[test]
    fn a_prop_is_graded_by_one_player_and_by_sources_that_agree() {
        let over = Meaning::of(MarketKind::PlayerStat("points"), Side::Over, Some(Line::from_milli(20_500)));
        let over = Meaning { subject: Some("A. J. Green".to_owned()), ..over };
        let grade = |told: &[ToldLine]| graded(&over, told);
        assert_eq!(grade(&[told("a", "AJ Green", 21), told("a", "J Green", 2)]), Some(Grade::Win));
        assert_eq!(grade(&[told("a", "A.J. Green", 21), told("b", "AJ Green", 25)]), Some(Grade::Win), "other figures, the same end");
        assert_eq!(grade(&[told("a", "A.J. Green", 21), told("b", "AJ Green", 20)]), None, "they disagree");
        assert_eq!(grade(&[told("a", "AJ Green", 21), told("a", "A.J. Green", 30)]), None, "two of one name");
        assert_eq!(grade(&[told("a", "Green", 21)]), None);
    }
}
