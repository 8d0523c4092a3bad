//! A world as the provider would tell it, one endpoint a function. Text is written straight: benches need thousands of replies.

use std::collections::BTreeMap;
use std::fmt::Write;

use odds::Moment;
use odds::reply::{Basis, Request};

use super::GeneratedReply;
use super::words::PROPS;
use super::world::{Book, Event, Market, Outcome, World};

/// Which markets an endpoint tells, and what it says of books.
#[derive(Clone, Copy)]
struct Telling {
    is_prop: bool,
    has_book_time: bool,
}

const FEATURED: Telling = Telling { is_prop: false, has_book_time: true };
const PROPS_ONLY: Telling = Telling { is_prop: true, has_book_time: false };

/// What is asked for besides, and the name of each in an outcome.
const EXTRAS: [(&str, &str); 4] =
    [("includeLinks", "link"), ("includeSids", "sid"), ("includeBetLimits", "bet_limit"), ("includeRotationNumbers", "")];

struct Writer {
    extras: usize,
    text: String,
    outcomes: usize,
    newest: Moment,
}

impl World {
    /// `/odds`: the featured markets of every game.
    #[must_use]
    pub fn odds(&self) -> GeneratedReply {
        let mut writer = Writer::with_capacity(self);
        writer.listed(self, FEATURED);
        self.reply("odds", self.priced("odds", "h2h,spreads,totals"), writer)
    }

    /// `/events/{id}/odds`: the props of one game; which one, counted round.
    #[must_use]
    pub fn event_odds(&self, which: usize) -> GeneratedReply {
        let event = &self.events[which % self.events.len()];
        let mut writer = Writer::with_capacity(self);
        writer.event(self, event, Some(PROPS_ONLY));
        let markets: Vec<&str> = PROPS.iter().take(self.shape.props).copied().collect();
        self.reply("event_odds", self.priced(&format!("events/{}/odds", event.id), &markets.join(",")), writer)
    }

    /// `/historical/.../odds`: the featured markets in an envelope that is `behind_secs` older than the newest that it may tell.
    #[must_use]
    pub fn historical_odds(&self, behind_secs: u32) -> GeneratedReply {
        let stamp = self.now.plus_secs(-i64::from(behind_secs));
        let (before, after) = (stamp.plus_secs(-300), stamp.plus_secs(300));
        let mut writer = Writer::with_capacity(self);
        writer.put(format_args!(r#"{{"timestamp":"{stamp}","previous_timestamp":"{before}","next_timestamp":"{after}","data":"#));
        writer.listed(self, FEATURED);
        writer.text.push('}');
        let newest = writer.newest;
        let mut request = self.priced("odds", "h2h,spreads,totals").with("date", self.now.to_string());
        request.path = request.path.replacen("/v4/", "/v4/historical/", 1);
        GeneratedReply { observed_at: stamp.max(newest), basis: Basis::Stated, ..self.reply("historical_odds", request, writer) }
    }

    /// `/events`: the games, without prices.
    #[must_use]
    pub fn events(&self) -> GeneratedReply {
        let mut writer = Writer::with_capacity(self);
        writer.list(self.events.iter().filter(|event| !event.is_gone), |writer, event| writer.event(self, event, None));
        self.reply("events", self.asked("events"), writer)
    }

    /// `/scores`: games that are coming, on or just over.
    #[must_use]
    pub fn scores(&self) -> GeneratedReply {
        let mut writer = Writer::with_capacity(self);
        let over = self.finished.iter().map(|event| (event, true));
        let current = self.events.iter().filter(|event| !event.is_gone).map(|event| (event, false));
        writer.list(over.chain(current), |writer, (event, is_over)| writer.score(self, event, is_over));
        self.reply("scores", self.asked("scores").with("daysFrom", "1"), writer)
    }

    fn reply(&self, endpoint: &'static str, request: Request, writer: Writer) -> GeneratedReply {
        let Writer { text: body, outcomes, .. } = writer;
        let headers = BTreeMap::from([("content-type".to_owned(), "application/json; charset=utf-8".to_owned())]);
        GeneratedReply { endpoint, request, observed_at: self.now, basis: Basis::Fetched, headers, body, outcomes }
    }

    fn asked(&self, below: &str) -> Request {
        let request = Request::to(format!("/v4/sports/{}/{below}", self.shape.sport)).with("dateFormat", "iso");
        EXTRAS.iter().take(self.extras).fold(request, |request, (name, _)| request.with(name, "true"))
    }

    fn priced(&self, below: &str, markets: &str) -> Request {
        self.asked(below).with("regions", "us").with("markets", markets).with("oddsFormat", "decimal")
    }
}

impl Writer {
    fn with_capacity(world: &World) -> Self {
        Self {
            extras: world.extras,
            text: String::with_capacity(1024 + world.events.len() * world.shape.books * 900),
            outcomes: 0,
            newest: Moment::MIN,
        }
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        self.text.write_fmt(text).expect("a text takes what is written");
    }

    fn list<T>(&mut self, items: impl Iterator<Item = T>, mut item: impl FnMut(&mut Self, T)) {
        self.text.push('[');
        for (index, each) in items.enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            item(self, each);
        }
        self.text.push(']');
    }

    fn listed(&mut self, world: &World, telling: Telling) {
        self.list(world.events.iter().filter(|event| !event.is_gone), |writer, event| writer.event(world, event, Some(telling)));
    }

    fn names(&mut self, world: &World, event: &Event) {
        let (sport, title) = (world.shape.sport, world.shape.sport_title);
        let Event { id, home, away, starts_at, .. } = event;
        self.put(format_args!(
            r#"{{"id":"{id}","sport_key":"{sport}","sport_title":"{title}","commence_time":"{starts_at}","home_team":"{home}","away_team":"{away}""#
        ));
    }

    fn event(&mut self, world: &World, event: &Event, telling: Option<Telling>) {
        self.names(world, event);
        let is_numbered = self.extras == EXTRAS.len();
        for (name, number) in ["home", "away"].iter().zip(event.rotation).filter(|(_, number)| is_numbered && *number > 0) {
            self.put(format_args!(r#","{name}_rotation_number":{}"#, 500 + number));
        }
        if let Some(telling) = telling {
            self.text.push_str(r#","bookmakers":"#);
            let has_any = |book: &&Book| !book.is_gone && book.markets.iter().any(|market| market.is_told(telling));
            self.list(event.books.iter().filter(has_any), |writer, book| writer.book(book, telling));
        }
        self.text.push('}');
    }

    fn book(&mut self, book: &Book, telling: Telling) {
        self.newest = self.newest.max(book.seen_at);
        let seen_at = book.seen_at.to_string();
        self.put(format_args!(r#"{{"key":"{}","title":"{}","#, book.key, book.title));
        if telling.has_book_time {
            self.put(format_args!(r#""last_update":"{seen_at}","#));
        }
        self.text.push_str(r#""markets":"#);
        let told = book.markets.iter().filter(|market| market.is_told(telling));
        self.list(told, |writer, market| {
            writer.put(format_args!(r#"{{"key":"{}","last_update":"{seen_at}","outcomes":"#, market.key));
            writer.list(market.outcomes.iter().filter(|outcome| !outcome.is_gone), Self::outcome);
            writer.text.push('}');
        });
        self.text.push('}');
    }

    fn outcome(&mut self, outcome: &Outcome) {
        self.outcomes += 1;
        self.put(format_args!(r#"{{"name":"{}""#, outcome.name));
        if let Some(description) = outcome.description {
            self.put(format_args!(r#","description":"{description}""#));
        }
        let (whole, cents) = (outcome.cents / 100, outcome.cents % 100);
        match cents % 10 {
            0 => self.put(format_args!(r#","price":{whole}.{}"#, cents / 10)),
            _ => self.put(format_args!(r#","price":{whole}.{cents:02}"#)),
        }
        if let Some(point) = outcome.point {
            let sign = if point < 0 { "-" } else { "" };
            self.put(format_args!(r#","point":{sign}{}.{}"#, point.abs() / 10, point.abs() % 10));
        }
        for ((_, name), extra) in EXTRAS.iter().zip(outcome.extras).take(self.extras).filter(|(_, extra)| *extra > 0) {
            match *name {
                "bet_limit" => self.put(format_args!(r#","{name}":{}"#, extra * 250)),
                _ => self.put(format_args!(r#","{name}":"{name}-{extra}""#)),
            }
        }
        self.text.push('}');
    }

    fn score(&mut self, world: &World, event: &Event, is_over: bool) {
        self.names(world, event);
        if !is_over && event.starts_at > world.now {
            return self.text.push_str(r#","completed":false,"scores":null,"last_update":null}"#);
        }
        let Event { home, away, score, .. } = event;
        let (home_score, away_score, now) = (score.0, score.1, world.now);
        self.put(format_args!(
            r#","completed":{is_over},"scores":[{{"name":"{home}","score":"{home_score}"}},{{"name":"{away}","score":"{away_score}"}}],"last_update":"{now}"}}"#
        ));
    }
}

impl Market {
    /// A market whose outcomes are all gone is not told at all.
    fn is_told(&self, telling: Telling) -> bool {
        self.is_prop == telling.is_prop && !self.is_gone && self.outcomes.iter().any(|outcome| !outcome.is_gone)
    }
}
