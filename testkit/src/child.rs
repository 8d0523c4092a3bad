//! The product's binary as a child of a test: wait for a line of it, kill it at any moment, collect what it said, never hang.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A running child whose output is collected line by line. Killed when dropped.
#[derive(Debug)]
pub struct ChildProcess {
    child: Child,
    output: Arc<Output>,
}

/// What a child said and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it (9 after a kill).
    pub signal: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stream {
    Out,
    Err,
}

#[derive(Debug, Default)]
struct Output {
    said: Mutex<Said>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Said {
    lines: Vec<(Stream, String)>,
    closed: usize,
    read: usize,
}

impl Said {
    fn of(&self, stream: Stream) -> String {
        self.lines.iter().filter(|(of, _)| *of == stream).map(|(_, line)| line.as_str()).collect()
    }

    fn all(&self) -> String {
        self.lines.iter().map(|(_, line)| line.as_str()).collect()
    }
}

impl ChildProcess {
    /// Starts a command with its output collected and nothing to read.
    ///
    /// # Panics
    /// Where it cannot be started.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
        let output = Arc::new(Output::default());
        collect(Stream::Out, child.stdout.take().expect("standard output is a pipe"), &output);
        collect(Stream::Err, child.stderr.take().expect("standard error is a pipe"), &output);
        Self { child, output }
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line (of either stream, after those that earlier calls have gone past) with `text` in it, and gives it without its end.
    ///
    /// # Errors
    /// All that was said, where the child ended or the time ran out before.
    pub fn wait_for_line(&mut self, text: &str, within: Duration) -> Result<String, String> {
        let deadline = Instant::now() + within;
        let mut said = self.output.said.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            while let Some((_, line)) = said.lines.get(said.read) {
                let line = line.trim_end().to_owned();
                said.read += 1;
                if line.contains(text) {
                    return Ok(line);
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if said.closed == 2 || left.is_zero() {
                let why = if said.closed == 2 { "the child ended" } else { "the time ran out" };
                return Err(format!("{why} before a line with {text:?}; it said:\n{}", said.all()));
            }
            said = self.output.changed.wait_timeout(said, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// `kill -9`, and waits until it is gone.
    ///
    /// # Panics
    /// Where the system refuses.
    pub fn kill(mut self) -> Finished {
        self.child.kill().expect("a child can be killed");
        self.finish(Duration::from_secs(10)).expect("a killed child ends")
    }

    /// Ctrl-C, as a terminal sends it to one process.
    ///
    /// # Panics
    /// Where `kill` cannot be run.
    pub fn interrupt(&self) {
        let status = Command::new("kill").args(["-s", "INT", &self.child.id().to_string()]).status().expect("kill can be run");
        assert!(status.success(), "the child is there to be interrupted");
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// All that was said, where the time ran out; the child is killed then.
    pub fn finish(mut self, within: Duration) -> Result<Finished, String> {
        let deadline = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be asked for its end") {
                return Ok(self.finished(status, deadline));
            }
            if Instant::now() > deadline {
                return Err(format!("not ended within {within:?}; it said:\n{}", self.said_so_far()));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether it has ended.
    ///
    /// # Panics
    /// Where the system cannot tell.
    #[must_use]
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child can be asked for its end").is_some()
    }

    /// All that it said until now, in the order of arrival.
    #[must_use]
    pub fn said_so_far(&self) -> String {
        self.output.said.lock().unwrap_or_else(PoisonError::into_inner).all()
    }

    /// A grandchild may hold the pipes open: their end is not waited for beyond the deadline.
    fn finished(&self, status: ExitStatus, deadline: Instant) -> Finished {
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_secs(1));
        let said = self.output.said.lock().unwrap_or_else(PoisonError::into_inner);
        let (said, _) = self.output.changed.wait_timeout_while(said, left, |said| said.closed < 2).unwrap_or_else(PoisonError::into_inner);
        Finished { code: status.code(), signal: status.signal(), stdout: said.of(Stream::Out), stderr: said.of(Stream::Err) }
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        // Refused only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(stream: Stream, pipe: impl Read + Send + 'static, output: &Arc<Output>) {
    let output = Arc::clone(output);
    std::thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while pipe.read_until(b'\n', &mut line).is_ok_and(|len| len > 0) {
            let text = String::from_utf8_lossy(&line).into_owned();
            output.said.lock().unwrap_or_else(PoisonError::into_inner).lines.push((stream, text));
            output.changed.notify_all();
            line.clear();
        }
        output.said.lock().unwrap_or_else(PoisonError::into_inner).closed += 1;
        output.changed.notify_all();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    fn sh(script: &str) -> ChildProcess {
        ChildProcess::start(Command::new("sh").args(["-c", script]))
    }

    #[test]
    fn lines_are_waited_for_one_after_the_other_in_either_stream() {
        let mut child = sh("echo listening on 127.0.0.1:1; echo ready >&2; sleep 60");
        assert_eq!(child.wait_for_line("listening", SOON).unwrap(), "listening on 127.0.0.1:1");
        let mut both = sh("echo one >&2; sleep 0.2; echo two; sleep 60");
        assert_eq!(both.wait_for_line("one", SOON).unwrap(), "one");
        assert_eq!(both.wait_for_line("two", SOON).unwrap(), "two");
        let waited = both.wait_for_line("one", Duration::from_millis(50)).unwrap_err();
        assert!(waited.contains("the time ran out") && waited.contains("two"), "{waited}");
    }

    #[test]
    fn a_child_that_ends_early_says_what_it_said() {
        let refused = sh("echo no key >&2; exit 2").wait_for_line("listening", SOON).unwrap_err();
        assert!(refused.contains("the child ended") && refused.contains("no key"), "{refused}");
        let finished = sh("echo board; echo no key >&2; exit 2").finish(SOON).unwrap();
        assert_eq!(finished, Finished { code: Some(2), signal: None, stdout: "board\n".to_owned(), stderr: "no key\n".to_owned() });
    }

    #[test]
    fn a_kill_takes_the_child_at_once_and_an_interrupt_lets_it_finish() {
        let mut child = sh("trap '' TERM INT; echo up; while :; do sleep 0.05; done");
        child.wait_for_line("up", SOON).unwrap();
        assert_eq!(child.kill().signal, Some(9));
        let mut child = sh("trap 'echo bye; exit 0' INT; echo up; while :; do sleep 0.05; done");
        child.wait_for_line("up", SOON).unwrap();
        child.interrupt();
        assert_eq!(child.finish(SOON).unwrap().stdout, "up\nbye\n");
    }

    #[test]
    fn a_child_that_does_not_end_is_killed_at_the_deadline() {
        let child = sh("echo up; exec sleep 60");
        let id = child.id();
        assert!(child.finish(Duration::from_millis(200)).unwrap_err().contains("up"));
        assert!(!std::path::Path::new(&format!("/proc/{id}")).exists());
    }
}
