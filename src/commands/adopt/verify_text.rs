//! The report of `adopt verify` as lines.

use predictive_play::adopt::verify::{ReferenceCheck, Report, TableCheck};

/// Differences that are told one by one; all of them stand in `--json` and `--html`.
const TOLD: usize = 20;

pub fn lines(report: &Report) -> Vec<String> {
    let mut lines = vec![format!("old database: {}", report.old), format!("our store: {}", report.store)];
    lines.extend(report.tables.iter().flat_map(table));
    lines.push("what refers to old events:".to_owned());
    lines.extend(report.references.iter().map(|check| format!("  {}", reference(check))));
    lines.push(sample(report));
    lines.extend(backup(report));
    lines.extend(report.differences.told.iter().take(TOLD).map(|difference| format!("differs: {difference}")));
    let more = report.differences.count.saturating_sub(TOLD as u64);
    lines.extend((more > 0).then(|| format!("and {more} more differences; --html FILE or --json tells them")));
    lines.push(verdict(report));
    lines
}

pub fn verdict(report: &Report) -> String {
    let later = match report.later {
        0 => String::new(),
        rows => format!("; {rows} rows were written by others since they were read: `adopt apply` takes them"),
    };
    if report.passed {
        return format!("passed: every row is accounted for, every reference that was alive is alive{later}");
    }
    format!("not passed: {} differences{later}", report.differences.count)
}

pub fn sample(report: &Report) -> String {
    let compared: Vec<String> = report.sample.compared.iter().map(|(what, count)| format!("{count} {what}")).collect();
    format!(
        "read again through the API: {} old events, {} differing values (compared: {})",
        report.sample.events,
        report.sample.differing,
        if compared.is_empty() { "nothing".to_owned() } else { compared.join(", ") }
    )
}

fn backup(report: &Report) -> Vec<String> {
    let Some(backup) = &report.backup else { return Vec::new() };
    let mut lines = vec![format!(
        "beside the backup of {}: {} tables are to the letter what they were, {} are not (others, or the follower, wrote there since)",
        backup.made_at,
        backup.equal,
        backup.changed.len()
    )];
    lines.extend(backup.changed.iter().map(|changed| format!("  {changed}")));
    lines
}

fn table(check: &TableCheck) -> Vec<String> {
    let outcomes: Vec<String> = check.outcomes.iter().map(|(outcome, rows)| format!("{rows} {outcome}")).collect();
    let outcomes = if outcomes.is_empty() { "none accounted for".to_owned() } else { outcomes.join(", ") };
    let mut lines = vec![format!("{}: {} rows: {outcomes}; {} with the text that was taken over", check.table, check.rows, check.equal)];
    let others = [
        (check.ours, "written or added by the follower of the log"),
        (check.later, "written or added by others since"),
        (check.gone, "taken out of the table by others since"),
        (check.unexplained, "not explained"),
    ];
    lines.extend(others.iter().filter(|(rows, _)| *rows > 0).map(|(rows, what)| format!("  {rows} {what}")));
    lines.extend(check.reasons.iter().map(|(reason, rows)| format!("  {rows} {reason}")));
    lines
}

pub fn reference(check: &ReferenceCheck) -> String {
    if let Some(failed) = &check.failed {
        return format!("{}: not looked at: {failed}", check.from);
    }
    let held = if check.has_key { "" } else { ", held by no foreign key" };
    let counts = [
        (check.alive, "alive and answered by the old id"),
        (check.refused, "alive, to an event that could not be taken over"),
        (check.later, "to an event that others added since"),
        (check.orphans, "to no event"),
    ];
    let told: Vec<String> = counts.iter().filter(|(rows, _)| *rows > 0).map(|(rows, what)| format!("{rows} {what}")).collect();
    format!("{}{held}: {}", check.from, if told.is_empty() { "nothing".to_owned() } else { told.join(", ") })
}
