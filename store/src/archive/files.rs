//! The files of the archive: each written once, whole, synced with its folders, and named so that its content cannot be another.
//! They are written into the folder, and read there; what the folder does not have any more is read from the bucket.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::bucket::Bucket;
use crate::error::{Result, StoreError};

/// The folder that holds them, and the bucket that may hold more.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    bucket: Option<Bucket>,
}

pub(super) fn failed(doing: &'static str, name: &str) -> impl Fn(std::io::Error) -> StoreError {
    move |source| StoreError::Archive { doing, path: name.to_owned(), source }
}

impl Files {
    pub(super) const fn at(folder: PathBuf, bucket: Option<Bucket>) -> Self {
        Self { folder, bucket }
    }

    pub(super) const fn bucket(&self) -> Option<&Bucket> {
        self.bucket.as_ref()
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// On the disk, whole, under its name, or not there at all. Writing the same again changes nothing.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        if self.folder.join(name).exists() {
            return Ok(());
        }
        self.replace(name, bytes)
    }

    /// The same for a file whose content may change: the old one stays until the new one is whole.
    pub(super) fn replace(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.folder.join(name);
        let parent = path.parent().unwrap_or(&self.folder);
        make_folder(parent).map_err(failed("making the folder of", name))?;
        let partial = path.with_extension(format!("partial-{}", std::process::id()));
        let written = write_and_sync(&partial, bytes).and_then(|()| fs::rename(&partial, &path)).and_then(|()| sync_folder(parent));
        written.map_err(|error| {
            let _ = fs::remove_file(&partial);
            failed("writing", name)(error)
        })
    }

    pub(super) fn read(&self, name: &str) -> Result<Vec<u8>> {
        let local = fs::read(self.folder.join(name));
        self.else_of_bucket(name, local, |bucket| bucket.get(name))
    }

    pub(super) fn read_range(&self, name: &str, offset: u64, length: u64) -> Result<Vec<u8>> {
        let read = || {
            let mut file = File::open(self.folder.join(name))?;
            file.seek(SeekFrom::Start(offset))?;
            let mut bytes = vec![0; length as usize];
            file.read_exact(&mut bytes).map(|()| bytes)
        };
        self.else_of_bucket(name, read(), |bucket| bucket.get_range(name, offset, length))
    }

    /// A file that the folder does not have is looked for in the bucket.
    fn else_of_bucket(
        &self,
        name: &str,
        local: std::io::Result<Vec<u8>>,
        ask: impl FnOnce(&Bucket) -> Result<Option<Vec<u8>>>,
    ) -> Result<Vec<u8>> {
        match (local, &self.bucket) {
            (Err(error), Some(bucket)) if error.kind() == ErrorKind::NotFound => ask(bucket)?.ok_or_else(|| failed("reading", name)(error)),
            (local, _) => local.map_err(failed("reading", name)),
        }
    }

    pub(super) fn read_local(&self, name: &str) -> Result<Vec<u8>> {
        fs::read(self.folder.join(name)).map_err(failed("reading", name))
    }

    pub(super) fn local_length(&self, name: &str) -> Result<u64> {
        fs::metadata(self.folder.join(name)).map(|found| found.len()).map_err(failed("looking at", name))
    }

    /// Takes a file out of the folder, with folders that are empty then. Twice changes nothing.
    pub(super) fn remove(&self, name: &str) -> Result<()> {
        let path = self.folder.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed("removing", name)(error)),
            _ => {}
        }
        // A folder that is not empty refuses; the next bundle of that day makes it again.
        let above = path.ancestors().skip(1).take_while(|folder| *folder != self.folder);
        for folder in above.take(3) {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Names with this ending in the folder or the bucket, below a folder of them; sorted, each once.
    pub(super) fn names(&self, below: &str, ending: &str) -> Result<Vec<String>> {
        let mut names = self.local_names(below, ending)?;
        if let Some(bucket) = &self.bucket {
            let has_ending = |name: &str| name.strip_suffix(ending).is_some_and(|name| name.ends_with('.'));
            names.extend(bucket.names(below)?.into_iter().map(|(name, _)| name).filter(|name| has_ending(name)));
            names.sort();
            names.dedup();
        }
        Ok(names)
    }

    /// Names with this ending in the folder, below a folder of it; sorted. A folder that is not there has none.
    pub(super) fn local_names(&self, below: &str, ending: &str) -> Result<Vec<String>> {
        let (mut names, mut folders) = (Vec::new(), vec![self.folder.join(below)]);
        while let Some(folder) = folders.pop() {
            let listing = |error| failed("listing", &folder.to_string_lossy())(error);
            let entries = match fs::read_dir(&folder) {
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => continue,
                entries => entries.map_err(listing)?,
            };
            for entry in entries {
                let path = entry.map_err(listing)?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == ending) {
                    names.extend(path.strip_prefix(&self.folder).ok().map(|name| name.to_string_lossy().into_owned()));
                }
            }
        }
        names.sort();
        Ok(names)
    }
}

/// Makes a folder and those above it; each new one is synced into the one that holds it.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) else { return fs::create_dir_all(folder) };
    make_folder(parent)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => sync_folder(parent),
    }
}

fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

fn write_and_sync(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
