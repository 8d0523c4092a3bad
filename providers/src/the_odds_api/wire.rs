//! The Odds API's own words, as it spells them, with a real payload beside each.
//!
//! Every field may be absent: which of them must be there is the decoder's business, so that what is missing is named with its
//! place instead of costing the reply.

use serde::Deserialize;

use super::loose::{Data, Fields, List, Open, Raw, Word};

macro_rules! wire {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Default, Deserialize)]
        pub(super) struct $name<'a> { $(#[serde(borrow, default)] pub $field: $kind,)* }

        impl<'a> Open<'a> for $name<'a> {
            fn open(fields: &Fields<'a>) -> Self {
                Self { $($field: fields.read(stringify!($field)),)* }
            }
        }
    )*};
}

wire! {
    /// Of `/sports`: `{"key":"americanfootball_nfl","group":"American Football","title":"NFL","description":"US Football",
    /// "active":true,"has_outrights":false}`
    Sport {
        key: Word<'a>,
        group: Raw<'a>,
        title: Word<'a>,
        description: Raw<'a>,
        active: Raw<'a>,
        has_outrights: Raw<'a>,
    }

    /// Of `/participants`: `{"id":"par_01hqmkr1xsfxmrj5pdq0f23asx","full_name":"Arizona Cardinals"}` (the id's shape is documented,
    /// the name's key is hearsay, so `name` is read as well).
    Participant {
        id: Word<'a>,
        full_name: Word<'a>,
        name: Word<'a>,
    }

    /// `{"id":"e2702a54a8a4edb4d21c090b7d79902e","sport_key":"basketball_nba","sport_title":"NBA",
    /// "commence_time":"2025-05-14T01:35:00Z","home_team":"Oklahoma City Thunder","away_team":"Denver Nuggets","bookmakers":[..]}`;
    /// no `bookmakers` on `/events`, both teams null for outrights.
    Event {
        id: Word<'a>,
        sport_key: Word<'a>,
        sport_title: Word<'a>,
        commence_time: Raw<'a>,
        home_team: Word<'a>,
        away_team: Word<'a>,
        home_rotation_number: Raw<'a>,
        away_rotation_number: Raw<'a>,
        bookmakers: List<'a, Book<'a>>,
        error_code: Raw<'a>,
        data: Raw<'a>,
    }

    /// `{"key":"draftkings","title":"DraftKings","last_update":"2024-01-25T03:55:22Z","markets":[..]}`; no `last_update` on event odds.
    Book {
        key: Word<'a>,
        title: Word<'a>,
        last_update: Raw<'a>,
        link: Raw<'a>,
        sid: Raw<'a>,
        markets: List<'a, Market<'a>>,
    }

    /// `{"key":"spreads","last_update":"2024-01-25T03:55:22Z","outcomes":[..]}`; no `last_update` in 2022, no `outcomes` on
    /// `/events/{id}/markets`.
    Market {
        key: Word<'a>,
        last_update: Raw<'a>,
        link: Raw<'a>,
        sid: Raw<'a>,
        outcomes: List<'a, Outcome<'a>>,
    }

    /// `{"name":"Over","description":"Jessica Shepard","price":-162,"point":4.5}`; `point` is absent for winners and yes/no.
    Outcome {
        name: Word<'a>,
        description: Word<'a>,
        price: Raw<'a>,
        point: Raw<'a>,
        link: Raw<'a>,
        sid: Raw<'a>,
        bet_limit: Raw<'a>,
        multiplier: Raw<'a>,
    }

    /// Of `/scores`: an event without books, `"completed":true,"scores":[{"name":"Minnesota Lynx","score":"89"},..]`.
    Game {
        id: Word<'a>,
        sport_key: Word<'a>,
        commence_time: Raw<'a>,
        home_team: Word<'a>,
        away_team: Word<'a>,
        completed: Raw<'a>,
        scores: List<'a, Score<'a>>,
    }

    /// `{"name":"Minnesota Lynx","score":"89"}`: the score is a text.
    Score {
        name: Word<'a>,
        score: Raw<'a>,
    }

    /// Of the historical endpoints: `{"timestamp":"2024-01-25T03:55:40Z","previous_timestamp":"2024-01-25T03:50:38Z",
    /// "next_timestamp":"2024-01-25T04:00:38Z","data":..}`; the neighbours are null at the ends, and absent in files of old clients.
    Envelope {
        timestamp: Raw<'a>,
        next_timestamp: Raw<'a>,
        data: Option<Data<'a, Event<'a>>>,
    }

    /// `{"message":"API key is not valid. ..","error_code":"INVALID_KEY","details_url":".."}`
    Failure {
        message: Word<'a>,
        error_code: Word<'a>,
    }
}
