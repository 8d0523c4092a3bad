//! The order of a replay: every stored reply is dated first, then they are played by their own time, whatever file they lie in.
//!
//! What is kept in memory is bounded: names and moments of all, bodies of the first so many megabytes and of those inside archives
//! (which cannot be read out of order); the others are read again when their turn comes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use odds::Moment;
use providers::Provider;

use super::{Dated, Stored, What, date, read};

/// Bodies that are kept from the first reading.
const MOST_KEPT: usize = 64 << 20;

/// Stored replies in the order in which they are played.
#[derive(Debug, Default)]
pub struct Plan {
    turns: Vec<Turn>,
    /// What could not be dated or read, with why.
    pub bad: Vec<String>,
    /// How many moments come from where.
    pub sources: BTreeMap<&'static str, usize>,
}

#[derive(Debug)]
struct Turn {
    at: Moment,
    name: String,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Kept(Box<Dated>),
    In(PathBuf),
}

impl Plan {
    /// Reads and dates every reply of these files.
    ///
    /// # Errors
    /// Where `go_on` says so. A file that cannot be read, or a reply that cannot be dated, is noted as bad and passed over.
    pub fn of(
        files: &[PathBuf],
        what: &What,
        provider: &dyn Provider,
        go_on: &mut dyn FnMut() -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let mut plan = Self::default();
        let mut kept = 0;
        for file in files {
            go_on()?;
            if let Err(error) = read(file, &mut |stored| {
                plan.take(file, stored, what, provider, &mut kept);
                Ok(())
            }) {
                plan.bad.push(format!("{error:#}"));
            }
        }
        plan.turns.sort_by(|a, b| (a.at, &a.name).cmp(&(b.at, &b.name)));
        Ok(plan)
    }

    fn take(&mut self, file: &Path, stored: Stored, what: &What, provider: &dyn Provider, kept: &mut usize) {
        let is_alone = stored.name == file.display().to_string();
        match date(stored, what, provider) {
            Ok(dated) => {
                *self.sources.entry(dated.source).or_default() += 1;
                let (at, name) = (dated.at, dated.stored.name.clone());
                let body = if is_alone && *kept + dated.stored.body.len() > MOST_KEPT {
                    Body::In(file.to_owned())
                } else {
                    *kept += dated.stored.body.len();
                    Body::Kept(Box::new(dated))
                };
                self.turns.push(Turn { at, name, body });
            }
            Err(error) => self.bad.push(format!("{error:#}")),
        }
    }

    /// How many replies will be played.
    #[must_use]
    pub fn len(&self) -> usize {
        self.turns.len()
    }

    /// Whether there is nothing to play.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// The moments of the first and the last reply.
    #[must_use]
    pub fn span(&self) -> Option<(Moment, Moment)> {
        Some((self.turns.first()?.at, self.turns.last()?.at))
    }

    /// The replies in order, each with its moment; those that were let go are read again.
    pub fn play(self, what: &What, provider: &dyn Provider) -> impl Iterator<Item = (Moment, anyhow::Result<Dated>)> {
        self.turns.into_iter().map(move |turn| {
            let dated = match turn.body {
                Body::Kept(dated) => Ok(*dated),
                Body::In(file) => read_again(&file, what, provider),
            };
            (turn.at, dated)
        })
    }
}

fn read_again(file: &Path, what: &What, provider: &dyn Provider) -> anyhow::Result<Dated> {
    let mut found = None;
    read(file, &mut |stored| {
        found = Some(stored);
        Ok(())
    })?;
    let stored = found.ok_or_else(|| anyhow::anyhow!("{}: it was there a moment ago", file.display()))?;
    date(stored, what, provider)
}

#[cfg(test)]
mod tests {
    use super::*;
    use providers::the_odds_api::TheOddsApi;

    #[test]
    fn replies_are_played_by_their_own_time_and_bad_ones_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        put("b_20240102T0000Z.json", "[]");
        put("a_20240103T0000Z.json", "[]");
        put("c_20240101T0000Z.json", "[]");
        put("undated.json", "[]");
        put("broken_20240101T0000Z.json.gz", "no gzip");
        let what = What { provider: "the-odds-api".to_owned(), endpoint: "odds".to_owned(), sport: None, observed_at: None };
        let files = crate::replay::files(&[folder.path().to_owned()]).unwrap();
        let plan = Plan::of(&files, &what, &TheOddsApi, &mut || Ok(())).unwrap();
        assert_eq!((plan.len(), plan.bad.len()), (3, 2));
        assert_eq!(plan.sources.get("the stamp in its file name"), Some(&3));
        let days: Vec<String> = plan.play(&what, &TheOddsApi).map(|(at, _)| at.to_string()).collect();
        assert_eq!(days, ["2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z", "2024-01-03T00:00:00Z"]);
    }
}
