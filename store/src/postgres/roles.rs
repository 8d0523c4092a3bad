//! Who may do what in our schema: an owner, a writer and a reader, made with the schema's versions; and what is missing where
//! the login may not make them. Nothing here needs a superuser: without the roles the login itself does everything.

use crate::engine::Connection;
use crate::error::{Result, StoreError};

/// A right that the login does not have, and how somebody who has it gives it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MissingRight {
    /// The right, by its name in PostgreSQL, and what is done without it.
    pub right: String,
    /// The statements of a superuser, or of the owner of what they name.
    pub sql: String,
}

const ROLES: [&str; 3] = ["predictive_play_owner", "predictive_play_writer", "predictive_play_reader"];

/// Makes the roles and takes them, as far as the login may: from version 16 on, who makes a role may give it, and is not in it yet. Others that do the same at once, in any database, do no harm.
const MAKE: &str = "do $$
declare role text; may_make boolean := (select rolsuper or rolcreaterole from pg_roles where rolname = current_user);
begin
    foreach role in array array['predictive_play_owner', 'predictive_play_writer', 'predictive_play_reader'] loop
        begin
            if may_make and not exists (select from pg_roles where rolname = role) then
                execute format('create role %I nologin', role);
            end if;
        exception when duplicate_object or unique_violation then null;
        end;
        begin
            if exists (select from pg_roles where rolname = role) and not pg_has_role(current_user, role, 'usage') then
                execute format('grant %I to %I', role, current_user);
            end if;
        exception when insufficient_privilege then null;
        end;
    end loop;
end $$";

/// Hands everything of ours to the owner and opens it to writer and reader; only what is not so yet is touched, one thing at a
/// time, so that no lock is held while another is waited for. Others that do the same wait for each step. What a later version makes is
/// open to both from its first moment: a service that starts beside it must not meet a table that it may not read.
const HAND_OVER: &str = "do $$
declare
    ours oid := 'predictive_play'::regnamespace;
    owner oid := (select oid from pg_roles where rolname = 'predictive_play_owner');
    statement text;
begin
    for statement in
        select 'alter schema predictive_play owner to predictive_play_owner' from pg_namespace where oid = ours and nspowner <> owner
        union all select format('alter %s predictive_play.%I owner to predictive_play_owner', case relkind when 'v' then 'view' else 'table' end, relname)
        from pg_class where relnamespace = ours and relkind in ('r', 'p', 'v') and relowner <> owner
        union all select format('alter function %s owner to predictive_play_owner', oid::regprocedure) from pg_proc where pronamespace = ours and proowner <> owner
    loop
        perform pg_advisory_xact_lock(7305);
        execute statement;
        commit;
    end loop;
    perform pg_advisory_xact_lock(7305);
    grant usage on schema predictive_play to predictive_play_writer, predictive_play_reader;
    grant select, insert, update, delete on all tables in schema predictive_play to predictive_play_writer;
    revoke insert, update, delete on predictive_play.migrations from predictive_play_writer;
    grant select on all tables in schema predictive_play to predictive_play_reader;
    grant execute on all functions in schema predictive_play to predictive_play_writer, predictive_play_reader;
    alter default privileges in schema predictive_play grant select, insert, update, delete on tables to predictive_play_writer;
    alter default privileges in schema predictive_play grant select on tables to predictive_play_reader;
end $$";

/// Makes the roles and gives them their rights, as far as the login may. Twice changes nothing.
///
/// # Errors
/// What the server reports; a right that is missing is no error, see [`missing`].
pub(crate) fn settle(connection: &mut dyn Connection) -> Result<()> {
    connection.run_script(MAKE)?;
    if may_hand_over(connection)? { connection.run_script(HAND_OVER) } else { Ok(()) }
}

/// Whether something is left to settle that the login may do: whoever brought the schema up may have been killed before this. Asked with
/// whatever rights; what is ours and stands open to both is the last that [`settle`] does. A schema of another login, who may make no roles, is
/// left with that login: taken over, its service could not go on.
///
/// # Errors
/// What the server reports.
pub(crate) fn is_unsettled(connection: &mut dyn Connection) -> Result<bool> {
    let sql = "select not (exists (select from pg_default_acl where defaclnamespace = 'predictive_play'::regnamespace)
            and not exists (select from pg_class where relnamespace = 'predictive_play'::regnamespace and relkind in ('r', 'p', 'v')
                and relowner is distinct from (select oid from pg_roles where rolname = 'predictive_play_owner')))
        and exists (select from pg_namespace n join pg_roles r on r.oid = n.nspowner where n.nspname = 'predictive_play'
                and r.rolname in (session_user, 'predictive_play_owner'))
        and ((select rolsuper or rolcreaterole from pg_roles where rolname = session_user)
            or exists (select from pg_roles where rolname = 'predictive_play_owner' and pg_has_role(session_user, oid, 'member')))";
    truth(connection, sql)
}

fn may_hand_over(connection: &mut dyn Connection) -> Result<bool> {
    let sql = "select (select count(*) = 3 from pg_roles where rolname in ('predictive_play_owner', 'predictive_play_writer', 'predictive_play_reader'))
        and exists (select from pg_roles where rolname = 'predictive_play_owner' and pg_has_role(oid, case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end))
        and (select pg_has_role(nspowner, 'usage') from pg_namespace where nspname = 'predictive_play')
        and (has_database_privilege(current_database(), 'create')
            or (select nspowner::regrole::text = 'predictive_play_owner' from pg_namespace where nspname = 'predictive_play'))";
    truth(connection, sql)
}

fn truth(connection: &mut dyn Connection, sql: &'static str) -> Result<bool> {
    let mut is_true = false;
    connection.query(sql, &[], &mut |row| {
        is_true = row.opt_int(0)? == Some(1);
        Ok(())
    })?;
    Ok(is_true)
}

/// Who is logged in, and where, quoted as identifiers.
fn names(connection: &mut dyn Connection) -> Result<(String, String)> {
    let mut names = (String::new(), String::new());
    connection.query("select quote_ident(session_user::text), quote_ident(current_database()::text)", &[], &mut |row| {
        names = (row.text(0)?.to_owned(), row.text(1)?.to_owned());
        Ok(())
    })?;
    Ok(names)
}

/// Refuses to begin where the login could not make or change our schema at all: by name, before anything is done.
///
/// # Errors
/// [`StoreError::Rights`] with what is missing.
pub(crate) fn require_ownership(connection: &mut dyn Connection) -> Result<()> {
    let (login, database) = names(connection)?;
    let may_create = truth(connection, "select has_database_privilege(current_database(), 'create')")?;
    let is_there = truth(connection, "select to_regnamespace('predictive_play') is not null")?;
    let owns = truth(
        connection,
        "select coalesce((select pg_has_role(nspowner, 'usage') from pg_namespace where nspname = 'predictive_play'), false)",
    )?;
    let refused = |right: String, sql: String| Err(StoreError::Rights { right, sql });
    match is_there {
        false if !may_create => {
            refused(format!("CREATE on database {database}"), format!("grant create on database {database} to {login};"))
        }
        true if !owns => refused("ownership of schema predictive_play".to_owned(), format!("grant predictive_play_owner to {login};")),
        _ => Ok(()),
    }
}

/// What the login lacks for the three roles; empty where they are there and ours to take.
///
/// # Errors
/// What the server reports.
pub(crate) fn missing(connection: &mut dyn Connection) -> Result<Vec<MissingRight>> {
    let (login, _) = names(connection)?;
    let mut found: Vec<(String, bool)> = Vec::new();
    let sql = "select rolname::text, pg_has_role(session_user, oid, case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end) from pg_roles where rolname like 'predictive\\_play\\_%'";
    connection.query(sql, &[], &mut |row| {
        found.push((row.text(0)?.to_owned(), row.int(1)? == 1));
        Ok(())
    })?;
    let state = |role: &str| found.iter().find(|(name, _)| name == role).map(|(_, is_member)| *is_member);
    let lacking: Vec<&str> = ROLES.into_iter().filter(|role| state(role).is_none()).collect();
    let foreign: Vec<&str> = ROLES.into_iter().filter(|role| state(role) == Some(false)).collect();
    let mut missing = Vec::new();
    if !lacking.is_empty() {
        let made: Vec<String> = lacking.iter().map(|role| format!("create role {role} nologin;")).collect();
        let right = format!("CREATEROLE (the roles {} are not there; the login does everything by itself)", lacking.join(", "));
        missing.push(MissingRight { right, sql: format!("{} grant {} to {login};", made.join(" "), lacking.join(", ")) });
    }
    if foreign.contains(&ROLES[1]) || foreign.contains(&ROLES[2]) {
        let wanted: Vec<&str> = foreign.into_iter().filter(|role| *role != ROLES[0]).collect();
        let right = format!("membership in {} (sessions keep the login's own rights)", wanted.join(", "));
        missing.push(MissingRight { right, sql: format!("grant {} to {login};", wanted.join(", ")) });
    }
    if missing.is_empty() && state(ROLES[0]) == Some(true) && !truth(connection, HAS_HANDED_OVER)? {
        let right = "ownership of schema predictive_play by predictive_play_owner (run `migrate up` once more)".to_owned();
        missing.push(MissingRight { right, sql: "alter schema predictive_play owner to predictive_play_owner;".to_owned() });
    }
    Ok(missing)
}

const HAS_HANDED_OVER: &str =
    "select coalesce((select nspowner::regrole::text = 'predictive_play_owner' from pg_namespace where nspname = 'predictive_play'), true)";
