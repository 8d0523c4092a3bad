//! How one text becomes one value, and what is said when it does not: each function's error tells what is allowed.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::secret::Secret;

/// A value, or what would have been one.
pub type Read<T> = Result<T, String>;

pub fn path(text: &str) -> Read<PathBuf> {
    Ok(PathBuf::from(text))
}

pub fn text(text: &str) -> Read<String> {
    Ok(text.to_owned())
}

pub fn secret(text: &str) -> Read<Secret> {
    Ok(Secret::new(text))
}

/// A key travels in a header or a URL: what cannot stand there was never a key (a pasted line end, a whole sentence).
pub fn key(text: &str) -> Read<Secret> {
    let fits = text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(Secret::new(text)) } else { Err("a key is one word of printable ASCII, without spaces".to_owned()) }
}

pub fn is_true(text: &str) -> Read<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err("allowed are true and false".to_owned()),
    }
}

pub fn address(text: &str) -> Read<SocketAddr> {
    text.parse().map_err(|_| "an address and a port, such as 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080".to_owned())
}

pub fn port(text: &str) -> Read<u16> {
    text.parse().ok().filter(|port| *port > 0).ok_or_else(|| "a port from 1 to 65535".to_owned())
}

/// A number of credits: 0 is allowed and spends none.
pub fn credits(text: &str) -> Read<u64> {
    const MOST: u64 = 1_000_000_000;
    text.replace('_', "").parse().ok().filter(|n| *n <= MOST).ok_or_else(|| format!("a whole number of credits from 0 to {MOST}"))
}

/// `90s`, `5m`, `1h30m`, `1d`, within limits.
pub fn duration_within(least: Duration, most: Duration) -> impl Fn(&str) -> Read<Duration> {
    move |text| {
        let within = |span: &Duration| (least..=most).contains(span);
        let allowed = || format!("a time from {} to {}, such as 90s, 5m, 1h30m or 1d", show_duration(&least), show_duration(&most));
        duration(text).filter(within).ok_or_else(allowed)
    }
}

fn duration(text: &str) -> Option<Duration> {
    let (mut total, mut rest) = (0_u64, text.trim());
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..unit_at].parse().ok()?;
        total = total.checked_add(number.checked_mul(unit_secs(rest[unit_at..].chars().next()?)?)?)?;
        rest = rest[unit_at + 1..].trim_start();
    }
    (!text.trim().is_empty()).then_some(Duration::from_secs(total))
}

const fn unit_secs(unit: char) -> Option<u64> {
    Some(match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    })
}

/// A duration of whole seconds as settings spell it (`1h30m`).
pub fn show_duration(span: &Duration) -> String {
    let (mut left, mut shown) = (span.as_secs(), String::new());
    for unit in ['d', 'h', 'm', 's'] {
        let secs = unit_secs(unit).unwrap_or(1);
        if left >= secs {
            shown += &format!("{}{unit}", left / secs);
            left %= secs;
        }
    }
    if shown.is_empty() { "0s".to_owned() } else { shown }
}

/// Where an HTTP service answers, without the slash at its end.
pub fn base_url(text: &str) -> Read<String> {
    let is_plain = |url: &Url| url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    let is_http = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    match Url::parse(text) {
        Ok(url) if is_http(&url) && is_plain(&url) => Ok(url.as_str().trim_end_matches('/').to_owned()),
        _ => Err("an http:// or https:// address without user, query or fragment".to_owned()),
    }
}

/// A web origin as browsers send it: scheme, host and port, nothing after.
pub fn origin(text: &str) -> Read<String> {
    match base_url(text).ok().and_then(|base| Url::parse(&base).ok()) {
        Some(url) if url.path() == "/" => Ok(url.origin().ascii_serialization()),
        _ => Err("an origin, such as https://app.example.com; * is not allowed, name each".to_owned()),
    }
}

pub fn redis_url(text: &str) -> Read<Secret> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "redis" | "rediss") && url.has_host() => Ok(Secret::new(text)),
        _ => Err("redis://[user:password@]host[:port][/db], or rediss:// for TLS".to_owned()),
    }
}

/// A key of a sport: ours (`basketball.nba`) or a provider's (`basketball_nba`).
pub fn sport(text: &str) -> Read<String> {
    let allowed = || format!("a league of ours (basketball.nba) or a provider's sport key (basketball_nba){}", league_titled(text));
    word(text).ok_or_else(allowed)
}

fn league_titled(title: &str) -> String {
    let found = odds::sport::LEAGUES.iter().find(|league| league.title.eq_ignore_ascii_case(title));
    found.map_or_else(String::new, |league| format!("; did you mean {}?", league.key))
}

pub fn market(text: &str) -> Read<String> {
    word(text).ok_or_else(|| "a provider's market key, such as h2h, spreads, totals or player_points".to_owned())
}

pub fn book(text: &str) -> Read<String> {
    word(text).ok_or_else(|| "a provider's book key, such as draftkings or pinnacle".to_owned())
}

/// Keys start with a small letter or a digit and hold `_ . - /` beside them.
fn word(text: &str) -> Option<String> {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let fits = text.len() <= 100 && text.bytes().all(|b| is_plain(b) || b"_.-/".contains(&b)) && text.bytes().next().is_some_and(is_plain);
    fits.then(|| text.to_owned())
}

const REGIONS: [&str; 9] = ["us", "us2", "us_dfs", "us_ex", "uk", "eu", "au", "fr", "se"];

pub fn region(text: &str) -> Read<String> {
    if REGIONS.contains(&text) { Ok(text.to_owned()) } else { Err(format!("allowed are {}", REGIONS.join(", "))) }
}

/// What `RUST_LOG` may hold.
pub fn log_filter(text: &str) -> Read<String> {
    // A lone word that is no level would be taken for a target, and `verbose` would silence everything.
    let is_level = |part: &str| part.contains(['=', '[']) || part.trim().parse::<tracing_subscriber::filter::LevelFilter>().is_ok();
    let parsed = if text.split(',').all(is_level) { tracing_subscriber::EnvFilter::builder().parse(text).ok() } else { None };
    parsed
        .ok_or(())
        .map(|_| text.to_owned())
        .map_err(|_| "a level (error, warn, info, debug, trace), or target=level pairs with commas".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_units_and_held_within_limits() {
        let read = duration_within(Duration::from_secs(10), Duration::from_secs(86_400));
        for (text, secs) in [("90s", 90), ("5m", 300), ("1h30m", 5_400), ("1h 30m", 5_400), ("1d", 86_400), ("10s", 10)] {
            assert_eq!(read(text), Ok(Duration::from_secs(secs)), "{text}");
        }
        for text in ["", "5", "m", "-5m", "5 m", "9s", "25h", "1.5h", "99999999999999999999d", "9999999999999999999d", "5é"] {
            assert!(read(text).is_err_and(|allowed| allowed.contains("from 10s to 1d")), "{text}");
        }
    }

    #[test]
    fn durations_are_shown_as_they_are_written() {
        for text in ["0s", "90s", "5m", "1h30m", "1d", "1d1s"] {
            let span = duration(text).unwrap();
            assert_eq!(duration(&show_duration(&span)), Some(span), "{text}");
        }
        assert_eq!(show_duration(&Duration::from_secs(5_400)), "1h30m");
    }

    #[test]
    fn addresses_of_services_lose_their_last_slash_and_keep_their_path() {
        assert_eq!(base_url("https://api.example.com/"), Ok("https://api.example.com".to_owned()));
        assert_eq!(base_url("http://127.0.0.1:9000/api/v3/"), Ok("http://127.0.0.1:9000/api/v3".to_owned()));
        for text in ["api.example.com", "ftp://x", "http://u:p@x", "http://x?key=1", "http://", "http://x#y"] {
            assert!(base_url(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_origin_is_a_scheme_a_host_and_a_port() {
        assert_eq!(origin("https://app.example.com/"), Ok("https://app.example.com".to_owned()));
        assert_eq!(origin("http://localhost:3000"), Ok("http://localhost:3000".to_owned()));
        for text in ["*", "https://app.example.com/path", "app.example.com", "null"] {
            assert!(origin(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sports_are_keys_and_a_title_is_answered_with_its_key() {
        assert!(sport("basketball_nba").is_ok() && sport("basketball.nba").is_ok() && sport("soccer/eng.1").is_ok());
        assert!(sport("NBA").unwrap_err().ends_with("did you mean basketball.nba?"));
        assert!(sport("nba; drop").is_err() && sport("").is_err() && sport("../etc").is_err());
    }

    #[test]
    fn what_cannot_be_is_refused() {
        assert!(port("0").is_err() && port("65536").is_err() && port("5432").is_ok());
        assert!(credits("-1").is_err() && credits("2e4").is_err() && credits("20_000").is_ok_and(|n| n == 20_000));
        assert!(is_true("maybe").is_err() && is_true("YES").is_ok_and(|yes| yes));
        assert!(region("usa").is_err() && region("us_dfs").is_ok());
        assert!(address("8080").is_err() && address("localhost:8080").is_err() && address("[::1]:8080").is_ok());
        assert!(key("two words").is_err() && key("abc\n").is_err() && key("a1-b2").is_ok());
        assert!(redis_url("localhost:6379").is_err() && redis_url("rediss://:pw@cache:6380/1").is_ok());
        assert!(log_filter("info,store=debug").is_ok() && log_filter("store=loud").is_err());
    }
}
