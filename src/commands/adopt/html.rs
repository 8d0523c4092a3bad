//! The report of `adopt verify` as one page that needs nothing else, to be kept or sent on.

use predictive_play::adopt::verify::{Report, TableCheck};

use super::verify_text::{reference, sample, verdict};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}\
    table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d0d7de;vertical-align:top}\
    td.n{text-align:right;font-variant-numeric:tabular-nums}.good{color:#116329}.bad{color:#a40e26}\
    @media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}th,td{border-color:#30363d}.good{color:#56d364}.bad{color:#ff7b72}}";

pub fn page(report: &Report) -> String {
    let class = if report.passed { "good" } else { "bad" };
    let tables: String = report.tables.iter().map(table).collect();
    let references: String = report.references.iter().map(|check| format!("<li>{}</li>", escaped(&reference(check)))).collect();
    let differences = &report.differences;
    let told: String = differences
        .told
        .iter()
        .map(|one| format!("<tr><td>{}</td><td>{}</td><td>{}</td></tr>", escaped(&one.of), escaped(&one.what), escaped(&one.why)))
        .collect();
    let differences = match differences.count {
        0 => "<p>None.</p>".to_owned(),
        count => format!(
            "<p>{count} in all, the first {} here.</p><table><tr><th>of</th><th>what differs</th><th>why, and what to do</th></tr>{told}</table>",
            differences.told.len()
        ),
    };
    let backup = report.backup.as_ref().map_or_else(String::new, |backup| {
        let changed: String = backup.changed.iter().map(|changed| format!("<li>{}</li>", escaped(changed))).collect();
        format!(
            "<h2>Beside the backup of {}</h2><p>{} tables are to the letter what they were, {} are not.</p><ul>{changed}</ul>",
            escaped(&backup.made_at),
            backup.equal,
            backup.changed.len()
        )
    });
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>What was taken over</title>\
         <style>{STYLE}</style><h1>What was taken over</h1><p class=\"{class}\"><strong>{}</strong></p><p>{}: {} into {}</p>\
         <h2>Old tables</h2><table><tr><th>table</th><th>rows</th><th>as taken over</th><th>by outcome</th><th>since, and why</th></tr>{tables}</table>\
         <h2>What refers to old events</h2><ul>{references}</ul><h2>Sample</h2><p>{}</p>{backup}<h2>Differences</h2>{differences}</html>\n",
        escaped(&verdict(report)),
        escaped(&report.at),
        escaped(&report.old),
        escaped(&report.store),
        escaped(&sample(report)),
    )
}

fn table(check: &TableCheck) -> String {
    let outcomes: Vec<String> = check.outcomes.iter().map(|(outcome, rows)| format!("{rows} {outcome}")).collect();
    let others = [
        (check.ours, "written by the follower"),
        (check.later, "written by others since"),
        (check.gone, "taken out by others since"),
        (check.unexplained, "not explained"),
    ];
    let others = others.iter().filter(|(rows, _)| *rows > 0).map(|(rows, what)| format!("{rows} {what}"));
    let why: Vec<String> =
        others.chain(check.reasons.iter().map(|(reason, rows)| format!("{rows} {reason}"))).map(|text| escaped(&text)).collect();
    format!(
        "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td><td>{}</td></tr>",
        escaped(&check.table),
        check.rows,
        check.equal,
        outcomes.join(", "),
        why.join("<br>")
    )
}

/// Texts of rows may hold anything.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_team_is_no_markup() {
        assert_eq!(escaped("<b>\"A&B\"</b>"), "&lt;b&gt;&quot;A&amp;B&quot;&lt;/b&gt;");
    }
}
