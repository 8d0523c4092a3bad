//! `/openapi.json`, and the same for people at `/docs`: one page made here, without scripts and without anything from elsewhere.

use std::fmt::Write;
use std::sync::OnceLock;

use axum::http::header;
use axum::response::{Html, IntoResponse};
use serde_json::Value;

use crate::openapi::{document, method_of};

pub async fn openapi() -> impl IntoResponse {
    static TEXT: OnceLock<String> = OnceLock::new();
    ([(header::CONTENT_TYPE, "application/json")], TEXT.get_or_init(|| document().to_string()).as_str())
}

pub async fn page() -> impl IntoResponse {
    static PAGE: OnceLock<String> = OnceLock::new();
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(PAGE.get_or_init(|| made(document())).as_str()))
}

const HEAD: &str =
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Predictive Play: API</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
code,pre{font:14px/1.4 ui-monospace,monospace}pre{background:#f4f4f2;padding:1rem;overflow:auto;max-height:28rem}
table{border-collapse:collapse}td{padding:.2rem 1rem .2rem 0;vertical-align:top}h2{margin-top:3rem}
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}pre{background:#222}a{color:#8ab4f8}}</style>";

const PROBLEMS: &[(&str, &str)] = &[
    ("bad-parameter", "A parameter's value cannot be used; the detail says what can."),
    ("unknown-parameter", "The path does not have this parameter; the detail says what it has."),
    ("bad-query", "The query cannot be read."),
    ("bad-path", "The path cannot be read: it is UTF-8, escaped with %."),
    ("not-found", "Nothing has this id or path; the detail names what looks like it."),
    ("bad-request", "The path or query holds bytes that are no UTF-8."),
    ("method-not-allowed", "Everything is read with GET (or HEAD); tables of moments are asked with POST /v1/boards."),
    ("bad-body", "The body cannot be used; the detail names the row or field and says why."),
    ("too-large", "The body is longer than is taken; ask in parts."),
    ("unsupported-media", "The body is in a form that is not read here; the detail says which are."),
    ("unauthorized", "A key is needed, or the one sent opens nothing: Authorization: Bearer KEY, or X-API-Key: KEY."),
    ("forbidden", "The key may not do this; the detail says which one may."),
    ("conflict", "What was decided cannot be; the detail says why."),
    ("misdirected", "Without a key this machine is answered under its own name alone; the detail says which."),
    ("too-many-requests", "More requests than are allowed; Retry-After says when to try again."),
    ("too-long", "The URL is too long; ask for less at once."),
    ("unavailable", "The store cannot be reached for now; try again in a few seconds."),
    ("internal", "Something failed on our side; the log of the service has it."),
];

const V4: &str = "<h2 id='v4'><code>/v4</code></h2><p>The Odds API v4 in its own shape, for clients that change only their base URL: sports, odds, \
events, event odds, event markets, scores, participants, historical. Errors have <code>message</code>, <code>error_code</code> and \
<code>details_url</code>: 401 for keys and credits, 404 <code>UNKNOWN_SPORT</code> and <code>EVENT_NOT_FOUND</code>, 422 for parameters; the message \
says what was wrong and what would be right.</p>";

fn made(document: &Value) -> String {
    let mut page = String::from(HEAD);
    let about = prose(document["info"]["description"].as_str().unwrap_or_default());
    let _ = write!(
        page,
        "<h1>Predictive Play: API</h1><p>{about}</p><p>The same for programs: <a href=/openapi.json>/openapi.json</a></p><ul>"
    );
    let operations: Vec<Operation<'_>> = operations(document).collect();
    for operation in &operations {
        let _ = write!(page, "<li><a href='#{}'><code>{}</code></a> {}", operation.anchor(), escaped(operation.path), operation.summary());
    }
    page.push_str("<li><a href='#v4'><code>/v4</code></a> The Odds API v4 in its own shape.</ul>");
    operations.iter().for_each(|operation| section(&mut page, operation, document));
    page.push_str("<h2>Errors</h2><p>All as <code>application/problem+json</code>: type, title, status, detail.</p><dl>");
    for (kind, meaning) in PROBLEMS {
        let _ = write!(page, "<dt id='{kind}'><code>{kind}</code><dd>{}", escaped(meaning));
    }
    page.push_str("</dl>");
    page.push_str(V4);
    page
}

/// One way to ask one path.
struct Operation<'a> {
    path: &'a str,
    method: &'a str,
    told: &'a Value,
}

fn operations(document: &Value) -> impl Iterator<Item = Operation<'_>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| item.as_object().into_iter().flatten().map(move |(method, told)| Operation { path, method, told }))
}

impl Operation<'_> {
    fn summary(&self) -> String {
        prose(self.told["summary"].as_str().unwrap_or_default())
    }

    /// The path alone, but for a second way to ask it.
    fn anchor(&self) -> String {
        let path: String = self.path.chars().filter(|letter| letter.is_alphanumeric() || *letter == '/').collect();
        let path = path.trim_matches('/').replace('/', "-");
        if self.method == method_of(self.path) { path } else { format!("{}-{path}", self.method) }
    }
}

fn section(page: &mut String, operation: &Operation<'_>, document: &Value) {
    let (method, anchor, summary) = (operation.method.to_uppercase(), operation.anchor(), operation.summary());
    let _ = write!(page, "<h2 id='{anchor}'><code>{method} {}</code></h2><p>{summary}</p>", escaped(operation.path));
    let operation = operation.told;
    if let Some(description) = operation["description"].as_str() {
        let _ = write!(page, "<p>{}</p>", prose(description));
    }
    body(page, operation, document);
    let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    if !parameters.is_empty() {
        page.push_str("<table>");
        for parameter in parameters {
            let text = |field: &str| prose(parameter[field].as_str().unwrap_or_default());
            let _ = write!(page, "<tr><td><code>{}</code><td>{}<td>{}", text("name"), text("in"), text("description"));
        }
        page.push_str("</table>");
    }
    let content = operation["responses"]["200"]["content"].as_object();
    if let Some(example) = content.and_then(|content| content.values().next()).and_then(|media| media.get("example")) {
        let text = serde_json::to_string_pretty(example).unwrap_or_default();
        let _ = write!(page, "<p>An answer, from a recording made for tests:</p><pre>{}</pre>", escaped(&text));
    }
}

/// The fields of a JSON body, where the operation takes one.
fn body(page: &mut String, operation: &Value, document: &Value) {
    let reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str();
    let schema = reference.and_then(|reference| document.pointer(reference.trim_start_matches('#')));
    let Some(fields) = schema.and_then(|schema| schema["properties"].as_object()) else { return };
    page.push_str("<p>The body is JSON:</p><table>");
    for (name, field) in fields {
        let _ = write!(page, "<tr><td><code>{}</code><td>{}", escaped(name), prose(field["description"].as_str().unwrap_or_default()));
    }
    page.push_str("</table>");
}

/// A text in which what stands between backticks is code.
fn prose(text: &str) -> String {
    let mut parts = text.split('`').enumerate().map(|(at, part)| (at % 2 == 1, escaped(part)));
    let first = parts.next().map(|(_, part)| part).unwrap_or_default();
    parts.fold(first, |all, (is_code, part)| all + if is_code { "<code>" } else { "</code>" } + &part)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&#39;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_every_path_and_needs_nothing_from_elsewhere() {
        let page = made(document());
        for path in crate::paths() {
            assert!(page.contains(&format!("{} {}</code>", method_of(&path).to_uppercase(), escaped(&path))), "{path}");
        }
        assert!(page.contains("<code>POST /v1/decisions</code>") && page.contains("id='post-v1-decisions'"), "each way to ask a path");
        assert!(!page.contains('`') && prose("a `b<` c") == "a <code>b&lt;</code> c");
        assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("<link"));
    }

    #[test]
    fn every_kind_of_problem_has_its_place_on_the_page() {
        let page = made(document());
        for problem in [
            crate::Problem::internal(),
            crate::Problem::bad_query(""),
            crate::Problem::unavailable(""),
            crate::Problem::not_found("", "", ""),
            crate::Problem::bad_parameter("", "", ""),
            crate::Problem::unknown_parameter("", &[]),
            crate::Problem::unauthorized(""),
            crate::Problem::bad_path(""),
            crate::Problem::forbidden(""),
            crate::Problem::conflict(""),
            crate::Problem::misdirected(""),
            crate::Problem::too_many(""),
            crate::Problem::too_long(""),
            crate::Problem::bad_body(""),
            crate::Problem::too_large(""),
            crate::Problem::unsupported_media(""),
            crate::Problem::plain(axum::http::StatusCode::METHOD_NOT_ALLOWED, "POST"),
            crate::Problem::plain(axum::http::StatusCode::BAD_REQUEST, "GET"),
        ] {
            let (_, anchor) = problem.kind.split_once('#').unwrap();
            assert!(page.contains(&format!("id='{anchor}'")), "{anchor}");
        }
        assert!(page.contains("id='v4'"), "where the errors of /v4 point to");
    }
}
