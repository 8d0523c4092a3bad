//! Where raw replies rest beside the folder: a bucket, and how long the folder keeps what the bucket has.

use serde::Serialize;

use super::reader::Reader;
use super::refusal::Refusal;
use super::secret::Secret;
use super::values::{self, Read};

/// The archive's bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArchiveSettings {
    /// `s3://BUCKET/PREFIX` or `file:///FOLDER`; unset: the folder alone.
    pub url: Option<String>,
    /// Where an S3 service other than Amazon's answers.
    pub endpoint: Option<String>,
    /// Its region.
    pub region: String,
    /// Who we are there; unset: the machine's own role.
    pub access_key_id: Option<Secret>,
    /// The key to that.
    pub secret_access_key: Option<Secret>,
    /// The token of a key that is lent for a while.
    pub session_token: Option<Secret>,
    /// Days after which a bundle leaves the folder, once the bucket has it; unset: never.
    pub keep_local_days: Option<u32>,
}

impl ArchiveSettings {
    /// What opens the bucket, where there is one.
    #[must_use]
    pub fn bucket(&self) -> Option<::store::BucketAddress> {
        self.url.clone().map(|url| self.bucket_at(url))
    }

    /// What opens another bucket with the same keys.
    #[must_use]
    pub fn bucket_at(&self, url: String) -> ::store::BucketAddress {
        let exposed = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.expose().to_owned());
        ::store::BucketAddress {
            url,
            endpoint: self.endpoint.clone(),
            region: Some(self.region.clone()),
            access_key_id: exposed(&self.access_key_id),
            secret_access_key: exposed(&self.secret_access_key),
            session_token: exposed(&self.session_token),
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let settings = Self {
            url: reader.optional("archive.url", &[], url),
            endpoint: reader.optional("archive.endpoint", &["AWS_ENDPOINT_URL"], values::base_url),
            region: reader.value("archive.region", &["AWS_REGION"], "us-east-1".to_owned(), values::text),
            access_key_id: reader.secret("archive.access_key_id", &["AWS_ACCESS_KEY_ID"], values::key),
            secret_access_key: reader.secret("archive.secret_access_key", &["AWS_SECRET_ACCESS_KEY"], values::key),
            session_token: reader.secret("archive.session_token", &["AWS_SESSION_TOKEN"], values::key),
            keep_local_days: reader.optional("archive.keep_local_days", &[], days),
        };
        if settings.access_key_id.is_some() != settings.secret_access_key.is_some() {
            reader.refused.push(Refusal::of("archive.access_key_id", "goes with archive.secret_access_key: set both, or none"));
        }
        if settings.keep_local_days.is_some() && settings.url.is_none() {
            reader
                .refused
                .push(Refusal::of("archive.keep_local_days", "without archive.url nothing else has the replies: they are kept for ever"));
        }
        settings
    }
}

fn url(text: &str) -> Read<String> {
    let is_plain = |text: &str| !text.contains(['?', '#', '@']) && !text.contains(char::is_whitespace) && !text.contains("//");
    let bucket = text.strip_prefix("s3://").map(|rest| is_plain(rest) && !rest.starts_with('/') && !rest.is_empty());
    let folder = text.strip_prefix("file://").map(|rest| is_plain(rest) && rest.starts_with('/') && rest.len() > 1);
    if bucket.or(folder) == Some(true) {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("s3://BUCKET/PREFIX, or file:///FOLDER".to_owned())
    }
}

/// A start looks for replies that a crash left without their rows in the last day of the folder: two days are the least.
fn days(text: &str) -> Read<u32> {
    text.parse().ok().filter(|days| (2..=36_500).contains(days)).ok_or_else(|| "a whole number of days, 2 or more".to_owned())
}

#[cfg(test)]
mod tests {
    use crate::settings::{Settings, Sources};

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, String> {
        Settings::read(&Sources::of_env(pairs.iter().copied())).map_err(|refused| refused.to_string())
    }

    #[test]
    fn a_bucket_is_named_by_its_address_and_its_keys_are_never_shown() {
        let names =
            [("PREDICTIVE_PLAY_ARCHIVE_URL", "s3://odds/raw/"), ("AWS_ACCESS_KEY_ID", "AKIA1"), ("AWS_SECRET_ACCESS_KEY", "hunter2")];
        let archive = read(&[&names[..], &[("PREDICTIVE_PLAY_ARCHIVE_KEEP_LOCAL_DAYS", "14")]].concat()).unwrap().archive;
        assert_eq!((archive.url.as_deref(), archive.keep_local_days), (Some("s3://odds/raw"), Some(14)));
        assert_eq!(archive.bucket().unwrap().secret_access_key.as_deref(), Some("hunter2"));
        let shown = format!("{archive:?} {}", serde_json::to_string(&archive).unwrap());
        assert!(!shown.contains("hunter2") && !shown.contains("AKIA1"), "{shown}");
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for url in ["odds", "s3://", "s3://id:secret@odds/x", "file://here", "file:///", "https://x/y", "s3://a b"] {
            let said = read(&[("PREDICTIVE_PLAY_ARCHIVE_URL", url)]).unwrap_err();
            assert!(said.starts_with("PREDICTIVE_PLAY_ARCHIVE_URL: ") && said.contains("s3://BUCKET/PREFIX"), "{said}");
        }
        let url = ("PREDICTIVE_PLAY_ARCHIVE_URL", "s3://odds");
        assert!(read(&[url, ("AWS_ACCESS_KEY_ID", "AKIA1")]).unwrap_err().contains("set both, or none"));
        assert!(read(&[url, ("PREDICTIVE_PLAY_ARCHIVE_KEEP_LOCAL_DAYS", "1")]).unwrap_err().contains("2 or more"));
        assert!(read(&[("PREDICTIVE_PLAY_ARCHIVE_KEEP_LOCAL_DAYS", "7")]).unwrap_err().contains("without archive.url"));
    }
}
