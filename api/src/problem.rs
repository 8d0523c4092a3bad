//! Errors as people and programs get them: `application/problem+json` with what was wrong and what would be right.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use store::StoreError;
use utoipa::ToSchema;

use crate::asked::near;

/// An error that is told to the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Which kind of error, as a path of the docs.
    #[serde(rename = "type")]
    pub kind: String,
    /// The error in a few words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What was wrong, where, and what would be right.
    pub detail: String,
}

impl Problem {
    fn new(status: StatusCode, kind: &str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { kind: format!("/docs#{kind}"), title, status: status.as_u16(), detail: detail.into() }
    }

    /// Something that is not there.
    #[must_use]
    pub fn not_found(what: &str, id: &str, right: &str) -> Self {
        let id: String = id.chars().take(80).collect();
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", format!("there is no {what} {id:?}: {right}"))
    }

    /// A parameter that cannot be used.
    #[must_use]
    pub fn bad_parameter(name: &str, value: &str, right: &str) -> Self {
        let value: String = value.chars().take(80).collect();
        Self::new(StatusCode::BAD_REQUEST, "bad-parameter", "Bad parameter", format!("{name}={value:?} cannot be used: {right}"))
    }

    /// A parameter that this path does not have.
    #[must_use]
    pub fn unknown_parameter(name: &str, known: &[String]) -> Self {
        let name: String = name.chars().take(80).collect();
        let near = near(&name, known.iter().map(String::as_str));
        let right = match (near.first(), known.is_empty()) {
            (Some(_), _) => format!("did you mean {}?", near.join(" or ")),
            (None, true) => "this path takes none".to_owned(),
            (None, false) => format!("this path takes {}", known.join(", ")),
        };
        Self::new(StatusCode::BAD_REQUEST, "unknown-parameter", "Unknown parameter", format!("{name:?} is not known here: {right}"))
    }

    /// A query that cannot be read at all.
    #[must_use]
    pub fn bad_query(why: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-query", "Bad query", format!("the query cannot be read: {why}"))
    }

    /// A path whose bytes are no text.
    #[must_use]
    pub fn bad_path(path: &str) -> Self {
        let path: String = path.chars().take(80).collect();
        Self::new(StatusCode::BAD_REQUEST, "bad-path", "Bad path", format!("{path:?} cannot be read: a path is UTF-8, escaped with %"))
    }

    /// A path that nothing answers on.
    #[must_use]
    pub fn no_such_path(path: &str, known: &[String]) -> Self {
        let near = near(path, known.iter().map(String::as_str));
        let right =
            if near.is_empty() { "see /docs for those that there are".to_owned() } else { format!("did you mean {}?", near.join(" or ")) };
        Self::not_found("path", path, &right)
    }

    /// Something of ours failed; the log has it.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Internal error",
            "something failed on our side; the log of the service has it",
        )
    }

    /// The store cannot be reached for now.
    #[must_use]
    pub fn unavailable(why: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Unavailable", why)
    }

    /// No key, or one that opens nothing.
    #[must_use]
    pub fn unauthorized(right: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Unauthorized", right)
    }

    /// A key that may not do this.
    #[must_use]
    pub fn forbidden(right: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Forbidden", right)
    }

    /// What was decided cannot be.
    #[must_use]
    pub fn conflict(why: &str) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "Conflict", why)
    }

    /// A body that cannot be used.
    #[must_use]
    pub fn bad_body(why: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-body", "Bad body", why)
    }

    /// A body that is longer than is taken.
    #[must_use]
    pub fn too_large(right: &str) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Body too large", right)
    }

    /// A body in a form that is not read here.
    #[must_use]
    pub fn unsupported_media(right: &str) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media", "Unsupported media type", right)
    }

    /// Asked under a name that is not ours.
    #[must_use]
    pub fn misdirected(right: &str) -> Self {
        Self::new(StatusCode::MISDIRECTED_REQUEST, "misdirected", "Misdirected request", right)
    }

    /// More requests than are allowed.
    #[must_use]
    pub fn too_many(right: &str) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "Too many requests", right)
    }

    /// A refusal that the framework made without our words.
    #[must_use]
    pub fn plain(status: StatusCode, method: &str) -> Self {
        if status == StatusCode::METHOD_NOT_ALLOWED {
            let right = format!(
                "{method} is not answered here: everything is read with GET, tables of moments are asked with POST /v1/boards, and decisions are made with POST /v1/decisions"
            );
            return Self::new(status, "method-not-allowed", "Method not allowed", right);
        }
        Self::new(
            status,
            "bad-request",
            status.canonical_reason().unwrap_or("Bad request"),
            "the path or query holds bytes that are no UTF-8",
        )
    }

    /// A URL that nobody needs.
    #[must_use]
    pub fn too_long(right: &str) -> Self {
        Self::new(StatusCode::URI_TOO_LONG, "too-long", "URL too long", right)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store could not answer");
        if error.is_retryable() {
            Self::unavailable(&format!("the store cannot be reached for now ({}); try again in a few seconds", error.in_short()))
        } else {
            Self::internal()
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(header::CONTENT_TYPE, "application/problem+json")], Json(self)).into_response()
    }
}
