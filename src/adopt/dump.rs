//! `pg_dump` and `pg_restore`, run so that no failure passes for success: their exit code counts, the dump runs through our own hands
//! to the disk, and when we are killed they end with us.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use super::address::Address;
use super::error::{AdoptError, Result};
use super::programs::Programs;

/// A dump on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dumped {
    /// Its bytes.
    pub bytes: u64,
    /// BLAKE3 of them, in hexadecimal.
    pub blake3: String,
}

/// Dumps a database as a snapshot sees it into a file of the custom format, compressed, synced. What a failed dump left is removed.
///
/// # Errors
/// The disk's reason, or the end of what `pg_dump` said.
pub fn dump(programs: &Programs, from: &Address, snapshot: &str, without: &[String], to: &Path) -> Result<Dumped> {
    let mut command = program(programs, "pg_dump", from);
    command.args(["--format=custom", "--compress=6", "--no-password", "--lock-wait-timeout=30s"]).arg(format!("--snapshot={snapshot}"));
    command.args(without.iter().map(|schema| format!("--exclude-schema={}", pattern(schema)))).stdout(Stdio::piped());
    let mut child = started(&mut command, "pg_dump")?;
    let said = listen(&mut child);
    let mut from = child.stdout.take().expect("standard output is a pipe");
    let written = write_to_disk(&mut from, to);
    if written.is_err() {
        // Nobody reads on: it would wait for ever.
        let _ = child.kill();
    }
    drop(from);
    let ended = child.wait().map_err(AdoptError::file("waiting for pg_dump into", to));
    let said = said.join().unwrap_or_default();
    let dumped = written.and_then(|dumped| succeeded("pg_dump", ended?, &said).map(|()| dumped));
    if dumped.is_err() {
        let _ = std::fs::remove_file(to);
    }
    dumped
}

/// A schema as `--exclude-schema` takes it: in quotes, in which nothing is a wild card.
fn pattern(schema: &str) -> String {
    format!("\"{}\"", schema.replace('"', "\"\""))
}

fn write_to_disk(from: &mut impl Read, to: &Path) -> Result<Dumped> {
    let failed = || AdoptError::file("writing", to);
    let mut file = std::fs::File::create(to).map_err(failed())?;
    let (mut hasher, mut buffer, mut bytes) = (blake3::Hasher::new(), vec![0; 1 << 18], 0);
    loop {
        let len = from.read(&mut buffer).map_err(failed())?;
        if len == 0 {
            break;
        }
        file.write_all(&buffer[..len]).map_err(failed())?;
        hasher.update(&buffer[..len]);
        bytes += len as u64;
    }
    file.sync_all().map_err(failed())?;
    Ok(Dumped { bytes, blake3: hasher.finalize().to_hex().to_string() })
}

/// Whether a dump still is what its manifest says.
///
/// # Errors
/// Where it cannot be read.
pub fn hash_of(path: &Path) -> Result<Dumped> {
    let mut file = std::fs::File::open(path).map_err(AdoptError::file("opening", path))?;
    let mut hasher = blake3::Hasher::new();
    let bytes = std::io::copy(&mut file, &mut hasher).map_err(AdoptError::file("reading", path))?;
    Ok(Dumped { bytes, blake3: hasher.finalize().to_hex().to_string() })
}

/// Runs `pg_restore` of a dump into a database, with further arguments; gives what it said. It goes on after errors unless told
/// otherwise, and ends with 1 then: `is_forgiving` leaves it to the comparison that follows to find what is missing.
///
/// # Errors
/// The end of what it said.
pub fn restore(programs: &Programs, dump: &Path, into: &Address, arguments: &[&str], is_forgiving: bool) -> Result<String> {
    let mut command = program(programs, "pg_restore", into);
    command.arg("--no-password").args(arguments).arg("--dbname").arg(into.dbname()).arg(dump).stdout(Stdio::null());
    let mut child = started(&mut command, "pg_restore")?;
    let said = listen(&mut child);
    let ended = child.wait().map_err(AdoptError::file("waiting for pg_restore of", dump))?;
    let said = said.join().unwrap_or_default();
    match ended.code() {
        Some(1) if is_forgiving => Ok(said),
        _ => succeeded("pg_restore", ended, &said).map(|()| said),
    }
}

/// The dump's table of contents, as `pg_restore --use-list` takes it.
///
/// # Errors
/// Where the file is no dump.
pub fn list(programs: &Programs, dump: &Path) -> Result<String> {
    let mut command = Command::new(programs.program("pg_restore"));
    let output = command.arg("--list").arg(dump).env("LC_ALL", "C").output().map_err(AdoptError::file("listing", dump))?;
    succeeded("pg_restore --list", output.status, &String::from_utf8_lossy(&output.stderr))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A program with the address in its environment and nothing of ours in it.
fn program(programs: &Programs, name: &str, address: &Address) -> Command {
    let mut command = Command::new(programs.program(name));
    let inherited = std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(|name| name.starts_with("PG")));
    for (name, _) in inherited {
        command.env_remove(name);
    }
    command.envs(address.variables()).env("LC_ALL", "C").stdin(Stdio::null()).stderr(Stdio::piped());
    command
}

fn started(command: &mut Command, name: &str) -> Result<Child> {
    command.spawn().map_err(|error| AdoptError::Program {
        program: name.to_owned(),
        how: "cannot be run".to_owned(),
        said: error.to_string(),
    })
}

fn listen(child: &mut Child) -> JoinHandle<String> {
    let mut pipe = child.stderr.take().expect("standard error is a pipe");
    std::thread::spawn(move || {
        let mut said = Vec::new();
        // A pipe that breaks has said what it had to say.
        let _ = pipe.read_to_end(&mut said);
        String::from_utf8_lossy(&said).into_owned()
    })
}

fn succeeded(program: &str, ended: ExitStatus, said: &str) -> Result<()> {
    if ended.success() {
        return Ok(());
    }
    let how = match (ended.code(), ended.signal()) {
        (Some(code), _) => format!("ended with {code}"),
        (None, Some(signal)) => format!("was killed by signal {signal}"),
        (None, None) => "ended".to_owned(),
    };
    Err(AdoptError::Program { program: program.to_owned(), how, said: last_lines(said) })
}

/// The end of what a program said, where its reason stands.
pub fn last_lines(said: &str) -> String {
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(8)..].join("; ")
}
