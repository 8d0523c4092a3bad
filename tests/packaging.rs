//! What is shipped beside the binary, tried as far as it can be here: the unit by systemd's own tools, the scripts by running them.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The unit with a binary that exists on this machine, and systemd's verdict on it; `None` without systemd's tools.
fn systemd_analyze(unit: &str, arguments: &[&str]) -> Option<Output> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("predictive-play.service");
    let binary = std::env::current_exe().unwrap();
    fs::write(&path, unit.replace("/usr/local/bin/predictive-play", binary.to_str().unwrap())).unwrap();
    match Command::new("systemd-analyze").args(arguments).arg(&path).output() {
        Ok(output) => Some(output),
        Err(error) => {
            println!("skipped: systemd-analyze is not here ({error})");
            None
        }
    }
}

#[test]
fn systemd_takes_the_unit_without_a_word() {
    let unit = read("packaging/predictive-play.service");
    let Some(output) = systemd_analyze(&unit, &["verify", "--man=no"]) else { return };
    let words = said(&output);
    let ours: Vec<&str> = words.lines().filter(|line| line.contains("predictive-play")).collect();
    assert!(output.status.success() && ours.is_empty(), "{words}");
    let broken = systemd_analyze(&unit.replace("Restart=on-failure", "Restart=sometimes"), &["verify", "--man=no"]).unwrap();
    assert!(said(&broken).contains("restart specifier"), "a broken unit must be noticed: {}", said(&broken));
}

#[test]
fn systemd_calls_the_unit_well_shut() {
    let unit = read("packaging/predictive-play.service");
    // In tenths: below 2.0 systemd says OK.
    let is_below =
        |threshold: &str, unit: &str| systemd_analyze(unit, &["security", "--offline=true", "--no-pager", "--threshold", threshold]);
    let Some(output) = is_below("20", &unit) else { return };
    assert!(output.status.success(), "{}", said(&output));
    let open: String =
        unit.lines().filter(|line| !line.starts_with("Protect") && !line.starts_with("SystemCall")).map(|l| format!("{l}\n")).collect();
    assert!(!is_below("20", &open).unwrap().status.success(), "an open unit must be noticed");
}

#[test]
fn the_unit_has_the_old_name_and_does_not_restart_on_wrong_configuration() {
    let unit = read("packaging/predictive-play.service");
    for line in [
        "Alias=predictive-play-ingestor.service",
        "Restart=on-failure",
        "RestartPreventExitStatus=2",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
    ] {
        assert!(unit.lines().any(|found| found == line), "{line}");
    }
}

#[test]
fn every_credential_of_the_unit_is_one_that_settings_look_for() {
    let example = read("config/example.toml").to_ascii_lowercase();
    for line in read("packaging/predictive-play.service").lines() {
        if let Some(id) = line.strip_prefix("LoadCredential=") {
            assert!(example.contains(id), "{id} is no setting");
        }
    }
}

#[test]
fn the_container_is_built_with_a_compiler_that_is_new_enough() {
    let recipe = read("packaging/Containerfile");
    let version = |text: &str| text.split('.').map(|part| part.parse::<u32>().unwrap()).collect::<Vec<_>>();
    let image = recipe.split("rust:").nth(1).and_then(|rest| rest.split('-').next()).unwrap();
    assert!(version(image) >= version(env!("CARGO_PKG_RUST_VERSION")), "{image}");
    assert!(recipe.lines().any(|line| line == "USER predictive-play"), "it runs as root");
}

/// Answers one request with this status line, and gives back what was asked.
fn answer_once(status: &'static str) -> (u16, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // The whole of it: bash sends line by line, and closing on an unread line would reset the answer.
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            request.push(byte[0]);
        }
        write!(stream, "HTTP/1.0 {status}\r\n\r\n").unwrap();
        String::from_utf8(request).unwrap()
    });
    (port, answering)
}

#[test]
fn the_containers_health_is_what_readyz_answers() {
    let recipe = read("packaging/Containerfile");
    let json = recipe.lines().find_map(|line| line.trim().strip_prefix("CMD ").filter(|rest| rest.contains("bash"))).unwrap();
    let words: Vec<String> = serde_json::from_str(json).unwrap();
    let is_healthy = |port: u16| {
        let listen = format!("0.0.0.0:{port}");
        Command::new(&words[0]).args(&words[1..]).env("PREDICTIVE_PLAY_LISTEN", listen).output().unwrap().status.success()
    };
    let (port, asked) = answer_once("200 OK");
    assert!(is_healthy(port));
    assert!(asked.join().unwrap().starts_with("GET /readyz HTTP/1.0\r\n"));
    // A port of the system's own that nobody listens on; the one just left may already be another test's.
    assert!(!is_healthy(1), "nobody listens");
    let (port, _asked) = answer_once("503 Service Unavailable");
    assert!(!is_healthy(port));
}

fn need(argument: &str, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new("sh");
    command.arg(root().join("scripts/need.sh")).arg(argument).envs(variables.iter().copied()).output().unwrap()
}

#[test]
fn a_busy_port_is_named_before_anything_is_built() {
    if !Path::new("/proc/net/tcp").exists() {
        println!("skipped: the table of ports is read from /proc, which is not here");
        return;
    }
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap().to_string();
    let busy = need("port", &[("PREDICTIVE_PLAY_LISTEN", &address)]);
    assert_eq!(busy.status.code(), Some(2));
    assert!(said(&busy).contains(&format!("port {} is taken", held.local_addr().unwrap().port())), "{}", said(&busy));
    drop(held);
    assert_eq!(need("port", &[("PREDICTIVE_PLAY_LISTEN", &address)]).status.code(), Some(0));
}

/// A folder of stand-ins for commands, put first in the path.
fn with_stand_ins(scripts: &[(&str, &str)]) -> (tempfile::TempDir, String) {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    for (name, body) in scripts {
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    (folder, path)
}

#[test]
fn an_old_compiler_is_named_with_what_to_do() {
    let (_folder, path) = with_stand_ins(&[("rustc", "echo 'rustc 1.63.0 (4b91a6ea7 2022-08-08)'"), ("rustup", "exit 0")]);
    let old = need("build", &[("PATH", &path)]);
    assert_eq!(old.status.code(), Some(2), "{}", said(&old));
    assert!(said(&old).contains("rustc 1.63.0 is too old") && said(&old).contains("rustup update stable"), "{}", said(&old));
}

#[test]
fn what_cannot_be_installed_is_named_with_the_command() {
    let (_folder, path) = with_stand_ins(&[("cc", "exit 1"), ("id", "echo 1000"), ("sudo", "exit 1"), ("apt-get", "exit 1")]);
    let missing = need("build", &[("PATH", &path)]);
    assert_eq!(missing.status.code(), Some(2), "{}", said(&missing));
    assert!(said(&missing).contains("sudo apt-get install -y --no-install-recommends build-essential"), "{}", said(&missing));
}

#[test]
fn with_the_right_to_install_what_is_missing_is_installed_after_one_refresh_of_the_list() {
    let stale = "echo \"$@\" >> \"$0.log\"; case $1 in update) touch \"$0.fresh\";; *) [ -e \"$0.fresh\" ];; esac";
    let (folder, path) = with_stand_ins(&[("cc", "exit 1"), ("id", "echo 0"), ("apt-get", stale)]);
    let installed = need("build", &[("PATH", &path)]);
    assert!(installed.status.success(), "{}", said(&installed));
    let calls = fs::read_to_string(folder.path().join("apt-get.log")).unwrap();
    let install = "install -y --no-install-recommends build-essential -o DPkg::Lock::Timeout=120";
    assert_eq!(calls.lines().collect::<Vec<_>>(), [install, "update -o DPkg::Lock::Timeout=120", install]);
}

#[test]
fn with_little_memory_one_crate_is_built_at_a_time() {
    let (_folder, path) = with_stand_ins(&[("awk", "echo 1000")]);
    assert_eq!(said(&need("jobs", &[("PATH", &path)])).trim(), "1");
}

#[test]
fn make_runs_every_recipe_from_a_script_that_exists() {
    let makefile = read("Makefile");
    let scripts = makefile.split_whitespace().filter(|word| word.starts_with("scripts/")).map(|word| word.trim_end_matches(')'));
    for script in scripts {
        assert!(root().join(script).is_file(), "{script}");
    }
}
