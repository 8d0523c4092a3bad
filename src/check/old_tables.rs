//! Old tables: what the follower of the log leaves to others who write there too, and what the old database would not have.

use super::{Finding, Seen, Severity};

/// Fields that somebody else wrote after us, with both values: theirs stands, a person decides who writes there.
pub(super) fn conflicts(seen: &Seen) -> Vec<Finding> {
    let finding = |conflict: &store::old_tables::OldConflict| {
        let store::old_tables::OldConflict { table, row, field, theirs, ours } = conflict;
        let detail = format!("somebody else wrote {theirs} where we would write {ours}; theirs stays");
        Finding::of(Severity::Warn, "old_table_conflict", format!("{table}/{row}/{field}"), detail)
    };
    seen.old_conflicts.iter().map(finding).collect()
}

/// Rows that the old database refused.
pub(super) fn refusals(seen: &Seen) -> Vec<Finding> {
    let finding = |refusal: &store::old_tables::OldRefusal| {
        let subject = format!("{}/{}", refusal.table, refusal.subject);
        Finding::of(Severity::Warn, "old_table_refused", subject, format!("not written: {}", refusal.reason))
    };
    seen.old_refusals.iter().map(finding).collect()
}
