//! Files to stored replies: packed or not, alone or in an archive, also packed inside it.

use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::Path;

use anyhow::{Context, bail};

use super::{Stored, opened};

/// No stored reply is larger; a file that unpacks to more is refused, so that a bomb fills neither memory nor disk.
pub const LONGEST: u64 = 256 << 20;

/// Hands on every stored reply of a file.
///
/// # Errors
/// Where the file cannot be read, or what takes the replies fails.
pub fn read(path: &Path, on_reply: &mut dyn FnMut(Stored) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let name = path.display().to_string();
    // A pipe or a device would be waited for, or never end.
    match path.metadata() {
        Ok(found) if found.is_file() => {}
        Ok(found) if found.is_dir() => bail!("the folder {name} cannot be read"),
        Ok(_) => bail!("{name} is no file"),
        Err(error) => bail!("{name} is not there, or hidden: {error}"),
    }
    let file = BufReader::new(File::open(path).with_context(|| format!("opening {name}"))?);
    let (inner, reader) = unpacked(&name, Box::new(file))?;
    if inner.ends_with(".tar") {
        return read_tar(&name, reader, on_reply);
    }
    let bytes = bounded(reader, &name)?;
    opened(name, bytes).into_iter().try_for_each(on_reply)
}

/// A reader of what is inside, with the name that it has there.
fn unpacked<'a>(name: &str, reader: Box<dyn Read + 'a>) -> anyhow::Result<(String, Box<dyn Read + 'a>)> {
    let (inner, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let reader: Box<dyn Read + 'a> = match ending {
        "gz" => Box::new(flate2::read::MultiGzDecoder::new(reader)),
        "zst" => Box::new(zstd::stream::read::Decoder::new(reader)?),
        "bz2" => Box::new(bzip2(bounded(reader, name)?)),
        _ => return Ok((name.to_owned(), reader)),
    };
    Ok((inner.to_owned(), reader))
}

/// How a stream begins: `BZh`, a figure, and the mark of its first block (or of its end, where it has none).
fn begins_stream(bytes: &[u8]) -> bool {
    const BLOCK: [u8; 6] = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59];
    const END: [u8; 6] = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90];
    let Some((head, mark)) = bytes.split_at_checked(4) else { return false };
    head.starts_with(b"BZh") && head[3].is_ascii_digit() && (mark.starts_with(&BLOCK) || mark.starts_with(&END))
}

/// Several streams may stand behind each other in one file, as `cat` and parallel packers make them: each is read by itself.
fn bzip2(packed: Vec<u8>) -> impl Read {
    let mut starts: Vec<usize> = (1..packed.len()).filter(|at| begins_stream(&packed[*at..])).collect();
    starts.insert(0, 0);
    let ends = starts.iter().skip(1).copied().chain([packed.len()]).collect::<Vec<_>>();
    let parts = starts.into_iter().zip(ends).map(|(from, to)| packed[from..to].to_vec()).collect::<Vec<_>>();
    let empty: Box<dyn Read> = Box::new(std::io::empty());
    parts.into_iter().fold(empty, |all, part| Box::new(all.chain(bzip2_rs::DecoderReader::new(Cursor::new(part)))))
}

fn read_tar(name: &str, reader: impl Read, on_reply: &mut dyn FnMut(Stored) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut archive = tar::Archive::new(reader);
    for entry in archive.entries().with_context(|| format!("reading {name}"))? {
        let entry = entry.with_context(|| format!("reading {name}"))?;
        if entry.header().entry_type().is_file() {
            let inside = format!("{name}/{}", entry.path()?.display());
            let (_, reader) = unpacked(&inside, Box::new(entry))?;
            let bytes = bounded(reader, &inside)?;
            opened(inside, bytes).into_iter().try_for_each(&mut *on_reply)?;
        }
    }
    Ok(())
}

fn bounded(reader: impl Read, name: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = reader.take(LONGEST + 1).read_to_end(&mut bytes).with_context(|| format!("reading {name}"))?;
    if read as u64 > LONGEST {
        bail!("{name} unpacks to more than {} MB; no reply is that long", LONGEST >> 20);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `hello\n`, as bzip2 packs it.
    const HELLO: [u8; 42] = [
        66, 90, 104, 57, 49, 65, 89, 38, 83, 89, 193, 192, 128, 226, 0, 0, 1, 65, 0, 0, 16, 2, 68, 160, 0, 48, 205, 0, 195, 70, 41, 151,
        23, 114, 69, 56, 80, 144, 193, 192, 128, 226,
    ];

    fn replies(name: &str, bytes: &[u8]) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let mut found = Vec::new();
        read(&folder.path().join(name), &mut |stored| {
            found.push((stored.name.rsplit('/').next().unwrap_or_default().to_owned(), stored.body));
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn streams_behind_each_other_are_all_read() {
        let hello = &HELLO[..];
        let twice = [hello, hello].concat();
        assert_eq!(replies("a.bz2", &twice).unwrap()[0].1, b"hello\nhello\n");
    }

    #[test]
    fn a_packed_file_in_an_archive_is_unpacked_too() {
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(42);
        archive.append_data(&mut header, "2024/1.1.bz2", &HELLO[..]).unwrap();
        let found = replies("month.tar", &archive.into_inner().unwrap()).unwrap();
        assert_eq!(found, [("1.1.bz2".to_owned(), b"hello\n".to_vec())]);
    }

    #[test]
    fn a_file_that_is_cut_is_named_and_not_taken_for_whole() {
        assert!(replies("a.bz2", &HELLO[..30]).is_err());
        assert!(replies("a.bz2", b"no such file").is_err());
    }
}
