//! Our own schema in somebody else's house: views ask for the rights of whoever reads them, and nobody but our own roles was let in.

use super::error::{AdoptError, Result};
use super::session::Session;

const VIEWS: &str = "select c.relname::text from pg_class c where c.relnamespace = 'predictive_play'::regnamespace and c.relkind = 'v'
    and not coalesce(c.reloptions @> array['security_invoker=true'], false) order by 1";

/// Grants on our schema and what is in it, to anybody but our roles and who owns it: who, what, and the statement that takes it away.
const GRANTS: &str = "
    select distinct coalesce(r.rolname::text, 'public'), o.name, format('revoke all on %s from %s', o.name, coalesce(quote_ident(r.rolname), 'public')) from (
        select 'schema predictive_play' as name, n.nspowner as owner, n.nspacl as acl from pg_namespace n where n.nspname = 'predictive_play'
        union all
        select format('%I.%I', 'predictive_play', c.relname), c.relowner, c.relacl from pg_class c
        where c.relnamespace = 'predictive_play'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')) o
    cross join lateral aclexplode(o.acl) a left join pg_roles r on r.oid = a.grantee
    where a.grantee <> o.owner and coalesce(r.rolname, 'public') !~ '^predictive_play_' and coalesce(r.rolname, '') <> current_user
    order by 1, 2";

/// What of our own is open to somebody else.
struct LetIn {
    who: String,
    what: String,
    remedy: String,
}

fn let_in(session: &mut Session) -> Result<Vec<LetIn>> {
    let doing = "looking who was let into our own schema";
    let rows = session.rows(GRANTS, &[], doing)?;
    let text = |row: &postgres::Row, at: usize| row.try_get::<_, String>(at).map_err(AdoptError::query(doing));
    rows.iter().map(|row| Ok(LetIn { who: text(row, 0)?, what: text(row, 1)?, remedy: text(row, 2)? })).collect()
}

/// Takes back what default privileges of the database gave to roles of the host.
///
/// # Errors
/// What the server reports.
pub fn shut(session: &mut Session) -> Result<()> {
    for one in let_in(session)? {
        session.run(&one.remedy, &format!("taking {} back from {}", one.what, one.who))?;
    }
    Ok(())
}

/// What is not as it should be, as what, what is wrong, and what to do.
///
/// # Errors
/// What the server reports.
pub fn wrong(session: &mut Session) -> Result<Vec<(String, String, String)>> {
    let doing = "looking at our own views";
    let mut found = Vec::new();
    for row in session.rows(VIEWS, &[], doing)? {
        let view: String = row.try_get(0).map_err(AdoptError::query(doing))?;
        let why = format!("it would show rows with its owner's rights: alter view predictive_play.{view} set (security_invoker = true)");
        found.push((format!("predictive_play.{view}"), "is no security_invoker view".to_owned(), why));
    }
    let told = |one: LetIn| {
        (one.what, format!("is granted to {}", one.who), format!("default privileges of this database may do that: {}", one.remedy))
    };
    found.extend(let_in(session)?.into_iter().map(told));
    Ok(found)
}
