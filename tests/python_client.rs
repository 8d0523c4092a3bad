//! The Python client: installed as its users install it, held to its types, and asked against the program that was just built.
//!
//! What it runs with is in `target/readers`, which `scripts/need.sh readers` makes of pinned versions; where there is none, these tests say so.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// The Python with what the tests need; none on a machine that could not fetch it.
fn python() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let python = target.join("readers/bin/python");
    if python.is_file() {
        return Some(python);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{} is missing: sh scripts/need.sh readers", python.display());
    println!("skipped: the Python client ({} is missing: sh scripts/need.sh readers)", python.display());
    None
}

fn run(command: &mut Command) -> String {
    let ended = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{command:?}: {said}");
    said
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap).filter(|entry| entry.file_name() != "__pycache__") {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() { copy(&entry.path(), &to) } else { assert!(std::fs::copy(entry.path(), to).is_ok()) }
    }
}

#[test]
fn it_installs_and_answers_as_its_tests_say() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    // Building leaves files beside what is built.
    copy(&Path::new(HERE).join("clients/python"), &folder.path().join("client"));
    let installed = folder.path().join("installed");
    let how = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target"];
    run(Command::new(&python).args(how).arg(&installed).arg(folder.path().join("client")));
    assert!(installed.join("predictive_play/py.typed").is_file(), "its types come along");
    let tests = Path::new(HERE).join("clients/python/tests");
    let said = run(Command::new(&python)
        .args(["-B", "-m", "unittest", "discover", "--verbose", "--start-directory"])
        .arg(&tests)
        .env("PYTHONPATH", &installed)
        .env("PREDICTIVE_PLAY_PROGRAM", env!("CARGO_BIN_EXE_predictive-play")));
    let ran = said.lines().find_map(|line| line.strip_prefix("Ran ")?.split(' ').next()?.parse::<usize>().ok());
    assert!(ran.is_some_and(|ran| ran >= 21), "{said}");
}

#[test]
fn its_types_hold() {
    let Some(python) = python() else { return };
    let cache = tempfile::tempdir().unwrap();
    let folders = ["src", "tests", "examples"];
    let mut command = Command::new(&python);
    command.args(["-m", "mypy", "--cache-dir"]).arg(cache.path()).args(folders).current_dir(Path::new(HERE).join("clients/python"));
    run(command.env("MYPYPATH", "src:tests"));
}
