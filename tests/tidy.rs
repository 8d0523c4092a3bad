//! The habits of the house as ordinary tests: arrows between rooms, one clock, small files, links that lead somewhere.
//!
//! A finding names file, line and rule. Where breaking a rule makes the code better, it is listed here with its reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which rooms a room may stand on. A new room is placed here, or the test fails. `testkit` is for tests of all, so on few itself.
const ARROWS: &[(&str, &[&str])] = &[
    ("odds", &[]),
    ("providers", &["odds"]),
    ("store", &["odds"]),
    ("models", &["odds"]),
    ("tables", &["odds", "store"]),
    ("api", &["odds", "store", "models", "tables"]),
    ("testkit", &["odds", "providers", "store"]),
    ("predictive-play", &["odds", "providers", "store", "models", "tables", "api"]),
];

/// Files over [`WORRY_AT`] lines, each with the reason why it is better whole.
const LONG_FILES: &[(&str, &str)] = &[("providers/tests/espn.rs", "one situation of the feed after the other")];
const WORRY_AT: usize = 500;

/// Files outside tests that may read the wall clock.
const MAY_READ_THE_CLOCK: &[&str] = &["src/clock.rs", "src/main.rs"];
const CLOCKS: &[&str] = &["SystemTime::now(", "Instant::now(", "Timestamp::now(", "Zoned::now(", "Utc::now("];

const PRINTS: &[&str] = &["println!(", "print!("];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files that are or could be committed, by their path from the root; `None` where this is no git checkout.
fn files() -> Option<Vec<String>> {
    let listed = Command::new("git").args(["ls-files", "-co", "--exclude-standard"]).current_dir(root()).output().ok()?;
    let text = String::from_utf8(listed.stdout).ok()?;
    let exists = |path: &&str| root().join(path).is_file();
    listed.status.success().then(|| text.lines().filter(exists).map(str::to_owned).collect())
}

fn files_ending(endings: &[&str]) -> Vec<(String, String)> {
    let Some(files) = files() else {
        println!("skipped: this is no git checkout, so it is not known which files belong to it");
        return Vec::new();
    };
    let wanted = files.into_iter().filter(|path| endings.iter().any(|ending| path.ends_with(ending)));
    wanted.filter_map(|path| fs::read_to_string(root().join(&path)).ok().map(|text| (path, text))).collect()
}

/// Rust that ships: no tests, benches, fuzz targets or testkit, and of each file what stands before its test module.
fn shipped_rust() -> Vec<(String, String)> {
    let is_shipped = |path: &str| {
        !path.starts_with("testkit/") && path.split('/').all(|part| !matches!(part, "tests" | "benches" | "fuzz" | "tests.rs"))
    };
    let before_tests = |text: String| text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
    files_ending(&[".rs"]).into_iter().filter(|(path, _)| is_shipped(path)).map(|(path, text)| (path, before_tests(text))).collect()
}

fn lines_with(files: &[(String, String)], is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let wrong_in = |(path, text): &(String, String)| {
        let numbered = text.lines().enumerate().filter(|(_, line)| is_wrong(line));
        numbered.map(|(at, line)| format!("{path}:{}: {}", at + 1, line.trim())).collect::<Vec<_>>()
    };
    files.iter().flat_map(wrong_in).collect()
}

fn assert_none(found: &[String], rule: &str) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

fn without_comment(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

/// Whether a word stands in a line on its own: `XXXL` is not the marker.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| !line[..at].ends_with(is_part) && !line[at + word.len()..].starts_with(is_part))
}

fn manifest(folder: &Path) -> toml::Table {
    let text = fs::read_to_string(folder.join("Cargo.toml")).expect("every member has a manifest");
    text.parse().expect("a manifest is TOML")
}

fn rooms() -> Vec<toml::Table> {
    let workspace = manifest(root());
    let members = workspace["workspace"]["members"].as_array().expect("the workspace lists its members").clone();
    let folders = members.iter().map(|member| root().join(member.as_str().expect("a member is a path")));
    folders.map(|folder: PathBuf| manifest(&folder)).chain([workspace.clone()]).collect()
}

fn name_of(room: &toml::Table) -> &str {
    room["package"]["name"].as_str().expect("a package has a name")
}

fn dependencies_of<'a>(room: &'a toml::Table, kind: &str) -> Vec<&'a str> {
    room.get(kind).and_then(toml::Value::as_table).map(|table| table.keys().map(String::as_str).collect()).unwrap_or_default()
}

/// What of `needs` the room may not stand on.
fn wrong_arrows(room: &str, needs: &[&str], allowed: &[&str]) -> Vec<String> {
    let is_room = |name: &&&str| ARROWS.iter().any(|(room, _)| room == *name);
    let wrong = needs.iter().filter(is_room).filter(|need| !allowed.contains(need));
    wrong.map(|need| format!("{room} may not depend on {need}")).collect()
}

#[test]
fn arrows_between_rooms_never_turn_round() {
    let mut found = Vec::new();
    for room in rooms() {
        let name = name_of(&room);
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            found.push(format!("{name} has no place in ARROWS"));
            continue;
        };
        for kind in ["dependencies", "build-dependencies"] {
            found.extend(wrong_arrows(name, &dependencies_of(&room, kind), allowed));
        }
    }
    assert_none(&found, "arrows between rooms");
}

#[test]
fn an_arrow_that_turns_round_would_be_found() {
    assert_eq!(wrong_arrows("odds", &["serde", "store"], &[]), ["odds may not depend on store"]);
    assert_eq!(wrong_arrows("store", &["odds", "testkit"], &["odds"]), ["store may not depend on testkit"]);
}

#[test]
fn every_outside_crate_is_pinned_in_the_workspace_table() {
    let mut found = Vec::new();
    for room in rooms() {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(table) = room.get(kind).and_then(toml::Value::as_table) else { continue };
            let is_pinned = |spec: &toml::Value| spec.get("workspace").and_then(toml::Value::as_bool) == Some(true);
            found.extend(table.iter().filter(|(_, spec)| !is_pinned(spec)).map(|(name, _)| format!("{}: {name}", name_of(&room))));
        }
    }
    assert_none(&found, "dependencies say `workspace = true`; versions stand in the root manifest");
}

#[test]
fn the_language_knows_no_runtime_and_no_io() {
    let forbidden = ["tokio", "reqwest", "rusqlite", "postgres", "axum", "object_store", "rand"];
    for room in rooms().iter().filter(|room| matches!(name_of(room), "odds" | "providers")) {
        let needs = dependencies_of(room, "dependencies");
        assert!(!needs.iter().any(|need| forbidden.contains(need)), "{} is pure: {needs:?}", name_of(room));
    }
}

#[test]
fn only_the_clock_and_main_read_the_wall() {
    let files: Vec<_> = shipped_rust().into_iter().filter(|(path, _)| !MAY_READ_THE_CLOCK.contains(&path.as_str())).collect();
    let found = lines_with(&files, |line| CLOCKS.iter().any(|clock| without_comment(line).contains(clock)));
    assert_none(&found, "take the time from the clock that main hands in");
}

#[test]
fn what_is_printed_goes_through_tell() {
    let may_print = |path: &str| path.ends_with("build.rs");
    let files: Vec<_> = shipped_rust().into_iter().filter(|(path, _)| !may_print(path)).collect();
    let found = lines_with(&files, |line| PRINTS.iter().any(|print| without_comment(line).contains(print)));
    assert_none(&found, "log it, or let the command tell it (src/commands/tell.rs): the macros panic where nobody reads any more");
}

#[test]
fn every_file_opens_with_why_it_exists() {
    let files = files_ending(&[".rs"]);
    let silent = files.iter().filter(|(_, text)| !text.starts_with("//!")).map(|(path, _)| path.clone());
    assert_none(&silent.collect::<Vec<_>>(), "open with `//!`");
}

#[test]
fn long_files_are_listed_with_their_reason() {
    let files = files_ending(&[".rs", ".ts", ".tsx"]);
    let long: BTreeSet<_> = files.iter().filter(|(_, text)| text.lines().count() > WORRY_AT).map(|(path, _)| path.as_str()).collect();
    let listed: BTreeSet<_> = LONG_FILES.iter().map(|(path, _)| *path).collect();
    assert_eq!(long.difference(&listed).collect::<Vec<_>>(), [&""; 0], "over {WORRY_AT} lines: split, or list with a reason");
    assert_eq!(listed.difference(&long).collect::<Vec<_>>(), [&""; 0], "listed, and no longer over {WORRY_AT} lines");
}

#[test]
fn nothing_is_left_open_in_the_code() {
    // Put together here, so that this file does not find itself.
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    let macros = [concat!("db", "g!("), concat!("to", "do!("), concat!("unimple", "mented!(")];
    let files = files_ending(&[".rs", ".ts", ".tsx", ".sql", ".sh", "Makefile", ".toml", "Containerfile"]);
    let is_open = |line: &str| words.iter().any(|word| has_word(line, word)) || macros.iter().any(|open| line.contains(open));
    assert_none(&lines_with(&files, is_open), "finish it, or say it in an issue");
    assert!(has_word("a XY b", "XY") && !has_word("aXY", "XY") && !has_word("XY_Z", "XY"));
}

#[test]
fn no_machines_path_and_no_registrys_host_is_in_a_file() {
    let hosts = [
        concat!("//cra", "tes."),
        concat!("static.cra", "tes."),
        concat!("index.cra", "tes."),
        concat!("//py", "pi."),
        concat!("files.python", "hosted"),
        concat!("registry.np", "mjs"),
        concat!("deb.deb", "ian"),
    ];
    let folders = [concat!("/wo", "rk/"), concat!("/fa", "rm/"), concat!("/ro", "ot/"), concat!("/tmp/tar", "get")];
    let is_start = |before: &str| !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
    let has_folder = |line: &str| folders.iter().any(|folder| line.match_indices(folder).any(|(at, _)| is_start(&line[..at])));
    let is_lock = |path: &str| path.ends_with("Cargo.lock") || path.ends_with("package-lock.json");
    let files: Vec<_> = files_ending(&[""]).into_iter().filter(|(path, _)| !is_lock(path)).collect();
    assert_none(&lines_with(&files, |line| hosts.iter().any(|host| line.contains(host)) || has_folder(line)), "of one machine alone");
}

#[test]
fn the_changelog_has_a_place_for_what_comes_next() {
    let text = fs::read_to_string(root().join("CHANGELOG.md")).expect("there is a CHANGELOG.md");
    assert!(
        text.lines().any(|line| line.trim_matches(['#', ' ', '[', ']']) == "Unreleased" && line.starts_with("##")),
        "no `## Unreleased`"
    );
}

#[test]
fn links_in_documents_lead_somewhere() {
    let mut found = Vec::new();
    for (path, text) in files_ending(&[".md"]) {
        let folder = root().join(&path).parent().map(Path::to_owned).unwrap_or_default();
        for target in links(&text) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let to = if file.is_empty() { root().join(&path) } else { folder.join(file) };
            let has_anchor =
                || anchor.is_empty() || fs::read_to_string(&to).is_ok_and(|text| headings(&text).any(|heading| heading == anchor));
            if !to.exists() || (file.is_empty() || file.ends_with(".md")) && !has_anchor() {
                found.push(format!("{path}: {target}"));
            }
        }
    }
    assert_none(&found, "links to nothing");
}

/// The targets of links to files of ours, outside code blocks.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let outside_code = text.split("```").step_by(2);
    let targets = outside_code.flat_map(|part| part.split("](").skip(1)).filter_map(|rest| rest.split([')', ' ']).next());
    targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:") && !target.is_empty())
}

/// Headings as the anchors that they make.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let kept = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let anchor = move |title: &str| title.trim().to_lowercase().chars().filter(|c| kept(*c)).collect::<String>().replace(' ', "-");
    text.lines().filter(|line| line.starts_with('#')).map(move |line| anchor(line.trim_start_matches('#')))
}

#[test]
fn links_and_headings_are_found_as_readers_see_them() {
    let text =
        "# What it is: a test\n[a](b.md#c) [web](https://x.y) ![p](p.png \"title\")\n```\n[no](link.md)\n```\n[own](#what-it-is-a-test)";
    assert_eq!(links(text).collect::<Vec<_>>(), ["b.md#c", "p.png", "#what-it-is-a-test"]);
    assert_eq!(headings(text).next().as_deref(), Some("what-it-is-a-test"));
}
