//! What a contract's answers mean: by the question of its series (one table, in `series`), and by what the contract is called.
//!
//! Yes of a game's winner is that side. No is not the other side, for it pays on a draw or another end as well: it is kept as the answer
//! No to the question about the side that the contract names.

use odds::Line;
use odds::market::{MarketKind, Meaning, Side, Stance, Words};

use super::series;

/// The meaning of a slot's words, or `None` where we do not know.
pub(super) fn meaning(words: &Words<'_>) -> Option<Meaning> {
    let (series, stance) = words.market.strip_suffix("_bid").map_or((words.market, Stance::Back), |series| (series, Stance::Lay));
    let (kind, period) = series::question(series)?;
    let is_yes = match words.name {
        "Yes" => true,
        "No" => false,
        _ => return None,
    };
    let meaning = match kind {
        // Candles name a contract by its ticker alone.
        MarketKind::Moneyline if is_yes && words.point.is_none() && series::side(words.description).is_some() => {
            Meaning::of(kind.clone(), series::side(words.description)?, None)
        }
        MarketKind::Moneyline | MarketKind::Outright if words.point.is_none() => of_side(kind, words.description, None, is_yes),
        MarketKind::Spread => of_spread(kind, words, is_yes)?,
        MarketKind::Total => Meaning::of(kind.clone(), over_under(is_yes), Some(half(words.point?)?)),
        MarketKind::BothTeamsToScore => Meaning::of(kind.clone(), if is_yes { Side::Yes } else { Side::No }, None),
        MarketKind::PlayerStat(_) => of_player(kind, words.description, is_yes)?,
        _ => return None,
    };
    Some(Meaning { period, stance, ..meaning })
}

const fn over_under(is_yes: bool) -> Side {
    if is_yes { Side::Over } else { Side::Under }
}

fn of_side(kind: &MarketKind, name: &str, line: Option<Line>, is_yes: bool) -> Meaning {
    if !is_yes {
        return Meaning { subject: Some(name.to_owned()), ..Meaning::of(kind.clone(), Side::No, line) };
    }
    let is_draw = *kind == MarketKind::Moneyline && ["tie", "draw"].iter().any(|word| name.eq_ignore_ascii_case(word));
    Meaning::of(kind.clone(), if is_draw { Side::Draw } else { Side::Named(name.to_owned()) }, line)
}

/// `Phoenix wins by over 4.5 points`, with 4.5 as the point: Phoenix at -4.5.
fn of_spread(kind: &MarketKind, words: &Words<'_>, is_yes: bool) -> Option<Meaning> {
    let (name, rest) = words.description.split_once(" wins by over ")?;
    let point = half(words.point?)?;
    let is_said = rest.split(' ').next().is_some_and(|figure| Line::parse(figure) == Ok(point));
    is_said.then(|| of_side(kind, name, Some(point.negated()), is_yes))
}

/// A contract has no stake back: a whole line would mean something else than a book's.
fn half(line: Line) -> Option<Line> {
    (line.milli().rem_euclid(1000) == 500).then_some(line)
}

/// `LeBron James: 25+`, which is over 24.5.
fn of_player(kind: &MarketKind, name: &str, is_yes: bool) -> Option<Meaning> {
    let (player, figure) = name.rsplit_once(": ")?;
    let least: i32 = figure.strip_suffix('+')?.parse().ok().filter(|least| (1..10_000).contains(least))?;
    let line = Line::from_milli(least * 1000 - 500);
    Some(Meaning { subject: Some(player.to_owned()), is_milestone: true, ..Meaning::of(kind.clone(), over_under(is_yes), Some(line)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(market: &str, name: &str, description: &str, point: Option<i32>) -> Option<String> {
        let words = Words { book: "kalshi", market, name, description, point: point.map(Line::from_milli) };
        let meaning = meaning(&words)?;
        let line = meaning.line.map_or_else(String::new, |line| format!(" {line}"));
        let subject = meaning.subject.map_or_else(String::new, |subject| format!(" [{subject}]"));
        let milestone = if meaning.is_milestone { " milestone" } else { "" };
        Some(format!("{} {}{subject} {}{line} {:?}{milestone}", meaning.kind, meaning.period, meaning.side, meaning.stance))
    }

    #[test]
    fn answers_are_backed_at_the_ask_and_laid_at_the_bid() {
        let cases = [
            (("KXWNBAGAME", "Yes", "Phoenix", None), "moneyline full Phoenix Back"),
            (("KXWNBAGAME_bid", "Yes", "Phoenix", None), "moneyline full Phoenix Lay"),
            (("KXWNBAGAME", "No", "Phoenix", None), "moneyline full [Phoenix] no Back"),
            (("KXEPLGAME", "Yes", "Tie", None), "moneyline full draw Back"),
            (("KXNBATOTAL", "Yes", "Over 220.5 points scored", Some(220_500)), "total full over 220.5 Back"),
            (("KXNBATOTAL_bid", "No", "Over 220.5 points scored", Some(220_500)), "total full under 220.5 Lay"),
            (("KXNBASPREAD", "Yes", "Boston wins by over 4.5 points", Some(4500)), "spread full Boston -4.5 Back"),
            (("KXNBAPTS", "Yes", "Marcus Vale: 25+", None), "player_points full [Marcus Vale] over 24.5 Back milestone"),
            (("KXNBA", "Yes", "Boston", None), "outright full Boston Back"),
        ];
        for ((market, name, description, point), expected) in cases {
            assert_eq!(read(market, name, description, point).as_deref(), Some(expected), "{market} {name}");
        }
    }

    #[test]
    fn what_does_not_fit_means_nothing() {
        for (market, name, description, point) in [
            ("KXNBAEAST", "Yes", "Boston", None),
            ("KXFED", "Yes", "Cut", None),
            ("KXWNBAGAME", "Maybe", "Phoenix", None),
            ("KXNBATOTAL", "Yes", "Over 220", Some(220_000)),
            ("KXNBATOTAL", "Yes", "Over 220.5", None),
            ("KXNBASPREAD", "Yes", "Boston wins by over 5.5 points", Some(4500)),
            ("KXNBAPTS", "Yes", "Marcus Vale", None),
        ] {
            assert_eq!(read(market, name, description, point), None, "{market} {description}");
        }
    }
}
