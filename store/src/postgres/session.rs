//! How a connection is made and what holds in it: TLS, whether a pooler stands between, with whose rights, and for how long a
//! statement may run. Every connection to a PostgreSQL database is made here.

use std::time::Duration;

use postgres::config::Host;
use postgres::{Client, NoTls, SimpleQueryMessage};

use super::address::Address;
use super::failed;
use super::tls;
use crate::error::{Failure, Result, StoreError};

/// With whose rights a session works: those of a role that `migrate` makes, where the login may take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The login's own: the schema's versions.
    Login,
    /// Reads and writes rows.
    Writer,
    /// Reads rows, each statement within a limit.
    Reader,
}

impl Role {
    const fn name(self) -> Option<&'static str> {
        match self {
            Self::Login => None,
            Self::Writer => Some("predictive_play_writer"),
            Self::Reader => Some("predictive_play_reader"),
        }
    }

    /// Time limits: one that reads for an answer must not hang, one that writes must not hold the log for ever.
    const fn limits(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Login => &[],
            Self::Writer => &[("idle_in_transaction_session_timeout", "10min")],
            Self::Reader => &[("statement_timeout", "30s"), ("idle_in_transaction_session_timeout", "1min")],
        }
    }
}

/// A connection, and what stands between.
pub struct Opened {
    /// The connection.
    pub client: Client,
    /// Whether a pooler lends the server connection by the transaction: no prepared statement and no setting outlives one.
    pub is_pooled: bool,
}

/// What holds in a connection.
#[derive(Debug)]
pub(super) struct Session {
    is_pooled: bool,
    of_each_transaction: String,
}

impl Session {
    pub(super) const fn is_pooled(&self) -> bool {
        self.is_pooled
    }

    /// What has to be said in each transaction, because nothing that was said before holds.
    pub(super) fn of_each_transaction(&self) -> &str {
        &self.of_each_transaction
    }
}

/// A connection to the database of a URL (`postgres://..`) or of `key='value'` pairs, with the TLS that it asks for.
///
/// # Errors
/// [`StoreError::Connection`] where the address or a file that it names cannot be used, else what the server says.
pub fn connect(address: &str) -> Result<Client> {
    open(&Address::of(address)?).map(|opened| opened.client)
}

/// The same for an address that was read, and whether a pooler stands between.
///
/// # Errors
/// As [`connect`].
pub fn open(address: &Address) -> Result<Opened> {
    if address.says_pooled() == Some(true) {
        return Ok(Opened { client: dial(address, false)?, is_pooled: true });
    }
    match dial(address, true) {
        Ok(mut client) => {
            let mark = text(&mut client, &format!("select current_setting('{MARK}', true)"))?;
            Ok(Opened { client, is_pooled: address.says_pooled().unwrap_or(mark.as_deref() != Some("on")) })
        }
        // PgBouncer lets no setting of ours through at the start, and says so.
        Err(error) if is_refused_parameter(&error) => Ok(Opened { client: dial(address, false)?, is_pooled: true }),
        Err(error) => Err(error),
    }
}

/// A setting that reaches the server only where the connection is ours from end to end.
const MARK: &str = "predictive_play.direct";

fn dial(address: &Address, with_mark: bool) -> Result<Client> {
    let mut config = address.config.clone();
    if config.get_application_name().is_none() {
        config.application_name("predictive-play");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(10));
    }
    let is_tcp = config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(_)));
    if is_tcp && config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(Duration::from_secs(60)).keepalives_idle(Duration::from_secs(60)).keepalives_retries(3);
    }
    if with_mark {
        let options = config.get_options().map_or_else(String::new, |options| format!("{options} "));
        config.options(&format!("{options}-c {MARK}=on"));
    }
    let doing = "connecting to PostgreSQL";
    let connected = match tls::maker(&address.tls)? {
        Some(tls) => config.connect(tls),
        None => config.connect(NoTls),
    };
    connected.map_err(|source| match source.as_db_error() {
        Some(_) => failed(doing)(source),
        None => StoreError::Engine { doing, kind: Failure::Unreachable, source: Box::new(Unreached { place: address.shown(), source }) },
    })
}

/// Nobody answered as a database does.
#[derive(Debug, thiserror::Error)]
#[error("{place} does not answer")]
struct Unreached {
    place: String,
    source: postgres::Error,
}

fn is_refused_parameter(error: &StoreError) -> bool {
    let StoreError::Engine { source, .. } = error else { return false };
    let said = source.downcast_ref::<postgres::Error>().and_then(|error| error.as_db_error());
    said.is_some_and(|said| said.code().code() == "08P01" && said.message().contains("startup parameter"))
}

/// The first column of the first row, asked in the simple protocol: it leaves no statement behind.
fn text(client: &mut Client, query: &str) -> Result<Option<String>> {
    let answer = client.simple_query(query).map_err(failed("asking for the session"))?;
    Ok(answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    }))
}

/// Makes a connection with the rights of a role, where the login may take it and the role has been let into our schema.
pub(super) fn begin(address: &Address, role: Role) -> Result<(Client, Session)> {
    let Opened { mut client, is_pooled } = open(address)?;
    let role_name = role.name().map_or(Ok(None), |name| text(&mut client, &may_take(name)).map(|found| found.map(|_| name)))?;
    let scope = if is_pooled { "set local" } else { "set" };
    let limits = role.limits().iter().map(|(name, value)| format!("{scope} {name} = '{value}'"));
    let said: Vec<String> = role_name.map(|name| format!("{scope} role {name}")).into_iter().chain(limits).collect();
    let said = said.join("; ");
    if is_pooled {
        return Ok((client, Session { is_pooled, of_each_transaction: said }));
    }
    client.batch_execute(&said).map_err(failed("setting up the session"))?;
    Ok((client, Session { is_pooled, of_each_transaction: String::new() }))
}

/// From version 16 on a member may be one who gives the role and may not take it.
fn may_take(role: &str) -> String {
    format!(
        "select 1 from pg_roles r join pg_namespace n on n.nspname = 'predictive_play'
         where r.rolname = '{role}' and pg_has_role(r.oid, case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end) and has_schema_privilege(r.oid, n.oid, 'usage')
         and has_table_privilege(r.oid, (select c.oid from pg_class c where c.relnamespace = n.oid and c.relname = 'migrations'), 'select')"
    )
}
