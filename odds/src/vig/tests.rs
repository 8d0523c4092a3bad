//! The laws that every method keeps, a few figures of our own, and the shared vectors where they are at hand.

use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::Value;

use super::*;

const NEAR: f64 = 1e-9;

fn near(left: &[f64], right: &[f64], within: f64) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(a, b)| (a - b).abs() <= within)
}

fn decimals(texts: &[&str]) -> Vec<Price> {
    texts.iter().map(|text| Price::from_decimal(text).unwrap()).collect()
}

/// Fair probabilities of 1.9, 3.6, 4.4 by each method in the order of [`Method::ALL`], from a bisection in 60 decimal digits apart from this code.
const THREE_WAYS: [[f64; 3]; 5] = [
    [0.510_309_278_350_515_5, 0.269_329_896_907_216_5, 0.220_360_824_742_268],
    [0.515_860_357_965_621_1, 0.267_322_346_269_714_7, 0.216_817_295_764_664_2],
    [0.515_953_320_363_826_3, 0.266_970_236_955_606_5, 0.217_076_442_680_567_2],
    [0.513_712_062_875_229_8, 0.267_761_435_065_203_3, 0.218_526_502_059_566_9],
    [0.514_448_085_288_259_2, 0.267_826_473_854_383_9, 0.217_725_440_857_356_8],
];
/// `k`, `c` and `z` of the same.
const PARAMETERS: [f64; 3] = [1.030_980_720_472_228_5, 1.051_795_293_874_316_2, 0.015_721_119_973_286_4];

#[test]
fn each_method_gives_the_figures_of_a_slow_exact_solver() {
    let three_ways = [1.9, 3.6, 4.4];
    let parameters = [None, None, Some(PARAMETERS[0]), Some(PARAMETERS[1]), Some(PARAMETERS[2])];
    for ((method, expected), parameter) in Method::ALL.into_iter().zip(THREE_WAYS).zip(parameters) {
        let fair = fair_of_decimals(&three_ways, method).unwrap();
        assert!(near(&fair.probabilities, &expected, 1e-12), "{method}: {:?}", fair.probabilities);
        assert!(
            fair.parameter.zip(parameter).is_none_or(|(a, b)| (a - b).abs() < 1e-12) && fair.parameter.is_some() == parameter.is_some()
        );
    }
}

#[test]
fn books_at_the_edge_of_sense_get_an_answer_or_their_refusal() {
    let refusal = |odds: &[f64], method| fair_of_decimals(odds, method).unwrap_err();
    assert_eq!(refusal(&[], Method::Power), VigError::TooFewAnswers { count: 0 });
    assert_eq!(refusal(&[1.9], Method::Power), VigError::TooFewAnswers { count: 1 });
    for (index, bad) in [1.0, 0.0, -2.0, f64::NAN, f64::INFINITY, 2e6].into_iter().enumerate() {
        let mut odds = vec![2.0; 6];
        odds[index] = bad;
        assert!(matches!(refusal(&odds, Method::Shin), VigError::NotAPrice { index: at, .. } if at == index), "{bad}");
    }
    assert_eq!(refusal(&[8.0, 4.0], Method::Multiplicative), VigError::Incomplete { sum: 0.375 });
    assert!(matches!(refusal(&[1.001; 60], Method::Multiplicative), VigError::Absurd { .. }));
    assert!(matches!(refusal(&[2.1, 2.1], Method::Shin), VigError::Underround { .. }));
    assert!(matches!(refusal(&[1.02, 9.0, 1000.0], Method::Additive), VigError::OutsideUnit { index: 2, .. }));
    // The exponent is some 700 million here: the long shot has no probability left that a float can hold.
    let vanishing = [1.000_000_001, 1.000_000_001, 1_000_000.0];
    assert!(matches!(refusal(&vanishing, Method::Power), VigError::OutsideUnit { index: 2, .. }));
    assert!(refusal(&vanishing, Method::Power).is_of_the_method() && !refusal(&[], Method::Power).is_of_the_method());
    for method in Method::ALL {
        assert!(near(&fair_of_decimals(&vanishing[..2], method).unwrap().probabilities, &[0.5, 0.5], 1e-12), "{method}");
    }
}

#[test]
fn an_underround_book_is_answered_where_the_method_allows() {
    for method in [Method::Multiplicative, Method::Additive, Method::Power, Method::OddsRatio] {
        let fair = fair_of_decimals(&[2.2, 2.05], method).unwrap();
        assert!(fair.overround < 0.0 && fair.probabilities[0] < fair.probabilities[1]);
    }
}

#[test]
fn a_book_that_rounding_made_underround_is_fair_for_shin() {
    let fair = fair(&decimals(&["3", "1.500000001"]), Method::Shin).unwrap();
    assert!(fair.overround < 0.0 && fair.parameter == Some(0.0));
}

#[test]
fn overround_is_the_sum_over_one() {
    assert!((overround(&decimals(&["1.8", "2.05"])).unwrap() - 0.043_360_433_604_336).abs() < 1e-15);
    assert!(overround(&decimals(&["1.8"])).is_err());
}

#[test]
fn methods_are_read_back_from_their_words() {
    for method in Method::ALL {
        assert_eq!(Method::from_word(method.as_str()), Some(method));
    }
    assert_eq!(Method::from_word("goto"), None);
}

/// The shared folder: named by the environment, else beside the workspace or above it.
fn shared(file: &str) -> Option<PathBuf> {
    let named = std::env::var_os("PREDICTIVE_PLAY_CORPUS").map(PathBuf::from);
    let above = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared"));
    named.into_iter().chain(above).map(|folder| folder.join(file)).find(|path| path.exists())
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn the_shared_vectors_are_met_to_1e_9() {
    let Some(path) = shared("vectors/devig/devig_public.json") else {
        println!("skipped: vectors/devig/devig_public.json is not here (PREDICTIVE_PLAY_CORPUS)");
        return;
    };
    let vectors: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    cases.iter().for_each(meets_vector);
}

fn meets_vector(case: &Value) {
    let odds = numbers(&case["decimal_odds"]);
    let prices: Vec<Price> = odds.iter().map(|odds| Price::from_decimal(&odds.to_string()).unwrap()).collect();
    for method in Method::ALL {
        let Some(expected) = case["expected"].get(method.as_str()).map(numbers) else {
            assert!(matches!(fair_of_decimals(&odds, method), Err(VigError::Underround { .. })), "{method} {odds:?}");
            continue;
        };
        let (by_float, by_price) = (fair_of_decimals(&odds, method).unwrap(), fair(&prices, method).unwrap());
        assert!(near(&by_float.probabilities, &expected, NEAR), "{method} {odds:?}: {by_float:?}");
        assert!(near(&by_price.probabilities, &expected, NEAR), "{method} {odds:?}: {by_price:?}");
        // The vectors call the sum itself the overround; ours is what it is above one.
        assert!((by_float.overround + 1.0 - case["overround"].as_f64().unwrap()).abs() <= NEAR);
        let name = match method {
            Method::Power => "power_k",
            Method::OddsRatio => "odds_ratio_c",
            Method::Shin => "shin_z",
            Method::Multiplicative | Method::Additive => continue,
        };
        let wanted = case["params"][name].as_f64().unwrap();
        assert!((by_float.parameter.unwrap() - wanted).abs() <= NEAR, "{method} {odds:?}: {:?} {wanted}", by_float.parameter);
    }
}

fn any_method() -> impl Strategy<Value = Method> {
    prop::sample::select(Method::ALL.to_vec())
}

/// Any prices at all, from the shortest to the longest that we keep.
fn any_prices() -> impl Strategy<Value = Vec<Price>> {
    let ordinary = 1_010_000_000_i64..60_000_000_000;
    let any = prop_oneof![4 => ordinary, 1 => NEAREST..=LONGEST_NANOS, 1 => NEAREST..NEAREST + 1000];
    prop::collection::vec(any.prop_map(|nanos| Price::from_nanos(nanos).unwrap()), 0..12)
}

const NEAREST: i64 = crate::price::NANOS + 1;
const LONGEST_NANOS: i64 = crate::price::LONGEST * crate::price::NANOS;

/// A fair book of 2 to 60 answers, and a margin of nothing to 200 %: decimal odds with every answer below certainty.
fn book_with_margin() -> impl Strategy<Value = (Vec<f64>, f64)> {
    (prop::collection::vec(0.001_f64..1.0, 2..=60), 1.0_f64..3.0).prop_filter_map("an answer would be certain", |(weights, sum)| {
        let total: f64 = weights.iter().sum();
        let odds: Vec<f64> = weights.iter().map(|weight| total / (weight * sum)).collect();
        odds.iter().all(|odds| *odds > 1.0).then_some((odds, sum))
    })
}

proptest! {
    #[test]
    fn any_prices_give_probabilities_or_a_refusal(prices in any_prices(), method in any_method()) {
        if let Ok(fair) = fair(&prices, method) {
            prop_assert_eq!(fair.probabilities.len(), prices.len());
            prop_assert!(fair.probabilities.iter().all(|p| *p > 0.0 && *p < 1.0));
            prop_assert!((fair.probabilities.iter().sum::<f64>() - 1.0).abs() <= 1e-12);
            prop_assert!(fair.overround.is_finite() && fair.parameter.is_none_or(f64::is_finite));
        }
    }

    #[test]
    fn any_floats_give_no_nan_and_no_panic(odds in prop::collection::vec(any::<f64>(), 0..6), method in any_method()) {
        if let Ok(fair) = fair_of_decimals(&odds, method) {
            prop_assert!(fair.probabilities.iter().all(|p| *p > 0.0 && *p < 1.0));
        }
    }

    #[test]
    fn every_margin_from_none_to_200_percent_is_taken_out((odds, sum) in book_with_margin(), method in any_method()) {
        match fair_of_decimals(&odds, method) {
            Ok(fair) => {
                prop_assert!((fair.overround + 1.0 - sum).abs() < 1e-9);
                prop_assert!((fair.probabilities.iter().sum::<f64>() - 1.0).abs() <= 1e-12);
            }
            Err(error) => {
                let is_allowed = method == Method::Additive && matches!(error, VigError::OutsideUnit { .. });
                prop_assert!(is_allowed, "{}", error);
            }
        }
    }

    #[test]
    fn the_shorter_price_is_never_the_less_probable(prices in any_prices(), method in any_method()) {
        if let Ok(fair) = fair(&prices, method) {
            for (price, p) in prices.iter().zip(&fair.probabilities) {
                for (other, q) in prices.iter().zip(&fair.probabilities) {
                    prop_assert!(price > other || (price == other && p == q) || (price < other && p >= q));
                }
            }
        }
    }

    #[test]
    fn the_order_of_the_answers_does_not_matter(
        (prices, shuffled) in any_prices().prop_flat_map(|prices| (Just(prices.clone()), Just(prices).prop_shuffle())),
        method in any_method(),
    ) {
        match (fair(&prices, method), fair(&shuffled, method)) {
            (Ok(one), Ok(other)) => {
                let sorted = |prices: &[Price], fair: &Fair| {
                    let mut pairs: Vec<(i64, u64)> = prices.iter().map(|p| p.nanos()).zip(fair.probabilities.iter().map(|p| p.to_bits())).collect();
                    pairs.sort_unstable();
                    pairs
                };
                prop_assert_eq!(sorted(&prices, &one), sorted(&shuffled, &other));
                prop_assert_eq!((one.overround, one.parameter), (other.overround, other.parameter));
            }
            (one, other) => prop_assert_eq!(one.is_ok(), other.is_ok()),
        }
    }

    #[test]
    fn equal_prices_are_equally_probable(nanos in 1_010_000_000_i64..4_000_000_000, n in 2_usize..5, method in any_method()) {
        if let Ok(fair) = fair(&vec![Price::from_nanos(nanos).unwrap(); n], method) {
            prop_assert!(near(&fair.probabilities, &vec![1.0 / n as f64; n], 1e-15));
        }
    }

    #[test]
    fn shin_is_additive_for_two_answers(q in 0.001_f64..0.999, above in 0.001_f64..0.999) {
        let odds = [1.0 / q, 1.0 / (1.0 - q + q * above)];
        let of = |method| fair_of_decimals(&odds, method).unwrap().probabilities;
        prop_assert!(near(&of(Method::Shin), &of(Method::Additive), 1e-12));
    }

    #[test]
    fn a_fair_book_stays_as_it_is((odds, _) in book_with_margin(), method in any_method()) {
        let once = fair_of_decimals(&odds, Method::Multiplicative).unwrap();
        let fair_odds: Vec<f64> = once.probabilities.iter().map(|p| p.recip()).collect();
        let again = fair_of_decimals(&fair_odds, method).unwrap();
        prop_assert!(near(&once.probabilities, &again.probabilities, 1e-12));
    }
}
