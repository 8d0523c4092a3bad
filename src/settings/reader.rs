//! Looks settings up by key in variables and file, remembers every name that was asked for, and collects what is wrong, so
//! that an operator hears of all mistakes at once and unknown names can be told from known ones.

use std::collections::BTreeSet;
use std::path::Path;

use super::refusal::{Refusal, did_you_mean};
use super::secret::Secret;
use super::sources::{CONFIG, Sources, read_text};
use super::values::Read;

const PREFIX: &str = "PREDICTIVE_PLAY_";
const NOT_SETTINGS: [&str; 2] = [CONFIG, "PREDICTIVE_PLAY_CORPUS"];

/// The variable of a key: `ask.sports` is `PREDICTIVE_PLAY_ASK_SPORTS`.
#[must_use]
pub fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_ascii_uppercase().replace(['.', '-'], "_"))
}

/// What was given for a setting, and the name under which it was.
struct Given {
    setting: String,
    texts: Texts,
}

enum Texts {
    One(String),
    Many(Vec<String>),
}

/// A reading of settings in progress.
pub struct Reader<'a> {
    sources: &'a Sources,
    file: toml::Table,
    keys: BTreeSet<String>,
    variables: BTreeSet<String>,
    /// What was refused so far.
    pub refused: Vec<Refusal>,
    /// What is odd but no reason to stop.
    pub warnings: Vec<String>,
}

impl<'a> Reader<'a> {
    pub fn new(sources: &'a Sources) -> Self {
        let mut refused = sources.refused.clone();
        let file = match &sources.file {
            Some((name, text)) => parse_file(name, text).unwrap_or_else(|refusal| {
                refused.push(refusal);
                toml::Table::new()
            }),
            None => toml::Table::new(),
        };
        Self { sources, file, keys: BTreeSet::new(), variables: BTreeSet::new(), refused, warnings: Vec::new() }
    }

    /// One value, its default where it is not given (or refused).
    pub fn value<T>(&mut self, key: &str, aliases: &[&str], default: T, parse: impl Fn(&str) -> Read<T>) -> T {
        self.optional(key, aliases, parse).unwrap_or(default)
    }

    /// One value that may be absent.
    pub fn optional<T>(&mut self, key: &str, aliases: &[&str], parse: impl Fn(&str) -> Read<T>) -> Option<T> {
        let Given { setting, texts } = self.given(key, aliases)?;
        match texts {
            Texts::One(text) => self.kept(parse(&text).map_err(|allowed| Refusal::of_value(setting, &text, allowed))),
            Texts::Many(_) => self.kept(Err(Refusal::of(setting, "one value is expected, not a list"))),
        }
    }

    /// Values with commas between them in a variable, or a list in the file, each once; `none` alone is the empty list.
    pub fn list<T: PartialEq>(&mut self, key: &str, aliases: &[&str], default: &[&str], parse: impl Fn(&str) -> Read<T>) -> Vec<T> {
        let (setting, texts) = match self.given(key, aliases) {
            Some(Given { setting, texts: Texts::Many(texts) }) => (setting, texts),
            Some(Given { setting, texts: Texts::One(text) }) => (setting, split_list(&text)),
            None => (key.to_owned(), default.iter().map(|&text| text.to_owned()).collect()),
        };
        let read = |text: &String| parse(text).map_err(|allowed| Refusal::of_value(&setting, text, allowed));
        let read_all: Vec<_> = texts.iter().map(read).collect();
        let mut values = Vec::new();
        for value in read_all.into_iter().filter_map(|value| self.kept(value)) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }

    /// A secret: from its variables, a file named by `.._FILE`, a systemd credential, or the settings file (`key`, `key_file`).
    pub fn secret(&mut self, key: &str, aliases: &[&str], parse: impl Fn(&str) -> Read<Secret>) -> Option<Secret> {
        let (setting, text) = match self.secret_text(key, aliases) {
            Ok(found) => found?,
            Err(refusal) => return self.kept(Err(refusal)),
        };
        self.kept(parse(text.expose()).map_err(|allowed| Refusal::of(setting, format!("the value (not shown) is refused; {allowed}"))))
    }

    /// Refuses what the file holds and nobody asked for, notes such variables, and gives up the findings.
    pub fn finish(mut self) -> (Vec<Refusal>, Vec<String>) {
        self.refuse_unknown_keys();
        self.note_unknown_variables();
        (self.refused, self.warnings)
    }

    /// Every key that was asked for.
    #[cfg(test)]
    pub fn keys(&self) -> &BTreeSet<String> {
        &self.keys
    }

    /// Every variable that was asked for.
    #[cfg(test)]
    pub fn variables(&self) -> &BTreeSet<String> {
        &self.variables
    }

    fn kept<T>(&mut self, read: Result<T, Refusal>) -> Option<T> {
        read.map_err(|refusal| self.refused.push(refusal)).ok()
    }

    fn given(&mut self, key: &str, aliases: &[&str]) -> Option<Given> {
        self.keys.insert(key.to_owned());
        for name in self.names(key, aliases) {
            if let Some(text) = self.variable(&name) {
                return Some(Given { setting: name, texts: Texts::One(text) });
            }
        }
        self.in_file(key)
    }

    fn names(&mut self, key: &str, aliases: &[&str]) -> Vec<String> {
        let names: Vec<String> = std::iter::once(variable(key)).chain(aliases.iter().map(|&name| name.to_owned())).collect();
        self.variables.extend(names.iter().cloned());
        names
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.sources.env.get(name).map(|text| text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn in_file(&self, key: &str) -> Option<Given> {
        let mut parts = key.split('.');
        let first = self.file.get(parts.next()?)?;
        let value = parts.try_fold(first, |value, part| value.as_table()?.get(part))?;
        let texts = match value {
            toml::Value::Table(_) => return None,
            toml::Value::Array(values) => Texts::Many(values.iter().map(scalar_text).collect()),
            scalar => Texts::One(scalar_text(scalar)),
        };
        Some(Given { setting: self.place(key), texts })
    }

    fn place(&self, key: &str) -> String {
        let file = self.sources.file.as_ref().map_or("the settings file", |(name, _)| name);
        format!("{key} in {file}")
    }

    fn secret_text(&mut self, key: &str, aliases: &[&str]) -> Result<Option<(String, Secret)>, Refusal> {
        let path_key = format!("{key}_file");
        self.keys.extend([key.to_owned(), path_key.clone()]);
        let names = self.names(key, aliases);
        self.variables.extend(names.iter().map(|name| format!("{name}_FILE")));
        for name in &names {
            let path_name = format!("{name}_FILE");
            match (self.variable(name), self.variable(&path_name)) {
                (Some(_), Some(_)) => return Err(Refusal::of(name, format!("{path_name} is set too: set one of them"))),
                (Some(text), None) => return Ok(Some((name.clone(), Secret::new(text)))),
                (None, Some(path)) => return read_secret(&path_name, Path::new(&path)).map(Some),
                (None, None) => {}
            }
        }
        if let Some(found) = self.credential(&names) {
            return found.map(Some);
        }
        match (self.in_file(key), self.in_file(&path_key)) {
            (Some(_), Some(_)) => Err(Refusal::of(self.place(key), format!("{path_key} is set too: set one of them"))),
            (Some(Given { setting, texts: Texts::One(text) }), None) => Ok(Some((setting, Secret::new(text)))),
            (None, Some(Given { setting, texts: Texts::One(path) })) => read_secret(&setting, Path::new(&path)).map(Some),
            (None, None) => Ok(None),
            _ => Err(Refusal::of(self.place(key), "one value is expected, not a list")),
        }
    }

    /// systemd puts each credential into a file named by its id: ours are the variables' names in small letters.
    fn credential(&self, names: &[String]) -> Option<Result<(String, Secret), Refusal>> {
        let folder = self.variable("CREDENTIALS_DIRECTORY")?;
        let ids = names.iter().map(|name| name.to_ascii_lowercase());
        let id = ids.into_iter().find(|id| Path::new(&folder).join(id).exists())?;
        Some(read_secret(&format!("the systemd credential {id}"), &Path::new(&folder).join(&id)))
    }

    fn refuse_unknown_keys(&mut self) {
        let mut held = Vec::new();
        leaf_keys(&self.file, "", &mut held);
        let unknown = held.iter().filter(|key| !self.keys.contains(*key));
        let say = |key: &String| {
            Refusal::of(self.place(key), format!("no such setting{}", did_you_mean(key, self.keys.iter().map(String::as_str))))
        };
        let refused: Vec<Refusal> = unknown.map(say).collect();
        self.refused.extend(refused);
    }

    /// Only noted: orchestrators set variables of their own after a service's name (`PREDICTIVE_PLAY_PORT=tcp://..`).
    fn note_unknown_variables(&mut self) {
        let is_unknown =
            |name: &&String| name.starts_with(PREFIX) && !self.variables.contains(*name) && !NOT_SETTINGS.contains(&name.as_str());
        let known = || self.variables.iter().map(String::as_str).filter(|name| name.starts_with(PREFIX));
        let say = |name: &String| format!("{name} names no setting and is not used{}", did_you_mean(name, known()));
        let noted: Vec<String> = self.sources.env.keys().filter(is_unknown).map(say).collect();
        self.warnings.extend(noted);
    }
}

/// The parser's own message shows the line, which may hold a secret: only its number is kept.
fn parse_file(name: &str, text: &str) -> Result<toml::Table, Refusal> {
    text.parse::<toml::Table>().map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        Refusal::of(format!("{name} line {}", before.matches('\n').count() + 1), format!("is not TOML: {}", error.message()))
    })
}

fn scalar_text(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| text.trim().to_owned())
}

fn split_list(text: &str) -> Vec<String> {
    if text == "none" {
        return Vec::new();
    }
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// Only an absolute path is shown in a refusal: another may be the secret itself, put where its file should be named.
fn read_secret(setting: &str, path: &Path) -> Result<(String, Secret), Refusal> {
    let refusal = |reason: String| match path.is_absolute() {
        true => Refusal::of_value(setting, &path.display().to_string(), reason),
        false => Refusal::of(setting, reason),
    };
    let text = read_text(path).map_err(|error| refusal(format!("the file cannot be read: {error}")))?;
    match text.trim() {
        "" => Err(refusal("the file is empty".to_owned())),
        text => Ok((setting.to_owned(), Secret::new(text))),
    }
}

fn leaf_keys(table: &toml::Table, prefix: &str, found: &mut Vec<String>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => leaf_keys(inner, &key, found),
            _ => found.push(key),
        }
    }
}
