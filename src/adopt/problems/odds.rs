//! Prices that cannot be read, or cannot be: in the events' JSON, in texts of predictions, in rows of `odds_data`.

use super::Check;
use crate::adopt::layout::Layout;
use crate::adopt::sql;

/// Every value below `odds`, with the name that it stands under; a price is a number whose name says so. `-110`, `"+105"`, `1.91`, `EVEN`
/// can be read; 0, -50 and `N/A` cannot.
fn unreadable(events: &str) -> String {
    format!(
        r"with recursive part as (
            select id, '' as name, odds as value from {events} where odds is not null and odds not in ('{{}}', '[]', 'null')
            union all
            select part.id, inside.name, inside.value from part cross join lateral (
                select key, value from jsonb_each(case when jsonb_typeof(part.value) = 'object' then part.value else '{{}}' end)
                union all
                select part.name, element from jsonb_array_elements(case when jsonb_typeof(part.value) = 'array' then part.value else '[]' end) as element
            ) as inside(name, value)),
        price as (
            select id, value #>> '{{}}' as written from part
            where jsonb_typeof(value) not in ('object', 'array', 'null') and name ~* '^(home|away|draw|over|under|american|decimal|.*(price|odds))$'),
        readable as (
            select id, case when written ~ '^\s*[+-]?\d{{1,9}}(\.\d+)?\s*$' then abs(written::numeric) >= 100 or written::numeric > 1
                else upper(btrim(written)) in ('EVEN', 'EV', 'PK') end as is_price from price),
        verdict as (select id, bool_and(is_price) as is_good from readable group by id)
        select event.* from {events} as event left join verdict on verdict.id = event.id
        where event.odds is not null and event.odds not in ('{{}}', '[]', 'null') and not coalesce(verdict.is_good, false)"
    )
}

const READABLE_TEXT: &str = r"'^\s*([+-]?\d+(\.\d+)?|EVEN|EV|PK)\s*(\(\s*([+-]?\d+(\.\d+)?|EVEN|EV|PK)\s*\))?\s*$'";

pub(super) fn checks(layout: &Layout) -> Vec<Check> {
    let Some((schema, table)) = layout.events() else { return Vec::new() };
    let mut checks = Vec::new();
    if layout.event_columns().contains("odds") {
        let title = "odds in which a price cannot be read, or none stands";
        checks.push(Check::of("odds_unreadable", &format!("{schema}.{table}"), title, unreadable(&sql::qualified(schema, table))));
    }
    let mut check = |table: &str, columns: &[&str], key: &'static str, title: &str, condition: &str| {
        if let Some(named) = layout.neighbour(table, columns) {
            let query = format!("select child.* from {named} as child where {condition}");
            checks.push(Check::of(key, &format!("{schema}.{table}"), title, query));
        }
    };
    let text = format!("child.odds is null or child.odds !~* {READABLE_TEXT}");
    check("predictions", &["odds"], "prediction_odds_unreadable", "odds of a prediction that are no number", &text);
    let impossible = "child.outcome_price is null or abs(child.outcome_price) < 100";
    check("odds_data", &["outcome_price"], "price_impossible", "a price that American odds cannot have", impossible);
    let wrong = "abs(child.outcome_price) >= 100 and abs(child.implied_probability
        - case when child.outcome_price > 0 then 100 / (child.outcome_price + 100) else child.outcome_price / (child.outcome_price - 100) end) > 0.02";
    check(
        "odds_data",
        &["outcome_price", "implied_probability"],
        "probability_wrong",
        "an implied probability that is not its price's",
        wrong,
    );
    checks
}
