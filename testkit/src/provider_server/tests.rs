//! The scripted provider, looked at byte by byte.

use std::io::ErrorKind;

use super::*;

/// All that comes back of one request on a connection of its own, or the error's kind.
fn ask(server: &ProviderServer, target: &str) -> Result<String, ErrorKind> {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    ask_on(&mut stream, target)
}

fn ask_on(stream: &mut TcpStream, target: &str) -> Result<String, ErrorKind> {
    write!(stream, "GET {target} HTTP/1.1\r\nHost: here\r\nX-Odd: 1\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let len = stream.read(&mut piece).map_err(|error| error.kind())?;
        bytes.extend_from_slice(&piece[..len]);
        let text = String::from_utf8_lossy(&bytes);
        if len == 0 || is_whole(&text) {
            return Ok(text.into_owned());
        }
    }
}

fn is_whole(text: &str) -> bool {
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.map_or(body.ends_with("0\r\n\r\n"), |length| body.len() >= length.parse::<usize>().unwrap())
}

fn server_of(acts: impl IntoIterator<Item = Act>) -> ProviderServer {
    let server = ProviderServer::start();
    server.script("/", acts);
    server
}

#[test]
fn acts_are_played_in_turn_the_last_for_ever_and_the_longest_prefix_counts() {
    let server = server_of([Act::json("[1]"), Act::status(503), Act::json("[3]")]);
    server.script("/v4/sports", [Act::html()]);
    let status = |text: Result<String, ErrorKind>| text.unwrap()[9..12].to_owned();
    let statuses: Vec<String> = (0..4).map(|_| status(ask(&server, "/v4/odds"))).collect();
    assert_eq!(statuses, ["200", "503", "200", "200"]);
    assert!(ask(&server, "/v4/sports/").unwrap().contains("<!doctype html>"));
    assert_eq!((server.count("/v4/odds"), server.count("/v4/sports"), server.count("/")), (4, 1, 5));
    assert!(ProviderServer::start().url().starts_with("http://127.0.0.1:"));
}

#[test]
fn requests_are_kept_with_their_query_headers_and_time() {
    let clock = HandClock::at_text("2026-03-31T23:10:00Z");
    let server = ProviderServer::start_with_clock(clock.clone());
    assert!(ask(&server, "/a%20b?markets=h2h%2Cspreads&x=1+2&flag").unwrap().starts_with("HTTP/1.1 404"));
    clock.advance_secs(60);
    ask(&server, "/c").unwrap();
    let received = server.received();
    assert_eq!((received[0].path.as_str(), received[0].listed("markets")), ("/a b", vec!["h2h", "spreads"]));
    assert_eq!((received[0].query("x"), received[0].query("flag"), received[0].query("none")), ("1 2", "", ""));
    assert_eq!(received[0].headers["x-odd"], "1");
    assert_eq!(received[1].at.secs_since(received[0].at), 60.0);
    assert_eq!((server.wait_for("/", 2, Duration::ZERO), server.wait_for("/", 3, Duration::ZERO)), (Ok(()), Err(2)));
}

#[test]
fn one_connection_carries_many_answers() {
    let server = ProviderServer::start();
    server.answer("/", |received| Act::Chunked(Answer::json(200, received.path.clone()), 3));
    let mut stream = TcpStream::connect(server.address()).unwrap();
    assert!(ask_on(&mut stream, "/one").unwrap().ends_with("\r\n3\r\n/on\r\n1\r\ne\r\n0\r\n\r\n"));
    assert!(ask_on(&mut stream, "/two").unwrap().contains("transfer-encoding: chunked"));
    assert_eq!(server.connections(), 1);
}

#[test]
fn what_breaks_breaks_in_its_own_way() {
    let body = || Answer::json(200, "0123456789");
    let server = server_of([
        Act::Close,
        Act::Reset,
        Act::HalfBody(body()),
        Act::ChunkedUnended(body(), 4),
        Act::Raw(b"not http".to_vec()),
        Act::ResetAfter(body(), 20),
    ]);
    assert_eq!(ask(&server, "/"), Ok(String::new()));
    assert_eq!(ask(&server, "/"), Err(ErrorKind::ConnectionReset));
    let half = ask(&server, "/").unwrap();
    assert!(half.contains("content-length: 10\r\n") && half.ends_with("\r\n\r\n01234"), "{half}");
    let unended = ask(&server, "/").unwrap();
    assert!(unended.ends_with("2\r\n89\r\n"), "{unended}");
    assert_eq!(ask(&server, "/").unwrap(), "not http");
    assert_eq!(ask(&server, "/"), Err(ErrorKind::ConnectionReset));
    assert_eq!(server.count("/"), 6);
}

#[test]
fn silence_lasts_as_long_as_the_client_and_not_longer_than_the_server() {
    let server = server_of([Act::Silence]);
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert!(matches!(ask_on(&mut stream, "/"), Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)));
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    drop(server);
    assert_eq!(stream.read(&mut [0; 1]).unwrap_or(0), 0);
}

#[test]
fn a_drip_takes_its_time_and_a_late_answer_comes() {
    let answer = Answer::json(200, "[]");
    let pieces = answer.wire().len().div_ceil(16) as u32;
    let server = server_of([
        Act::Drip { answer: answer.clone(), bytes: 16, every: Duration::from_millis(10) },
        Act::After(Duration::from_millis(50), Box::new(Act::Answer(answer))),
    ]);
    let began = Instant::now();
    assert!(ask(&server, "/").unwrap().ends_with("\r\n\r\n[]"));
    assert!(began.elapsed() >= Duration::from_millis(10) * (pieces - 1));
    let began = Instant::now();
    assert!(ask(&server, "/").unwrap().ends_with("\r\n\r\n[]"));
    assert!(began.elapsed() >= Duration::from_millis(50));
}

#[test]
fn gzip_is_right_wrong_or_cut_as_asked() {
    let body = || Answer::json(200, "[1,2,3]".repeat(100));
    let unzipped = |answer: &Answer| std::io::read_to_string(flate2::read::GzDecoder::new(answer.body.as_slice()));
    assert_eq!(unzipped(&body().gzipped()).unwrap().len(), 700);
    assert!(unzipped(&body().wrongly_gzipped()).is_err());
    assert!(unzipped(&body().gzipped_and_cut()).is_err());
    assert!(body().wrongly_gzipped().headers.contains(&("content-encoding".to_owned(), "gzip".to_owned())));
}

#[test]
fn too_many_requests_says_when_to_come_back_or_not() {
    let server = server_of([Act::too_many(Some("2")), Act::too_many(None)]);
    let with = ask(&server, "/").unwrap();
    assert!(with.starts_with("HTTP/1.1 429 ") && with.contains("retry-after: 2\r\n"), "{with}");
    assert!(!ask(&server, "/").unwrap().contains("retry-after"));
}

#[test]
fn the_bill_counts_what_arrived_and_what_broke_but_no_refusal_and_ends_in_401() {
    let server = server_of([Act::json("[]"), Act::status(500), Act::Close, Act::json("[]")]);
    let meter = CreditsMeter::with(90, 7);
    server.bill("/", &meter, |received| received.listed("markets").len() as i64);
    let target = "/v4/odds?markets=h2h,spreads,totals";
    let first = ask(&server, target).unwrap();
    for header in ["x-requests-used: 93\r\n", "x-requests-remaining: 4\r\n", "x-requests-last: 3\r\n"] {
        assert!(first.contains(header), "{first}");
    }
    assert!(ask(&server, target).unwrap().contains("x-requests-last: 0\r\n"));
    assert_eq!(ask(&server, target), Ok(String::new()));
    assert!(ask(&server, target).unwrap().contains("x-requests-remaining: -2\r\n"));
    let refused = ask(&server, target).unwrap();
    assert!(refused.starts_with("HTTP/1.1 401 ") && refused.contains("OUT_OF_USAGE_CREDITS") && refused.contains("x-requests-last: 0\r\n"));
    assert_eq!((meter.spent(), meter.remaining()), (9, -2));
    assert_eq!(meter.charges().iter().map(|charge| charge.credits).collect::<Vec<_>>(), [3, 0, 3, 3, 0]);
    meter.spend_elsewhere(5);
    assert_eq!((meter.spent(), meter.remaining()), (9, -7));
}
