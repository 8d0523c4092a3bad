//! What the scripted provider does with one request.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

/// One act of a script.
#[derive(Debug, Clone)]
pub enum Act {
    /// A whole answer; the connection stays open.
    Answer(Answer),
    /// The answer in chunks of so many bytes (`Transfer-Encoding: chunked`).
    Chunked(Answer, usize),
    /// The answer in chunks, without the last one: the connection closes first.
    ChunkedUnended(Answer, usize),
    /// So many bytes of the answer (head included) at a time, with a pause after each.
    Drip {
        /// What is sent.
        answer: Answer,
        /// Bytes a piece.
        bytes: usize,
        /// The pause.
        every: Duration,
    },
    /// The whole length promised, half of the body sent, then closed.
    HalfBody(Answer),
    /// Accepted, read, never answered: the client has to run out of patience.
    Silence,
    /// Read, then closed without a byte.
    Close,
    /// Reset without a byte.
    Reset,
    /// So many bytes of the answer (head included), then reset.
    ResetAfter(Answer, usize),
    /// These bytes, whatever they are, then closed.
    Raw(Vec<u8>),
    /// Server-sent events, as the test hands them out, until it cuts the line.
    Feed(super::Feed),
    /// A pause, then this act (a [`Act::Reset`] becomes a close).
    After(Duration, Box<Act>),
}

impl Act {
    /// A JSON body with status 200.
    #[must_use]
    pub fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::Answer(Answer::json(200, body))
    }

    /// A page of HTML with status 200: what a captive portal or a maintenance page sends.
    #[must_use]
    pub fn html() -> Self {
        Self::Answer(Answer::of(200, "text/html; charset=utf-8", "<!doctype html><html><body>Down for maintenance</body></html>"))
    }

    /// 429, with `Retry-After` where it says so (`2`, or a date).
    #[must_use]
    pub fn too_many(retry_after: Option<&str>) -> Self {
        let body = r#"{"message":"Requests are too frequent","error_code":"EXCEEDED_FREQ_LIMIT"}"#;
        let answer = Answer::json(429, body);
        Self::Answer(match retry_after {
            Some(after) => answer.with("retry-after", after),
            None => answer,
        })
    }

    /// A status with a line of text.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Answer(Answer::text(status, "no"))
    }

    /// The answer in it, whole or not.
    pub(super) fn answered(&self) -> Option<&Answer> {
        match self {
            Self::Answer(answer)
            | Self::Chunked(answer, _)
            | Self::ChunkedUnended(answer, _)
            | Self::Drip { answer, .. }
            | Self::HalfBody(answer)
            | Self::ResetAfter(answer, _) => Some(answer),
            Self::After(_, act) => act.answered(),
            Self::Silence | Self::Close | Self::Reset | Self::Raw(_) | Self::Feed(_) => None,
        }
    }

    pub(super) fn answered_mut(&mut self) -> Option<&mut Answer> {
        match self {
            Self::Answer(answer)
            | Self::Chunked(answer, _)
            | Self::ChunkedUnended(answer, _)
            | Self::Drip { answer, .. }
            | Self::HalfBody(answer)
            | Self::ResetAfter(answer, _) => Some(answer),
            Self::After(_, act) => act.answered_mut(),
            Self::Silence | Self::Close | Self::Reset | Self::Raw(_) | Self::Feed(_) => None,
        }
    }
}

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers, beside the length, which is added.
    pub headers: Vec<(String, String)>,
    /// The body, as it travels.
    pub body: Vec<u8>,
}

impl Answer {
    /// A body of a content type.
    #[must_use]
    pub fn of(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }.with("content-type", content_type)
    }

    /// A JSON body.
    #[must_use]
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::of(status, "application/json; charset=utf-8", body)
    }

    /// A line of text.
    #[must_use]
    pub fn text(status: u16, body: &str) -> Self {
        Self::of(status, "text/plain; charset=utf-8", body)
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same, compressed and said to be.
    #[must_use]
    pub fn gzipped(mut self) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&self.body).expect("memory takes what is written");
        self.body = encoder.finish().expect("memory takes what is written");
        self.with("content-encoding", "gzip")
    }

    /// The same, said to be compressed, and not.
    #[must_use]
    pub fn wrongly_gzipped(self) -> Self {
        self.with("content-encoding", "gzip")
    }

    /// The same, compressed, with the end of the compressed bytes missing though the length is right.
    #[must_use]
    pub fn gzipped_and_cut(self) -> Self {
        let mut answer = self.gzipped();
        answer.body.truncate(answer.body.len() / 2);
        answer
    }

    fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head
    }

    pub(super) fn wire(&self) -> Vec<u8> {
        let mut wire = self.head().into_bytes();
        wire.extend_from_slice(format!("content-length: {}\r\n\r\n", self.body.len()).as_bytes());
        wire.extend_from_slice(&self.body);
        wire
    }

    pub(super) fn chunked_wire(&self, size: usize, is_ended: bool) -> Vec<u8> {
        let mut wire = self.head().into_bytes();
        wire.extend_from_slice(b"transfer-encoding: chunked\r\n\r\n");
        for chunk in self.body.chunks(size.max(1)) {
            wire.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            wire.extend_from_slice(chunk);
            wire.extend_from_slice(b"\r\n");
        }
        if is_ended {
            wire.extend_from_slice(b"0\r\n\r\n");
        }
        wire
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        304 => "Not Modified",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Other",
    }
}
