//! Addresses of PostgreSQL databases as people write them: URLs with passwords of any character and names with spaces, or
//! `key='value'` pairs; and what of them is ours to read because the client library does not know it.

use std::path::PathBuf;

use postgres::Config;
use postgres::config::{Host, SslMode};

use crate::error::{Result, StoreError};

/// How sure we have to be of who answers. The words are libpq's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// No TLS at all.
    Disable,
    /// TLS where the server offers it, whoever it is.
    Prefer,
    /// TLS or nothing, whoever it is; with a root certificate named, as [`Trust::VerifyCa`].
    Require,
    /// TLS, and a certificate that a root we trust has signed.
    VerifyCa,
    /// The same, and it must name the host that we asked for.
    VerifyFull,
}

/// The files that TLS is made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// How sure we have to be.
    pub trust: Trust,
    /// Roots in PEM form; without it those of the system.
    pub roots: Option<PathBuf>,
    /// Our own certificate and its key, in PEM form.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// A database: how the client reaches it, and whom it must turn out to be.
#[derive(Debug, Clone)]
pub struct Address {
    pub(crate) config: Config,
    /// How TLS is made.
    pub tls: Tls,
    pooler: Option<bool>,
}

type Pairs = Vec<(String, String)>;

/// What the client library reads by itself, and what we do.
const KNOWN: &[&str] = &[
    "user",
    "password",
    "dbname",
    "options",
    "application_name",
    "host",
    "hostaddr",
    "port",
    "connect_timeout",
    "tcp_user_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "target_session_attrs",
    "channel_binding",
    "load_balance_hosts",
    "sslnegotiation",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "pgbouncer",
];
const OURS: &[&str] = &["sslmode", "sslrootcert", "sslcert", "sslkey", "pgbouncer"];

impl Address {
    /// Reads `postgres://user:password@host:port/name?sslmode=..` or `host='..' dbname='..'`. A password need not be
    /// percent-encoded; where it is, it is decoded.
    ///
    /// # Errors
    /// [`StoreError::Connection`] with what cannot be understood, never with a secret.
    pub fn of(text: &str) -> Result<Self> {
        let rest = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
        let pairs = match rest {
            Some(rest) => pairs_of_url(rest)?,
            None => pairs_of_words(text).ok_or_else(|| refused("it", "is neither postgres://.. nor key='value' pairs"))?,
        };
        Self::from_pairs(&pairs)
    }

    fn from_pairs(pairs: &Pairs) -> Result<Self> {
        if let Some((name, _)) = pairs.iter().find(|(name, _)| !KNOWN.contains(&name.as_str())) {
            return Err(refused(name, "is no parameter of ours"));
        }
        let words: Vec<String> = pairs
            .iter()
            .filter(|(name, _)| !OURS.contains(&name.as_str()))
            .map(|(name, value)| format!("{name}={}", quoted(value)))
            .collect();
        let mut config: Config =
            words.join(" ").parse().map_err(|error: postgres::Error| refused("it", format!("cannot be read: {}", causes(&error))))?;
        if config.get_hosts().is_empty() {
            return Err(refused("the host", "is missing"));
        }
        let tls = tls_of(pairs)?;
        config.ssl_mode(match tls.trust {
            Trust::Disable => SslMode::Disable,
            Trust::Prefer => SslMode::Prefer,
            Trust::Require | Trust::VerifyCa | Trust::VerifyFull => SslMode::Require,
        });
        if config.get_hosts().iter().any(|host| matches!(host, Host::Unix(_))) {
            config.ssl_mode(SslMode::Disable);
        }
        let pooler = match value_of(pairs, "pgbouncer") {
            None => None,
            Some("true" | "1") => Some(true),
            Some("false" | "0") => Some(false),
            Some(other) => return Err(refused(&format!("pgbouncer={other}"), "is not true or false")),
        };
        Ok(Self { config, tls, pooler })
    }

    /// Where it is, without secrets.
    #[must_use]
    pub fn shown(&self) -> String {
        let ports = self.config.get_ports();
        let host = |(i, host): (usize, &Host)| {
            let port = ports.get(i).or_else(|| ports.first()).copied().unwrap_or(5432);
            match host {
                Host::Tcp(name) => format!("{name}:{port}"),
                Host::Unix(path) => path.display().to_string(),
            }
        };
        let hosts: Vec<String> = self.config.get_hosts().iter().enumerate().map(host).collect();
        format!("postgres {} {}", hosts.join(","), self.config.get_dbname().unwrap_or(""))
    }

    /// Whether the address says that a pooler stands between (`pgbouncer=true`) or that none does; else it is found out.
    pub(crate) fn says_pooled(&self) -> Option<bool> {
        self.pooler
    }
}

pub(super) fn refused(part: &str, reason: impl Into<String>) -> StoreError {
    StoreError::Connection { part: part.to_owned(), reason: reason.into() }
}

fn causes(error: &dyn std::error::Error) -> String {
    let source = error.source().map(causes);
    source.map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

fn value_of<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    pairs.iter().rev().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_str())
}

fn tls_of(pairs: &Pairs) -> Result<Tls> {
    let roots = value_of(pairs, "sslrootcert").filter(|path| *path != "system").map(PathBuf::from);
    let trust = match value_of(pairs, "sslmode") {
        None | Some("prefer" | "allow") => Trust::Prefer,
        Some("disable") => Trust::Disable,
        Some("require") if roots.is_some() => Trust::VerifyCa,
        Some("require") => Trust::Require,
        Some("verify-ca") => Trust::VerifyCa,
        Some("verify-full") => Trust::VerifyFull,
        Some(other) => {
            return Err(refused(&format!("sslmode={other}"), "is not one of disable, prefer, require, verify-ca and verify-full"));
        }
    };
    let identity = match (value_of(pairs, "sslcert"), value_of(pairs, "sslkey")) {
        (None, None) => None,
        (Some(certificate), Some(key)) => Some((certificate.into(), key.into())),
        (Some(_), None) => return Err(refused("sslkey", "is missing: sslcert needs it")),
        (None, Some(_)) => return Err(refused("sslcert", "is missing: sslkey needs it")),
    };
    Ok(Tls { trust, roots, identity })
}

fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

/// The parts of a URL before they are decoded.
struct Split<'a> {
    user: &'a str,
    hosts: &'a str,
    database: &'a str,
    query: &'a str,
}

fn pairs_of_url(rest: &str) -> Result<Pairs> {
    // A password may hold any character, so which `@` ends it is only told by what stands after it.
    let split = standard(rest).filter(is_sound).or_else(|| by_last_at(rest).filter(is_sound));
    let split = split.ok_or_else(|| refused("it", "is not postgres://user:password@host:port/name?parameter=value"))?;
    let mut pairs = Pairs::new();
    let mut keep = |name: &str, value: &str| {
        if !value.is_empty() {
            pairs.push((name.to_owned(), decoded(value)));
        }
    };
    let (user, password) = split.user.split_once(':').unwrap_or((split.user, ""));
    keep("user", user);
    keep("password", password);
    let (hosts, ports): (Vec<&str>, Vec<&str>) = split.hosts.split(',').map(host_and_port).unzip();
    keep("host", &hosts.join(","));
    if ports.iter().any(|port| !port.is_empty()) {
        keep("port", &ports.join(","));
    }
    keep("dbname", split.database);
    for (name, value) in split.query.split('&').filter_map(|pair| pair.split_once('=')) {
        keep(if name == "ssl" { "sslmode" } else { name }, value);
    }
    Ok(pairs)
}

fn standard(rest: &str) -> Option<Split<'_>> {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (user, _) = rest[..end].rsplit_once('@').unwrap_or(("", ""));
    split_at(rest, user)
}

fn by_last_at(rest: &str) -> Option<Split<'_>> {
    let (user, _) = rest.rsplit_once('@')?;
    split_at(rest, user)
}

fn split_at<'a>(rest: &'a str, user: &'a str) -> Option<Split<'a>> {
    let after = rest.strip_prefix(user)?;
    let after = after.strip_prefix('@').unwrap_or(after);
    let (before_query, query) = after.split_once('?').unwrap_or((after, ""));
    let (hosts, database) = before_query.split_once('/').unwrap_or((before_query, ""));
    Some(Split { user, hosts, database, query })
}

fn is_sound(split: &Split<'_>) -> bool {
    let is_of_a_host = |c: char| c.is_alphanumeric() || "-_.,:[]%".contains(c);
    let ports_are_numbers = split.hosts.split(',').map(host_and_port).all(|(_, port)| port.chars().all(|c| c.is_ascii_digit()));
    let is_pair = |pair: &str| pair.split_once('=').is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
    split.hosts.chars().all(is_of_a_host)
        && ports_are_numbers
        && !split.database.contains(['@', '/'])
        && (split.query.is_empty() || split.query.split('&').all(is_pair))
}

fn host_and_port(text: &str) -> (&str, &str) {
    if let Some((host, port)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        return (host, port.strip_prefix(':').unwrap_or(port));
    }
    text.rsplit_once(':').unwrap_or((text, ""))
}

/// Percent signs that begin no pair of hexadecimal digits stand for themselves.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let pair = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match pair.filter(|pair| pair.bytes().all(|byte| byte.is_ascii_hexdigit())).and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// `key=value key='va lue'`, a backslash before what is meant as itself.
fn pairs_of_words(text: &str) -> Option<Pairs> {
    let (mut pairs, mut letters) = (Pairs::new(), text.chars().peekable());
    loop {
        while letters.next_if(|c| c.is_whitespace()).is_some() {}
        if letters.peek().is_none() {
            return (!pairs.is_empty()).then_some(pairs);
        }
        let mut name = String::new();
        while let Some(letter) = letters.next_if(|c| *c != '=' && !c.is_whitespace()) {
            name.push(letter);
        }
        while letters.next_if(|c| c.is_whitespace()).is_some() {}
        letters.next_if_eq(&'=')?;
        while letters.next_if(|c| c.is_whitespace()).is_some() {}
        pairs.push((name, word(&mut letters)?));
    }
}

fn word(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let is_quoted = letters.next_if_eq(&'\'').is_some();
    let mut value = String::new();
    loop {
        match letters.next() {
            Some('\'') if is_quoted => return Some(value),
            Some('\\') => value.push(letters.next()?),
            Some(letter) if !is_quoted && letter.is_whitespace() => return Some(value),
            Some(letter) => value.push(letter),
            None => return (!is_quoted).then_some(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Address {
        Address::of(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn reached(text: &str) -> (String, String, String) {
        let address = of(text);
        let password = String::from_utf8(address.config.get_password().unwrap_or_default().to_vec()).unwrap();
        (address.config.get_user().unwrap_or_default().to_owned(), password, address.shown())
    }

    #[test]
    fn a_password_may_hold_any_character_encoded_or_not() {
        for written in ["p@ss", "a/b", "what?", "w?a=b", "#1", "100%", "50%zz", "it's \\o/", "x:y:z", "p@ss/w?r#d%&=+ö", "a@h:1/b"] {
            let encoded: String = written.bytes().map(|byte| format!("%{byte:02x}")).collect();
            for password in [written, &encoded] {
                let (user, found, shown) = reached(&format!("postgres://app:{password}@db.example.com:6432/odds?sslmode=require"));
                assert_eq!(
                    (user.as_str(), found.as_str(), shown.as_str()),
                    ("app", written, "postgres db.example.com:6432 odds"),
                    "{password}"
                );
            }
        }
    }

    #[test]
    fn a_database_may_have_a_name_with_a_space() {
        for text in
            ["postgres://app@h/Predictive Play", "postgresql://app@h:5432/Predictive%20Play", "host=h user=app dbname='Predictive Play'"]
        {
            assert_eq!(reached(text).2, "postgres h:5432 Predictive Play", "{text}");
        }
    }

    #[test]
    fn hosts_may_be_many_or_addresses() {
        assert_eq!(reached("postgres://u:p@a:1,b:2/d").2, "postgres a:1,b:2 d");
        assert_eq!(reached("postgres://u:p@[::1]:5433/d").2, "postgres ::1:5433 d");
        assert_eq!(reached("postgres://u@127.0.0.1/d").2, "postgres 127.0.0.1:5432 d");
        assert_eq!(reached("postgres:///d?host=/var/run/postgresql&user=u").2, "postgres /var/run/postgresql d");
        assert_eq!(reached("postgres://h/d?sslrootcert=/etc/a@b.pem").2, "postgres h:5432 d");
    }

    #[test]
    fn words_with_quotes_are_read_as_libpq_reads_them() {
        let (user, password, shown) = reached(r"host = 'db' port=6000  user='app' password='it\'s \\o/' dbname=x");
        assert_eq!((user.as_str(), password.as_str(), shown.as_str()), ("app", r"it's \o/", "postgres db:6000 x"));
    }

    #[test]
    fn trust_is_said_in_the_words_of_libpq() {
        let trust = |query: &str| of(&format!("postgres://h/d?{query}")).tls.trust;
        for (query, expected) in [
            ("", Trust::Prefer),
            ("sslmode=disable", Trust::Disable),
            ("sslmode=prefer", Trust::Prefer),
            ("sslmode=require", Trust::Require),
            ("sslmode=require&sslrootcert=/ca.pem", Trust::VerifyCa),
            ("sslmode=verify-ca", Trust::VerifyCa),
            ("sslmode=verify-full&sslrootcert=system", Trust::VerifyFull),
        ] {
            assert_eq!(trust(query), expected, "{query}");
        }
    }

    #[test]
    fn what_cannot_be_understood_is_named_without_the_secret() {
        for (text, said) in [
            ("postgres://u:hunter2@h/d?sslmode=verify", "sslmode=verify is not one of"),
            ("postgres://u:hunter2@h/d?colour=red", "colour is no parameter"),
            ("postgres://u:hunter2@h:port/d", "it is not postgres://"),
            ("postgres://u:hunter2@h/d?sslcert=/c.pem", "sslkey is missing"),
            ("postgres://", "the host is missing"),
            ("password=hunter2 dbname=d", "the host is missing"),
            ("hunter2", "it is neither"),
        ] {
            let error = Address::of(text).unwrap_err().to_string();
            assert!(error.contains(said) && !error.contains("hunter2"), "{text}: {error}");
        }
    }
}
