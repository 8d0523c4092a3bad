//! Old prices: American or decimal, told apart by what each figure can be, and by what its market comes to. A figure that stays two
//! things is refused.

use odds::Price;
use odds::observation::Refusal;

/// What the place of a figure says of its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Form {
    /// Nothing.
    #[default]
    Unsaid,
    /// It is American.
    American,
    /// It is decimal.
    Decimal,
}

/// What a figure can be.
#[derive(Debug, Clone)]
enum Reading {
    /// One thing.
    Sure(Price, Form),
    /// American or decimal.
    Either { american: Price, decimal: Price },
    /// No price.
    Not(Refusal, String),
}

/// A price, or why there is none.
pub(super) type Read = Result<Price, (Refusal, String)>;

/// Implied probabilities of all answers of a market come to a sum in here; a figure read wrongly takes it far out.
const LEAST_SUM: f64 = 0.9;
const MOST_SUM: f64 = 1.35;

/// Reads the figures of one market at one book together. `is_whole` says that every answer is among them.
pub(super) fn read(figures: &[(&str, Form)], is_whole: bool) -> Vec<Read> {
    let readings: Vec<Reading> = figures.iter().map(|(text, form)| reading(text, *form)).collect();
    let open = readings.iter().filter(|reading| matches!(reading, Reading::Either { .. })).count();
    let chosen = if open == 0 { None } else { choose(&readings, open, is_whole && figures.len() <= 3) };
    readings
        .into_iter()
        .map(|reading| match (reading, chosen) {
            (Reading::Sure(price, _), _) => Ok(price),
            (Reading::Not(reason, detail), _) => Err((reason, detail)),
            (Reading::Either { american, .. }, Some(Form::American)) => Ok(american),
            (Reading::Either { decimal, .. }, Some(Form::Decimal)) => Ok(decimal),
            (Reading::Either { american, .. }, _) => {
                Err((Refusal::Ambiguous, format!("{}: American or decimal odds, and nothing beside it tells", american.american())))
            }
        })
        .collect()
}

/// The form of the open figures: the only one that makes a whole market come to a sum that books offer; where both do, or the
/// market is not whole, that of the sure ones if they are American.
fn choose(readings: &[Reading], open: usize, is_whole: bool) -> Option<Form> {
    let is_all_read = readings.iter().all(|reading| !matches!(reading, Reading::Not(..)));
    if is_whole && is_all_read && readings.len() > 1 {
        let fits = |form| (LEAST_SUM..=MOST_SUM).contains(&readings.iter().map(|reading| implied(reading, form)).sum::<f64>());
        match (fits(Form::American), fits(Form::Decimal)) {
            (true, false) => return Some(Form::American),
            (false, true) => return Some(Form::Decimal),
            (false, false) => return None,
            (true, true) => {}
        }
    }
    let is_sure = |wanted| readings.iter().any(|reading| matches!(reading, Reading::Sure(_, form) if *form == wanted));
    (open < readings.len() && is_sure(Form::American) && !is_sure(Form::Decimal)).then_some(Form::American)
}

fn implied(reading: &Reading, form: Form) -> f64 {
    match (reading, form) {
        (Reading::Sure(price, _), _) => price.implied(),
        (Reading::Either { american, .. }, Form::American) => american.implied(),
        (Reading::Either { decimal, .. }, _) => decimal.implied(),
        (Reading::Not(..), _) => 0.0,
    }
}

/// What one figure can be, by itself: a sign or a magnitude of 100 and more is American, below 100 only decimal odds are possible,
/// and 100 and more without a sign is either.
fn reading(text: &str, form: Form) -> Reading {
    let plain = text.trim().replace(['\u{2212}', '\u{2013}'], "-");
    let american = Price::parse_american(&plain);
    let has_sign = plain.starts_with(['+', '-']) || plain.eq_ignore_ascii_case("even") || plain.eq_ignore_ascii_case("evens");
    let decimal = if has_sign { Err(odds::price::PriceError::NotAmerican) } else { Price::from_decimal(&plain) };
    let cut: String = plain.chars().take(40).collect();
    if plain.contains('/') {
        return Price::parse_fractional(&plain)
            .map_or_else(|error| Reading::Not(error.into(), format!("{cut:?}: {error}")), |price| Reading::Sure(price, Form::Unsaid));
    }
    match (form, american, decimal) {
        (Form::American, Ok(price), _) => Reading::Sure(price, Form::American),
        (Form::American, Err(error), _) => Reading::Not(error.into(), format!("{cut:?} where American odds stand: {error}")),
        (Form::Decimal, _, Ok(price)) => Reading::Sure(price, Form::Decimal),
        (Form::Decimal, _, Err(error)) => Reading::Not(error.into(), format!("{cut:?} where decimal odds stand: {error}")),
        (Form::Unsaid, Ok(american), Ok(decimal)) => Reading::Either { american, decimal },
        (Form::Unsaid, Ok(price), Err(_)) => Reading::Sure(price, Form::American),
        (Form::Unsaid, Err(_), Ok(price)) => Reading::Sure(price, Form::Decimal),
        (Form::Unsaid, Err(_), Err(error)) => {
            let reason = if has_sign { Refusal::BadPrice } else { error.into() };
            Reading::Not(reason, format!("{cut:?}: neither American nor decimal odds"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(figures: &[&str], is_whole: bool) -> Vec<String> {
        let figures: Vec<(&str, Form)> = figures.iter().map(|text| (*text, Form::Unsaid)).collect();
        let shown = |read: Read| match read {
            Ok(price) if matches!(price.posted(), odds::price::Posted::American(_)) => format!("{:+}", price.american()),
            Ok(price) => price.to_string(),
            Err((reason, _)) => reason.as_str().to_owned(),
        };
        read(&figures, is_whole).into_iter().map(shown).collect()
    }

    #[test]
    fn a_sign_or_a_fraction_tells_the_form() {
        assert_eq!(told(&["-110", "+105"], true), ["-110", "+105"]);
        assert_eq!(told(&["1.91", "1.95", "3.4"], true), ["1.91", "1.95", "3.4"]);
        assert_eq!(told(&["\u{2212}110", "EVEN"], true), ["-110", "+100"]);
        assert_eq!(told(&["6/4"], false), ["6/4"]);
    }

    #[test]
    fn a_hundred_and_more_without_a_sign_is_what_its_market_comes_to() {
        assert_eq!(told(&["-150", "130"], true), ["-150", "+130"]);
        assert_eq!(told(&["105", "115"], true), ["+105", "+115"]);
        assert_eq!(told(&["150", "220", "180"], true), ["+150", "+220", "+180"]);
        assert_eq!(told(&["1.01", "101"], true), ["1.01", "101"], "a long shot in decimal odds");
        assert_eq!(told(&["-150", "130"], false), ["-150", "+130"], "the other figures of the market are American");
    }

    #[test]
    fn what_stays_two_things_is_refused() {
        assert_eq!(told(&["150"], false), ["ambiguous"]);
        assert_eq!(told(&["1.9", "150"], false), ["1.9", "ambiguous"]);
        assert_eq!(told(&["400", "900"], true), ["ambiguous", "ambiguous"], "neither form comes to a market");
        assert_eq!(
            told(&["0.52", "-50", "0", "abc", "1"], false),
            ["impossible_price", "bad_price", "impossible_price", "bad_price", "impossible_price"]
        );
    }

    proptest! {
        #[test]
        fn any_texts_are_read(texts in proptest::collection::vec(".{0,12}", 0..4), is_whole in any::<bool>()) {
            let figures: Vec<(&str, Form)> = texts.iter().map(|text| (text.as_str(), Form::Unsaid)).collect();
            prop_assert_eq!(read(&figures, is_whole).len(), texts.len());
        }

        #[test]
        fn a_two_way_market_comes_back_in_either_form(probability in 0.1_f64..0.9, margin in 0.0_f64..0.08) {
            let american = |p: f64| if p >= 0.5 { -(100.0 * p / (1.0 - p)).round().max(100.0) } else { (100.0 * (1.0 - p) / p).round().max(100.0) } as i64;
            let (home, away) = (american(probability * (1.0 + margin)), american((1.0 - probability) * (1.0 + margin)));
            let texts = [home.to_string(), away.to_string()];
            let figures = [(texts[0].as_str(), Form::Unsaid), (texts[1].as_str(), Form::Unsaid)];
            let prices: Vec<i64> = read(&figures, true).into_iter().map(|price| price.unwrap().american()).collect();
            prop_assert_eq!(prices, vec![home, away]);
        }
    }
}
