//! A private server that never outlives us: a small shell holds the other end of a pipe, and when the pipe closes, even by `kill -9`, it stops
//! the server and removes its folder. As root it runs as another user, for PostgreSQL refuses root.

use std::io::Write;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use super::error::{AdoptError, Result};

/// Reads the server's process id, then waits for the end of its input. A server whose parent is gone is reaped by the system: a while is
/// waited for that, for its files must not be in use when they go.
const GUARD: &str = r#"
dir=$1
trap : HUP INT TERM PIPE
read -r pid
while read -r word; do :; done
if [ -n "$pid" ]; then
    kill -s QUIT "$pid" 2>/dev/null
    n=0
    while kill -0 "$pid" 2>/dev/null && [ $n -lt 300 ]; do sleep 0.1; n=$((n + 1)); done
fi
cd / && rm -rf "$dir"
"#;

/// Whom programs run as that refuse root.
#[derive(Debug, Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

/// A folder of its own, what runs in it, and the shell that guards both.
pub struct Guarded {
    folder: PathBuf,
    user: Option<User>,
    shell: Child,
    words: Option<ChildStdin>,
    server: Option<Child>,
}

impl Guarded {
    /// Makes the folder.
    ///
    /// # Errors
    /// Where it cannot be made, or we are root and the system has no other user.
    pub fn new(within: &Path) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("predictive-play-")
            .tempdir_in(within)
            .map_err(AdoptError::file("making a folder in", within))?;
        let user = rustix::process::geteuid().is_root().then(unprivileged).transpose()?;
        if let Some(user) = user {
            chown(folder.path(), Some(user.uid), Some(user.gid)).map_err(AdoptError::file("giving away", folder.path()))?;
        }
        let mut shell = Command::new("sh");
        shell.args(["-c", GUARD, "guard"]).arg(folder.path()).process_group(0).current_dir("/").stdin(Stdio::piped());
        let mut shell = shell.stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(AdoptError::file("guarding", folder.path()))?;
        let words = shell.stdin.take();
        Ok(Self { folder: folder.keep(), user, shell, words, server: None })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A command that runs as its owner, untouched by ctrl-C.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.process_group(0).current_dir("/").env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C");
        if let Some(user) = self.user {
            command.gid(user.gid).uid(user.uid);
        }
        command
    }

    /// Starts the server.
    ///
    /// # Errors
    /// Where it cannot be run.
    pub fn start(&mut self, program: &Path, arguments: &[String]) -> Result<()> {
        let failed = || AdoptError::file("running a server in", &self.folder);
        let output = std::fs::File::create(self.folder.join("output")).map_err(failed())?;
        let errors = output.try_clone().map_err(failed())?;
        let mut command = self.command(program);
        let server = command.args(arguments).stdin(Stdio::null()).stdout(output).stderr(errors).spawn().map_err(failed())?;
        let words = self.words.as_mut().expect("open until dropped");
        writeln!(words, "{}", server.id()).map_err(AdoptError::file("guarding", &self.folder))?;
        self.server = Some(server);
        Ok(())
    }

    /// The end of what the server said.
    pub fn said(&self) -> String {
        let said = std::fs::read(self.folder.join("output")).unwrap_or_default();
        String::from_utf8_lossy(&said[said.len().saturating_sub(1500)..]).trim().to_owned()
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.words.take());
        let waited = self.server.as_mut().map_or(Ok(()), |server| server.wait().map(drop)).and_then(|()| self.shell.wait());
        if let Err(error) = waited {
            tracing::warn!("the guard of {} was lost: {error}", self.folder.display());
        }
    }
}

/// `postgres` where the system has it, else `nobody`.
fn unprivileged() -> Result<User> {
    let list = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = |name: &str| {
        let fields: Vec<&str> = list.lines().map(|line| line.split(':').collect()).find(|fields: &Vec<&str>| fields[0] == name)?;
        Some(User { uid: fields.get(2)?.parse().ok()?, gid: fields.get(3)?.parse().ok()? })
    };
    let missing = || {
        AdoptError::Usage(
            "PostgreSQL does not run as root, and there is no user postgres or nobody: run as another user, or give --scratch URL"
                .to_owned(),
        )
    };
    named("postgres").or_else(|| named("nobody")).ok_or_else(missing)
}
