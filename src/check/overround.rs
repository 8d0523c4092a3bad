//! Overround: markets whose prices cannot be meant. They are named here; what is served of them, the API decides.

use super::{Finding, Seen, Severity};

/// Margins beyond belief, a finding for each book of a listing.
pub(super) fn out_of_bounds(seen: &Seen) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for standing in &seen.standing {
        for margin in &standing.margins {
            let figure = format!("{:.1} %", 100.0 * margin.overround);
            let detail =
                format!("{}: {} at {} has an overround of {figure} ({})", standing.title, margin.market, margin.book, margin.prices);
            let subject = format!("{}/listing {}/{}/{}", standing.provider, standing.listing, margin.book, margin.market);
            found.push(Finding::of(Severity::Warn, "overround", subject, detail));
        }
    }
    found
}
