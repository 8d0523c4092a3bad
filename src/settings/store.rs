//! Which database is ours, and which is the operator's old one: two things that never mix.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use super::reader::Reader;
use super::refusal::Refusal;
use super::secret::Secret;
use super::values::{self, Read};

/// Where our own store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// A PostgreSQL server; the whole address, password included.
    Postgres(Secret),
}

impl StoreUrl {
    /// The address to connect with, password included: never shown.
    #[must_use]
    pub fn address(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(url) => url.expose().to_owned(),
        }
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => write!(f, "postgres://{url}"),
        }
    }
}

impl Serialize for StoreUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Our own store, and the other ways to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoreSettings {
    /// The store that is written.
    pub url: StoreUrl,
    /// Whether the operator named it; else it is the SQLite file in the data folder.
    pub is_named: bool,
    /// A replica that may be read instead.
    pub read_url: Option<Secret>,
    /// A way past a pooler, for backups: of our own store, or of the old database.
    pub direct_url: Option<Secret>,
    /// Days after its start at which a listing is sealed into few bytes; `None` where none ever is.
    pub seal_after_days: Option<u32>,
}

/// The operator's old PostgreSQL database. Nothing is written there before `migrate up` or `adopt apply` was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OldDatabase {
    /// Host name, address, or folder of a socket.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Name; it may hold spaces.
    pub name: String,
    /// Who connects.
    pub user: String,
    /// The password, where one is needed.
    pub password: Option<Secret>,
}

impl OldDatabase {
    /// The connection string in PostgreSQL's `key='value'` form.
    #[must_use]
    pub fn connection(&self) -> Secret {
        let port = self.port.to_string();
        let mut pairs = vec![("host", self.host.as_str()), ("port", &port), ("dbname", &self.name), ("user", &self.user)];
        pairs.extend(self.password.as_ref().map(|password| ("password", password.expose())));
        let quoted = |(name, value): (&str, &str)| format!("{name}='{}'", value.replace('\\', r"\\").replace('\'', r"\'"));
        Secret::new(pairs.into_iter().map(quoted).collect::<Vec<_>>().join(" "))
    }
}

/// Our own store: SQLite in the data folder unless named.
pub fn read(reader: &mut Reader<'_>, data_dir: &Path) -> StoreSettings {
    let named = reader.secret("store.url", &["DATABASE_URL"], |text| store_url(text).map(|_| Secret::new(text)));
    let read_url = reader.secret("store.read_url", &["DATABASE_READ_URL"], postgres_url);
    let direct_url = reader.secret("store.direct_url", &["DATABASE_DIRECT_URL"], postgres_url);
    let is_named = named.is_some();
    let url = named.and_then(|text| store_url(text.expose()).ok()).unwrap_or_else(|| StoreUrl::Sqlite(data_dir.join("predictive-play.db")));
    if read_url.is_some() && matches!(url, StoreUrl::Sqlite(_)) {
        let reason = "goes with a PostgreSQL store; set DATABASE_URL to postgres://.. or leave this unset";
        reader.refused.push(Refusal::of("DATABASE_READ_URL", reason));
    }
    let seal_after_days = reader.value("store.seal_after_days", &[], 14, seal_days);
    StoreSettings { url, is_named, read_url, direct_url, seal_after_days: (seal_after_days > 0).then_some(seal_after_days) }
}

/// The old database, where it is named.
pub fn read_old(reader: &mut Reader<'_>) -> Option<OldDatabase> {
    let host = reader.optional("old_database.host", &["DB_HOST"], values::text);
    let port = reader.value("old_database.port", &["DB_PORT"], 5432, values::port);
    let name = reader.optional("old_database.name", &["DB_NAME"], values::text);
    let user = reader.value("old_database.user", &["DB_USER"], "postgres".to_owned(), values::text);
    let password = reader.secret("old_database.password", &["DB_PASSWORD"], values::secret);
    if host.is_some() && name.is_none() {
        reader.warnings.push("DB_HOST is set and DB_NAME is not: the old database is not known".to_owned());
    }
    Some(OldDatabase { host: host.unwrap_or_else(|| "localhost".to_owned()), port, name: name?, user, password })
}

/// A game that is put off goes on under its listing: nothing is sealed within days of its start.
fn seal_days(text: &str) -> Read<u32> {
    let days = text.parse::<u32>().ok().filter(|days| *days == 0 || (2..=3_650).contains(days));
    days.ok_or_else(|| "0 for never, or from 2 to 3650 days".to_owned())
}

fn store_url(text: &str) -> Read<StoreUrl> {
    let allowed = || "sqlite:PATH, or postgres://user:password@host:port/name".to_owned();
    if let Some(path) = text.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        let fits = !path.is_empty() && !path.starts_with(':') && !path.contains('?');
        return if fits { Ok(StoreUrl::Sqlite(PathBuf::from(path))) } else { Err(allowed()) };
    }
    if !text.starts_with("postgres") {
        return Err(allowed());
    }
    postgres_url(text).map(StoreUrl::Postgres).map_err(|reason| format!("{}; {reason}", allowed()))
}

fn postgres_url(text: &str) -> Read<Secret> {
    if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
        return Err("postgres://user:password@host:port/name".to_owned());
    }
    ::store::postgres::Address::of(text).map(|_| Secret::new(text)).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Settings, Sources};

    fn read(pairs: &[(&str, &str)]) -> Settings {
        Settings::read(&Sources::of_env(pairs.iter().copied())).unwrap()
    }

    fn refused(pairs: &[(&str, &str)]) -> String {
        Settings::read(&Sources::of_env(pairs.iter().copied())).unwrap_err().to_string()
    }

    #[test]
    fn the_store_is_a_file_in_the_data_folder_unless_named() {
        let store = read(&[("PREDICTIVE_PLAY_DATA_DIR", "/srv/odds")]).store;
        assert_eq!((store.url, store.is_named), (StoreUrl::Sqlite("/srv/odds/predictive-play.db".into()), false));
    }

    #[test]
    fn listings_are_sealed_two_weeks_after_their_start_unless_said_otherwise() {
        assert_eq!(read(&[]).store.seal_after_days, Some(14));
        let said = |days: &str| Settings::read(&Sources::default().with_file("a.toml", &format!("[store]\nseal_after_days = {days}\n")));
        assert_eq!(said("0").unwrap().store.seal_after_days, None);
        assert_eq!(said("30").unwrap().store.seal_after_days, Some(30));
        assert!(said("1").unwrap_err().to_string().contains("from 2 to 3650 days"));
    }

    #[test]
    fn a_store_is_named_by_its_address() {
        for (text, path) in [("sqlite:a/b.db", "a/b.db"), ("sqlite:///srv/b.db", "/srv/b.db"), ("sqlite:My Odds.db", "My Odds.db")] {
            assert_eq!(read(&[("DATABASE_URL", text)]).store.url, StoreUrl::Sqlite(path.into()), "{text}");
        }
        let url = "postgresql://odds:pw@db1:5432,db2:5432/odds";
        let store = read(&[("DATABASE_URL", url), ("DATABASE_READ_URL", "postgres://replica/odds")]).store;
        assert_eq!((store.url, store.is_named), (StoreUrl::Postgres(Secret::new(url)), true));
        assert!(store.read_url.is_some());
    }

    #[test]
    fn an_address_that_is_refused_is_not_shown() {
        for text in ["mysql://root:hunter2@x/y", "sqlite:", "sqlite::memory:", "postgres://", "hunter2"] {
            let said = refused(&[("DATABASE_URL", text)]);
            assert!(said.starts_with("DATABASE_URL: ") && said.contains("sqlite:PATH") && !said.contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn a_replica_without_postgresql_is_refused() {
        assert!(
            refused(&[("DATABASE_READ_URL", "postgres://replica/odds")]).starts_with("DATABASE_READ_URL: goes with a PostgreSQL store")
        );
    }

    #[test]
    fn the_old_names_name_the_old_database_and_leave_ours_alone() {
        let settings =
            read(&[("DB_HOST", "db.example.com"), ("DB_NAME", "Predictive Play"), ("DB_USER", "app"), ("DB_PASSWORD", r"it's \o/")]);
        let old = settings.old_database.unwrap();
        let expected = r"host='db.example.com' port='5432' dbname='Predictive Play' user='app' password='it\'s \\o/'";
        assert_eq!(old.connection().expose(), expected);
        assert!(!settings.store.is_named && matches!(settings.store.url, StoreUrl::Sqlite(_)));
        assert!(read(&[("DB_HOST", "x")]).warnings[0].contains("DB_NAME is not"));
    }
}
