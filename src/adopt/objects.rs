//! Everything of a database that is not a row, each as a name and a definition in the server's own words: what `inspect` shows, and what two
//! databases are compared by.

use serde::{Deserialize, Serialize};

use super::error::{AdoptError, Result};
use super::session::Session;
use super::sql::{self, NOT_THE_SERVERS};

/// One thing that stands in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Object {
    /// What it is (`policy`, `trigger`).
    pub kind: String,
    /// Its name, with that of what it stands on.
    pub name: String,
    /// How it is defined.
    pub definition: String,
}

/// Kind, and a query that gives names and definitions. `OURS` leaves out the server's own schemas (`n`), `NO_EXTENSION(c, o)` what extensions brought.
const KINDS: &[(&str, &str)] = &[
    ("schema", "select n.nspname, pg_get_userbyid(n.nspowner) from pg_namespace n where OURS and n.nspname <> 'public' and NO_EXTENSION(pg_namespace, n.oid)"),
    ("extension", "select extname, n.nspname from pg_extension join pg_namespace n on n.oid = extnamespace where extname <> 'plpgsql'"),
    (
        "table",
        "select n.nspname || '.' || c.relname,
            concat_ws(' ', c.relkind::text, c.relpersistence::text, c.relreplident::text, 'owner ' || pg_get_userbyid(c.relowner),
                case when c.relrowsecurity then 'row security' end, case when c.relforcerowsecurity then 'forced' end,
                array_to_string(c.reloptions, ','), pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid))
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'f', 'c') and OURS and NO_EXTENSION(pg_class, c.oid)",
    ),
    (
        "column",
        "select n.nspname || '.' || c.relname || '.' || a.attname,
            concat_ws(' ', format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
                'default ' || pg_get_expr(d.adbin, d.adrelid), nullif(a.attidentity::text, ''), nullif(a.attgenerated::text, ''),
                'collate ' || (select collname from pg_collation where oid = a.attcollation))
        from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
            left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where c.relkind in ('r', 'p', 'v', 'm', 'f', 'c') and a.attnum > 0 and not a.attisdropped and OURS and NO_EXTENSION(pg_class, c.oid)",
    ),
    (
        "view",
        "select n.nspname || '.' || c.relname, pg_get_viewdef(c.oid)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('v', 'm') and OURS and NO_EXTENSION(pg_class, c.oid)",
    ),
    (
        "constraint",
        "select coalesce(k.conrelid::regclass::text, k.contypid::regtype::text) || ' ' || k.conname, pg_get_constraintdef(k.oid)
        from pg_constraint k join pg_namespace n on n.oid = k.connamespace
        where OURS and k.contype <> 'n' and NO_EXTENSION(pg_class, k.conrelid) and NO_EXTENSION(pg_type, k.contypid)",
    ),
    (
        "index",
        "select n.nspname || '.' || c.relname, pg_get_indexdef(c.oid) || case when i.indisvalid then '' else ' not valid' end
        from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
        where OURS and NO_EXTENSION(pg_class, i.indrelid)",
    ),
    (
        "trigger",
        "select t.tgrelid::regclass || ' ' || t.tgname, pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text
        from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
        where not t.tgisinternal and OURS and NO_EXTENSION(pg_class, c.oid)",
    ),
    (
        "policy",
        "select p.polrelid::regclass || ' ' || p.polname,
            concat_ws(' ', p.polcmd::text, case when p.polpermissive then 'permissive' else 'restrictive' end,
                'to ' || (select string_agg(case r when 0 then 'public' else pg_get_userbyid(r) end, ', ' order by r <> 0, pg_get_userbyid(r))
                    from unnest(p.polroles) r),
                'using ' || pg_get_expr(p.polqual, p.polrelid), 'check ' || pg_get_expr(p.polwithcheck, p.polrelid))
        from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace where OURS",
    ),
    (
        "publication",
        "select p.pubname, concat_ws(' ', case when p.puballtables then 'all tables' end, case when p.pubinsert then 'insert' end,
                case when p.pubupdate then 'update' end, case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end,
                case when p.pubviaroot then 'via root' end, 'owner ' || pg_get_userbyid(p.pubowner),
                (select 'of ' || string_agg(prrelid::regclass::text || coalesce(' where ' || pg_get_expr(prqual, prrelid), '')
                    || coalesce(' columns ' || prattrs::text, ''), ', ' order by prrelid::regclass::text) from pg_publication_rel where prpubid = p.oid))
        from pg_publication p",
    ),
    (
        "function",
        "select n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
            'owner ' || pg_get_userbyid(p.proowner) || e'\\n' || case when p.prokind in ('f', 'p', 'w') then pg_get_functiondef(p.oid) else p.prosrc end
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace where OURS and NO_EXTENSION(pg_proc, p.oid)",
    ),
    (
        "type",
        "select n.nspname || '.' || t.typname, concat_ws(' ', t.typtype::text, 'owner ' || pg_get_userbyid(t.typowner), format_type(nullif(t.typbasetype, 0), t.typtypmod),
                case when t.typnotnull then 'not null' end, t.typdefault, (select string_agg(e.enumlabel, ', ' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid))
        from pg_type t join pg_namespace n on n.oid = t.typnamespace where t.typtype in ('d', 'e', 'r') and OURS and NO_EXTENSION(pg_type, t.oid)",
    ),
    (
        "sequence",
        "select n.nspname || '.' || c.relname, concat_ws(' ', format_type(s.seqtypid, null), s.seqstart::text, s.seqincrement::text, s.seqmin::text, s.seqmax::text,
                s.seqcycle::text, 'owner ' || pg_get_userbyid(c.relowner))
        from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace where OURS and NO_EXTENSION(pg_class, c.oid)",
    ),
    (
        "grant",
        "select 'table ' || n.nspname || '.' || c.relname, GRANTS(c.relacl)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relacl is not null and OURS and NO_EXTENSION(pg_class, c.oid)
        union all select 'schema ' || n.nspname, GRANTS(n.nspacl) from pg_namespace n where n.nspacl is not null and OURS and n.nspname <> 'public'
        union all select 'function ' || p.oid::regprocedure, GRANTS(p.proacl)
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.proacl is not null and OURS and NO_EXTENSION(pg_proc, p.oid)",
    ),
    (
        "column grant",
        "select n.nspname || '.' || c.relname || '.' || a.attname, GRANTS(a.attacl)
        from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        where a.attacl is not null and not a.attisdropped and OURS and NO_EXTENSION(pg_class, c.oid)",
    ),
    (
        "default privileges",
        "select concat_ws(' ', pg_get_userbyid(d.defaclrole), n.nspname, d.defaclobjtype::text), GRANTS(d.defaclacl)
        from pg_default_acl d join pg_namespace n on n.oid = d.defaclnamespace where OURS",
    ),
    ("rule", "select r.ev_class::regclass || ' ' || r.rulename, pg_get_ruledef(r.oid)
        from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace
        where r.rulename <> '_RETURN' and OURS and NO_EXTENSION(pg_class, c.oid)"),
    ("event trigger", "select e.evtname, concat_ws(' ', e.evtevent, e.evtfoid::regproc::text, e.evtenabled::text, array_to_string(e.evttags, ','))
        from pg_event_trigger e where NO_EXTENSION(pg_event_trigger, e.oid)"),
    ("large objects", "select 'all', count(*)::text from pg_largeobject_metadata"),
    ("comment", "select pg_describe_object(d.classoid, d.objoid, d.objsubid), d.description from pg_description d
        join pg_class c on d.classoid = 'pg_class'::regclass and c.oid = d.objoid join pg_namespace n on n.oid = c.relnamespace
        where OURS and NO_EXTENSION(pg_class, c.oid)"),
];

/// A grant as text, one a line, whoever was named first.
const GRANTS: &str = "(select string_agg(concat_ws(' ', g.privilege_type, 'to', case g.grantee when 0 then 'public' else pg_get_userbyid(g.grantee) end, \
    case when g.is_grantable then 'grantable' end), e'\\n' order by case g.grantee when 0 then 'public' else pg_get_userbyid(g.grantee) end, g.privilege_type) \
    from aclexplode($1) g)";

fn spelt(query: &str, without: &[String]) -> String {
    let left_out: String = without.iter().map(|schema| format!(" and n.nspname <> {}", sql::literal(schema))).collect();
    let mut query = query.replace("OURS", &format!("{NOT_THE_SERVERS}{left_out}"));
    for (mark, expand) in [("NO_EXTENSION(", no_extension as fn(&str) -> String), ("GRANTS(", grants)] {
        while let Some(at) = query.find(mark) {
            let end = at + query[at..].find(')').expect("a mark ends with a bracket");
            let inside = query[at + mark.len()..end].to_owned();
            query.replace_range(at..=end, &expand(&inside));
        }
    }
    query
}

fn no_extension(inside: &str) -> String {
    let (catalogue, oid) = inside.split_once(", ").expect("a catalogue and an oid");
    format!(
        "not exists (select from pg_depend brought where brought.classid = '{catalogue}'::regclass and brought.objid = {oid} and brought.deptype = 'e')"
    )
}

fn grants(column: &str) -> String {
    GRANTS.replace("$1", column)
}

/// Every object of the database, in order; those of the schemas `without` are left out.
///
/// # Errors
/// What the server reports.
pub fn objects(session: &mut Session, without: &[String]) -> Result<Vec<Object>> {
    of_kinds(session, without, |_| true)
}

fn of_kinds(session: &mut Session, without: &[String], is_wanted: impl Fn(&str) -> bool) -> Result<Vec<Object>> {
    let mut found = Vec::new();
    for (kind, query) in KINDS.iter().filter(|(kind, _)| is_wanted(kind)) {
        let doing = format!("reading every {kind}");
        let query =
            format!("select name::text, coalesce(definition, '')::text from ({}) as found (name, definition)", spelt(query, without));
        for row in session.rows(&query, &[], &doing)? {
            let text = |at: usize| row.try_get::<_, String>(at).map_err(AdoptError::query(doing.clone()));
            found.push(Object { kind: (*kind).to_owned(), name: text(0)?, definition: text(1)? });
        }
    }
    found.sort();
    Ok(found)
}

/// Every column of the database, of tables and of what is like them.
///
/// # Errors
/// What the server reports.
pub fn columns(session: &mut Session, without: &[String]) -> Result<Vec<Object>> {
    of_kinds(session, without, |kind| kind == "column")
}

const ROLES: &str = "
    select distinct r.rolname::text, r.rolsuper, r.rolbypassrls, r.rolcanlogin from pg_roles r
    where not r.rolname ~ '^pg_' and (r.rolname = current_user
        or exists (select from pg_shdepend d where d.refclassid = 'pg_authid'::regclass and d.refobjid = r.oid
            and d.dbid in (0, (select oid from pg_database where datname = current_database())))
        or exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relowner = r.oid and OURS))
    order by 1";

/// A role that owns something, is granted something, or is named by a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Whether it may do everything.
    pub is_superuser: bool,
    /// Whether row level security lets it pass.
    pub passes_row_security: bool,
    /// Whether it may log in.
    pub can_login: bool,
}

/// The roles that the objects of the database need.
///
/// # Errors
/// What the server reports.
pub fn roles(session: &mut Session) -> Result<Vec<Role>> {
    let doing = "reading the roles";
    let rows = session.rows(&spelt(ROLES, &[]), &[], doing)?;
    let flag = |row: &postgres::Row, at: usize| row.try_get::<_, bool>(at).map_err(AdoptError::query(doing));
    let role = |row: &postgres::Row| {
        let name = row.try_get(0).map_err(AdoptError::query(doing))?;
        Ok(Role { name, is_superuser: flag(row, 1)?, passes_row_security: flag(row, 2)?, can_login: flag(row, 3)? })
    };
    rows.iter().map(role).collect()
}
