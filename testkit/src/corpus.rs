//! The recorded replies and datasets that lie beside the project and are never copied into it: found, walked and unpacked.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

/// Names the folder; without it, a folder `shared` is looked for beside the project and above.
pub const VARIABLE: &str = "PREDICTIVE_PLAY_CORPUS";

/// The folder of recordings and datasets.
#[derive(Debug, Clone)]
pub struct Corpus {
    root: PathBuf,
}

/// One recorded file, unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Path below the corpus; of a file inside an archive, the archive's path, then `/` and the path inside. What packed it
    /// (`.gz`, `.zst`) is still in the name.
    pub name: String,
    /// The bytes, unpacked. What we do not unpack (`.bz2`, `.parquet`) is as it lies there.
    pub bytes: Vec<u8>,
}

impl Recording {
    /// The file's own name, without what packed it (`nba_20240115.json`).
    #[must_use]
    pub fn file_name(&self) -> &str {
        let name = self.name.rsplit('/').next().unwrap_or(&self.name);
        name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name)
    }

    /// Whether it is JSON by its name.
    #[must_use]
    pub fn is_json(&self) -> bool {
        Path::new(self.file_name()).extension() == Some(OsStr::new("json"))
    }
}

impl Corpus {
    /// The corpus; `None`, and a line that says so, where there is none.
    ///
    /// # Panics
    /// Where [`VARIABLE`] names a folder that is not there: that is a mistake, not a reason to skip.
    #[must_use]
    pub fn find() -> Option<Self> {
        let found = Self::named().or_else(Self::nearby);
        if found.is_none() {
            crate::skipped(&format!("no recordings: neither {VARIABLE} nor a folder `shared` beside the project"));
        }
        found
    }

    fn named() -> Option<Self> {
        let root = PathBuf::from(std::env::var_os(VARIABLE).filter(|value| !value.is_empty())?);
        assert!(root.join("recorded").is_dir(), "{VARIABLE} names {}, which has no folder `recorded`", root.display());
        Some(Self { root })
    }

    fn nearby() -> Option<Self> {
        let start = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()));
        start.ancestors().map(|folder| folder.join("shared")).find(|folder| folder.join("recorded").is_dir()).map(|root| Self { root })
    }

    /// A folder as a corpus.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where it lies.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every file of one endpoint of one provider (`the-odds-api`, `event_odds`), in the order of names.
    ///
    /// # Errors
    /// What cannot be read or unpacked, by name; an endpoint that is not there too.
    pub fn recordings(&self, provider: &str, endpoint: &str) -> io::Result<Vec<Recording>> {
        let mut all = Vec::new();
        self.for_each(&format!("recorded/{provider}/{endpoint}"), |recording| all.push(recording))?;
        Ok(all)
    }

    /// The endpoints of one provider of which there are recordings, in the order of names.
    ///
    /// # Errors
    /// Where the provider has no folder.
    pub fn endpoints(&self, provider: &str) -> io::Result<Vec<String>> {
        let folder = self.root.join("recorded").join(provider);
        Ok(sorted_entries(&folder)?.iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect())
    }

    /// Visits every file below a path of the corpus (`datasets/nba_odds_api_raw`), a file or a folder, in the order of names, with
    /// one file in memory at a time. Files about the files (`README.md`, `MANIFEST.*`) are left out.
    ///
    /// # Errors
    /// What cannot be read or unpacked, by name.
    pub fn for_each(&self, below: &str, mut visit: impl FnMut(Recording)) -> io::Result<()> {
        self.walk(&self.root.join(below), &mut visit)
    }

    fn walk(&self, path: &Path, visit: &mut impl FnMut(Recording)) -> io::Result<()> {
        if path.is_dir() {
            return sorted_entries(path)?.iter().try_for_each(|entry| self.walk(entry, visit));
        }
        let file_name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if file_name == "README.md" || file_name.starts_with("MANIFEST.") {
            return Ok(());
        }
        let name = path.strip_prefix(&self.root).unwrap_or(path).display().to_string();
        unpack(&name, path, visit).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }
}

fn sorted_entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", folder.display()));
    let mut entries = std::fs::read_dir(folder).map_err(named)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

fn unpack(name: &str, path: &Path, visit: &mut impl FnMut(Recording)) -> io::Result<()> {
    let reader = unpacked(name, File::open(path)?)?;
    if name.contains(".tar") || name.ends_with(".tgz") {
        return for_each_packed(name, reader, visit);
    }
    visit(Recording { name: name.to_owned(), bytes: all_of(reader)? });
    Ok(())
}

fn unpacked<'a>(name: &str, reader: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match name.rsplit('.').next() {
        Some("gz" | "tgz") => Box::new(MultiGzDecoder::new(reader)),
        Some("zst") => Box::new(zstd::Decoder::new(reader)?),
        _ => Box::new(reader),
    })
}

fn for_each_packed(archive: &str, reader: impl Read, visit: &mut impl FnMut(Recording)) -> io::Result<()> {
    for entry in tar::Archive::new(reader).entries()? {
        let entry = entry?;
        if entry.header().entry_type().is_file() {
            let name = format!("{archive}/{}", entry.path()?.display());
            let bytes = all_of(unpacked(&name, entry)?)?;
            visit(Recording { name, bytes });
        }
    }
    Ok(())
}

fn all_of(mut reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, name, *bytes).unwrap();
        }
        builder.into_inner().unwrap()
    }

    #[test]
    fn files_come_unpacked_in_the_order_of_names_with_where_they_lay() {
        let folder = tempfile::tempdir().unwrap();
        let odds = folder.path().join("recorded/p/odds");
        std::fs::create_dir_all(&odds).unwrap();
        let packed = tar_of(&[("2022/one.json", b"[4]"), ("2022/two.json.gz", &gz(b"[5]"))]);
        std::fs::write(odds.join("a.json"), "[1]").unwrap();
        std::fs::write(odds.join("b.json.gz"), [gz(b"[2"), gz(b"]")].concat()).unwrap();
        std::fs::write(odds.join("c.json.zst"), zstd::encode_all(&b"[3]"[..], 1).unwrap()).unwrap();
        std::fs::write(odds.join("d.tar.zst"), zstd::encode_all(packed.as_slice(), 1).unwrap()).unwrap();
        std::fs::write(odds.join("README.md"), "about").unwrap();
        let all = Corpus::at(folder.path()).recordings("p", "odds").unwrap();
        let names: Vec<&str> = all.iter().map(Recording::file_name).collect();
        let bytes: Vec<&[u8]> = all.iter().map(|recording| recording.bytes.as_slice()).collect();
        assert_eq!(names, ["a.json", "b.json", "c.json", "one.json", "two.json"]);
        assert_eq!(bytes, [b"[1]", b"[2]", b"[3]", b"[4]", b"[5]"]);
        assert_eq!(all[4].name, "recorded/p/odds/d.tar.zst/2022/two.json.gz");
        assert!(all.iter().all(Recording::is_json));
        assert_eq!(Corpus::at(folder.path()).endpoints("p").unwrap(), ["odds"]);
    }

    #[test]
    fn what_cannot_be_unpacked_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("broken.json.gz"), "not gzip").unwrap();
        let refused = Corpus::at(folder.path()).for_each("", |_| ()).unwrap_err().to_string();
        assert!(refused.contains("broken.json.gz"), "{refused}");
        let absent = Corpus::at(folder.path()).recordings("p", "odds").unwrap_err().to_string();
        assert!(absent.contains("recorded/p/odds"), "{absent}");
    }

    #[test]
    fn the_real_corpus_has_the_payloads_that_its_notes_name() {
        let Some(corpus) = Corpus::find() else { return };
        let events = corpus.recordings("the-odds-api", "odds").unwrap();
        assert!(events.iter().any(|recording| recording.file_name() == "nba_20221123T0105Z_us_eu_au_multi.json"));
        let (mut files, mut bytes) = (0, 0);
        let count = |recording: Recording| {
            assert!(matches!(recording.bytes.trim_ascii_start().first(), Some(b'{' | b'[')), "{}", recording.name);
            files += 1;
            bytes += recording.bytes.len();
        };
        corpus.for_each("datasets/nba_odds_api_raw", count).unwrap();
        assert!(files > 1000 && bytes > 10_000_000, "{files} files, {bytes} bytes");
    }
}
