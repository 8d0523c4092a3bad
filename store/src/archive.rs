//! The archive of raw replies: bundles of frames in a folder, written once and never changed.
//!
//! A bundle is the file of one batch of replies. Each frame holds a header (what was asked, when it came, the hash of the body)
//! and the compressed body, so that the log can be rebuilt from the folder alone. A body that is there already is not written again.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use odds::reply::Request;
use odds::{Moment, ReplyKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::error::{Result, StoreError};

const MAGIC: &[u8; 4] = b"PPR1";
const LEVEL: i32 = 1;
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

/// A folder of bundles.
#[derive(Debug, Clone)]
pub struct Archive {
    folder: PathBuf,
}

fn failed(doing: &'static str, path: &Path) -> impl Fn(std::io::Error) -> StoreError {
    let path = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    move |source| StoreError::Archive { doing, path: path.clone(), source }
}

/// A bundle that is being put together in memory.
#[derive(Debug, Default)]
pub struct Bundle {
    bytes: Vec<u8>,
}

impl Bundle {
    /// Adds a reply; gives where its body begins and how long it is there. `body` is `None` where the archive has it already.
    ///
    /// # Errors
    /// Where the body cannot be compressed.
    pub fn add(&mut self, header: &Header, body: Option<&[u8]>) -> Result<(u64, u64)> {
        let text = serde_json::to_vec(header).map_err(|error| StoreError::damaged("a frame header", error))?;
        let packed = match body {
            Some(body) => zstd::bulk::compress(body, LEVEL).map_err(|error| StoreError::damaged("a body", error))?,
            None => Vec::new(),
        };
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
        format!("{date}/{}.ppb", &hash[..32])
    }
}

impl Archive {
    /// The archive in a folder, which is made when it is not there.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a bundle: on the disk, whole, under its name, or not there at all. Writing the same again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Archive`] where the disk refuses.
    pub fn write(&self, bundle: &Bundle, name: &str) -> Result<()> {
        let path = self.folder.join(name);
        if path.exists() {
            return Ok(());
        }
        let parent = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(parent).map_err(failed("making the folder of", &path))?;
        let partial = path.with_extension(format!("partial-{}", std::process::id()));
        let result = write_and_sync(&partial, &bundle.bytes)
            .and_then(|()| fs::rename(&partial, &path))
            .and_then(|()| File::open(parent)?.sync_all());
        result.map_err(|error| {
            let _ = fs::remove_file(&partial);
            failed("writing", &path)(error)
        })
    }

    /// The body that lies at a place.
    ///
    /// # Errors
    /// Where the bundle is gone or its bytes are damaged.
    pub fn body(&self, place: &Place, body_length: usize) -> Result<Vec<u8>> {
        let path = self.folder.join(&place.bundle);
        let mut file = File::open(&path).map_err(failed("opening", &path))?;
        file.seek(SeekFrom::Start(place.offset)).map_err(failed("reading", &path))?;
        let mut packed = vec![0; place.length as usize];
        file.read_exact(&mut packed).map_err(failed("reading", &path))?;
        unpack(&packed, body_length, &place.bundle)
    }

    /// The names of all bundles, sorted by day; within a day they are in no order, see [`Header::archived_at`].
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn bundles(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for entry in entries {
                let path = entry.map_err(failed("listing", &folder))?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "ppb") {
                    names.extend(path.strip_prefix(&self.folder).ok().map(|name| name.to_string_lossy().into_owned()));
                }
            }
        }
        names.sort();
        Ok(names)
    }

    /// Every frame of a bundle: its header and where its body lies (`None` where the body lies elsewhere).
    ///
    /// # Errors
    /// Where the bundle cannot be read, or is damaged.
    pub fn frames(&self, name: &str) -> Result<Vec<(Header, Option<Place>)>> {
        let path = self.folder.join(name);
        let bytes = fs::read(&path).map_err(failed("reading", &path))?;
        let (mut frames, mut at) = (Vec::new(), 0);
        while at < bytes.len() {
            let (header, place, next) =
                frame_at(&bytes, at, name).ok_or_else(|| StoreError::damaged(name, format!("no frame at byte {at}")))?;
            frames.push((header, place));
            at = next;
        }
        Ok(frames)
    }
}

fn write_and_sync(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn unpack(packed: &[u8], length: usize, bundle: &str) -> Result<Vec<u8>> {
    if length > LONGEST_BODY {
        return Err(StoreError::damaged(bundle, format!("a body of {length} bytes")));
    }
    zstd::bulk::decompress(packed, length).map_err(|error| StoreError::damaged(bundle, error))
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
