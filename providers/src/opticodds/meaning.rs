//! What a slot's words mean. A pure function of the words, so it may get better without a byte of history changing; what is not
//! understood stays `None`: a wrong meaning is worse than none.

use odds::Line;
use odds::market::{Meaning, Side, Words};

use super::markets::{Shape, question};
use crate::answers::{self, odd_even, over_under, yes_no};

/// What a slot means, or `None` where we do not know. The sport is a key like `football/nfl`.
pub(crate) fn meaning(sport: &str, words: &Words<'_>) -> Option<Meaning> {
    let question = question(sport.split('/').next().unwrap_or_default(), words.market)?;
    let Answered { side, subject, line, is_milestone } = answer(question.shape, words)?;
    let (period, is_alternate) = (question.period, question.is_alternate);
    Some(Meaning { period, subject, is_alternate, is_milestone, ..Meaning::of(question.kind, side, line) })
}

struct Answered {
    side: Side,
    subject: Option<String>,
    line: Option<Line>,
    is_milestone: bool,
}

fn plain(side: Side, line: Option<Line>) -> Answered {
    Answered { side, subject: None, line, is_milestone: false }
}

fn about(subject: &str, side: Side, line: Option<Line>) -> Answered {
    Answered { subject: Some(subject.to_owned()), ..plain(side, line) }
}

fn answer(shape: Shape, words: &Words<'_>) -> Option<Answered> {
    let line = words.point;
    match shape {
        Shape::Winner => (line.is_none() && words.description.is_empty()).then(|| plain(winner(words.name), None)),
        Shape::Handicap => (line.is_some() && words.description.is_empty()).then(|| plain(winner(words.name), line)),
        Shape::Sum => over_under(words.name).filter(|_| line.is_some() && words.description.is_empty()).map(|side| plain(side, line)),
        Shape::OddEven => odd_even(words.name).filter(|_| line.is_none() && words.description.is_empty()).map(|side| plain(side, None)),
        Shape::Happens => yes_no(words.name).filter(|_| line.is_none() && words.description.is_empty()).map(|side| plain(side, None)),
        Shape::TeamSum => {
            let side = over_under(words.name).filter(|_| line.is_some() && !words.description.is_empty())?;
            Some(about(words.description, side, line))
        }
        Shape::Figure => figure(words),
        Shape::Feat => answers::feat(words).map(|(player, side)| about(player, side, None)),
    }
}

fn winner(name: &str) -> Side {
    if name.eq_ignore_ascii_case("draw") || name.eq_ignore_ascii_case("tie") { Side::Draw } else { Side::Named(name.to_owned()) }
}

/// Over or under a figure of the player in the description; or `LeBron James 10+`, which is over 9.5.
fn figure(words: &Words<'_>) -> Option<Answered> {
    if over_under(words.name).is_some() {
        return answers::figure(words).map(|(player, side)| about(player, side, words.point));
    }
    let (player, least) = milestone(words)?;
    let is_stated_alike = words.point.is_none_or(|point| point.milli() == least * 1000 || point.milli() == least * 1000 - 500);
    let line = Some(Line::from_milli(least * 1000 - 500));
    is_stated_alike.then(|| Answered { is_milestone: true, ..about(&player, Side::Over, line) })
}

/// The player and the least figure of `LeBron James 10+`, or of `10+` with the player in the description.
fn milestone(words: &Words<'_>) -> Option<(String, i32)> {
    let (before, least) = words.name.rsplit_once(' ').unwrap_or(("", words.name));
    let least: i32 = least.strip_suffix('+')?.parse().ok().filter(|least| (1..=100_000).contains(least))?;
    let player = match (before.trim(), words.description) {
        ("", player) => player,
        (player, "") => player,
        (player, described) if player == described => player,
        _ => return None,
    };
    (!player.is_empty()).then(|| (player.to_owned(), least))
}
