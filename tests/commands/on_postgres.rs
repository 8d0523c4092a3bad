//! The product as it starts on PostgreSQL, whose client must never wait inside the runtime: it would panic, and did.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use testkit::child::ChildProcess;
use testkit::postgres;

use crate::Bench;

const PATIENCE: Duration = Duration::from_secs(60);

fn get(port: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn up_and_serve_start_answer_and_end_on_postgresql_where_others_can_reach_them() {
    let Some(cluster) = postgres::shared() else { return };
    let database = cluster.database();
    for (command, says) in [("up", "asking nobody"), ("serve", "serving on")] {
        let bench = Bench::set_up();
        let settings = [
            ("DATABASE_URL", database.url.as_str()),
            ("PREDICTIVE_PLAY_LISTEN", "0.0.0.0:0"),
            ("PREDICTIVE_PLAY_PROVIDERS_KEYLESS", "false"),
        ];
        let mut child = ChildProcess::start(&mut bench.command(&[command], &settings));
        let line = child.wait_for_line("serving on http://0.0.0.0:", PATIENCE).unwrap();
        let port = line.rsplit(':').next().unwrap().trim().to_owned();
        assert!(get(&port, "/readyz").starts_with("HTTP/1.1 200"), "{}", child.said_so_far());
        assert!(get(&port, "/v1/health").contains("\"status\":\"ok\""), "{}", child.said_so_far());
        child.interrupt();
        let finished = child.finish(PATIENCE).unwrap();
        let said = finished.stdout + &finished.stderr;
        assert!(said.contains(says) && !said.contains("panicked"), "{command}: {said}");
        assert_eq!(said.contains("API key"), command == "up", "one key is printed, once: {said}");
    }
}
