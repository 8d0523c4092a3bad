//! Groups on their way at once: a stop ends between them, and a failure of one ends all behind it.

use std::path::{Path, PathBuf};

use predictive_play::import::summary::Summary;
use predictive_play::import::{Watch, import};

use crate::route::Fresh;
use crate::{pulls, shipped, take};

/// Files of one chunk each, more than go through the route at once.
const FILES: usize = 160;

/// Does something at the first file that is done, and asks to stop where it is told to.
struct AtTheFirst<'a> {
    then: &'a mut (dyn FnMut() + Send),
    files: usize,
    stops: bool,
}

impl Watch for AtTheFirst<'_> {
    fn bad(&mut self, wrong: &str) {
        panic!("{wrong}");
    }

    fn file(&mut self, summary: &Summary) {
        self.files += 1;
        assert_eq!(summary.files, self.files, "each is told once, in order");
        if self.files == 1 {
            (self.then)();
        }
    }

    fn is_stopped(&self) -> bool {
        self.stops
    }
}

/// A moment of the pulls in each file.
fn files(folder: &Path) -> Vec<PathBuf> {
    let text = pulls();
    let (header, rows) = text.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    let of_file = |number: usize| {
        let rows = &rows[number * rows.len() / FILES..(number + 1) * rows.len() / FILES];
        let file = folder.join(format!("{number:03}.csv"));
        std::fs::write(&file, format!("{header}\n{}\n", rows.join("\n"))).unwrap();
        file
    };
    (0..FILES).map(of_file).collect()
}

#[test]
fn a_stop_ends_between_groups_and_the_next_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (files, known) = (files(folder.path()), shipped("the-odds-api-flat"));
    let (broken, whole) = (Fresh::sqlite(), Fresh::sqlite());
    let all = take(&whole, &known, &files);
    assert_eq!((all.files, all.recorded, all.is_stopped), (FILES, FILES, false));
    let mut watch = AtTheFirst { then: &mut || (), files: 0, stops: true };
    let stopped = import(&files, &known, Some(&broken.recorder), &mut watch).unwrap();
    assert!(stopped.is_stopped && stopped.recorded < FILES && stopped.recorded >= stopped.files, "{stopped:?}");
    assert!(broken.store().pending_replies(1).unwrap().is_empty(), "what was archived is recorded");
    let on = take(&broken, &known, &files);
    assert_eq!((on.known, on.recorded, on.is_stopped), (stopped.recorded, FILES - stopped.recorded, false));
    assert_eq!(broken.dump(), whole.dump());
}

#[test]
fn a_disk_that_fails_half_way_ends_the_run_with_its_reason_and_what_is_in_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (files, known) = (files(folder.path()), shipped("the-odds-api-flat"));
    let (broken, whole) = (Fresh::sqlite(), Fresh::sqlite());
    take(&whole, &known, &files);
    let archive = broken.folder.path().join("archive");
    let kept = broken.folder.path().join("kept");
    let mut fail = || {
        std::fs::rename(&archive, &kept).unwrap();
        std::fs::write(&archive, "no folder").unwrap();
    };
    let mut watch = AtTheFirst { then: &mut fail, files: 0, stops: false };
    let error = import(&files, &known, Some(&broken.recorder), &mut watch).unwrap_err();
    assert!(format!("{error:#}").starts_with("archiving rows: "), "{error:#}");
    assert!(watch.files < FILES, "{} files", watch.files);
    std::fs::remove_file(&archive).unwrap();
    std::fs::rename(&kept, &archive).unwrap();
    take(&broken, &known, &files);
    assert_eq!(broken.dump(), whole.dump());
}
