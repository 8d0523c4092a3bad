//! Where settings come from, gathered before any is read: the process's variables, `.env`, the file, systemd's credentials.
//!
//! Only [`Sources::of_process`] looks at the process; everything after works on what it is given, so tests need no process.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Error, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::dotenv;
use super::refusal::Refusal;

/// Names that say where settings are, or that tests use: known, and not settings themselves.
pub const CONFIG: &str = "PREDICTIVE_PLAY_CONFIG";
const DEFAULT_CONFIG: &str = "predictive-play.toml";
const DOTENV: &str = ".env";

/// All that settings are read from. It holds secrets as plain text, so it cannot be printed.
#[derive(Clone, Default)]
pub struct Sources {
    /// Variables; those of the process beat those of `.env`.
    pub env: BTreeMap<String, String>,
    /// The settings file: its name for messages, and its text.
    pub file: Option<(String, String)>,
    /// What could not be gathered.
    pub refused: Vec<Refusal>,
}

impl Sources {
    /// Variables alone.
    pub fn of_env<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let env = pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { env, ..Self::default() }
    }

    /// The same, with this text as the settings file.
    #[must_use]
    pub fn with_file(mut self, name: &str, text: &str) -> Self {
        self.file = Some((name.to_owned(), text.to_owned()));
        self
    }

    /// What this process was given; `config` is what `--config` named. The one place that looks at the process.
    #[must_use]
    pub fn of_process(config: Option<&Path>) -> Self {
        let owned = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        Self::gather(std::env::vars_os().map(|(name, value)| (owned(name), owned(value))), config, Path::new("."))
    }

    /// Variables, and the files that stand in `folder` or are named.
    pub fn gather(env: impl IntoIterator<Item = (String, String)>, config: Option<&Path>, folder: &Path) -> Self {
        let mut sources = Self::of_env(env);
        sources.add_dotenv(folder);
        sources.add_file(config, folder);
        sources
    }

    fn add_dotenv(&mut self, folder: &Path) {
        match read_text(&folder.join(DOTENV)) {
            Ok(text) => {
                let (pairs, refused) = dotenv::parse(DOTENV, &text);
                self.refused.extend(refused);
                let last_wins: BTreeMap<_, _> = pairs.into_iter().collect();
                for (name, value) in last_wins {
                    self.env.entry(name).or_insert(value);
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => self.refused.push(Refusal::of(DOTENV, format!("cannot be read: {error}"))),
        }
    }

    fn add_file(&mut self, config: Option<&Path>, folder: &Path) {
        let from_env = self.env.get(CONFIG).filter(|name| !name.is_empty());
        let (setting, named) = match (config, from_env) {
            (Some(path), _) => ("--config", Some(path.to_owned())),
            (None, named) => (CONFIG, named.map(PathBuf::from)),
        };
        let path = named.clone().unwrap_or_else(|| folder.join(DEFAULT_CONFIG));
        match read_text(&path) {
            Ok(text) => self.file = Some((path.display().to_string(), text)),
            Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                let reason = format!("the settings file cannot be read: {error}");
                self.refused.push(Refusal::of_value(setting, &path.display().to_string(), reason));
            }
        }
    }
}

/// No file of settings and no secret is longer.
const LONGEST_FILE: u64 = 1 << 20;

/// The text of a file. One without end (a device) is refused: it would fill memory before anything is said.
pub(super) fn read_text(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?.take(LONGEST_FILE + 1).read_to_string(&mut text)?;
    if read as u64 > LONGEST_FILE {
        return Err(Error::new(ErrorKind::FileTooLarge, "it is longer than 1 MiB"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn variables_of_the_process_beat_those_of_the_dotenv_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".env"), "DB_NAME=Predictive Play\nDB_HOST=old\nDB_HOST=db\n").unwrap();
        let sources = Sources::gather(env(&[("DB_NAME", "other")]), None, folder.path());
        assert_eq!(sources.env["DB_NAME"], "other");
        assert_eq!(sources.env["DB_HOST"], "db");
        assert_eq!(sources.refused, []);
    }

    #[test]
    fn the_default_file_may_be_absent_and_a_named_one_may_not() {
        let folder = tempfile::tempdir().unwrap();
        let absent = Sources::gather(env(&[]), None, folder.path());
        assert!(absent.file.is_none() && absent.refused.is_empty());
        let named = Sources::gather(env(&[(CONFIG, "/nowhere/at-all.toml")]), None, folder.path());
        assert!(
            named.refused[0].to_string().starts_with("PREDICTIVE_PLAY_CONFIG: \"/nowhere/at-all.toml\" is refused"),
            "{:?}",
            named.refused
        );
    }

    #[test]
    fn the_command_line_beats_the_variable_and_the_variable_the_default() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, format!("# {name}")).unwrap();
            path
        };
        let (_default, by_env, by_flag) = (write("predictive-play.toml"), write("env.toml"), write("flag.toml"));
        let text = |sources: Sources| sources.file.unwrap().1;
        assert_eq!(text(Sources::gather(env(&[]), None, folder.path())), "# predictive-play.toml");
        let pairs = [(CONFIG, by_env.to_str().unwrap())];
        assert_eq!(text(Sources::gather(env(&pairs), None, folder.path())), "# env.toml");
        assert_eq!(text(Sources::gather(env(&pairs), Some(&by_flag), folder.path())), "# flag.toml");
    }
}
