//! PostgreSQL's own programs: those of the server's version, or the name of the package that brings them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::{AdoptError, Result};

/// A folder with `pg_dump`, `pg_restore`, `initdb` and `postgres` of one version; the last two may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    folder: PathBuf,
    /// The major version (15).
    pub major: u32,
    /// What `pg_dump --version` says (`pg_dump (PostgreSQL) 15.18`).
    pub version: String,
}

/// Where distributions put them.
const PLACES: [&str; 5] = ["/usr/lib/postgresql", "/usr/lib64/pgsql", "/usr/pgsql", "/opt/homebrew/opt", "/usr/local/pgsql"];

impl Programs {
    /// Those that may dump a server: of its own major version, else the lowest that is newer, which PostgreSQL allows too. `folder` is where
    /// to look, everywhere where not given.
    ///
    /// # Errors
    /// [`AdoptError::Usage`] with the package to install, where there are none.
    pub fn for_server(major: u32, folder: Option<&Path>) -> Result<Self> {
        let folders = folder.map_or_else(everywhere, |folder| [folder.to_owned()].into());
        let found: Vec<Self> = folders.into_iter().filter_map(Self::within).collect();
        let told: Vec<String> = found.iter().map(|programs| programs.major.to_string()).collect();
        let newer =
            found.into_iter().filter(|programs| programs.major >= major).min_by_key(|programs| (programs.major, !programs.has_server()));
        newer.ok_or_else(|| AdoptError::Usage(missing(major, &told)))
    }

    fn within(folder: PathBuf) -> Option<Self> {
        if !folder.join("pg_restore").is_file() {
            return None;
        }
        let output = Command::new(folder.join("pg_dump")).arg("--version").output().ok()?;
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let major = major_of(&version)?;
        Some(Self { folder, major, version })
    }

    /// One of them.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Whether a private cluster can be made with them.
    #[must_use]
    pub fn has_server(&self) -> bool {
        ["initdb", "postgres"].iter().all(|name| self.folder.join(name).is_file())
    }
}

fn missing(major: u32, found: &[String]) -> String {
    let found = if found.is_empty() { "none is installed".to_owned() } else { format!("found only version {}", found.join(", ")) };
    format!(
        "the server is PostgreSQL {major}, and a dump needs pg_dump of version {major} or newer ({found}); install postgresql-client-{major} for the \
         dump and postgresql-{major} for the scratch database (Debian, Ubuntu: `apt-get install postgresql-{major}`, from apt.postgresql.org where \
         the distribution has another version), or name their folder with --programs"
    )
}

/// `pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` is 15.
pub(super) fn major_of(version: &str) -> Option<u32> {
    let number = version.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn everywhere() -> BTreeSet<PathBuf> {
    let versioned =
        PLACES.iter().flat_map(|place| std::fs::read_dir(place).into_iter().flatten().flatten()).map(|entry| entry.path().join("bin"));
    let plain = PLACES.iter().map(|place| Path::new(place).join("bin"));
    let on_path = std::env::var_os("PATH").map(|paths| std::env::split_paths(&paths).collect::<Vec<_>>()).unwrap_or_default();
    versioned.chain(plain).chain(on_path).filter(|folder| folder.join("pg_dump").is_file()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_what_the_program_says() {
        for (said, major) in [
            ("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", 15),
            ("pg_dump (PostgreSQL) 18beta1", 18),
            ("pg_dump (PostgreSQL) 16.2", 16),
        ] {
            assert_eq!(major_of(said), Some(major), "{said}");
        }
        assert_eq!(major_of("busybox"), None);
    }

    #[test]
    fn a_server_without_its_programs_is_told_the_package() {
        let empty = tempfile::tempdir().unwrap();
        let said = Programs::for_server(17, Some(empty.path())).unwrap_err();
        assert!(said.is_usage() && said.to_string().contains("postgresql-client-17"), "{said}");
        assert!(said.to_string().contains("none is installed"), "{said}");
    }
}
