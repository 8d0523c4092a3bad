//! In which form a body's prices are: as asked, unless its figures say otherwise. Nothing asked is American, their own usual form.

use odds::Price;
use odds::reply::Request;

/// How prices are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `-110`.
    American,
    /// `1.91`.
    Decimal,
}

/// The form of a body with these figures.
pub(crate) fn of<'f>(request: &Request, figures: impl Iterator<Item = &'f str>) -> Form {
    let (mut american, mut decimal) = (0_usize, 0_usize);
    for figure in figures {
        let can_be_american = Price::parse_american(figure).is_ok();
        let can_be_decimal = Price::from_decimal(figure).is_ok();
        american += usize::from(can_be_american && !can_be_decimal);
        decimal += usize::from(can_be_decimal && !can_be_american);
    }
    let asked =
        request.query.get("odds_format").map(|form| if form.eq_ignore_ascii_case("decimal") { Form::Decimal } else { Form::American });
    match (asked, american, decimal) {
        (Some(Form::Decimal), 1.., 0) => Form::American,
        (Some(Form::American), 0, 1..) => Form::Decimal,
        (Some(asked), ..) => asked,
        (None, american, decimal) if decimal > american => Form::Decimal,
        (None, ..) => Form::American,
    }
}

/// The word by which a form is asked for.
pub(crate) const ASKED: &str = "DECIMAL";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_the_one_asked_for_unless_every_figure_says_otherwise() {
        let decimal = Request::to("/x").with("odds_format", ASKED);
        let form = |request: &Request, figures: &[&str]| of(request, figures.iter().copied());
        assert_eq!(form(&decimal, &["1.91", "120"]), Form::Decimal);
        assert_eq!(form(&decimal, &["-110", "120"]), Form::American);
        assert_eq!(form(&decimal, &["-110", "1.91"]), Form::Decimal);
        assert_eq!(form(&Request::default(), &["120", "-110.0"]), Form::American);
        assert_eq!(form(&Request::default(), &["1.91"]), Form::Decimal);
        assert_eq!(form(&Request::default(), &[]), Form::American);
    }
}
