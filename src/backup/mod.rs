//! Backups of our own store: database and archive as one whole, in one form for both engines, and proved before they count.
//!
//! The database comes first, in one snapshot, then the archive: a bundle is on the disk before a row names it and never changes
//! after, so an archive that is newer than the database holds all that the database names, and nothing else does harm.

mod manifest;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use odds::Moment;
use store::{MIGRATIONS, Store};

pub use manifest::{Kept, Manifest};
use manifest::{MANIFEST, files_below};

use crate::dump::canonical;

const DATABASE: &str = "store.db";
const ARCHIVE: &str = "archive";

/// Makes a backup in a folder that is not there yet, proves it, and gives its manifest. Nobody who writes has to wait.
///
/// # Errors
/// Where the folder is there, the disk refuses, or the copy is not what was read.
pub fn make(store: &Store, to: &Path, now: Moment) -> anyhow::Result<Manifest> {
    ensure!(!to.exists(), "{} is there already: a backup is made in a folder of its own", to.display());
    let partial = partial(to);
    if partial.exists() {
        fs::remove_dir_all(&partial).with_context(|| format!("removing {}, which an earlier run left", partial.display()))?;
    }
    fs::create_dir_all(&partial).with_context(|| format!("making {}", partial.display()))?;
    let mut manifest = copy_database(store, &partial, now)?;
    copy_files(store.archive().folder(), &partial.join(ARCHIVE))?;
    store.archive().bring_home(&partial.join(ARCHIVE))?;
    for name in files_below(&partial)? {
        let kept = Kept::of(&partial.join(&name)).with_context(|| format!("reading {name} again"))?;
        manifest.files.insert(name, kept);
    }
    write_synced(&partial.join(MANIFEST), &serde_json::to_vec_pretty(&manifest)?)?;
    let findings = verify(&partial)?;
    ensure!(findings.is_empty(), "the backup is not what was read: {}", findings.join("; "));
    fs::rename(&partial, to).with_context(|| format!("naming {}", to.display()))?;
    sync_folder(to.parent())?;
    Ok(manifest)
}

fn partial(to: &Path) -> PathBuf {
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    to.with_file_name(format!("{name}.partial"))
}

fn copy_database(store: &Store, folder: &Path, now: Moment) -> anyhow::Result<Manifest> {
    let copy = open(folder)?;
    copy.migrate_up().context("making the copy of the database")?;
    let copied = store.copy_into(&copy).context("copying the database")?;
    let schema = copy.migration_status()?.version;
    let mut manifest = Manifest::new(now, store.engine().name(), copied.seq.0, schema);
    ensure!(copy.contents()? == copied.contents, "the copy of the database is not what was read");
    manifest.tables = copied.contents;
    manifest.dump = dump_hash(&copy)?;
    drop(copy);
    // One file that can be read without writing beside it: without this, looking at a backup would change it.
    let engine = store::engine(&address(folder), None)?;
    engine
        .connect()?
        .run_script("pragma wal_checkpoint(truncate); pragma journal_mode = delete")
        .context("closing the copy of the database")?;
    File::open(folder.join(DATABASE)).and_then(|file| file.sync_all()).context("syncing the copy of the database")?;
    Ok(manifest)
}

/// The store that lies in a backup.
fn open(folder: &Path) -> anyhow::Result<Store> {
    Ok(Store::new(store::engine(&address(folder), None)?, folder.join(ARCHIVE)))
}

fn address(folder: &Path) -> String {
    format!("sqlite:{}", folder.join(DATABASE).display())
}

/// BLAKE3 of a store's canonical dump.
///
/// # Errors
/// What the store reports.
pub fn dump_hash(store: &Store) -> anyhow::Result<String> {
    let mut hasher = blake3::Hasher::new();
    canonical(store, &mut hasher)?;
    Ok(hasher.finalize().to_hex().to_string())
}

fn copy_files(from: &Path, to: &Path) -> anyhow::Result<()> {
    for name in files_below(from)? {
        let (source, target) = (from.join(&name), to.join(&name));
        if target.exists() {
            ensure!(Kept::of(&source)? == Kept::of(&target)?, "{} is there already and holds something else", target.display());
            continue;
        }
        let parent = target.parent().context("a file lies in a folder")?;
        fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
        let partial = target.with_extension("partial-copy");
        fs::copy(&source, &partial).with_context(|| format!("copying {name}"))?;
        File::open(&partial).and_then(|file| file.sync_all()).with_context(|| format!("syncing {name}"))?;
        fs::rename(&partial, &target).with_context(|| format!("naming {name}"))?;
        sync_folder(Some(parent))?;
    }
    Ok(())
}

fn write_synced(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let write = || {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().with_context(|| format!("writing {}", path.display()))
}

fn sync_folder(folder: Option<&Path>) -> anyhow::Result<()> {
    let folder = folder.filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).with_context(|| format!("syncing {}", folder.display()))
}

/// What is wrong with a backup; empty where every file, every table, every body and the whole dump are as they were.
///
/// # Errors
/// Where it is no backup, or cannot be read.
pub fn verify(folder: &Path) -> anyhow::Result<Vec<String>> {
    let manifest = Manifest::read(folder)?;
    let mut findings = Vec::new();
    for (name, kept) in &manifest.files {
        match Kept::of(&folder.join(name)) {
            Ok(found) if found == *kept => {}
            Ok(_) => findings.push(format!("{name} was changed")),
            Err(error) => findings.push(format!("{name} cannot be read: {error}")),
        }
    }
    // What is damaged is not opened: an engine may mend it and hide the damage.
    if !findings.is_empty() {
        return Ok(findings);
    }
    let store = open(folder)?;
    let known = MIGRATIONS.last().map_or(0, |step| step.version);
    let (schema, program) = (manifest.schema, &manifest.program);
    ensure!(
        schema == known,
        "the backup's schema is at version {schema}, this program knows {known}: restore it with {program}, then upgrade"
    );
    let found = store.contents()?;
    findings.extend(
        manifest.tables.iter().filter(|(name, content)| found.get(*name) != Some(content)).map(|(name, _)| format!("table {name} differs")),
    );
    findings.extend(store.archive_damage()?);
    if dump_hash(&store)? != manifest.dump {
        findings.push("the canonical dump differs".to_owned());
    }
    Ok(findings)
}

/// Puts a backup back into an empty store, with its archive, and proves it by the canonical dump. Gives the manifest.
///
/// # Errors
/// Where the backup is damaged, the store is not empty, or the result differs.
pub fn restore(folder: &Path, into: &Store) -> anyhow::Result<Manifest> {
    let findings = verify(folder)?;
    if let Some(first) = findings.first() {
        bail!("the backup is damaged ({} findings): {first}", findings.len());
    }
    let manifest = Manifest::read(folder)?;
    into.migrate_up().context("making the store")?;
    let backup = open(folder)?;
    require_nothing_there(into)?;
    copy_files(&folder.join(ARCHIVE), into.archive().folder())?;
    backup.copy_into(into).context("copying the database")?;
    ensure!(into.contents()? == manifest.tables, "a table of the restored store differs from the backup");
    ensure!(dump_hash(into)? == manifest.dump, "the canonical dump of the restored store differs from the backup");
    Ok(manifest)
}

fn require_nothing_there(into: &Store) -> anyhow::Result<()> {
    let is_empty = into.head()?.seq.0 == 0 && into.pending_replies(1)?.is_empty();
    ensure!(is_empty, "the store at {} is not empty: a backup is restored into an empty one", into.engine().address());
    Ok(())
}
