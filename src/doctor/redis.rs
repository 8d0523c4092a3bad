//! Redis: never more than a warning, for losing it loses nothing. One PING, spoken by hand.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use url::Url;

use super::{Line, State};

const PATIENCE: Duration = Duration::from_secs(2);
const SUBJECT: &str = "redis";

pub(super) fn examine(address: &str) -> Line {
    let Ok(url) = Url::parse(address) else {
        return Line::of(State::Misconfigured, SUBJECT, "bad_address", "REDIS_URL is no address", "use redis://host:port");
    };
    let place = format!("{}:{}", url.host_str().unwrap_or("localhost"), url.port().unwrap_or(6379));
    let stream = match connect(&place) {
        Ok(stream) => stream,
        Err(error) => return down(&place, &error.to_string()),
    };
    if url.scheme() == "rediss" {
        return Line::ok(SUBJECT, format!("{place} takes connections; what it says over TLS was not tried"));
    }
    match ping(stream, &url) {
        Ok(said) if said == "+PONG" => Line::ok(SUBJECT, format!("{place} answers")),
        Ok(said) if said.starts_with("-NOAUTH") || said.starts_with("-WRONGPASS") => Line::of(
            State::Warning,
            SUBJECT,
            "redis_refuses",
            format!("{place} refuses the password"),
            "correct REDIS_URL; until then it is not used",
        ),
        Ok(said) => down(&place, &format!("it says {:?}", said.chars().take(60).collect::<String>())),
        Err(error) => down(&place, &error.to_string()),
    }
}

fn down(place: &str, why: &str) -> Line {
    let advice = "start it or correct REDIS_URL; nothing is lost without it";
    Line::of(State::Warning, SUBJECT, "redis_down", format!("{place} does not answer: {why}"), advice)
}

fn connect(place: &str) -> std::io::Result<TcpStream> {
    let mut last = std::io::Error::new(std::io::ErrorKind::NotFound, "no such host");
    for address in place.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn ping(mut stream: TcpStream, url: &Url) -> std::io::Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let decoded =
        |text: &str| url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B")).as_bytes()).next().map(|(_, v)| v.into_owned());
    let mut reader = BufReader::new(stream.try_clone()?);
    if let Some(password) = url.password().and_then(decoded) {
        let user = decoded(url.username()).filter(|user| !user.is_empty());
        let words: Vec<&str> = ["AUTH"].into_iter().chain(user.as_deref()).chain([password.as_str()]).collect();
        say(&mut stream, &words)?;
        let said = hear(&mut reader)?;
        if said != "+OK" {
            return Ok(said);
        }
    }
    say(&mut stream, &["PING"])?;
    hear(&mut reader)
}

fn say(stream: &mut TcpStream, words: &[&str]) -> std::io::Result<()> {
    let body: String = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len())).collect();
    stream.write_all(format!("*{}\r\n{body}", words.len()).as_bytes())
}

fn hear(reader: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = String::new();
    // A line of Redis is short; whatever else listens there may never end one.
    std::io::Read::take(reader, 512).read_line(&mut line)?;
    match line.is_empty() {
        true => Err(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "it hung up")),
        false => Ok(line.trim_end().to_owned()),
    }
}
