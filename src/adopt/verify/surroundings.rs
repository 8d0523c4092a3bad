//! Our own schema in somebody else's house: views ask for the rights of whoever reads them, and nobody but our own roles was let in.

use super::Differences;
use crate::adopt::error::{AdoptError, Result};
use crate::adopt::session::Session;

const VIEWS: &str = "select c.relname::text from pg_class c where c.relnamespace = 'predictive_play'::regnamespace and c.relkind = 'v'
    and not coalesce(c.reloptions @> array['security_invoker=true'], false) order by 1";

/// Grants on our schema and what is in it, to anybody but our roles and who owns it.
const GRANTS: &str = "
    select distinct coalesce(r.rolname::text, 'public'), o.name from (
        select n.nspname::text as name, n.nspowner as owner, n.nspacl as acl from pg_namespace n where n.nspname = 'predictive_play'
        union all
        select 'predictive_play.' || c.relname, c.relowner, c.relacl from pg_class c where c.relnamespace = 'predictive_play'::regnamespace) o
    cross join lateral aclexplode(o.acl) a left join pg_roles r on r.oid = a.grantee
    where a.grantee <> o.owner and coalesce(r.rolname, 'public') !~ '^predictive_play_' and coalesce(r.rolname, '') <> current_user
    order by 1, 2";

pub(super) fn check(session: &mut Session, differences: &mut Differences) -> Result<()> {
    let doing = "looking at our own schema";
    for row in session.rows(VIEWS, &[], doing)? {
        let view: String = row.try_get(0).map_err(AdoptError::query(doing))?;
        let why = format!("it would show rows with its owner's rights: alter view predictive_play.{view} set (security_invoker = true)");
        differences.add(format!("predictive_play.{view}"), "is no security_invoker view", why);
    }
    for row in session.rows(GRANTS, &[], doing)? {
        let text = |at: usize| row.try_get::<_, String>(at).map_err(AdoptError::query(doing));
        let (who, what) = (text(0)?, text(1)?);
        let why = format!("default privileges of this database may do that: revoke all on {what} from {who}");
        differences.add(&what, format!("is granted to {who}"), why);
    }
    Ok(())
}
