//! In which form a body's prices are: as asked, unless its figures say otherwise. A provider that answers in another form than it was asked
//! for would have +126 shown as 126 to 1.

use odds::Price;
use odds::price::Format;
use odds::reply::Reply;

use super::clock::scalar_after;

/// How prices are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    /// The form.
    pub format: Format,
    /// Whether a figure that could be of another form is refused: others in the body are of that other form, or nothing tells.
    pub is_doubtful: bool,
}

impl Form {
    /// Of bodies that have no prices.
    pub const DECIMAL: Self = Self { format: Format::Decimal, is_doubtful: false };
}

/// The figures of a body, by what they can be.
#[derive(Debug, Clone, Copy, Default)]
struct Figures {
    /// Whole and -100 or less: American and nothing else.
    american: usize,
    /// Between 1 and 100, or not whole: decimal and nothing else.
    decimal: usize,
    /// Whole and 100 or more: either.
    either: usize,
}

/// The form of a body's prices: as asked where its figures allow it, else as all of them tell.
pub(super) fn form(reply: &Reply<'_>, body: &str) -> Form {
    form_of(reply, figures(body))
}

/// Why a body is in no one form, as far as that concerns the whole of it: a few broken figures are refused one by one.
pub(super) fn complaint(reply: &Reply<'_>, body: &str) -> Option<String> {
    if reply.request.is_unknown() {
        return None;
    }
    let figures = figures(body);
    let Figures { american, decimal, either } = figures;
    let is_whole = decimal == 0 || american.min(decimal) > decimal / 10;
    (form_of(reply, figures).is_doubtful && is_whole).then(|| {
        format!("prices in no one form: {american} can be American only, {decimal} decimal only, {either} (whole, 100 and more) either")
    })
}

fn form_of(reply: &Reply<'_>, figures: Figures) -> Form {
    let sure = |format| Form { format, is_doubtful: false };
    let doubtful = |format| Form { format, is_doubtful: true };
    if reply.request.is_unknown() {
        // Nobody said what was asked; one broken figure does not outvote the rest.
        return sure(if figures.decimal > figures.american { Format::Decimal } else { Format::American });
    }
    let is_american_asked = reply.request.query.get("oddsFormat").is_some_and(|form| form == "american");
    match (figures, is_american_asked) {
        (Figures { american: 0, decimal: 0, either: 0 }, _) => sure(Format::Decimal),
        (Figures { american: 1.., decimal: 0, .. }, _) | (Figures { decimal: 0, .. }, true) => sure(Format::American),
        (Figures { american: 0, decimal: 1.., .. }, _) => sure(Format::Decimal),
        (_, true) => doubtful(Format::American),
        (_, false) => doubtful(Format::Decimal),
    }
}

fn figures(body: &str) -> Figures {
    let mut figures = Figures::default();
    for (at, token) in body.match_indices(r#""price""#) {
        let text = scalar_after(&body[at + token.len()..]);
        if is_usual(text) {
            figures.decimal += 1;
        } else if Price::parse_american(text).is_ok() {
            *(if text.starts_with('-') { &mut figures.american } else { &mut figures.either }) += 1;
        } else if Price::from_decimal(text).is_ok() {
            figures.decimal += 1;
        }
    }
    figures
}

/// Most prices by far are like 1.91: told without reading the number.
fn is_usual(text: &str) -> bool {
    matches!(text.as_bytes(), [b'1'..=b'9', b'.', cents @ ..] if (1..=4).contains(&cents.len()) && cents.iter().all(|digit| (b'1'..=b'9').contains(digit)))
}
