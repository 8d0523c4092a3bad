//! `adopt rollback`: what we wrote into the old tables is taken back, and it is proved.

use std::path::PathBuf;

use clap::Args;
use predictive_play::adopt::cutover::proof::Proof;
use predictive_play::adopt::cutover::undo::Undone;
use predictive_play::adopt::rollback::{self, Asked, BesideBackup, Equality, RolledBack, ToldBy};
use predictive_play::adopt::{Hold, Manifest, switchover};
use predictive_play::clock::{Clock, WallClock};
use predictive_play::settings::Settings;

use super::{places, show};
use crate::commands::{FAILED, Outcome, tell};

#[derive(Args)]
pub struct Rollback {
    /// The old database; else DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD.
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// The folder of a backup: its hashes are compared with the old tables as they are after.
    #[arg(long, value_name = "DIR")]
    backup: Option<PathBuf>,
    /// A table that was dropped for good, so that what we wrote into it is gone; may be given more than once.
    #[arg(long, value_name = "TABLE")]
    dropped: Vec<String>,
    /// Takes our schema away too, where nothing of ours is left in the old tables. The archive stays.
    #[arg(long)]
    drop_schema: bool,
    /// Tells what would be taken back and what kept; writes nothing.
    #[arg(long)]
    dry_run: bool,
}

pub fn run(settings: &Settings, step: &Rollback, is_json: bool) -> Outcome {
    let places = places(settings, step.from.as_deref())?;
    let manifest = step.backup.as_deref().map(Manifest::read).transpose()?;
    if rollback::is_nothing_there(&places)? {
        let nothing = RolledBack { old: places.old.shown(), is_whole: true, ..RolledBack::default() };
        show(&nothing, is_json, |done| vec![format!("{}: our schema is not there, so nothing of ours is in the old tables", done.old)])?;
        return Ok(0);
    }
    switchover::require_beside(&places)?;
    let asked = Asked { backup: manifest.as_ref(), dropped: &step.dropped };
    if step.dry_run {
        let rehearsed = rollback::rehearse(&places, asked)?;
        show(&rehearsed, is_json, |done| lines(done, true))?;
        return Ok(if rehearsed.is_whole { 0 } else { FAILED });
    }
    let on_wait = &mut |why: &str| tell::complaint(format!("{why}; trying again"));
    let hold = Hold::take(&places.old)?;
    let mut done = rollback::roll_back(&places, asked, on_wait)?;
    let dropped = match step.drop_schema && done.is_whole {
        true => rollback::drop_schema(&places, WallClock::default().now(), on_wait),
        false => Ok(()),
    };
    hold.release()?;
    done.schema_stays = !step.drop_schema || !done.is_whole || dropped.is_err();
    show(&done, is_json, |done| lines(done, false))?;
    dropped?;
    Ok(if done.is_whole { 0 } else { FAILED })
}

fn lines(done: &RolledBack, is_rehearsal: bool) -> Vec<String> {
    let would = if is_rehearsal { "would be " } else { "" };
    let mut lines = vec![match (done.was_followed, is_rehearsal) {
        (true, true) => format!("the old tables in {} are followed; that would be stopped", done.old),
        (true, false) => format!("the old tables in {} are followed no more", done.old),
        (false, _) => format!("the old tables in {} are not followed", done.old),
    }];
    lines.extend(done.tables.iter().flat_map(|table| undone(table, would)));
    lines.extend(done.proofs.iter().flat_map(|one| proof(one, would)));
    lines.extend(done.backup.iter().map(beside));
    let was_never_cut_over = done.proofs.is_empty();
    if is_rehearsal {
        lines.push(match (done.is_whole, was_never_cut_over) {
            (false, _) => "it would not be proved: something would differ and nothing says why; it is listed above".to_owned(),
            (true, true) => "the old tables were never cut over: nothing of ours was written into them".to_owned(),
            (true, false) => "it would be proved: the old tables would be what they were, plus what others wrote since".to_owned(),
        });
        lines.push("nothing was written".to_owned());
        return lines;
    }
    lines.push(if !done.is_whole {
        "not proved: something differs and nothing says why; it is listed above".to_owned()
    } else if was_never_cut_over {
        "the old tables were never cut over: nothing of ours was written into them".to_owned()
    } else {
        "proved: the old tables are what they were, plus what others wrote since".to_owned()
    });
    lines.extend((done.kept > 0).then(|| format!("{} rows of ours stay in the old tables, for the reasons above", done.kept)));
    lines.push(if done.schema_stays {
        "schema predictive_play stays, with all that was taken over; --drop-schema takes it away".to_owned()
    } else {
        "schema predictive_play is gone; the archive of replies, a folder, and the roles predictive_play_* stay: remove them by hand if you like".to_owned()
    });
    lines.push("if the old ingestion service and its key were switched off, switch both on again now".to_owned());
    lines
}

fn undone(table: &Undone, would: &str) -> Vec<String> {
    let mut lines = vec![format!(
        "{}: {} rows {would}put back, {} of ours {would}taken out, {} gone already",
        table.table, table.put_back, table.removed, table.gone
    )];
    lines.extend(table.kept.iter().map(|(why, rows)| format!("  {rows} rows {would}kept: {why}")));
    lines
}

fn proof(proof: &Proof, would: &str) -> Vec<String> {
    let are = if would.is_empty() { "are" } else { "would be" };
    let mut lines = vec![format!("{}: {} rows {are} to the letter what they were when it was cut over", proof.table, proof.equal)];
    lines.extend(
        proof.apart.iter().map(|(columns, rows)| format!("  {rows} rows are, but for {columns}, which triggers set when rows are written")),
    );
    let others = [
        (proof.changed_by_others, "others changed, and we never wrote"),
        (proof.written_by_both, "we and others wrote: what differs is theirs"),
        (proof.added_by_others, "others added"),
        (proof.removed_by_others, "others took out"),
        (proof.ours_kept, "of ours stay"),
        (
            proof.lost,
            "cannot be compared: the table is there no more (--dropped says that it was dropped for good), or its rows have lost their key",
        ),
    ];
    lines.extend(others.iter().filter(|(rows, _)| *rows > 0).map(|(rows, what)| format!("  {rows} rows {what}")));
    lines.extend(proof.unexplained.iter().map(|key| format!("  not explained: {key}")));
    lines
}

fn beside(found: &BesideBackup) -> String {
    let how = match &found.equality {
        Equality::Equal => "equals the backup to the letter".to_owned(),
        Equality::EqualApart { columns, rows } => {
            format!("equals the backup, but for {} of {rows} rows, which triggers set when rows are written", columns.join(", "))
        }
        Equality::WrittenByOthers { rows_then, rows_now, told_by } => {
            let told_by = match told_by {
                ToldBy::Ledger => "we have never written into it",
                ToldBy::SinceCutOver => "the rows above that others wrote since it was cut over",
                ToldBy::BeforeCutOver => "nobody else wrote since it was cut over, so it was before, when we wrote nothing",
            };
            format!("holds what others wrote since the backup ({rows_then} rows then, {rows_now} now): {told_by}")
        }
        Equality::HoldsOurs { rows_then, rows_now, ours } => {
            format!(
                "holds {ours} rows of ours that were kept, for the reasons above, so it cannot equal the backup ({rows_then} rows then, {rows_now} now)"
            )
        }
        Equality::Reshaped { columns } => {
            format!("has other columns than in the backup ({}), so no hash can be compared", columns.join(", "))
        }
        Equality::Missing => "is there no more".to_owned(),
    };
    format!("{}: {how}", found.table)
}
