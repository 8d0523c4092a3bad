//! The bucket: a second place for finished files of the archive, behind the crate `object_store` (S3 and what speaks like it, or
//! another folder). Nothing rests on it: a reply is archived once it is synced in the folder, and copied here later.
//!
//! Calls block. They run on a small runtime of their own and are waited for through a channel, so that it does not matter
//! whether the caller stands in a runtime already.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use futures_util::TryStreamExt;
use object_store::aws::{AmazonS3Builder, Checksum};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};
use tokio::runtime::Runtime;

use crate::error::{Result, StoreError};

/// Where a bucket is, and what opens it. It is never printed: it may hold secrets.
#[derive(Clone, Default)]
pub struct BucketAddress {
    /// `s3://BUCKET/PREFIX`, or `file:///FOLDER`.
    pub url: String,
    /// Where an S3 service other than Amazon's answers.
    pub endpoint: Option<String>,
    /// Its region.
    pub region: Option<String>,
    /// Who we are; without it the machine's own role is asked for.
    pub access_key_id: Option<String>,
    /// The key to that.
    pub secret_access_key: Option<String>,
    /// The token of a key that is lent for a while.
    pub session_token: Option<String>,
}

/// How long one try may take, and how long it is tried again: a bucket that is away costs a pass, not the process.
const TRY: Duration = Duration::from_secs(60);
const TRIES: Duration = Duration::from_secs(120);

/// A bucket, or a prefix of one. Copies of it share their connections.
#[derive(Clone)]
pub struct Bucket {
    inner: Arc<Inner>,
}

struct Inner {
    url: String,
    objects: Arc<dyn ObjectStore>,
    runtime: Option<Runtime>,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bucket({})", self.inner.url)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // A runtime must not be waited for where another one runs.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn failed(doing: &'static str, name: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Bucket { doing, name: name.to_owned(), source: source.into() }
}

impl Bucket {
    /// The bucket of an address. Nothing is asked of it yet; a folder is made.
    ///
    /// # Errors
    /// [`StoreError::Bucket`] where the address cannot be understood.
    pub fn open(address: &BucketAddress) -> Result<Self> {
        let opening = |source: object_store::Error| failed("opening", &address.url, source);
        let objects: Arc<dyn ObjectStore> = if let Some(rest) = address.url.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            let prefix = Path::parse(prefix.trim_matches('/')).map_err(|error| opening(error.into()))?;
            Arc::new(PrefixStore::new(s3(bucket, address).map_err(opening)?, prefix))
        } else if let Some(folder) = address.url.strip_prefix("file://").filter(|folder| folder.starts_with('/')) {
            std::fs::create_dir_all(folder).map_err(|error| failed("making", &address.url, error))?;
            Arc::new(LocalFileSystem::new_with_prefix(folder).map_err(opening)?.with_fsync(true))
        } else {
            return Err(failed("opening", &address.url, "a bucket is s3://BUCKET/PREFIX or file:///FOLDER"));
        };
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).thread_name("bucket").enable_all().build();
        let runtime = runtime.map_err(|error| failed("opening", &address.url, error))?;
        Ok(Self { inner: Arc::new(Inner { url: address.url.clone(), objects, runtime: Some(runtime) }) })
    }

    /// Its address, which holds no secret.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.inner.url
    }

    /// Puts a file there, whole or not at all. The same again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Bucket`] where it is away or refuses.
    pub fn put(&self, name: &str, bytes: Vec<u8>) -> Result<()> {
        self.call("writing", name, move |objects, path| async move { objects.put(&path, bytes.into()).await.map(drop) })
    }

    /// A file's bytes; `None` where there is no such file.
    ///
    /// # Errors
    /// [`StoreError::Bucket`] where it is away or refuses.
    pub fn get(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.call("reading", name, |objects, path| async move {
            absent(async { objects.get(&path).await?.bytes().await.map(|bytes| bytes.to_vec()) }.await)
        })
    }

    /// A part of a file; `None` where there is no such file.
    ///
    /// # Errors
    /// [`StoreError::Bucket`] where it is away or refuses, or the file is shorter.
    pub fn get_range(&self, name: &str, offset: u64, length: u64) -> Result<Option<Vec<u8>>> {
        let found = self.call("reading", name, move |objects, path| async move {
            absent(objects.get_range(&path, offset..offset + length).await.map(|bytes| bytes.to_vec()))
        })?;
        match found {
            Some(bytes) if bytes.len() as u64 != length => Err(failed("reading", name, "the file is shorter than it was written")),
            found => Ok(found),
        }
    }

    /// A file's length; `None` where there is no such file.
    ///
    /// # Errors
    /// [`StoreError::Bucket`] where it is away or refuses.
    pub fn length(&self, name: &str) -> Result<Option<u64>> {
        self.call("asking for", name, |objects, path| async move { absent(objects.head(&path).await.map(|found| found.size)) })
    }

    /// Takes a file away; tells whether it was there.
    ///
    /// # Errors
    /// [`StoreError::Bucket`] where it is away or refuses.
    pub fn remove(&self, name: &str) -> Result<bool> {
        self.call("removing", name, |objects, path| async move {
            let Some(_) = absent(objects.head(&path).await)? else { return Ok(false) };
            absent(objects.delete(&path).await).map(|removed| removed.is_some())
        })
    }

    /// Names below a folder with their lengths, in no order; all where the folder is empty.
    ///
    /// # Errors
    /// [`StoreError::Bucket`] where it is away or refuses.
    pub fn names(&self, below: &str) -> Result<Vec<(String, u64)>> {
        self.call("listing", below, |objects, path| async move {
            let below = (!path.as_ref().is_empty()).then_some(path);
            objects.list(below.as_ref()).map_ok(|found| (found.location.to_string(), found.size)).try_collect().await
        })
    }

    fn call<T: Send + 'static, F>(&self, doing: &'static str, name: &str, work: impl FnOnce(Arc<dyn ObjectStore>, Path) -> F) -> Result<T>
    where
        F: Future<Output = object_store::Result<T>> + Send + 'static,
    {
        let path = Path::parse(name).map_err(|error| failed(doing, name, error))?;
        let (done, wait) = sync_channel(1);
        let work = work(Arc::clone(&self.inner.objects), path);
        let runtime = self.inner.runtime.as_ref().expect("the runtime lives as long as the bucket");
        runtime.spawn(async move {
            // Nobody waits any more only where the process ends.
            let _ = done.send(work.await);
        });
        let answered = wait.recv().map_err(|error| failed(doing, name, error))?;
        answered.map_err(|error| failed(doing, name, error))
    }
}

fn absent<T>(found: object_store::Result<T>) -> object_store::Result<Option<T>> {
    match found {
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        found => found.map(Some),
    }
}

fn s3(bucket: &str, address: &BucketAddress) -> object_store::Result<impl ObjectStore> {
    // Whoever came first has chosen the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let endpoint = address.endpoint.as_deref();
    let client = ClientOptions::new().with_timeout(TRY).with_connect_timeout(Duration::from_secs(10));
    let is_plain = endpoint.is_some_and(|endpoint| endpoint.starts_with("http://"));
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(address.region.as_deref().unwrap_or("us-east-1"))
        .with_client_options(client)
        .with_allow_http(is_plain)
        .with_checksum_algorithm(Checksum::SHA256)
        .with_retry(RetryConfig { max_retries: 5, retry_timeout: TRIES, ..RetryConfig::default() });
    if let Some(endpoint) = endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    if let (Some(id), Some(secret)) = (&address.access_key_id, &address.secret_access_key) {
        builder = builder.with_access_key_id(id).with_secret_access_key(secret);
    }
    if let Some(token) = &address.session_token {
        builder = builder.with_token(token);
    }
    builder.build()
}
