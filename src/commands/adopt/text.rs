//! What the steps of `adopt` found and did, as lines for people.

use std::path::Path;

use predictive_play::adopt::apply::{self, Account, Staying};
use predictive_play::adopt::backup::Plan;
use predictive_play::adopt::inspect::Report;
use predictive_play::adopt::restore::PutBack;
use predictive_play::adopt::{Manifest, Missing, Problem};

use super::apply::Applied;

pub fn inspected(report: &Report) -> Vec<String> {
    let mut lines = server(report);
    lines.extend(shape(report));
    lines.extend(tables(report));
    lines.extend(surroundings(report));
    lines.extend(rights(&report.missing_rights));
    lines.extend(report.remarks.iter().map(|said| format!("note: {said}")));
    lines.extend(report.slow.iter().map(|slow| {
        format!(
            "note: {} has {} rows and no index that begins with event_id: once cut over it is read whole for every 500 events; {} spares that",
            slow.table, slow.rows, slow.remedy
        )
    }));
    lines.extend(problems(report));
    lines
}

fn server(report: &Report) -> Vec<String> {
    let host = &report.server;
    let way = if report.is_pooler { ", through a pooler: a backup needs DATABASE_DIRECT_URL" } else { "" };
    let who = if host.is_superuser { "a superuser" } else { "not a superuser" };
    vec![
        format!("database {:?}, PostgreSQL {}, {}, {}{way}", host.database, host.version, size(host.bytes), host.encoding),
        format!("connected as {}, {who}", host.user),
    ]
}

fn shape(report: &Report) -> Vec<String> {
    let shape = &report.shape;
    let mut lines = vec![format!("shape: {} (events in {})", shape.name, shape.events.as_deref().unwrap_or("no table"))];
    let lists = [
        ("columns beside the basic ones", shape.has_columns.join(", ")),
        ("basic columns that are missing", shape.lacks_columns.join(", ")),
        ("columns of the operator's own", shape.own_columns.join(", ")),
        ("enhanced tables", shape.has_tables.join(", ")),
    ];
    lines.extend(lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(name, list)| format!("  {name}: {list}")));
    lines
}

fn tables(report: &Report) -> Vec<String> {
    let mut lines = vec!["tables:".to_owned()];
    for table in &report.tables {
        let rows = table.rows.map_or_else(|| table.kind.to_owned(), |rows| format!("{rows} rows"));
        let security = if table.has_row_security { ", row level security" } else { "" };
        lines.push(format!("  {}.{}: {rows}, {}{security}", table.schema, table.name, size(table.bytes)));
    }
    lines.push("what refers to what:".to_owned());
    for key in &report.references {
        let (from, to) = (key.from_columns.join(", "), key.to_columns.join(", "));
        let places = (&key.from_schema, &key.from_table, &key.to_schema, &key.to_table);
        lines.push(format!("  {}.{} ({from}) -> {}.{} ({to}), on delete {}", places.0, places.1, places.2, places.3, key.on_delete));
    }
    lines
}

fn surroundings(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    for (kind, title) in [("policy", "policies"), ("trigger", "triggers"), ("publication", "publications"), ("extension", "extensions")] {
        let objects: Vec<String> = report.of_kind(kind).map(|object| format!("  {}: {}", object.name, object.definition)).collect();
        if !objects.is_empty() {
            lines.push(format!("{title}:"));
            lines.extend(objects);
        }
    }
    lines.push(format!("roles: {}", report.roles.iter().map(|role| role.name.as_str()).collect::<Vec<_>>().join(", ")));
    lines.push("grants:".to_owned());
    lines.extend(report.of_kind("grant").map(|object| format!("  {}: {}", object.name, object.definition.replace('\n', ", "))));
    lines.push("how games are named (sport / league / status: rows):".to_owned());
    for words in &report.words {
        let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "null".to_owned());
        lines.push(format!("  {} / {} / {}: {}", shown(&words.sport), shown(&words.league), shown(&words.status), words.rows));
    }
    if !report.ids.is_empty() {
        lines.push("forms of external_event_id by source:".to_owned());
        let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
        lines.extend(report.ids.iter().map(|id| format!("  {}: {}: {}", shown(&id.source), shown(&id.form), id.rows)));
    }
    lines
}

fn rights(missing: &[Missing]) -> Vec<String> {
    missing
        .iter()
        .map(|missing| format!("right missing for {}: {} on {}; {}", missing.step, missing.right, missing.on, missing.remedy))
        .collect()
}

fn problems(report: &Report) -> Vec<String> {
    let found: Vec<&Problem> = report.found().collect();
    if found.is_empty() {
        return vec![format!("no problems: {} kinds looked for", report.problems.len())];
    }
    let mut lines = vec![format!("problems ({} kinds looked for, {} found):", report.problems.len(), found.len())];
    for problem in found {
        let rows = match (problem.rows, &problem.failed) {
            (Some(rows), _) => rows.to_string(),
            (None, failed) => format!("not looked at: {}", failed.as_deref().unwrap_or("unknown")),
        };
        lines.push(format!("  {} in {}: {rows}: {}", problem.key, problem.about, problem.title));
        lines.push(format!("    {}", problem.query));
    }
    lines
}

pub fn planned(plan: &Plan, out: &Path) -> Vec<String> {
    let mut lines = vec![
        format!("would dump {} ({}) with {}", plan.dumped_from, size(plan.server.bytes), plan.pg_dump),
        format!("would prove it in {}", plan.scratch),
        format!("would keep it in {}; nothing was written", out.display()),
    ];
    lines.extend(rights(&plan.missing_rights));
    lines
}

pub fn backed_up(manifest: &Manifest, out: &Path) -> Vec<String> {
    let restored = &manifest.restored;
    let mut lines = vec![
        format!(
            "backed up {:?} of {}: {} tables, {} rows, {}",
            manifest.database,
            manifest.made_at,
            manifest.tables.len(),
            manifest.rows(),
            size(manifest.dump_bytes)
        ),
        format!(
            "restored into {} and compared: {} tables and {} other objects are equal",
            restored.into, restored.tables, restored.objects
        ),
    ];
    let violated = restored.not_valid.iter();
    lines.extend(
        violated.map(|key| format!("note: rows violate the foreign key {} of {}; it is put back as not valid", key.name, key.table)),
    );
    let stood_in = restored.stood_in.iter();
    lines.extend(stood_in.map(|extension| {
        format!("note: the extension {extension} is not to be had in the scratch database; install it where you restore")
    }));
    lines.push(format!("the backup is {}", out.display()));
    lines
}

pub fn put_back(done: &PutBack, verb: &str) -> Vec<String> {
    let mut lines = vec![format!("{verb}: {} tables, {} rows into {}", done.tables, done.rows, done.into)];
    if !done.was_there.is_empty() {
        lines.push(format!("in the place of what stood there: {}", done.was_there.join(", ")));
    }
    if !done.roles_made.is_empty() {
        lines.push(format!("roles that are missing there, made without a login: {}", done.roles_made.join(", ")));
    }
    lines.extend(done.not_valid.iter().map(|name| format!("note: its rows violate the foreign key {name}; put back as not valid")));
    lines
}

pub fn to_apply(plan: &apply::Plan, is_schema_only: bool) -> Vec<String> {
    let mut lines = vec![where_it_lies(&plan.store, plan.is_beside)];
    lines.push(match plan.version {
        0 => format!("would make schema predictive_play, version {}", plan.to_version),
        version if version == plan.to_version => format!("schema predictive_play is there, version {version}"),
        version => format!("would take schema predictive_play from version {version} to {}", plan.to_version),
    });
    if !is_schema_only {
        lines.push(format!("would read {} rows of schema {}, in one look:", plan.rows(), plan.schema));
        let told = |rows: Option<u64>| rows.map_or_else(|| "rows that we may not count".to_owned(), |rows| format!("{rows} rows"));
        lines.extend(
            plan.tables.iter().map(|table| format!("  {}: {}, {} accounted for by now", table.table, told(table.rows), table.accounted)),
        );
        lines.extend(staying(&plan.staying));
    }
    lines.extend(rights(&plan.missing_rights));
    lines.push("nothing was written".to_owned());
    lines
}

pub fn applied(done: &Applied) -> Vec<String> {
    let mut lines = vec![where_it_lies(&done.store, done.is_beside)];
    lines.push(match done.from_version {
        0 => format!("schema predictive_play was made, version {}", done.version),
        version if version == done.version => format!("schema predictive_play was there, version {version}"),
        version => format!("schema predictive_play was taken from version {version} to {}", done.version),
    });
    if let Some(rows) = &done.rows {
        let (read, known, recorded) = (rows.read, rows.known, rows.recorded);
        lines.push(format!("read {read} rows in {:.1} s: {known} were accounted for already, {recorded} were taken over now", done.secs));
    }
    lines.extend(accounts(&done.accounts));
    lines.extend(staying(&done.staying));
    lines.extend(done.database_url.iter().map(|url| format!("from now on the settings of the service name our store: DATABASE_URL={url}")));
    let has_password = done.database_url.as_ref().is_some_and(|url| url.contains(":PASSWORD@"));
    lines.extend(has_password.then(|| "  (PASSWORD stands for the password)".to_owned()));
    lines
}

pub fn where_it_lies(store: &str, is_beside: bool) -> String {
    if is_beside {
        return format!("our store: {store}, beside the old tables");
    }
    format!("our store: {store}, not beside the old tables: rows can be taken over, the old tables cannot be kept up to date from there")
}

/// Tables of which no row is taken over, a line each.
fn staying(staying: &[Staying]) -> Vec<String> {
    let rows =
        |table: &Staying| table.rows.map_or_else(|| "rows that we may not count stay".to_owned(), |rows| format!("{rows} rows stay"));
    staying.iter().map(|table| format!("  {}: {} as they are: {}", table.table, rows(table), table.why)).collect()
}

/// What became of rows, a line a table.
pub fn accounts(accounts: &[Account]) -> Vec<String> {
    let mut by_table: Vec<(&str, Vec<String>, u64)> = Vec::new();
    for account in accounts {
        let told = format!("{} {}", account.rows, account.outcome.as_str());
        match by_table.last_mut().filter(|(table, ..)| *table == account.table) {
            Some((_, parts, rows)) => {
                parts.push(told);
                *rows += account.rows;
            }
            None => by_table.push((&account.table, vec![told], account.rows)),
        }
    }
    by_table.into_iter().map(|(table, parts, rows)| format!("  {table}: {rows} rows accounted for: {}", parts.join(", "))).collect()
}

/// Bytes for people.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        10_000_000..10_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_in_a_unit_that_people_read() {
        assert_eq!([0, 9_999, 10_000, 12_345_678, 98_765_432_109].map(size), ["0 B", "9999 B", "10 kB", "12 MB", "98 GB"]);
    }
}
