//! Tables of tracks with their opening and closing line, of best prices, and of closing line value.

use proptest::prelude::*;

use super::*;
use crate::market::Stance;
use crate::vig::{Method, VigError};

/// 20:00 on the day; sightings are told in seconds from it.
fn start() -> Moment {
    "2026-03-31T20:00:00Z".parse().unwrap()
}

fn price(text: &str) -> Price {
    Price::from_decimal(text).unwrap()
}

fn seen(secs: i64, decimal: &str) -> Dated {
    Dated {
        price: price(decimal),
        line: None,
        is_live: true,
        observed_at: start().plus_secs(secs),
        basis: Basis::Fetched,
        is_called_closing: false,
    }
}

fn suspended(secs: i64, decimal: &str) -> Dated {
    Dated { is_live: false, ..seen(secs, decimal) }
}

fn on(basis: Basis, quote: Dated) -> Dated {
    Dated { basis, ..quote }
}

fn called_closing(quote: Dated) -> Dated {
    Dated { is_called_closing: true, ..on(Basis::Phase, quote) }
}

/// Opening as `price@gap`, closing as `price@gap quality`, `-` for none.
fn told(track: &[Dated], starts_at: Moment) -> String {
    let opening = opening(track, starts_at).map_or("-".into(), |o| format!("{}@{}", o.price, o.gap_secs));
    let closing = closing(track, starts_at).map_or("-".into(), |c| format!("{}@{} {}", c.price, c.gap_secs, c.quality.as_str()));
    format!("{opening} {closing}")
}

#[test]
fn where_the_day_of_the_start_is_all_that_is_known_nothing_of_that_day_is_a_close() {
    let noon = start();
    let told = |track: &[Dated]| closing_on_day(track, noon).map(|c| format!("{}@{} {}", c.price, c.gap_secs, c.quality.as_str()));
    let (morning, eve) = (seen(-3600, "1.5"), seen(-13 * 3600 - 60, "2"));
    assert_eq!(
        closing(&[morning], noon).map(|close| close.quality),
        Some(Quality::FirstSeenOnly),
        "noon taken for the start would close it"
    );
    assert_eq!(told(&[morning]), None, "it may have been in play by then");
    assert_eq!(told(&[eve, morning]).as_deref(), Some("2@60 first_seen_only"), "a minute before the day is not a minute before the start");
    assert_eq!(told(&[seen(-200_000, "2.2"), eve]).as_deref(), Some("2@60 late"));
    assert_eq!(
        told(&[eve, called_closing(seen(12 * 3600 - 2, "1.9"))]).as_deref(),
        Some("1.9@0 phase"),
        "what the source calls closing is"
    );
}

#[test]
fn a_track_opens_and_closes_as_the_table_says() {
    let table: Vec<(&str, Vec<Dated>, &str)> = vec![
        ("nothing seen", vec![], "- -"),
        ("watched to the start", vec![seen(-7200, "2"), seen(-3600, "2.1"), seen(-60, "1.9")], "2@7200 1.9@60 exact"),
        ("told out of order", vec![seen(-60, "1.9"), seen(-7200, "2"), seen(-3600, "2.1")], "2@7200 1.9@60 exact"),
        ("last seen 10 minutes before", vec![seen(-7200, "2"), seen(-600, "1.9")], "2@7200 1.9@600 exact"),
        ("last seen a second earlier", vec![seen(-7200, "2"), seen(-601, "1.9")], "2@7200 1.9@601 late"),
        ("seen once, long before", vec![seen(-7200, "2")], "2@7200 2@7200 first_seen_only"),
        ("seen once, just before", vec![seen(-60, "2")], "2@60 2@60 exact"),
        ("confirmed unchanged", vec![seen(-7200, "2"), seen(-120, "2")], "2@7200 2@120 exact"),
        ("in play is no close", vec![seen(-60, "2"), seen(60, "1.2"), seen(0, "1.5")], "2@60 2@60 exact"),
        ("only in play", vec![seen(0, "1.5"), seen(60, "1.2")], "- -"),
        ("suspended at the start", vec![seen(-3600, "2"), seen(-300, "1.9"), suspended(-60, "1.8")], "2@3600 1.9@300 exact"),
        ("never open to bets", vec![suspended(-60, "1.8")], "- -"),
        ("withdrawn early", vec![seen(-7200, "2"), seen(-3600, "1.9"), suspended(-3000, "1.9")], "2@7200 1.9@3600 late"),
        ("of one moment the later said", vec![seen(-7200, "2"), seen(-60, "1.9"), seen(-60, "1.8")], "2@7200 1.8@60 exact"),
        ("said to be before", vec![on(Basis::Phase, seen(-86_400, "2"))], "- -"),
        ("said to be closing", vec![on(Basis::Phase, seen(-86_400, "2")), called_closing(seen(0, "1.9"))], "- 1.9@0 phase"),
        ("measured, then said to be closing", vec![seen(-300, "2"), called_closing(seen(0, "1.9"))], "2@300 1.9@0 phase"),
        ("called closing, but measured in play", vec![Dated { is_called_closing: true, ..seen(60, "1.2") }], "- -"),
        ("an old row on trust", vec![on(Basis::Assumed, seen(-60, "2"))], "- 2@60 first_seen_only"),
        ("old rows on trust", vec![on(Basis::Assumed, seen(-900, "2")), on(Basis::Assumed, seen(-60, "1.9"))], "- 1.9@60 late"),
        ("an old row is no opening", vec![on(Basis::Assumed, seen(-900, "2")), seen(-60, "1.9")], "1.9@60 1.9@60 exact"),
        ("the reply's own time is measured", vec![on(Basis::Stated, seen(-60, "2"))], "2@60 2@60 exact"),
    ];
    for (what, track, expected) in table {
        assert_eq!(told(&track, start()), expected, "{what}");
    }
}

#[test]
fn a_moved_start_moves_the_close() {
    let track = [seen(-7200, "2"), seen(-60, "1.9"), seen(1200, "1.8"), seen(3000, "1.7")];
    assert_eq!(told(&track, start()), "2@7200 1.9@60 exact");
    assert_eq!(told(&track, start().plus_secs(3600)), "2@10800 1.7@600 exact");
    assert_eq!(told(&track, start().plus_secs(-3600)), "2@3600 2@3600 first_seen_only");
    let phase = [called_closing(seen(0, "1.9"))];
    assert_eq!(told(&phase, start().plus_secs(-900)), "- 1.9@0 phase");
}

#[test]
fn a_close_within_a_second_of_the_start_has_a_gap() {
    let mut quote = seen(0, "2");
    quote.observed_at = start().plus_micros(-1);
    assert_eq!(closing(&[quote], start()).unwrap().gap_secs, 1);
    quote.observed_at = start().plus_micros(-600_000_001);
    assert_eq!(told(&[quote, quote], start()), "2@601 2@601 late");
}

#[test]
fn a_close_keeps_its_line_time_and_basis() {
    let moved = Dated { line: Some(Line::from_milli(-3500)), ..seen(-60, "1.91") };
    let close = closing(&[Dated { line: Some(Line::from_milli(-3000)), ..seen(-3600, "1.95") }, moved], start()).unwrap();
    assert_eq!((close.line, close.observed_at, close.basis), (moved.line, moved.observed_at, Basis::Fetched));
}

proptest! {
    #[test]
    fn a_close_is_live_before_the_start_and_not_before_the_opening(
        track in prop::collection::vec((-2000_i64..2000, 1_000_000_001_i64..9_000_000_000, any::<bool>(), any::<bool>()), 0..20),
    ) {
        let track: Vec<Dated> = track.into_iter().map(|(secs, nanos, is_live, is_measured)| Dated {
            price: Price::from_nanos(nanos).unwrap(),
            is_live,
            basis: if is_measured { Basis::Stated } else { Basis::Assumed },
            ..seen(secs, "2")
        }).collect();
        let (open, close) = (opening(&track, start()), closing(&track, start()));
        if let Some(close) = close {
            prop_assert!(close.observed_at < start() && close.gap_secs > 0);
            let is_it = |q: &Dated| q.is_live && q.observed_at == close.observed_at && q.price == close.price;
            prop_assert!(track.iter().any(is_it));
            prop_assert!(!track.iter().any(|q| q.is_live && q.observed_at < start() && q.observed_at > close.observed_at));
            prop_assert!(close.quality != Quality::Exact || close.gap_secs <= EXACT_WITHIN_SECS);
        } else {
            prop_assert!(!track.iter().any(|q| q.is_live && q.observed_at < start()));
        }
        if let Some(open) = open {
            prop_assert!(open.basis.is_measured() && close.is_some_and(|close| open.observed_at <= close.observed_at));
        }
    }
}

fn standing<'a>(book: &'a str, stance: Stance, decimal: &str) -> Standing<'a> {
    Standing { book, stance, price: price(decimal), is_live: true }
}

#[test]
fn the_best_price_is_the_longest_to_back_and_the_shortest_to_lay() {
    let quotes = [
        ("over 2.5", standing("pinnacle", Stance::Back, "1.95")),
        ("over 2.5", standing("fanduel", Stance::Back, "2")),
        ("over 2.5", standing("draftkings", Stance::Back, "2.0")),
        ("over 2.5", standing("betfair", Stance::Lay, "2.1")),
        ("over 2.5", standing("matchbook", Stance::Lay, "2.04")),
        ("over 2.5", Standing { is_live: false, ..standing("stale", Stance::Back, "9") }),
        ("over 3", standing("pinnacle", Stance::Back, "2.4")),
        ("over 3.5", Standing { is_live: false, ..standing("pinnacle", Stance::Back, "3") }),
    ];
    let best = best_prices(quotes);
    let of = |selection, stance| best.get(&(selection, stance)).map(|best| (best.price.to_string(), best.books.clone()));
    assert_eq!(of("over 2.5", Stance::Back), Some(("2".into(), vec!["draftkings", "fanduel"])));
    assert_eq!(of("over 2.5", Stance::Lay), Some(("2.04".into(), vec!["matchbook"])));
    assert_eq!(of("over 3", Stance::Back), Some(("2.4".into(), vec!["pinnacle"])));
    assert_eq!((best.len(), of("over 3.5", Stance::Back)), (3, None));
    let backwards = best_prices(quotes.into_iter().rev());
    assert_eq!(best, backwards);
}

#[test]
fn equal_prices_in_two_forms_are_shown_as_the_first_book_posted_them() {
    let american = Standing { price: Price::from_american(100).unwrap(), ..standing("a", Stance::Back, "2") };
    let quotes = [((), american), ((), standing("b", Stance::Back, "2"))];
    for best in [best_prices(quotes), best_prices(quotes.into_iter().rev())] {
        assert_eq!(best[&((), Stance::Back)].price.to_string(), "+100");
    }
}

#[test]
fn closing_line_value_is_our_price_at_the_fair_close() {
    let prices = [price("1.8"), price("2.05")];
    let close = Close { prices: &prices, answer: 1, line: None };
    let taken = Taken { price: price("2.2"), line: None, stance: Stance::Back };
    let value = closing_line_value(taken, close, Method::Multiplicative).unwrap();
    // 1.8 / 3.85 is the fair probability of the second answer.
    assert!((value.value - (2.2 * 1.8 / 3.85 - 1.0)).abs() < 1e-12 && value.value > 0.0);
    let laid = closing_line_value(Taken { stance: Stance::Lay, ..taken }, close, Method::Multiplicative).unwrap();
    assert_eq!(laid.value, -value.value);
    let at_the_close = closing_line_value(Taken { price: prices[1], ..taken }, close, Method::Shin).unwrap();
    assert!(at_the_close.value < 0.0 && at_the_close.method == Method::Shin && at_the_close.overround > 0.043);
}

#[test]
fn a_bet_on_another_line_has_no_closing_line_value() {
    let prices = [price("1.9"), price("1.9")];
    let close = Close { prices: &prices, answer: 0, line: Some(Line::from_milli(-3500)) };
    let taken = Taken { price: price("2"), line: Some(Line::from_milli(-3000)), stance: Stance::Back };
    let error = closing_line_value(taken, close, Method::Power).unwrap_err();
    assert_eq!(error.to_string(), "the bet is on line -3 but the market closed on -3.5");
    let same = Taken { line: close.line, ..taken };
    let beyond = closing_line_value(same, Close { answer: 2, ..close }, Method::Power);
    assert_eq!(beyond, Err(ValueError::NoSuchAnswer { answer: 2, count: 2 }));
    let alone = closing_line_value(same, Close { prices: &prices[..1], ..close }, Method::Power);
    assert_eq!(alone, Err(ValueError::Vig(VigError::TooFewAnswers { count: 1 })));
}
