//! A file to observations: each message is a moment, and says what stands in the markets that it is about.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use odds::attribute::of_outcome;
use odds::decimal::format_scaled;
use odds::observation::{
    BookSeen, CatalogueKind, CatalogueRow, Decoded, FactKind, FactSeen, ListingSeen, MarketSeen, Offer, OutcomeSeen, Problem, Refusal,
    Scope, Snapshot,
};
use odds::reply::{Basis, Reply};
use odds::{Moment, Price};

use super::facts::{self, kind, point};
use super::ladder::Level;
use super::market::{Market, Runner, RunnerState};
use super::sports;
use super::stream::Stream;
use crate::provider::Verdict;

/// The book of offers that stand.
pub(super) const BOOK: &str = "betfair_ex";
/// The book of last matched prices: what was paid, which nobody offers any more.
pub(super) const TRADED: &str = "betfair_ex_traded";
/// Behind a market's type, where the price is for laying.
pub(super) const LAY: &str = "/LAY";

/// A file of more messages tells the last of each second alone.
const MOST_MOMENTS: usize = 200_000;
/// How many levels of each side are kept in the log.
const LEVELS: usize = 3;

/// Whether the body is such a file.
pub(super) fn judge(reply: &Reply<'_>) -> Verdict {
    let Some(line) = lines(reply.body).next() else {
        return Verdict::ChangedShape("an empty file".to_owned());
    };
    match Stream::default().take(line.1) {
        Ok(_) => Verdict::Good,
        Err(error) => Verdict::ChangedShape(format!("line {}: {error}", line.0)),
    }
}

/// When the last message was published.
pub(super) fn last_published(body: &[u8]) -> Option<Moment> {
    let mut last = body.rsplit(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    last.find_map(|line| Stream::default().take(line).ok()).map(|told| told.published_at)
}

/// Lines that hold anything, with their numbers from 1.
fn lines(body: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let numbered = body.split(|byte| *byte == b'\n').enumerate().map(|(at, line)| (at + 1, line.trim_ascii()));
    numbered.filter(|(_, line)| !line.is_empty())
}

/// Reads a file.
pub(super) fn decode<'a>(reply: &Reply<'a>) -> Decoded<'a> {
    let mut file = File::default();
    let is_thinned = lines(reply.body).nth(MOST_MOMENTS).is_some();
    for (number, line) in lines(reply.body) {
        if is_thinned && second_of(line) != file.second {
            file.tell_waiting();
            file.second = second_of(line);
        }
        match file.stream.take(line) {
            Ok(told) => told.markets.into_iter().for_each(|at| {
                file.waiting.insert(at, told.published_at);
                if !is_thinned || file.stream.markets()[at].is_defined_anew {
                    file.tell_one(at);
                }
            }),
            Err(error) => file.problems.push(Problem::at(format!("line {number}"), Refusal::NotTheShape, error.to_string())),
        }
    }
    file.tell_waiting();
    file.decoded()
}

/// The second in which a line was published, read without the rest of it.
fn second_of(line: &[u8]) -> Option<i64> {
    const MARK: &[u8] = b"\"pt\":";
    let at = line.windows(MARK.len()).position(|window| window == MARK)? + MARK.len();
    let figures = line[at..].iter().take_while(|byte| byte.is_ascii_digit()).take(16);
    Some(figures.fold(0_i64, |sum, figure| sum * 10 + i64::from(figure - b'0')) / 1000)
}

#[derive(Default)]
struct File<'a> {
    stream: Stream<'a>,
    snapshots: Vec<Snapshot<'a>>,
    problems: Vec<Problem>,
    /// Best levels as they were last told, by market: sizes are told again where any of them changed.
    levels: BTreeMap<usize, Vec<Depth>>,
    /// Markets that wait to be told, with the moment of their last message.
    waiting: BTreeMap<usize, Moment>,
    second: Option<i64>,
    sports: BTreeSet<String>,
    lost_told: BTreeSet<usize>,
}

impl<'a> File<'a> {
    fn tell_waiting(&mut self) {
        while let Some((at, _)) = self.waiting.first_key_value() {
            self.tell_one(*at);
        }
    }

    fn tell_one(&mut self, at: usize) {
        if let Some(published_at) = self.waiting.remove(&at) {
            self.tell(at, published_at);
        }
    }

    /// Adds what stands in a market at a moment.
    fn tell(&mut self, at: usize, published_at: Moment) {
        let market = &self.stream.markets()[at];
        let sport = market.definition.event_type_id.clone();
        let mut facts = if market.is_defined_anew { facts::of_definition(market) } else { Vec::new() };
        let mut books = Vec::new();
        if market.is_lost {
            if self.lost_told.insert(at) {
                let why = "a message was lost: its ladder is not known until its next image";
                self.problems.push(Problem::at(format!("market {}", market.id), Refusal::NotTheShape, why));
            }
        } else {
            facts.extend(sizes(market, self.levels.entry(at).or_default()));
            books.push(offered(market));
        }
        books.extend(traded(market));
        if !sport.is_empty() {
            self.sports.insert(sport.clone().into_owned());
        }
        let scope = Scope { sport: sport.clone().into_owned(), ..Scope::default() };
        let listing = ListingSeen { id: market.id.clone(), sport, kind: kind(market), facts, books, ..ListingSeen::default() };
        self.snapshots.push(Snapshot { observed_at: published_at, basis: Basis::Stated, scope, listings: vec![listing] });
    }

    fn decoded(self) -> Decoded<'a> {
        let sport = |number: &String| row(CatalogueKind::Sport, number, sports::title(number).unwrap_or(number), "");
        let mut catalogue: Vec<_> = self.sports.iter().map(sport).collect();
        catalogue.push(row(CatalogueKind::Book, BOOK, "Betfair Exchange", r#"{"exchange":true}"#));
        catalogue.push(row(CatalogueKind::Book, TRADED, "Betfair Exchange, last price matched", r#"{"aggregate":true,"exchange":true}"#));
        Decoded { snapshots: self.snapshots, problems: self.problems, catalogue, ..Decoded::default() }
    }
}

fn row<'a>(kind: CatalogueKind, key: &str, title: &str, detail: &str) -> CatalogueRow<'a> {
    CatalogueRow { kind, key: Cow::Owned(key.to_owned()), title: Cow::Owned(title.to_owned()), detail: detail.to_owned() }
}

/// The best price of each runner that can be bet on. A market that is closed offers nothing, nor does a runner that was taken out.
fn offered<'a>(market: &Market<'a>) -> BookSeen<'a> {
    let is_suspended = market.status() != "OPEN";
    let of = |lay: bool| {
        let key = if lay { Cow::Owned(format!("{}{LAY}", market.kind())) } else { market.definition.market_type.clone() };
        let outcomes = open(market).filter_map(|(_, runner)| {
            let level = if lay { runner.best_lay() } else { runner.best_back() }?;
            Some(outcome(runner, level.price, is_suspended))
        });
        MarketSeen { key, outcomes: outcomes.collect(), ..MarketSeen::default() }
    };
    BookSeen { key: Cow::Borrowed(BOOK), seen_at: None, markets: vec![of(false), of(true)] }
}

/// The last matched prices, once there is one.
fn traded<'a>(market: &Market<'a>) -> Option<BookSeen<'a>> {
    let is_suspended = market.status() != "OPEN";
    let was_traded = market.runners.iter().any(|runner| runner.last_traded.is_some());
    let outcomes = open(market).filter_map(|(_, runner)| Some(outcome(runner, runner.last_traded?, is_suspended)));
    let market = MarketSeen { key: market.definition.market_type.clone(), outcomes: outcomes.collect(), ..MarketSeen::default() };
    was_traded.then(|| BookSeen { key: Cow::Borrowed(TRADED), seen_at: None, markets: vec![market] })
}

fn open<'m, 'a>(market: &'m Market<'a>) -> impl Iterator<Item = (usize, &'m Runner<'a>)> {
    let is_closed = market.status() == "CLOSED";
    let all = market.runners.iter().enumerate();
    all.filter(move |(_, runner)| !is_closed && runner.state() == RunnerState::Active && !runner.name().is_empty())
}

fn outcome<'a>(runner: &Runner<'a>, price: i64, is_suspended: bool) -> OutcomeSeen<'a> {
    let offer = Price::from_nanos(price).map_err(Refusal::from);
    let offer = offer.map(|price| Offer { price, is_suspended, changed_at: None });
    OutcomeSeen { name: runner.definition.name.clone(), description: Cow::Borrowed(""), point: point(runner), offer }
}

/// The best levels of one side of a runner.
#[derive(PartialEq, Eq)]
struct Depth {
    runner: usize,
    is_lay: bool,
    levels: Vec<Level>,
}

/// What stands at the best prices and the two behind them. All is told where any of it changed: a price that comes without its size
/// would be taken to have none.
fn sizes<'a>(market: &Market<'a>, before: &mut Vec<Depth>) -> Vec<FactSeen<'a>> {
    let depth = |(runner, is_lay): (usize, bool)| {
        let own = &market.runners[runner];
        Depth { runner, is_lay, levels: if is_lay { own.lay_levels(LEVELS) } else { own.back_levels(LEVELS) } }
    };
    let sides = open(market).flat_map(|(at, _)| [(at, false), (at, true)]);
    let now: Vec<Depth> = sides.map(depth).filter(|depth| !depth.levels.is_empty()).collect();
    if now == *before {
        return Vec::new();
    }
    let facts = now.iter().flat_map(|depth| told(market, depth)).collect();
    *before = now;
    facts
}

fn told<'a>(market: &Market<'a>, depth: &Depth) -> [FactSeen<'a>; 2] {
    let runner = &market.runners[depth.runner];
    let key = if depth.is_lay { Cow::Owned(format!("{}{LAY}", market.kind())) } else { Cow::Borrowed(market.kind()) };
    let subject = of_outcome(BOOK, &key, runner.name(), "", point(runner));
    let pair = |level: &Level| format!("[{},{}]", format_scaled(level.price, 9), format_scaled(level.size, 9));
    let ladder = format!(r#"{{"ladder":[{}]}}"#, depth.levels.iter().map(pair).collect::<Vec<_>>().join(","));
    let size = depth.levels.first().map(|best| format_scaled(best.size, 9)).unwrap_or_default();
    [
        FactSeen { kind: FactKind::BetLimit, subject: Cow::Owned(subject.clone()), value: Cow::Owned(size) },
        FactSeen { kind: FactKind::Attribute, subject: Cow::Owned(subject), value: Cow::Owned(ladder) },
    ]
}
