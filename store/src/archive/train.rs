//! Training: which replies a dictionary is made of, how many it takes, and whether it is worth keeping.
//!
//! Replies that are too long for a dictionary do not count. 64 others: on recorded seasons of The Odds API 16 saved half of what 64 did, and 128 no more; a service that asks every five
//! minutes has them after a morning. 16 KiB: larger ones packed worse on the cheapest level (they no longer fit its tables) and
//! cost more on every call. What was left out of the training judges: a dictionary that does not save a fiftieth of it is not kept.

use super::dictionary::{Dictionary, LONGEST_WITH, pack};
use crate::engine::Connection;
use crate::error::{Result, StoreError};
use crate::store::Store;

/// Distinct replies of an endpoint that a dictionary needs.
pub const ENOUGH: usize = 64;
const TRAINED_ON: usize = 48;
const SIZE: usize = 16 << 10;

/// A dictionary that was made, and what it saved on replies that it had not seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trained {
    /// The provider's key.
    pub provider: String,
    /// The endpoint's name.
    pub endpoint: String,
    /// Its file below the archive's folder.
    pub file: String,
    /// Bytes of the judging replies, packed without it.
    pub before: usize,
    /// Packed with it.
    pub after: usize,
}

impl Store {
    /// Whether enough bodies went without a dictionary since the last look that looking for new ones is worth it.
    #[must_use]
    pub fn is_training_due(&self) -> bool {
        self.archive().without_dictionary() >= ENOUGH
    }

    /// Makes dictionaries for endpoints that have enough replies and none yet, from their first replies. Twice changes nothing.
    ///
    /// # Errors
    /// What the engine reports, or where the archive cannot be read or written.
    pub fn train_dictionaries(&self) -> Result<Vec<Trained>> {
        self.archive().look_for_dictionaries()?;
        let mut trained = Vec::new();
        for (provider, endpoint) in self.read(endpoints_with_enough)? {
            let is_path = [&provider, &endpoint].iter().all(|word| is_plain(word));
            if !is_path || self.archive().is_without_use(&provider, &endpoint) || self.archive().dictionary(&provider, &endpoint)?.is_some()
            {
                continue;
            }
            match self.train(&provider, &endpoint)? {
                Some(one) => trained.push(one),
                None => self.archive().note_without_use(provider, endpoint),
            }
        }
        Ok(trained)
    }

    fn train(&self, provider: &str, endpoint: &str) -> Result<Option<Trained>> {
        let samples = self.samples(provider, endpoint)?;
        let Some((for_training, for_judging)) = samples.split_at_checked(TRAINED_ON) else { return Ok(None) };
        // zstd refuses samples that have nothing in common, or nearly no bytes.
        let Ok(bytes) = zstd::dict::from_samples(for_training, SIZE) else { return Ok(None) };
        let dictionary = Dictionary::of(&bytes).map_err(|error| StoreError::damaged("a new dictionary", error))?;
        let (before, after) = (packed(for_judging, None)?, packed(for_judging, Some(&dictionary))?);
        if after * 50 > before * 49 {
            return Ok(None);
        }
        let file = self.archive().add_dictionary(provider, endpoint, &bytes)?;
        Ok(Some(Trained { provider: provider.to_owned(), endpoint: endpoint.to_owned(), file, before, after }))
    }

    /// The first distinct bodies of an endpoint, by arrival.
    fn samples(&self, provider: &str, endpoint: &str) -> Result<Vec<Vec<u8>>> {
        let sql = "select b.bundle, b.frame_offset, b.frame_length, b.body_length from @bodies b
            join (select r.body_hash, min(r.archived_at) as first_at from @replies r join @bodies b on b.body_hash = r.body_hash
                where r.provider = $1 and r.endpoint = $2 and r.state <> 'set_aside' and b.body_length <= $3
                group by r.body_hash order by 2, 1 limit $4) f
            on f.body_hash = b.body_hash order by f.first_at, f.body_hash";
        let places = self.read(|connection| {
            let mut places = Vec::new();
            connection.query(
                sql,
                &[provider.into(), endpoint.into(), (LONGEST_WITH as i64).into(), (ENOUGH as i64).into()],
                &mut |row| {
                    places.push((super::Place::read(row)?, row.int(3)? as usize));
                    Ok(())
                },
            )?;
            Ok(places)
        })?;
        places.iter().map(|(place, length)| self.archive().body(place, *length)).collect()
    }
}

fn endpoints_with_enough(connection: &mut dyn Connection) -> Result<Vec<(String, String)>> {
    let sql = "select r.provider, r.endpoint from @replies r join @bodies b on b.body_hash = r.body_hash
        where r.state <> 'set_aside' and b.body_length <= $1
        group by r.provider, r.endpoint having count(distinct r.body_hash) >= $2 order by 1, 2";
    let mut endpoints = Vec::new();
    connection.query(sql, &[(LONGEST_WITH as i64).into(), (ENOUGH as i64).into()], &mut |row| {
        endpoints.push((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
        Ok(())
    })?;
    Ok(endpoints)
}

fn packed(bodies: &[Vec<u8>], dictionary: Option<&Dictionary>) -> Result<usize> {
    bodies.iter().map(|body| pack(body, dictionary).map(|packed| packed.len())).sum()
}

/// Whether a word can be the name of a folder.
fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-'))
}
