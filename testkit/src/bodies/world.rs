//! Games, books and prices that never were, and how they move.

use odds::Moment;

use super::random::Random;
use super::words::{BOOKS, PLAYERS, PROPS, TEAMS};

const GAME_SECS: i64 = 3 * 3600;
const KEPT_FINISHED: usize = 8;

/// How large a world is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Sport key of the provider.
    pub sport: &'static str,
    /// Its title.
    pub sport_title: &'static str,
    /// Games that are coming or on at any time; one that is over makes room for a new one.
    pub events: usize,
    /// Books that quote each game: at most 12 with names of their own, more are numbered.
    pub books: usize,
    /// Prop markets of each game, at most 6.
    pub props: usize,
    /// Players in each prop market, at most 16; two outcomes each.
    pub players: usize,
}

impl Shape {
    /// Small enough for a property test that plays hundreds of worlds.
    pub const SMALL: Self = Self { sport: "basketball_nba", sport_title: "NBA", events: 3, books: 3, props: 2, players: 2 };
    /// 600 outcomes in a reply of featured markets: 10 games, 10 books, 3 markets of 2 outcomes.
    pub const FEATURED: Self = Self { events: 10, books: 10, props: 0, players: 0, ..Self::SMALL };
    /// 1,152 outcomes in one game's reply of props: 12 books, 6 markets, 8 players over and under.
    pub const PROPS: Self = Self { events: 2, books: 12, props: 6, players: 8, ..Self::SMALL };
}

/// How a world moves in one step. Shares of prices are exact; the rest are chances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drift {
    /// Percent of all prices that change: exactly this share, rounded up, each to another price.
    pub moved_percent: u8,
    /// Chance in a thousand that the line of a market with points moves: other slots, in the provider's words.
    pub lines_permille: u16,
    /// Chance in a thousand that a game leaves the list. What has left comes back with chance one half.
    pub listings_gone_permille: u16,
    /// The same for a book in a game.
    pub books_gone_permille: u16,
    /// The same for a market at a book.
    pub markets_gone_permille: u16,
    /// The same for one outcome of a market.
    pub outcomes_gone_permille: u16,
    /// Chance in a thousand that a game's start moves, by up to three hours either way.
    pub starts_permille: u16,
    /// Chance in a thousand that the link, the id or the limit of an outcome, or a rotation number, becomes another, comes or goes.
    pub extras_permille: u16,
}

impl Drift {
    /// Time passes and nothing else.
    pub const STILL: Self = Self {
        moved_percent: 0,
        lines_permille: 0,
        listings_gone_permille: 0,
        books_gone_permille: 0,
        markets_gone_permille: 0,
        outcomes_gone_permille: 0,
        starts_permille: 0,
        extras_permille: 0,
    };
    /// A fifth of the prices move, and nothing else.
    pub const CALM: Self = Self { moved_percent: 20, ..Self::STILL };
    /// Everything that real feeds do, oftener than they do it.
    pub const ROUGH: Self = Self {
        moved_percent: 30,
        lines_permille: 50,
        listings_gone_permille: 80,
        books_gone_permille: 100,
        markets_gone_permille: 80,
        outcomes_gone_permille: 50,
        starts_permille: 100,
        extras_permille: 150,
    };
}

/// The made-up world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    pub(super) shape: Shape,
    pub(super) now: Moment,
    pub(super) events: Vec<Event>,
    pub(super) finished: Vec<Event>,
    /// How many of the extras are asked for, of links, ids, limits and rotation numbers.
    pub(super) extras: usize,
    random: Random,
    founded: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub id: String,
    pub home: &'static str,
    pub away: &'static str,
    pub starts_at: Moment,
    pub is_gone: bool,
    pub score: (u32, u32),
    /// Rotation numbers of home and away; 0 for none.
    pub rotation: [u32; 2],
    pub books: Vec<Book>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Book {
    pub key: String,
    pub title: String,
    pub is_gone: bool,
    /// When the provider read it last.
    pub seen_at: Moment,
    pub markets: Vec<Market>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Market {
    pub key: &'static str,
    pub is_prop: bool,
    pub is_gone: bool,
    pub outcomes: Vec<Outcome>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    pub name: &'static str,
    pub description: Option<&'static str>,
    /// In tenths.
    pub point: Option<i32>,
    /// Decimal odds in hundredths.
    pub cents: u32,
    /// Which link, id and limit it has; 0 for none.
    pub extras: [u32; 3],
    pub is_gone: bool,
}

impl World {
    /// A world at a moment (in whole seconds), the same for the same seed and shape.
    #[must_use]
    pub fn new(seed: u64, shape: Shape, now: Moment) -> Self {
        let mut world = Self {
            shape,
            now: Moment::from_secs(now.secs()),
            events: Vec::new(),
            finished: Vec::new(),
            extras: 0,
            random: Random::from_seed(seed),
            founded: 0,
        };
        for _ in 0..shape.events {
            let event = world.founded();
            world.events.push(event);
        }
        world
    }

    /// From here on asks for so many of the extras: links, ids, limits, rotation numbers.
    #[must_use]
    pub const fn asking_extras(mut self, extras: usize) -> Self {
        self.extras = extras;
        self
    }

    /// What time it is there.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.now
    }

    /// The provider's ids of the games that are coming or on.
    #[must_use]
    pub fn listings(&self) -> Vec<&str> {
        self.events.iter().map(|event| event.id.as_str()).collect()
    }

    /// Lets time pass and the world move. Games that are over leave, and new ones come.
    pub fn advance(&mut self, secs: u32, drift: &Drift) {
        self.now = self.now.plus_secs(i64::from(secs));
        for index in 0..self.events.len() {
            self.play_on(index);
        }
        self.come_and_go(drift);
        self.move_starts_and_lines(drift);
        self.move_prices(drift.moved_percent);
        self.move_extras(drift.extras_permille);
        self.read_books();
    }

    fn founded(&mut self) -> Event {
        let number = self.founded;
        self.founded += 1;
        let home = (number * 2) % TEAMS.len();
        let away = (home + 1 + 2 * (number / (TEAMS.len() / 2)) % (TEAMS.len() - 2)) % TEAMS.len();
        let starts_at = self.now.plus_secs(1800 * self.random.between(1, 96));
        let (home, away) = (TEAMS[home], TEAMS[away]);
        let books = (0..self.shape.books).map(|book| self.book(book, home, away)).collect();
        Event { id: self.random.id(), home, away, starts_at, is_gone: false, score: (0, 0), rotation: [0, 0], books }
    }

    fn book(&mut self, number: usize, home: &'static str, away: &'static str) -> Book {
        let (key, title) = match BOOKS.get(number) {
            Some((key, title)) => ((*key).to_owned(), (*title).to_owned()),
            None => (format!("book_{number}"), format!("Book {number}")),
        };
        let total = self.random.between(2100, 2400) as i32;
        let handicap = self.random.between(-24, 24) as i32 * 5;
        let mut markets = vec![
            self.market("h2h", false, vec![(home, None, None), (away, None, None)]),
            self.market("spreads", false, vec![(home, None, Some(handicap)), (away, None, Some(-handicap))]),
            self.market("totals", false, vec![("Over", None, Some(total)), ("Under", None, Some(total))]),
        ];
        for key in PROPS.iter().take(self.shape.props) {
            let players = PLAYERS.iter().take(self.shape.players);
            let points: Vec<_> = players.map(|player| (*player, self.random.between(0, 30) as i32 * 10 + 5)).collect();
            let sides = |(player, point): &(&'static str, i32)| ["Over", "Under"].map(|side| (side, Some(*player), Some(*point)));
            markets.push(self.market(key, true, points.iter().flat_map(sides).collect()));
        }
        Book { key, title, is_gone: false, seen_at: self.now, markets }
    }

    fn market(&mut self, key: &'static str, is_prop: bool, sides: Vec<(&'static str, Option<&'static str>, Option<i32>)>) -> Market {
        let priced = |(name, description, point)| Outcome {
            name,
            description,
            point,
            cents: self.random.between(120, 420) as u32,
            extras: [0; 3],
            is_gone: false,
        };
        Market { key, is_prop, is_gone: false, outcomes: sides.into_iter().map(priced).collect() }
    }

    fn play_on(&mut self, index: usize) {
        let Event { starts_at, score, .. } = &mut self.events[index];
        if *starts_at > self.now {
            return;
        }
        score.0 += self.random.below(9) as u32;
        score.1 += self.random.below(9) as u32;
        if self.now.secs() - starts_at.secs() >= GAME_SECS {
            let next = self.founded();
            self.finished.push(std::mem::replace(&mut self.events[index], next));
            let surplus = self.finished.len().saturating_sub(KEPT_FINISHED);
            self.finished.drain(..surplus);
        }
    }

    fn come_and_go(&mut self, drift: &Drift) {
        let random = &mut self.random;
        let mut turn = |is_gone: &mut bool, permille| *is_gone = if *is_gone { random.happens(500) } else { random.happens(permille) };
        for event in &mut self.events {
            turn(&mut event.is_gone, drift.listings_gone_permille);
            for book in &mut event.books {
                turn(&mut book.is_gone, drift.books_gone_permille);
                for market in &mut book.markets {
                    turn(&mut market.is_gone, drift.markets_gone_permille);
                    market.outcomes.iter_mut().for_each(|outcome| turn(&mut outcome.is_gone, drift.outcomes_gone_permille));
                }
            }
        }
    }

    fn move_starts_and_lines(&mut self, drift: &Drift) {
        let random = &mut self.random;
        for event in &mut self.events {
            if event.starts_at > self.now && random.happens(drift.starts_permille) {
                event.starts_at = event.starts_at.plus_secs(random.between(-10_800, 10_800));
            }
            for market in event.books.iter_mut().flat_map(|book| &mut book.markets) {
                if random.happens(drift.lines_permille) {
                    market.move_line(if random.happens(500) { 5 } else { -5 });
                }
            }
        }
    }

    /// Picks exactly the share that is asked for, in one pass (selection sampling).
    fn move_prices(&mut self, percent: u8) {
        let random = &mut self.random;
        let markets = || self.events.iter().flat_map(|event| &event.books).flat_map(|book| &book.markets);
        let mut left = markets().map(|market| market.outcomes.len() as u64).sum::<u64>();
        let mut wanted = (left * u64::from(percent)).div_ceil(100).min(left);
        let books = self.events.iter_mut().flat_map(|event| &mut event.books);
        for outcome in books.flat_map(|book| &mut book.markets).flat_map(|market| &mut market.outcomes) {
            if random.below(left) < wanted {
                outcome.move_price(random);
                wanted -= 1;
            }
            left -= 1;
        }
    }

    fn move_extras(&mut self, permille: u16) {
        if permille == 0 {
            return;
        }
        let random = &mut self.random;
        let mut turn = |extra: &mut u32| {
            if random.happens(permille) {
                *extra = random.below(4) as u32;
            }
        };
        for event in &mut self.events {
            event.rotation.iter_mut().for_each(&mut turn);
            let markets = event.books.iter_mut().flat_map(|book| &mut book.markets);
            markets.flat_map(|market| &mut market.outcomes).flat_map(|outcome| &mut outcome.extras).for_each(&mut turn);
        }
    }

    fn read_books(&mut self) {
        for book in self.events.iter_mut().flat_map(|event| &mut event.books) {
            let read_at = self.now.plus_secs(-self.random.between(0, 90));
            book.seen_at = book.seen_at.max(read_at);
        }
    }
}

impl Market {
    /// Both sides of a spread move against each other; a total and a player's line move as one.
    fn move_line(&mut self, tenths: i32) {
        let is_spread = self.key == "spreads";
        for (index, outcome) in self.outcomes.iter_mut().enumerate() {
            let step = if is_spread && index % 2 == 1 { -tenths } else { tenths };
            outcome.point = outcome.point.map(|point| point + step);
        }
    }
}

impl Outcome {
    /// To another price, always: between 1.01 and about 5.
    fn move_price(&mut self, random: &mut Random) {
        let step = random.between(1, 15) as u32;
        let is_up = random.happens(500) && self.cents < 500;
        self.cents = if is_up || self.cents <= 101 + step { self.cents + step } else { self.cents - step };
    }
}
