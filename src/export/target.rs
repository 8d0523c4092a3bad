//! Where an export lies: a folder, or a bucket. A file comes to its place whole and in one step, and is on the disk when that is told.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use store::Bucket;

use super::manifest::Kept;

/// Where files are written before they come to their place; readers pass over names that begin with a dot.
const WRITING: &str = ".writing";
const LOCK: &str = "lock";

/// Where an export lies.
pub struct Target {
    place: Place,
    /// Where files are written first.
    scratch: PathBuf,
    /// Held while this runs.
    _lock: File,
    _folder: Option<tempfile::TempDir>,
}

enum Place {
    Folder(PathBuf),
    Bucket(Bucket),
}

impl Target {
    /// A folder, which is made where it is not there.
    ///
    /// # Errors
    /// Where it cannot be made, or another export is writing to it.
    pub fn folder(path: &Path) -> anyhow::Result<Self> {
        let scratch = path.join(WRITING);
        fs::create_dir_all(&scratch).with_context(|| format!("making {}", scratch.display()))?;
        let lock = locked(&scratch.join(LOCK), &path.display().to_string())?;
        for left in fs::read_dir(&scratch).with_context(|| format!("reading {}", scratch.display()))? {
            let left = left?.path();
            if !left.ends_with(LOCK) {
                fs::remove_file(&left).with_context(|| format!("removing {}, which a run that was killed left", left.display()))?;
            }
        }
        Ok(Self { place: Place::Folder(path.to_owned()), scratch, _lock: lock, _folder: None })
    }

    /// A bucket. Two exports into one prefix at once are not kept apart.
    ///
    /// # Errors
    /// Where no folder can be made to write in.
    pub fn bucket(bucket: Bucket) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("making a folder to write in")?;
        let lock = locked(&folder.path().join(LOCK), bucket.url())?;
        Ok(Self { place: Place::Bucket(bucket), scratch: folder.path().to_owned(), _lock: lock, _folder: Some(folder) })
    }

    /// A file's bytes; `None` where it is not there.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn read(&self, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
        match &self.place {
            Place::Folder(folder) => match fs::read(folder.join(name)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                read => Ok(Some(read.with_context(|| format!("reading {name}"))?)),
            },
            Place::Bucket(bucket) => Ok(bucket.get(name)?),
        }
    }

    /// Whether a file is there as it was written: by its hash in a folder, by its length in a bucket.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn holds(&self, name: &str, kept: &Kept, is_sure: bool) -> anyhow::Result<bool> {
        let path = match &self.place {
            Place::Bucket(bucket) => return Ok(bucket.length(name)? == Some(kept.bytes)),
            Place::Folder(folder) => folder.join(name),
        };
        match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            found => {
                if found.with_context(|| format!("looking at {name}"))?.len() != kept.bytes {
                    return Ok(false);
                }
            }
        }
        if is_sure {
            return Ok(true);
        }
        let mut hasher = blake3::Hasher::new();
        let mut file = File::open(&path).with_context(|| format!("reading {name}"))?;
        io::copy(&mut file, &mut hasher).with_context(|| format!("reading {name}"))?;
        Ok(hasher.finalize().to_hex().as_str() == kept.blake3)
    }

    /// A file to be written.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn begin(&self, is_packed: bool) -> anyhow::Result<Writing> {
        let path = self.scratch.join("file");
        let file = File::create(&path).with_context(|| format!("making {}", path.display()))?;
        let hashing = Hashing { file: BufWriter::with_capacity(1 << 18, file), hasher: blake3::Hasher::new(), bytes: 0 };
        let out =
            if is_packed { Out::Packed(Box::new(GzEncoder::new(hashing, Compression::fast()))) } else { Out::Plain(Box::new(hashing)) };
        Ok(Writing { path, out })
    }

    /// Puts a file that is written to its place.
    ///
    /// # Errors
    /// Where the disk or the bucket refuses: then what was there is still there.
    pub fn put(&self, written: &Written, name: &str) -> anyhow::Result<()> {
        match &self.place {
            Place::Folder(folder) => put_in_folder(&written.path, folder, name).with_context(|| format!("writing {name}")),
            Place::Bucket(bucket) => {
                let bytes = fs::read(&written.path).with_context(|| format!("reading {}", written.path.display()))?;
                Ok(bucket.put(name, bytes)?)
            }
        }
    }

    /// Gives up a file that is written and not wanted.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn discard(&self, written: &Written) -> anyhow::Result<()> {
        fs::remove_file(&written.path).with_context(|| format!("removing {}", written.path.display()))
    }

    /// Puts bytes to their place.
    ///
    /// # Errors
    /// As [`Target::put`].
    pub fn put_bytes(&self, bytes: &[u8], name: &str) -> anyhow::Result<()> {
        let mut writing = self.begin(false)?;
        writing.write_all(bytes).with_context(|| format!("writing {name}"))?;
        self.put(&writing.end(0)?, name)
    }

    /// Takes a file away, where it is there.
    ///
    /// # Errors
    /// Where the disk or the bucket refuses.
    pub fn remove(&self, name: &str) -> anyhow::Result<bool> {
        match &self.place {
            Place::Folder(folder) => {
                let path = folder.join(name);
                match fs::remove_file(&path) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                    removed => removed.with_context(|| format!("removing {name}"))?,
                }
                for parent in path.ancestors().skip(1).take(2) {
                    // A folder that still holds something stays.
                    let _ = fs::remove_dir(parent);
                }
                Ok(true)
            }
            Place::Bucket(bucket) => Ok(bucket.remove(name)?),
        }
    }
}

fn locked(path: &Path, whose: &str) -> anyhow::Result<File> {
    let lock = File::create(path).with_context(|| format!("making {}", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(fs::TryLockError::WouldBlock) => bail!("another export is writing to {whose}: wait until it has ended"),
        Err(fs::TryLockError::Error(error)) => Err(error).with_context(|| format!("locking {}", path.display())),
    }
}

fn put_in_folder(from: &Path, folder: &Path, name: &str) -> io::Result<()> {
    let to = folder.join(name);
    let parents: Vec<&Path> = to.ancestors().skip(1).take_while(|parent| parent.starts_with(folder)).collect();
    let new: Vec<&Path> = parents.iter().copied().filter(|parent| !parent.exists()).collect();
    fs::create_dir_all(parents[0])?;
    fs::rename(from, &to)?;
    File::open(parents[0])?.sync_all()?;
    // a folder that was made is named by the one above it
    for parent in new.iter().filter_map(|made| made.parent()) {
        File::open(parent)?.sync_all()?;
    }
    Ok(())
}

/// A file that is being written.
pub struct Writing {
    path: PathBuf,
    out: Out,
}

enum Out {
    Plain(Box<Hashing>),
    Packed(Box<GzEncoder<Hashing>>),
}

struct Hashing {
    file: BufWriter<File>,
    hasher: blake3::Hasher,
    bytes: u64,
}

/// A file that is written, and on the disk.
pub struct Written {
    path: PathBuf,
    /// What it holds.
    pub kept: Kept,
}

impl Writing {
    /// Ends it, with so many rows in it.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn end(self, rows: u64) -> anyhow::Result<Written> {
        let kept = self.out.end(rows).with_context(|| format!("writing {}", self.path.display()))?;
        Ok(Written { path: self.path, kept })
    }
}

impl Out {
    fn end(self, rows: u64) -> io::Result<Kept> {
        let hashing = match self {
            Self::Plain(hashing) => *hashing,
            Self::Packed(packed) => packed.finish()?,
        };
        hashing.file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        Ok(Kept { rows, bytes: hashing.bytes, blake3: hashing.hasher.finalize().to_hex().to_string() })
    }
}

impl Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.out {
            Out::Plain(out) => out.write(bytes),
            Out::Packed(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.out {
            Out::Plain(out) => out.flush(),
            Out::Packed(out) => out.flush(),
        }
    }
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
