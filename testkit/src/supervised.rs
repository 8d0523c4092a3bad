//! A server that never outlives the tests: a tiny shell holds the other end of a pipe from us, and when the pipe closes, even
//! by `kill -9`, it stops the server and removes its folder. Statics are not dropped, so nothing less would do.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// Words on standard input: `start`, `stop`; the end of input stops for good. TERM and the like end it in the same way.
const SUPERVISOR: &str = r#"
dir=$1; signal=$2; shift 2
trap : HUP INT TERM PIPE
pid=
stop() { if [ -n "$pid" ]; then kill -s "$signal" "$pid"; wait "$pid"; pid=; fi; }
while read -r word; do
  case $word in
    start) "$@" </dev/null >>"$dir/output" 2>&1 & pid=$!; echo "$pid" ;;
    stop) stop; echo stopped ;;
  esac
done
stop
cd / && rm -rf "$dir"
"#;

/// Whom a server runs as.
#[derive(Debug, Clone, Copy)]
pub(crate) struct User {
    pub uid: u32,
    pub gid: u32,
}

/// Looks a user up in the system's list.
pub(crate) fn user(name: &str) -> Option<User> {
    let list = std::fs::read_to_string("/etc/passwd").ok()?;
    let fields: Vec<&str> = list.lines().map(|line| line.split(':').collect()).find(|fields: &Vec<&str>| fields[0] == name)?;
    Some(User { uid: fields.get(2)?.parse().ok()?, gid: fields.get(3)?.parse().ok()? })
}

/// Whether the tests run as root, asked of `id` because the standard library cannot tell.
pub(crate) fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// A command that runs as a user where one is named, and in a process group of its own, so that ctrl-C reaches the tests alone.
pub(crate) fn command_as(user: Option<User>, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.process_group(0).current_dir("/").stderr(Stdio::null());
    if let Some(user) = user {
        command.gid(user.gid).uid(user.uid);
    }
    command
}

/// A folder that belongs to a user, and the shell that guards it.
#[derive(Debug)]
pub(crate) struct Supervised {
    folder: PathBuf,
    shell: Child,
    words: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    pid: Option<u32>,
}

impl Supervised {
    /// Makes the folder and its guard; the server itself is started by [`Supervised::start`].
    /// `server` gets the folder and gives the program with its arguments.
    pub fn new(prefix: &str, user: Option<User>, stop_signal: &str, server: impl FnOnce(&Path) -> Vec<String>) -> Self {
        let folder = tempfile::Builder::new().prefix(prefix).tempdir().expect("a temporary folder can be made").keep();
        if let Some(user) = user {
            chown(&folder, Some(user.uid), Some(user.gid)).expect("root may give a folder away");
        }
        let mut shell = command_as(user, "sh")
            .args(["-c", SUPERVISOR, "supervisor"])
            .args([&folder.display().to_string(), stop_signal])
            .args(server(&folder))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh can be run");
        let words = shell.stdin.take();
        let answers = BufReader::new(shell.stdout.take().expect("standard output is a pipe"));
        Self { folder, shell, words, answers, pid: None }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts the server; it is not ready yet.
    pub fn start(&mut self) {
        assert!(self.pid.is_none(), "the server is running already");
        let answer = self.ask("start");
        self.pid = Some(answer.parse().expect("the supervisor answers with a process id"));
    }

    /// Stops the server by its signal and waits until it is gone. Does nothing where it is stopped already.
    pub fn stop(&mut self) {
        if self.pid.take().is_some() {
            assert_eq!(self.ask("stop"), "stopped");
        }
    }

    fn ask(&mut self, word: &str) -> String {
        let words = self.words.as_mut().expect("open until dropped");
        writeln!(words, "{word}").expect("the supervisor listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the supervisor answers");
        answer.trim().to_owned()
    }

    /// Whether the server has ended by itself. Told by `/proc`; elsewhere than on Linux it counts as running.
    pub fn has_ended(&self) -> bool {
        let Some(pid) = self.pid else { return true };
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
        Path::new("/proc/self").exists() && !stat.is_ok_and(|stat| stat.rsplit(')').next().is_some_and(|rest| !rest.starts_with(" Z")))
    }

    /// Waits until `is_ready`.
    ///
    /// # Errors
    /// The end of the server's output, where it ended first or the time ran out.
    pub fn wait_until(&self, within: Duration, mut is_ready: impl FnMut() -> bool) -> Result<(), String> {
        let deadline = Instant::now() + within;
        while !is_ready() {
            if self.has_ended() {
                return Err(format!("ended at once: {}", self.output_tail()));
            }
            if Instant::now() > deadline {
                return Err(format!("not ready within {within:?}: {}", self.output_tail()));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// All that the server said.
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder.join("output")).unwrap_or_default()).into_owned()
    }

    /// The last of what the server said.
    pub fn output_tail(&self) -> String {
        let output = std::fs::read(self.folder.join("output")).unwrap_or_default();
        String::from_utf8_lossy(&output[output.len().saturating_sub(2000)..]).into_owned()
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        drop(self.words.take());
        if let Err(error) = self.shell.wait() {
            eprintln!("testkit: the supervisor of {} was lost: {error}", self.folder.display());
        }
    }
}

/// A port on 127.0.0.1 that nobody listens on at this moment.
#[must_use]
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}

/// The program of a name on the path.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}
