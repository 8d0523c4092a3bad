//! Errors as The Odds API words them: `{"message", "error_code", "details_url"}`; the details stand in our own docs.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use store::StoreError;

use crate::problem::Problem;

/// What is wrong with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyProblem {
    /// None came with the request.
    Missing,
    /// It is none of ours.
    Invalid,
    /// It was revoked.
    Deactivated,
}

/// The answer to a request whose key is missing or wrong. For whoever guards the way to /v4.
#[must_use]
pub fn key_problem(kind: KeyProblem) -> Response {
    let (code, message) = match kind {
        KeyProblem::Missing => ("MISSING_KEY", "API key is missing. Give it as the parameter apiKey"),
        KeyProblem::Invalid => ("INVALID_KEY", "API key is not valid. Get one with `predictive-play keys create`"),
        KeyProblem::Deactivated => ("DEACTIVATED_KEY", "API key has been revoked. Get another with `predictive-play keys create`"),
    };
    Wrong::new(StatusCode::UNAUTHORIZED, code, message).into_response()
}

/// The answer to a path that is no text.
pub(crate) fn unreadable(path: &str) -> Response {
    Wrong::new(StatusCode::BAD_REQUEST, "INVALID_PATH", Problem::bad_path(path).detail).into_response()
}

/// An error of /v4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    status: StatusCode,
    code: &'static str,
    message: String,
}

#[derive(Serialize)]
struct Body<'a> {
    message: &'a str,
    error_code: &'a str,
    details_url: &'a str,
}

impl Wrong {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// A parameter that cannot be used: 422.
    pub(super) fn parameter(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }

    pub(super) fn unknown_sport() -> Self {
        Self::new(StatusCode::NOT_FOUND, "UNKNOWN_SPORT", "Unknown sport. See /v4/sports for those that are known")
    }

    pub(super) fn event_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "EVENT_NOT_FOUND", "Event not found. The event may have expired or the event id may not be valid")
    }

    pub(super) fn out_of_credits() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "OUT_OF_USAGE_CREDITS", "Usage quota has been reached. It is renewed on the 1st of the month")
    }

    #[cfg(test)]
    pub(super) const fn code(&self) -> &'static str {
        self.code
    }
}

impl From<StoreError> for Wrong {
    fn from(error: StoreError) -> Self {
        Self::from(Problem::from(error))
    }
}

impl From<Problem> for Wrong {
    fn from(problem: Problem) -> Self {
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let code = if status == StatusCode::SERVICE_UNAVAILABLE { "UNAVAILABLE" } else { "INTERNAL_ERROR" };
        Self::new(status, code, problem.detail)
    }
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        let body = Body { message: &self.message, error_code: self.code, details_url: "/docs#v4" };
        (self.status, Json(body)).into_response()
    }
}
