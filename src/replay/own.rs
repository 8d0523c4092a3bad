//! `archive` as a provider: replies that we stored ourselves, out of a store's folder or single bundles. Each brings its provider,
//! endpoint, request, headers and moment with it, so that nothing is asked of anybody and no stand-in for a network is needed.
//!
//! A rebuild reads an archive through the same code, in the order of arrival; a replay plays it in the order of the replies' own time.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use odds::Moment;
use odds::reply::Reply;
use store::Archive;
use store::archive::{Header, Place};

/// The name under which `replay --provider` knows it.
pub const ARCHIVE: &str = "archive";

/// One of our own stored replies.
#[derive(Debug, Clone)]
pub struct OwnReply {
    /// What was asked, when, and of whom.
    pub header: Header,
    /// The body.
    pub body: Vec<u8>,
    /// The bundle that it lies in, for people.
    pub bundle: String,
}

impl OwnReply {
    /// As the route takes it.
    #[must_use]
    pub fn reply(&self) -> Reply<'_> {
        Reply {
            provider: &self.header.provider,
            endpoint: &self.header.endpoint,
            request: &self.header.request,
            status: self.header.status,
            headers: &self.header.headers,
            body: &self.body,
            fetched_at: self.header.fetched_at,
            basis: self.header.basis,
            sport: self.header.sport.as_deref(),
        }
    }
}

/// A bundle of one of the archives that are read.
#[derive(Debug, Clone)]
pub struct OwnBundle {
    /// When it arrived.
    pub arrived_at: Moment,
    /// Its name below the archive's folder.
    pub name: String,
    archive: usize,
}

/// Which bundle is read just now, and its frames.
type OpenBundle = (usize, Vec<(Header, Option<Place>)>);

/// Our own stored replies, found and not read yet. In memory are the places of bodies and the moments of replies, no bodies.
#[derive(Debug, Default)]
pub struct OwnReplies {
    archives: Vec<Archive>,
    bundles: Vec<OwnBundle>,
    bodies: HashMap<(usize, String), Place>,
    turns: Vec<(Moment, usize, usize)>,
    /// Bundles that cannot be read, with why.
    pub bad: Vec<String>,
}

impl OwnReplies {
    /// All bundles of an archive, in its folder or its bucket.
    ///
    /// # Errors
    /// Where they cannot be listed, or one of them cannot be read.
    pub fn of_archive(archive: &Archive) -> anyhow::Result<Self> {
        let mut own = Self { archives: vec![archive.clone()], ..Self::default() };
        for name in archive.bundles().context("reading the archive")? {
            own.add(0, name)?;
        }
        Ok(own.in_order())
    }

    /// What lies at these paths: data folders, archives' folders, single bundles. A bundle that is damaged is noted as bad.
    ///
    /// # Errors
    /// Where a path holds no bundle.
    pub fn of_paths(paths: &[PathBuf]) -> anyhow::Result<Self> {
        let (mut own, mut roots, mut taken) = (Self::default(), Vec::new(), HashSet::new());
        for path in paths {
            let root = root_of(path);
            let at = roots.iter().position(|known| *known == root).unwrap_or_else(|| {
                own.archives.push(Archive::at(if root.as_os_str().is_empty() { Path::new(".") } else { &root }));
                roots.push(root.clone());
                roots.len() - 1
            });
            let names = match path.is_dir() {
                true => own.archives[at].bundles()?,
                false => path.strip_prefix(&root).ok().map(|name| name.to_string_lossy().into_owned()).into_iter().collect(),
            };
            if names.is_empty() {
                bail!("{}: no bundles of replies (*.ppb) are there; name a data folder, an archive's folder, or bundles", path.display());
            }
            for name in names.into_iter().filter(|name| taken.insert((at, name.clone()))) {
                if let Err(error) = own.add(at, name) {
                    own.bad.push(format!("{error:#}"));
                }
            }
        }
        own.find_bodies_elsewhere();
        Ok(own.in_order())
    }

    fn add(&mut self, archive: usize, name: String) -> anyhow::Result<()> {
        let frames = self.archives[archive].frames(&name).with_context(|| format!("reading {name}"))?;
        let arrived_at = frames.first().map(|(header, _)| header.archived_at).unwrap_or_default();
        for (number, (header, place)) in frames.into_iter().enumerate() {
            self.turns.push((header.fetched_at, self.bundles.len(), number));
            if let Some(place) = place {
                self.bodies.insert((archive, header.body), place);
            }
        }
        self.bundles.push(OwnBundle { arrived_at, name, archive });
        Ok(())
    }

    /// A body that was there already is not in the bundle of the later reply: it is in another one of the same archive.
    fn find_bodies_elsewhere(&mut self) {
        for (at, archive) in self.archives.iter().enumerate() {
            let given: HashSet<&str> = self.bundles.iter().filter(|one| one.archive == at).map(|one| one.name.as_str()).collect();
            let others = archive.bundles().unwrap_or_default().into_iter().filter(|name| !given.contains(name.as_str()));
            for (header, place) in others.filter_map(|name| archive.frames(&name).ok()).flatten() {
                if let Some(place) = place {
                    self.bodies.entry((at, header.body)).or_insert(place);
                }
            }
        }
    }

    fn in_order(mut self) -> Self {
        let bundles = &self.bundles;
        self.turns.sort_by_key(|(at, bundle, number)| (*at, bundles[*bundle].arrived_at, *bundle, *number));
        self
    }

    /// The folders that are read.
    pub fn folders(&self) -> impl Iterator<Item = &Path> {
        self.archives.iter().map(Archive::folder)
    }

    /// The bundles in the order in which they arrived.
    #[must_use]
    pub fn by_arrival(&self) -> Vec<&OwnBundle> {
        let mut bundles: Vec<&OwnBundle> = self.bundles.iter().collect();
        bundles.sort_by_key(|bundle| (bundle.arrived_at, bundle.name.as_str()));
        bundles
    }

    /// How many replies there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.turns.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// The moment of the first reply.
    #[must_use]
    pub fn first_at(&self) -> Option<Moment> {
        self.turns.first().map(|(at, ..)| *at)
    }

    /// The replies by their own time, each read when its turn comes.
    pub fn play(&self) -> impl Iterator<Item = (Moment, anyhow::Result<OwnReply>)> {
        let mut open: Option<OpenBundle> = None;
        self.turns.iter().map(move |(at, bundle, number)| {
            if open.as_ref().is_none_or(|(held, _)| held != bundle) {
                open = None;
            }
            (*at, self.read(*bundle, *number, &mut open))
        })
    }

    fn read(&self, bundle: usize, number: usize, open: &mut Option<OpenBundle>) -> anyhow::Result<OwnReply> {
        let OwnBundle { name, archive, .. } = &self.bundles[bundle];
        let reading = || format!("reading {name}");
        let (_, frames) = match open {
            Some(open) => open,
            None => open.insert((bundle, self.archives[*archive].frames(name).with_context(reading)?)),
        };
        let (header, place) = frames.get(number).with_context(|| format!("{name} has changed while it was read"))?;
        let elsewhere = || self.bodies.get(&(*archive, header.body.clone()));
        let place = place.as_ref().or_else(elsewhere).with_context(|| {
            format!("{name}: the body of the reply {} lies in another bundle of its archive, and that is not there", header.key)
        })?;
        let body = self.archives[*archive].body(place, header.length).with_context(reading)?;
        if blake3::hash(&body).to_hex().as_str() != header.body {
            bail!("{name}: the body of the reply {} is not the one that was stored", header.key);
        }
        Ok(OwnReply { header: header.clone(), body, bundle: name.clone() })
    }
}

/// The archive's folder of a path: below a data folder, or four above a bundle (`YYYY/MM/DD/HASH.ppb`), where its dictionaries are.
fn root_of(path: &Path) -> PathBuf {
    if path.is_dir() {
        let below = path.join("archive");
        return if below.is_dir() { below } else { path.to_owned() };
    }
    let is_number = |folder: &Path| folder.file_name().is_some_and(|name| name.as_encoded_bytes().iter().all(u8::is_ascii_digit));
    let above: Vec<&Path> = path.ancestors().skip(1).take(4).collect();
    match above.as_slice() {
        [day, month, year, root] if [day, month, year].into_iter().all(|folder| is_number(folder)) => root.to_path_buf(),
        _ => path.parent().unwrap_or(path).to_owned(),
    }
}
