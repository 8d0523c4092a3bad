//! Whose certificate is believed, and for which name: each `sslmode` against a server with a certificate for `localhost` alone.

use store::postgres::connect;
use testkit::certificates::Certificates;
use testkit::postgres::{PostgresCluster, PostgresOptions, dedicated};

const HBA: &str = "host all testkit 127.0.0.1/32 trust\nhostssl all papers 127.0.0.1/32 cert\nhostssl all all 127.0.0.1/32 scram-sha-256\n";
const PASSWORD: &str = "p@ss/w?r#d %41'\\";

struct Secured {
    cluster: PostgresCluster,
    certificates: Certificates,
    folder: tempfile::TempDir,
}

impl Secured {
    fn start() -> Option<Self> {
        let certificates = Certificates::new("papers")?;
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        std::fs::write(folder.path().join("hba"), HBA).unwrap();
        let shown = |path: std::path::PathBuf| path.display().to_string();
        let options = PostgresOptions::default()
            .with("ssl", "on")
            .with("ssl_cert_file", &shown(certificates.certificate("server")))
            .with("ssl_key_file", &shown(certificates.key("server")))
            .with("ssl_ca_file", &shown(certificates.certificate("ca")))
            .with("hba_file", &shown(folder.path().join("hba")));
        let cluster = dedicated(&options)?;
        let literal = PASSWORD.replace('\'', "''");
        let admin = connect(&cluster.url("postgres")).map(|mut client| {
            client.batch_execute(&format!("create role app login password '{literal}'; create role papers login")).unwrap();
            client.batch_execute("create database \"Predictive Play\"").unwrap();
        });
        admin.unwrap();
        Some(Self { cluster, certificates, folder })
    }

    fn url(&self, user: &str, host: &str, parameters: &str) -> String {
        format!("postgres://{user}@{host}:{}/Predictive Play?{parameters}", self.cluster.port())
    }

    fn root(&self, of: &str) -> String {
        format!("sslrootcert={}", self.certificates.certificate(of).display())
    }
}

/// Whether the connection is made, and with TLS; else what is said.
fn reached(url: &str) -> Result<bool, String> {
    let mut client = connect(url).map_err(|error| told(&error))?;
    let row = client.query_one("select ssl from pg_stat_ssl where pid = pg_backend_pid()", &[]).map_err(|error| told(&error))?;
    Ok(row.get(0))
}

fn told(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {}", told(source)))
}

#[test]
fn a_certificate_is_believed_as_far_as_the_address_asks() {
    let Some(secured) = Secured::start() else { return };
    let (ours, strange) = (secured.root("ca"), secured.root("stranger"));
    let own = format!("sslrootcert={}", secured.certificates.certificate("server").display());
    for (host, parameters, expected) in [
        ("127.0.0.1", "sslmode=disable".to_owned(), Ok(false)),
        ("127.0.0.1", String::new(), Ok(true)),
        ("127.0.0.1", "sslmode=prefer".to_owned(), Ok(true)),
        ("127.0.0.1", "sslmode=require".to_owned(), Ok(true)),
        ("127.0.0.1", format!("sslmode=require&{ours}"), Ok(true)),
        ("127.0.0.1", format!("sslmode=require&{strange}"), Err("UnknownIssuer")),
        ("127.0.0.1", format!("sslmode=verify-ca&{ours}"), Ok(true)),
        ("127.0.0.1", format!("sslmode=verify-ca&{strange}"), Err("UnknownIssuer")),
        ("127.0.0.1", "sslmode=verify-ca&sslrootcert=system".to_owned(), Err("UnknownIssuer")),
        ("127.0.0.1", format!("sslmode=verify-full&{ours}"), Err("not valid for")),
        ("localhost", format!("sslmode=verify-full&{ours}"), Ok(true)),
        ("localhost", format!("sslmode=verify-full&{own}"), Ok(true)),
        ("localhost", format!("sslmode=verify-full&{strange}"), Err("UnknownIssuer")),
        ("localhost", "sslmode=verify-full&sslrootcert=/nowhere/ca.pem".to_owned(), Err("sslrootcert /nowhere/ca.pem")),
    ] {
        let found = reached(&secured.url("testkit", host, &parameters));
        match (&found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(*found, expected, "{host} {parameters}"),
            (Err(said), Err(expected)) if said.contains(expected) => {}
            other => panic!("{host} {parameters}: {other:?}"),
        }
    }
}

#[test]
fn a_password_of_any_character_and_a_client_certificate_open_the_door() {
    let Some(secured) = Secured::start() else { return };
    let root = secured.root("ca");
    let raw = PASSWORD.replace("%41", "%2541");
    assert_eq!(reached(&secured.url(&format!("app:{raw}"), "localhost", &format!("sslmode=verify-full&{root}"))), Ok(true));
    let refused = reached(&secured.url("app:wrong", "localhost", "sslmode=require")).unwrap_err();
    assert!(refused.contains("password authentication failed") && !refused.contains("wrong"), "{refused}");
    assert!(reached(&secured.url("app:x", "localhost", "sslmode=disable")).unwrap_err().contains("no pg_hba.conf entry"));
    let papers = |of: &str| {
        let (certificate, key) = (secured.certificates.certificate(of), secured.certificates.key(of));
        format!("sslmode=verify-full&{root}&sslcert={}&sslkey={}", certificate.display(), key.display())
    };
    assert_eq!(reached(&secured.url("papers", "localhost", &papers("client"))), Ok(true));
    assert!(reached(&secured.url("papers", "localhost", &papers("stranger"))).is_err());
    drop(secured.folder);
}
