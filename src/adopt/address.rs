//! Where the old database is: an address in parts, so that no character of a password or a name has to be quoted on the way to the
//! server or to `pg_dump`.

use std::collections::BTreeMap;

use postgres::Client;
use store::StoreError;

use super::error::{AdoptError, Result};
use crate::settings::{OldDatabase, Secret};

/// The address of a database, and who connects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
    database: String,
    user: String,
    password: Option<Secret>,
    parameters: BTreeMap<String, String>,
}

const ALLOWED: &str = "postgres://user:password@host:port/name";
/// Parameters that both our own connection and PostgreSQL's programs understand.
const PARAMETERS: [(&str, &str); 5] = [
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
];

impl Address {
    /// The address of a URL. The password ends at the last `@` before the name, and `%xx` stands for a byte where it can; so a password
    /// with any character works, written plainly or encoded. A name may hold spaces.
    ///
    /// # Errors
    /// [`AdoptError::Usage`], without the URL, where it cannot be understood.
    pub fn of_url(url: &str) -> Result<Self> {
        let refused = |why: &str| AdoptError::Usage(format!("the address is refused: {why}; {ALLOWED} is expected"));
        let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"));
        let rest = rest.ok_or_else(|| refused("it does not begin with postgres://"))?;
        let (who, place) = rest.rsplit_once('@').unwrap_or(("", rest));
        let (place, query) = place.split_once('?').unwrap_or((place, ""));
        let (host_port, database) = place.split_once('/').unwrap_or((place, ""));
        let (host, port) = split_port(host_port);
        let port = port.map_or(Ok(5432), str::parse).map_err(|_| refused("its port is no number from 1 to 65535"))?;
        let (user, password) = who.split_once(':').map_or((who, None), |(user, password)| (user, Some(password)));
        let mut parameters = parameters(query).map_err(|why| refused(&why))?;
        let host = parameters.remove("host").unwrap_or_else(|| decoded(host));
        let port = parameters
            .remove("port")
            .map_or(Ok(port), |port| port.parse())
            .map_err(|_| refused("its port is no number from 1 to 65535"))?;
        let user = if user.is_empty() { "postgres".to_owned() } else { decoded(user) };
        if database.is_empty() {
            return Err(refused("it names no database"));
        }
        let host = if host.is_empty() { "localhost".to_owned() } else { host };
        let password = password.map(|password| Secret::new(decoded(password)));
        Ok(Self { host, port, database: decoded(database), user, password, parameters })
    }

    /// The address that the settings name.
    #[must_use]
    pub fn of_settings(old: &OldDatabase) -> Self {
        Self {
            host: old.host.clone(),
            port: old.port,
            database: old.name.clone(),
            user: old.user.clone(),
            password: old.password.clone(),
            parameters: BTreeMap::new(),
        }
    }

    /// A server that listens in a folder alone.
    #[must_use]
    pub fn of_socket(folder: &str, port: u16, user: &str, database: &str) -> Self {
        let [host, user, database] = [folder, user, database].map(str::to_owned);
        Self { host, port, database, user, password: None, parameters: BTreeMap::new() }
    }

    /// Another database of the same server.
    #[must_use]
    pub fn in_database(&self, database: &str) -> Self {
        Self { database: database.to_owned(), ..self.clone() }
    }

    /// The name of the database.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Who connects.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The address as it may be shown: without the password.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{:?} on {}:{} as {}", self.database, self.host, self.port, self.user)
    }

    /// Connects, with the TLS that the address asks for: as our own store is connected to, through a pooler too.
    ///
    /// # Errors
    /// [`AdoptError::Connect`], or [`AdoptError::Usage`] for a parameter, or a file that it names, of no use.
    pub fn connect(&self) -> Result<Client> {
        store::postgres::connect(&self.words()).map_err(|source| match source {
            StoreError::Connection { part, reason } => {
                AdoptError::Usage(format!("the address of the old database, {}: {part} {reason}", self.shown()))
            }
            source => AdoptError::Connect { address: self.shown(), source },
        })
    }

    /// The address in PostgreSQL's `key='value'` form, the password in it.
    fn words(&self) -> String {
        let port = self.port.to_string();
        let mut pairs = vec![("host", self.host.as_str()), ("port", &port), ("dbname", &self.database), ("user", &self.user)];
        pairs.extend(self.password.as_ref().map(|password| ("password", password.expose())));
        pairs.push(("application_name", "predictive-play adopt"));
        pairs.extend(self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let quoted = |(name, value): (&str, &str)| format!("{name}='{}'", value.replace('\\', r"\\").replace('\'', r"\'"));
        pairs.into_iter().filter(|(_, value)| !value.is_empty()).map(quoted).collect::<Vec<_>>().join(" ")
    }

    /// The address as a URL, as `DATABASE_URL` takes it, the password in it.
    #[must_use]
    pub fn url(&self) -> Secret {
        let password = self.password.as_ref().map(|password| encoded(password.expose()));
        Secret::new(self.url_with(password.as_deref()))
    }

    /// The same as it may be shown: `PASSWORD` stands for the password.
    #[must_use]
    pub fn shown_url(&self) -> String {
        self.url_with(self.password.as_ref().map(|_| "PASSWORD"))
    }

    fn url_with(&self, password: Option<&str>) -> String {
        let password = password.map(|password| format!(":{password}")).unwrap_or_default();
        let (user, port, database) = (encoded(&self.user), self.port, encoded(&self.database));
        let mut parameters: Vec<String> = self.parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let is_folder = self.host.starts_with('/');
        parameters.extend(is_folder.then(|| format!("host={}&port={port}", encoded(&self.host))));
        let place = match self.host.as_str() {
            _ if is_folder => String::new(),
            host if host.contains(':') => format!("[{host}]:{port}"),
            host => format!("{host}:{port}"),
        };
        let query = if parameters.is_empty() { String::new() } else { format!("?{}", parameters.join("&")) };
        format!("postgres://{user}{password}@{place}/{database}{query}")
    }

    /// The variables by which PostgreSQL's own programs find the same database.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = vec![("PGHOST", self.host.clone()), ("PGPORT", self.port.to_string()), ("PGUSER", self.user.clone())];
        variables.push(("PGDATABASE", self.database.clone()));
        variables.extend(self.password.as_ref().map(|password| ("PGPASSWORD", password.expose().to_owned())));
        let given = PARAMETERS.iter().filter_map(|(name, variable)| Some((*variable, self.parameters.get(*name)?.clone())));
        variables.extend(given);
        variables
    }

    /// The database as `--dbname` of those programs takes it, whatever its name holds.
    #[must_use]
    pub fn dbname(&self) -> String {
        format!("dbname='{}'", self.database.replace('\\', r"\\").replace('\'', r"\'"))
    }
}

/// Every byte that could mean something in a URL as `%xx`.
fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let spelt = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(spelt).collect()
}

fn split_port(text: &str) -> (&str, Option<&str>) {
    match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => text.rsplit_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    }
}

fn parameters(query: &str) -> Result<BTreeMap<String, String>, String> {
    let mut found = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match name {
            "host" | "port" | "pgbouncer" => {}
            "application_name" => continue,
            _ if PARAMETERS.iter().any(|(known, _)| *known == name) => {}
            _ => return Err(format!("{name} is no parameter that is known")),
        }
        found.insert(name.to_owned(), decoded(value));
    }
    Ok(found)
}

/// `%xx` read where two hexadecimal digits follow; any other `%` is itself.
fn decoded(text: &str) -> String {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::with_capacity(text.len()), 0);
    let digit = |at: usize| bytes.get(at).and_then(|byte| (*byte as char).to_digit(16));
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).expect("two hexadecimal digits are a byte"));
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> (String, u16, String, String, Option<String>) {
        let Address { host, port, database, user, password, .. } = Address::of_url(url).unwrap();
        (host, port, database, user, password.map(|password| password.expose().to_owned()))
    }

    #[test]
    fn a_password_may_hold_any_character_and_a_name_spaces() {
        let own = |host: &str, port, database: &str, user: &str, password: Option<&str>| {
            (host.to_owned(), port, database.to_owned(), user.to_owned(), password.map(str::to_owned))
        };
        assert_eq!(
            parts("postgres://app:p@ss/w?rd#%:'\"@db:6543/Predictive Play"),
            own("db", 6543, "Predictive Play", "app", Some("p@ss/w?rd#%:'\""))
        );
        assert_eq!(
            parts("postgresql://a%40b:x%2Fy@[::1]:5433/Predictive%20Play?sslmode=require"),
            own("::1", 5433, "Predictive Play", "a@b", Some("x/y"))
        );
        assert_eq!(parts("postgres://db/old"), own("db", 5432, "old", "postgres", None));
        assert_eq!(parts("postgres://app@/old?host=/run/postgresql"), own("/run/postgresql", 5432, "old", "app", None));
    }

    #[test]
    fn what_is_refused_is_said_without_the_address() {
        for (url, why) in [
            ("mysql://root:hunter2@x/y", "does not begin"),
            ("postgres://a:hunter2@x:99999/y", "port"),
            ("postgres://a:hunter2@x", "no database"),
            ("postgres://a:hunter2@x/y?sslmod=1", "sslmod is no parameter"),
        ] {
            let said = Address::of_url(url).unwrap_err().to_string();
            assert!(said.contains(why) && !said.contains("hunter2"), "{said}");
        }
        let said = Address::of_url("postgres://a:hunter2@x/y?sslmode=maybe").unwrap().connect().err().unwrap().to_string();
        assert!(said.contains("verify-full"), "{said}");
    }

    #[test]
    fn programs_get_the_same_parts_and_nothing_shows_the_password() {
        let address = Address::of_url("postgres://app:hunter2@db/it's?sslmode=verify-full&sslrootcert=/etc/ca.pem").unwrap();
        let variables = address.variables();
        for pair in [("PGPASSWORD", "hunter2"), ("PGDATABASE", "it's"), ("PGSSLMODE", "verify-full"), ("PGSSLROOTCERT", "/etc/ca.pem")] {
            assert!(variables.contains(&(pair.0, pair.1.to_owned())), "{pair:?}");
        }
        assert_eq!(address.dbname(), r"dbname='it\'s'");
        assert!(!format!("{address:?}{}{}", address.shown(), address.shown_url()).contains("hunter2"));
    }

    #[test]
    fn an_address_is_the_same_as_a_url_and_as_our_store_reads_it() {
        for url in [
            "postgres://app:p@ss/w?rd#%:'\"@db:6543/Predictive Play?sslmode=verify-full&sslrootcert=/etc/a b.pem",
            "postgres://app@[::1]:5433/old",
            "postgres://app@/old?host=/run/postgresql&port=5444",
        ] {
            let address = Address::of_url(url).unwrap();
            assert_eq!(Address::of_url(address.url().expose()).unwrap(), address, "{url}");
            let [by_url, by_words] = [address.url().expose(), &address.words()].map(|text| store::postgres::Address::of(text).unwrap());
            assert_eq!((by_url.shown(), by_url.tls), (by_words.shown(), by_words.tls), "{url}");
        }
    }
}
