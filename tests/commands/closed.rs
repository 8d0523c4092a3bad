//! Nobody reads any more: a pipe whose reader ended, a terminal that was closed. Results end quietly, a service goes on.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Bench, ended};

const PATIENCE: Duration = Duration::from_secs(60);

/// The end of a pipe that nobody reads.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn results_that_nobody_reads_end_the_command_quietly() {
    let bench = Bench::set_up();
    bench.run(&["migrate", "up"]);
    for command in [
        &["plan", "--offline"][..],
        &["dump", "--canonical"],
        &["rebuild", "--into", "sqlite:again.db", "--verify"],
        &["migrate", "status"],
        &["doctor", "--patience", "1"],
        &["keys", "list"],
        &["check"],
    ] {
        let ended = ended(bench.command(command, &[("PREDICTIVE_PLAY_PROVIDERS_KEYLESS", "false")]).stdout(closed()).output().unwrap());
        assert!(ended.code == 0 && !ended.err.contains("Broken pipe"), "{command:?}: {} {}", ended.code, ended.err);
    }
}

/// What a path answers, once somebody listens.
fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

#[test]
fn a_service_whose_terminal_is_gone_goes_on_and_ends_as_ever() {
    for (command, path, says) in [(&["up", "--demo"][..], "/v1/health", r#""source":"replay""#), (&["serve"], "/livez", "alive")] {
        let bench = Bench::set_up();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let listen = format!("127.0.0.1:{port}");
        let mut command_line = bench.command(command, &[("PREDICTIVE_PLAY_LISTEN", &listen)]);
        let mut child = command_line.stdin(Stdio::null()).stdout(closed()).stderr(closed()).spawn().unwrap();
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && !get(port, path).is_some_and(|answer| answer.contains(says)) {
            assert_eq!(child.try_wait().unwrap(), None, "{command:?} ended");
            std::thread::sleep(Duration::from_millis(50));
        }
        let answer = get(port, path).unwrap_or_default();
        let interrupted = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap();
        assert!(interrupted.success() && answer.contains(says), "{command:?}: {answer}");
        assert_eq!(child.wait().unwrap().code(), Some(0), "{command:?}");
    }
}
