//! The archive of raw replies: bundles of frames in a folder, written once and never changed, and copied to a bucket where there is one.
//!
//! A bundle is the file of one batch of replies. Each frame holds a header (what was asked, when it came, the hash of the body)
//! and the compressed body, so that the log can be rebuilt from the folder alone. A body that is there already is not written again.

mod dictionary;
mod files;
mod keeper;
mod train;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use odds::reply::Request;
use odds::{Moment, ReplyKey};
use serde::{Deserialize, Serialize};

pub use keeper::{Keeper, Pass};
pub use train::{ENOUGH, Trained};

use crate::bucket::Bucket;
use crate::engine::Row;
use crate::error::{Result, StoreError};
pub(crate) use dictionary::LONGEST_WITH;
use dictionary::{Dictionaries, Dictionary, pack};
use files::Files;

const MAGIC: &[u8; 4] = b"PPR1";
const BUNDLE_ENDING: &str = "ppb";
/// No single reply of any provider comes near this; a frame that says so is damaged.
const LONGEST_BODY: usize = 256 << 20;

/// What a frame says of its reply. Secrets were removed before it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The provider's key.
    pub provider: String,
    /// The endpoint's name.
    pub endpoint: String,
    /// What was asked.
    pub request: Request,
    /// The sport, where whoever replayed a file said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sport: Option<String>,
    /// HTTP status.
    pub status: u16,
    /// Response headers that matter.
    pub headers: BTreeMap<String, String>,
    /// When it arrived, or the moment that stands for it.
    pub fetched_at: Moment,
    /// What that rests on.
    pub basis: odds::reply::Basis,
    /// When it was archived: the order of arrival, which neither names nor days of bundles tell.
    #[serde(default)]
    pub archived_at: Moment,
    /// The reply's key, in hexadecimal.
    pub key: String,
    /// BLAKE3 of the body, in hexadecimal.
    pub body: String,
    /// Bytes of the body.
    pub length: usize,
    /// The row of the ledger of asks that it answers: a crash before the index is written then costs no second call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<i64>,
}

/// Where a body lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The bundle's name below the folder.
    pub bundle: String,
    /// Where the compressed body begins in it.
    pub offset: u64,
    /// Bytes of the compressed body.
    pub length: u64,
}

impl Place {
    pub(crate) fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self { bundle: row.text(0)?.to_owned(), offset: row.int(1)? as u64, length: row.int(2)? as u64 })
    }
}

/// A folder of bundles. Copies of it share what they know of its dictionaries.
#[derive(Debug, Clone)]
pub struct Archive {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    files: Files,
    dictionaries: Dictionaries,
    without_dictionary: AtomicUsize,
    /// Endpoints whose first replies gave no dictionary worth keeping: they are not tried again by this process.
    without_use: Mutex<BTreeSet<(String, String)>>,
}

/// A bundle that is being put together in memory.
#[derive(Debug, Default)]
pub struct Bundle {
    bytes: Vec<u8>,
}

impl Bundle {
    /// Adds a reply; gives where its body begins and how long it is there. `body` is `None` where the archive has it already;
    /// it is packed with the endpoint's dictionary where there is one.
    ///
    /// # Errors
    /// Where the body cannot be compressed.
    pub(crate) fn add(&mut self, header: &Header, body: Option<&[u8]>, dictionary: Option<&Dictionary>) -> Result<(u64, u64)> {
        let text = serde_json::to_vec(header).map_err(|error| StoreError::damaged("a frame header", error))?;
        let packed = body.map(|body| pack(body, dictionary)).transpose()?.unwrap_or_default();
        self.bytes.extend_from_slice(MAGIC);
        self.bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(&(packed.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(&text);
        let offset = self.bytes.len() as u64;
        self.bytes.extend_from_slice(&packed);
        Ok((offset, packed.len() as u64))
    }

    /// The name that its content and day give it.
    #[must_use]
    pub fn name(&self, day: Moment) -> String {
        let date = day.timestamp().strftime("%Y/%m/%d").to_string();
        let hash = blake3::hash(&self.bytes).to_hex();
        format!("{date}/{}.{BUNDLE_ENDING}", &hash[..32])
    }
}

impl Archive {
    /// The archive in a folder, which is made when it is not there.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self::with_bucket(folder, None)
    }

    /// The same, with a bucket that is read where the folder does not have a file any more.
    #[must_use]
    pub fn with_bucket(folder: impl Into<PathBuf>, bucket: Option<Bucket>) -> Self {
        let (files, dictionaries) = (Files::at(folder.into(), bucket), Dictionaries::default());
        Self { shared: Arc::new(Shared { files, dictionaries, without_dictionary: AtomicUsize::new(0), without_use: Mutex::default() }) }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.shared.files.folder()
    }

    /// The bucket, where it has one.
    #[must_use]
    pub fn bucket(&self) -> Option<&Bucket> {
        self.shared.files.bucket()
    }

    /// Writes a bundle: on the disk, whole, under its name, or not there at all. Writing the same again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Archive`] where the disk refuses.
    pub fn write(&self, bundle: &Bundle, name: &str) -> Result<()> {
        self.shared.files.write(name, &bundle.bytes)
    }

    /// The body that lies at a place.
    ///
    /// # Errors
    /// Where the bundle is gone or its bytes are damaged; [`StoreError::DictionaryLost`] where its dictionary is gone.
    pub fn body(&self, place: &Place, body_length: usize) -> Result<Vec<u8>> {
        if body_length > LONGEST_BODY {
            return Err(StoreError::damaged(&place.bundle, format!("a body of {body_length} bytes")));
        }
        let packed = self.shared.files.read_range(&place.bundle, place.offset, place.length)?;
        self.shared.dictionaries.unpack(&self.shared.files, &packed, body_length, &place.bundle)
    }

    /// The names of all bundles, in the folder or the bucket, sorted by day; within a day they are in no order, see
    /// [`Header::archived_at`].
    ///
    /// # Errors
    /// Where the folder cannot be read, or the bucket is away.
    pub fn bundles(&self) -> Result<Vec<String>> {
        self.shared.files.names("", BUNDLE_ENDING)
    }

    /// The names of the bundles in the folder alone, likewise.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn local_bundles(&self) -> Result<Vec<String>> {
        self.shared.files.local_names("", BUNDLE_ENDING)
    }

    /// Copies into a folder what the bucket alone has, under the same names; gives how many files that were.
    ///
    /// # Errors
    /// Where the bucket is away, or the folder refuses.
    pub fn bring_home(&self, folder: &Path) -> Result<usize> {
        let local = self.local_bundles()?;
        let away: Vec<String> = self.bundles()?.into_iter().filter(|name| local.binary_search(name).is_err()).collect();
        let home = Files::at(folder.to_owned(), None);
        away.iter().try_for_each(|name| home.write(name, &self.shared.files.read(name)?))?;
        Ok(away.len())
    }

    /// Every frame of a bundle: its header and where its body lies (`None` where the body lies elsewhere).
    ///
    /// # Errors
    /// Where the bundle cannot be read, or is damaged.
    pub fn frames(&self, name: &str) -> Result<Vec<(Header, Option<Place>)>> {
        let bytes = self.shared.files.read(name)?;
        let (mut frames, mut at) = (Vec::new(), 0);
        while at < bytes.len() {
            let (header, place, next) =
                frame_at(&bytes, at, name).ok_or_else(|| StoreError::damaged(name, format!("no frame at byte {at}")))?;
            frames.push((header, place));
            at = next;
        }
        Ok(frames)
    }

    /// The dictionary for new bodies of an endpoint.
    pub(crate) fn dictionary(&self, provider: &str, endpoint: &str) -> Result<Option<Arc<Dictionary>>> {
        self.shared.dictionaries.current(&self.shared.files, provider, endpoint)
    }

    fn add_dictionary(&self, provider: &str, endpoint: &str, bytes: &[u8]) -> Result<String> {
        self.shared.dictionaries.add(&self.shared.files, provider, endpoint, bytes)
    }

    fn look_for_dictionaries(&self) -> Result<()> {
        self.shared.without_dictionary.store(0, Ordering::Relaxed);
        self.shared.dictionaries.look_again(&self.shared.files)
    }

    fn is_without_use(&self, provider: &str, endpoint: &str) -> bool {
        let held = self.shared.without_use.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().any(|(one, other)| one == provider && other == endpoint)
    }

    fn note_without_use(&self, provider: String, endpoint: String) {
        self.shared.without_use.lock().unwrap_or_else(PoisonError::into_inner).insert((provider, endpoint));
    }

    fn without_dictionary(&self) -> usize {
        self.shared.without_dictionary.load(Ordering::Relaxed)
    }

    /// Counts bodies that were packed without a dictionary.
    pub(crate) fn count_without_dictionary(&self, bodies: usize) {
        self.shared.without_dictionary.fetch_add(bodies, Ordering::Relaxed);
    }
}

fn frame_at(bytes: &[u8], at: usize, name: &str) -> Option<(Header, Option<Place>, usize)> {
    let word =
        |from: usize| bytes.get(from..from + 4).and_then(|word| word.try_into().ok()).map(u32::from_le_bytes).map(|word| word as usize);
    if bytes.get(at..at + 4)? != MAGIC {
        return None;
    }
    let (text_length, packed_length) = (word(at + 4)?, word(at + 8)?);
    let offset = at + 12 + text_length;
    let header: Header = serde_json::from_slice(bytes.get(at + 12..offset)?).ok()?;
    let next = offset + packed_length;
    bytes.get(offset..next)?;
    let place = (packed_length > 0).then(|| Place { bundle: name.to_owned(), offset: offset as u64, length: packed_length as u64 });
    Some((header, place, next))
}

/// The key of a header, where it has the right shape.
#[must_use]
pub fn key_of(header: &Header) -> Option<ReplyKey> {
    blake3::Hash::from_hex(&header.key).ok().map(|hash| ReplyKey(*hash.as_bytes()))
}
