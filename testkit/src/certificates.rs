//! A certificate authority of a test's own, by the `openssl` program: a server's certificate, and a client's.

use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::postgres::server_user;
use crate::supervised::on_path;

/// An authority, a server's certificate for `localhost` alone, and a client's. Gone with the value.
#[derive(Debug)]
pub struct Certificates {
    folder: tempfile::TempDir,
}

impl Certificates {
    /// Makes them; `client` is the name in the client's certificate. `None`, and a line that says so, without `openssl`.
    ///
    /// # Panics
    /// Where `openssl` refuses.
    #[must_use]
    pub fn new(client: &str) -> Option<Self> {
        if on_path("openssl").is_none() {
            crate::skipped("openssl is not installed");
            return None;
        }
        let made = Self { folder: tempfile::tempdir().expect("a temporary folder can be made") };
        std::fs::set_permissions(made.folder.path(), PermissionsExt::from_mode(0o755)).expect("our own folder");
        made.authority("ca");
        made.authority("stranger");
        made.signed("server", "localhost", "subjectAltName=DNS:localhost");
        made.signed("client", client, "extendedKeyUsage=clientAuth");
        if let Some(user) = server_user() {
            chown(made.key("server"), Some(user.uid), Some(user.gid)).expect("root may give a file away");
        }
        Some(made)
    }

    /// The certificate of `ca` (which signed the others), `stranger` (an authority that signed none), `server` or `client`.
    #[must_use]
    pub fn certificate(&self, of: &str) -> PathBuf {
        self.folder.path().join(format!("{of}.crt"))
    }

    /// The key of it, readable by its owner alone: the user that servers run as, for `server`.
    #[must_use]
    pub fn key(&self, of: &str) -> PathBuf {
        self.folder.path().join(format!("{of}.key"))
    }

    fn authority(&self, name: &str) {
        openssl(
            self.folder.path(),
            &["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
            &["-subj", &format!("/CN={name}"), "-keyout", &format!("{name}.key"), "-out", &format!("{name}.crt")],
        );
    }

    fn signed(&self, name: &str, subject: &str, extension: &str) {
        let (key, request) = (format!("{name}.key"), format!("{name}.csr"));
        let new = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        openssl(self.folder.path(), &new, &["-subj", &format!("/CN={subject}"), "-keyout", &key, "-out", &request]);
        std::fs::write(self.folder.path().join("extensions"), extension).expect("our own folder");
        let sign = ["x509", "-req", "-days", "2", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "extensions"];
        openssl(self.folder.path(), &sign, &["-in", &request, "-out", &format!("{name}.crt")]);
    }
}

fn openssl(folder: &Path, what: &[&str], more: &[&str]) {
    let output = Command::new("openssl").current_dir(folder).args(what).args(more).output().expect("openssl can be run");
    assert!(output.status.success(), "openssl {what:?}: {}", String::from_utf8_lossy(&output.stderr));
}
