//! Disks: full or nearly, and folders that cannot be written. A small file is written and synced, for only that proves it.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::{Line, State};
use crate::settings::{Settings, StoreUrl};

/// Below this there is trouble soon: a season of odds, or the largest batch of replies, no longer fits.
const FULL_BELOW: u64 = 64 << 20;
const NEARLY_FULL_BELOW: u64 = 1 << 30;
const NEARLY_OUT_OF_FILES: u64 = 1_000;
/// Larger than what fits into a file's own record.
static PROBE: [u8; 64 << 10] = [0x5a; 64 << 10];

pub(super) fn examine(settings: &Settings) -> Vec<Line> {
    let mut folders = vec![settings.data_dir.clone()];
    if let StoreUrl::Sqlite(path) = &settings.store.url {
        let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        if folder != settings.data_dir {
            folders.push(folder.to_owned());
        }
    }
    folders.iter().map(|folder| examine_folder(folder)).collect()
}

fn examine_folder(folder: &Path) -> Line {
    let subject = format!("disk {}", folder.display());
    let there = nearest(folder);
    if !there.is_dir() {
        let reason = format!("{} is no folder", there.display());
        return Line::of(State::Misconfigured, &subject, "not_a_folder", reason, "set data_dir to a folder");
    }
    if let Err(error) = write_and_sync(&there) {
        return refused(&subject, &there, &error);
    }
    room(&subject, &there, folder)
}

/// The folder, or the nearest one above it that is there: it will be made in that.
fn nearest(folder: &Path) -> PathBuf {
    let above = folder.ancestors().find(|above| above.exists()).filter(|above| *above != Path::new(""));
    above.unwrap_or(Path::new(".")).to_owned()
}

fn write_and_sync(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(format!(".predictive-play-doctor-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
    let written = file.write_all(&PROBE).and_then(|()| file.sync_all());
    let removed = fs::remove_file(&path);
    written.and(removed)
}

fn refused(subject: &str, there: &Path, error: &std::io::Error) -> Line {
    let reason = format!("{} cannot be written: {error}", there.display());
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Line::of(State::Wrong, subject, "disk_full", reason, "make room there"),
        ErrorKind::PermissionDenied => {
            Line::of(State::Wrong, subject, "not_writable", reason, "let this user write there, or set data_dir to another folder")
        }
        ErrorKind::ReadOnlyFilesystem => {
            Line::of(State::Wrong, subject, "not_writable", reason, "mount the disk for writing, or set data_dir to another folder")
        }
        _ => Line::of(State::Wrong, subject, "disk_failing", reason, "look at the disk (dmesg), or set data_dir to another folder"),
    }
}

fn room(subject: &str, there: &Path, folder: &Path) -> Line {
    let Ok(system) = rustix::fs::statvfs(there) else {
        return Line::ok(subject, "can be written; how much room there is the system does not say");
    };
    let free = system.f_bavail.saturating_mul(system.f_frsize);
    let shown = megabytes(free);
    if free < FULL_BELOW {
        return Line::of(State::Wrong, subject, "disk_full", format!("only {shown} are free"), "make room there");
    }
    if free < NEARLY_FULL_BELOW {
        return Line::of(State::Warning, subject, "disk_nearly_full", format!("only {shown} are free"), "make room there soon");
    }
    if system.f_files > 0 && system.f_favail < NEARLY_OUT_OF_FILES {
        let reason = format!("only {} more files can be made", system.f_favail);
        return Line::of(State::Warning, subject, "disk_nearly_full", reason, "remove files that nobody needs");
    }
    let will_be = if there == folder { "" } else { ", and will be made" };
    Line::ok(subject, format!("can be written, {shown} free{will_be}"))
}

fn megabytes(bytes: u64) -> String {
    match bytes >> 20 {
        few if few < 10_000 => format!("{few} MB"),
        many => format!("{} GB", many >> 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_is_made_in_the_nearest_one_and_nothing_is_left_of_the_trial() {
        let folder = tempfile::tempdir().unwrap();
        let line = examine_folder(&folder.path().join("a/b"));
        assert!(line.state <= State::Warning, "{line:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_in_the_place_of_the_folder_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data");
        fs::write(&file, "").unwrap();
        assert_eq!(examine_folder(&file).code, "not_a_folder");
    }

    #[test]
    fn no_room_no_right_and_a_locked_disk_are_told_apart() {
        let code = |kind: ErrorKind| refused("disk", Path::new("x"), &kind.into()).code;
        assert_eq!(code(ErrorKind::StorageFull), "disk_full");
        assert_eq!(code(ErrorKind::PermissionDenied), "not_writable");
        assert_eq!(code(ErrorKind::ReadOnlyFilesystem), "not_writable");
        assert_eq!(code(ErrorKind::Other), "disk_failing");
    }

    #[test]
    fn a_full_device_refuses_the_write_itself() {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").and_then(|mut file| file.write_all(&PROBE));
        let line = refused("disk", Path::new("/dev/full"), &full.unwrap_err());
        assert_eq!((line.code, line.state), ("disk_full", State::Wrong));
    }
}
