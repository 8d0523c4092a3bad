//! The quotes of a row: at the moment that the mapping says, each price and line read exactly or refused with its reason.

use std::borrow::Cow;

use odds::attribute::of_outcome;
use odds::observation::{FactKind, FactSeen, Offer, OutcomeSeen, Refusal};
use odds::price::PriceError;
use odds::reply::Basis;
use odds::{Line, Moment, Price};

use super::decode::Row;
use super::gather::{Gathered, Spot, market_of};
use super::mapping::{Form, When};
use super::plan::{Cells, PickPlan, Plan, QuotePlan};

/// How many quotes a row tells, for rows that are refused whole.
pub(super) fn count(plan: &Plan, cells: &Cells<'_>) -> u64 {
    let picks = plan.quotes.iter().flat_map(|quote| &quote.picks).filter(|pick| is_meant(pick, cells));
    picks.filter(|pick| pick.price.or(pick.cell).is_some_and(|column| !plan.is_absent(&cells[column]))).count() as u64
}

fn is_meant(pick: &PickPlan, cells: &Cells<'_>) -> bool {
    pick.only.as_ref().is_none_or(|only| only.holds(cells))
}

/// A pick of a row as it is written.
struct Read<'a> {
    side: Cow<'a, str>,
    player: Cow<'a, str>,
    line: Option<Line>,
    /// `None` where it has no price by its nature.
    price: Option<Result<Price, Refusal>>,
    place: usize,
}

/// Reads every quote of a row.
pub(super) fn read<'a>(gathered: &mut Gathered<'a>, row: &Row<'_, 'a>) {
    for quote in &row.plan.quotes {
        let (mut picks, mut is_damaged): ([Option<Read<'a>>; 4], bool) = Default::default();
        for (at, pick) in quote.picks.iter().filter(|pick| is_meant(pick, row.cells)).take(picks.len()).enumerate() {
            let known = gathered.problems.len();
            picks[at] = read_pick(gathered, row, quote, pick);
            is_damaged |= picks[at].is_none() && gathered.problems.len() > known;
        }
        if picks.iter().any(Option::is_some) || (is_damaged && (quote.is_whole || quote.one_line)) {
            place(gathered, row, quote, picks, is_damaged);
        }
    }
}

fn place<'a>(gathered: &mut Gathered<'a>, row: &Row<'_, 'a>, quote: &QuotePlan, mut picks: [Option<Read<'a>>; 4], is_damaged: bool) {
    check_overround(gathered, row, quote, &mut picks);
    let priced = picks.iter().flatten().filter(|pick| pick.price.is_some()).count() as u64;
    let Some((at, basis)) = moment(row, quote) else {
        let wrong = format!("nothing tells when it was seen ({priced} quotes)");
        gathered.unreadable(priced, format!("row {}", row.number), Refusal::BadTime, wrong);
        return;
    };
    let text = |column: usize| &*row.cells[column];
    let seen_at = quote.seen_at.as_ref().and_then(|clock| clock.read(&text).ok()).map(|told| told.at);
    // one line at a time: the row is all that the book has in that market
    let is_whole = quote.is_whole || quote.one_line;
    let spot = Spot {
        book: quote.book.of(row.cells),
        market: quote.market.of(row.cells),
        seen_at: seen_at.filter(|seen| *seen <= at.plus_secs(60)),
        is_whole: is_whole && !is_damaged,
    };
    if spot.book.is_empty() || spot.market.is_empty() {
        let wrong = "the book or the market has no name";
        return gathered.unreadable(priced, format!("row {}", row.number), Refusal::MissingField, wrong);
    }
    let listing = gathered.listing(at, basis, row.told);
    if is_damaged && is_whole {
        market_of(listing, &spot);
    }
    for pick in picks.into_iter().flatten() {
        let Read { side: name, player: description, line: point, price, .. } = pick;
        match price {
            Some(price) => {
                let offer = price.map(|price| Offer { price, is_suspended: false, changed_at: None });
                market_of(listing, &spot).outcomes.push(OutcomeSeen { name, description, point, offer });
            }
            None => listing.facts.extend(line_alone(&spot, &name, &description, point)),
        }
    }
}

/// A line without a price, as what the source says besides: no price is made up for it.
fn line_alone<'a>(spot: &Spot<'a>, name: &str, player: &str, line: Option<Line>) -> Option<FactSeen<'a>> {
    let subject = of_outcome(&spot.book, &spot.market, name, player, None);
    let value = format!("{{\"line\":{}}}", line?);
    Some(FactSeen { kind: FactKind::Attribute, subject: subject.into(), value: value.into() })
}

/// When a quote was seen, at the latest; never later than it can have been.
fn moment(row: &Row<'_, '_>, quote: &QuotePlan) -> Option<(Moment, Basis)> {
    let text = |column: usize| &*row.cells[column];
    match quote.when {
        When::Closing => row.kickoff.map(|kickoff| (kickoff.closing, Basis::Phase)),
        When::Opening => row.kickoff.map(|kickoff| (kickoff.closing.plus_secs(-1), Basis::Phase)),
        When::Before => row.kickoff.map(|kickoff| (kickoff.closing.plus_secs(-quote.before_secs.max(1)), Basis::Phase)),
        When::Collected => row.plan.collected.map(|at| (at, Basis::Assumed)),
        When::Timed => {
            let told = quote.at.iter().filter(|clock| !row.plan.is_absent(text(clock.column))).find_map(|clock| clock.read(&text).ok())?;
            Some((told.at, if told.is_assumed { Basis::Assumed } else { Basis::Stated }))
        }
    }
}

fn read_pick<'a>(gathered: &mut Gathered<'a>, row: &Row<'_, 'a>, quote: &QuotePlan, pick: &PickPlan) -> Option<Read<'a>> {
    let (place, line, price) = match pick.cell {
        Some(column) => {
            let (line, price) = row.cells[column].split_once('(').unwrap_or((&row.cells[column], ""));
            (column, Some(line.trim()), Some(price.trim_end_matches(')').trim()))
        }
        None => {
            let text = |column: usize| &*row.cells[column];
            (pick.price.or(pick.line)?, pick.line.map(text), pick.price.map(text))
        }
    };
    if price.or(line).is_none_or(|told| row.plan.is_absent(told)) {
        return None;
    }
    let line = line.filter(|line| !row.plan.is_absent(line));
    let point = match line.map(|line| point(row, quote, pick, line)).transpose() {
        Ok(point) => point,
        Err((reason, wrong)) => {
            gathered.unreadable(u64::from(price.is_some()), row.place(pick.line.unwrap_or(place)), reason, wrong);
            return None;
        }
    };
    let price = price.map(|text| {
        read_price(quote.form, text).map_err(|error| {
            let reason = Refusal::from(error);
            gathered.problem(row.place(place), reason, format!("{text:?}: {error}"));
            reason
        })
    });
    let side = pick.side.of(row.cells);
    if side.is_empty() {
        gathered.unreadable(u64::from(price.is_some()), row.place(place), Refusal::MissingField, "nothing names the answer");
        return None;
    }
    let player = pick.player.as_ref().map(|player| player.of(row.cells)).unwrap_or_default();
    Some(Read { side, player, line: point, price, place })
}

fn point(row: &Row<'_, '_>, quote: &QuotePlan, pick: &PickPlan, text: &str) -> Result<Line, (Refusal, String)> {
    let text = if text.eq_ignore_ascii_case("pk") || text.eq_ignore_ascii_case("pick") { "0" } else { text };
    let told = Line::parse(text).map_err(|error| (Refusal::BadLine, format!("{text:?}: {error}")))?;
    let is_out = |(low, high): (Line, Line)| told < low || told > high;
    if let Some((low, high)) = quote.lines.filter(|range| is_out(*range)) {
        return Err((Refusal::Implausible, format!("a line of {told}; the mapping takes {low} to {high}")));
    }
    let Some(favoured) = pick.favoured else {
        return Ok(if pick.is_negated { told.negated() } else { told });
    };
    let side = pick.side.of(row.cells);
    match &*row.cells[favoured] {
        name if *name == *side => Ok(told.negated()),
        "home" | "away" => Ok(told),
        other => Err((Refusal::MissingField, format!("{other:?} is favoured; home or away is meant"))),
    }
}

fn read_price(form: Form, text: &str) -> Result<Price, PriceError> {
    match form {
        Form::American => Price::parse_american(text),
        Form::Decimal => Price::from_decimal(text),
        Form::Fractional => Price::parse_fractional(text),
        Form::Probability => Price::parse_contract(text),
    }
}

/// Prices of one row that cannot belong together are refused, all of them.
fn check_overround<'a>(gathered: &mut Gathered<'a>, row: &Row<'_, 'a>, quote: &QuotePlan, picks: &mut [Option<Read<'a>>; 4]) {
    let Some([low, high]) = quote.overround else { return };
    let prices: Vec<f64> = picks.iter().flatten().filter_map(|pick| pick.price?.ok()).map(Price::implied).collect();
    let sum: f64 = prices.iter().sum();
    if prices.len() < quote.picks.len() || prices.len() < 2 || (low..=high).contains(&sum) {
        return;
    }
    for pick in picks.iter_mut().flatten() {
        pick.price = Some(Err(Refusal::Implausible));
        let wrong = format!("the row's prices add to {:.1} %; the mapping takes {:.0} to {:.0}", sum * 100.0, low * 100.0, high * 100.0);
        gathered.problem(row.place(pick.place), Refusal::Implausible, wrong);
    }
}
