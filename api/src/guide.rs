//! Holds `docs/api.md` to what there is: every call in it is answered, every parameter taken, every answer cut from a real one.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::openapi::{EXAMPLES, document, method_of};

const TEXT: &str = include_str!("../../docs/api.md");
const BASE: &str = "http://127.0.0.1:8080";

/// The paths that the guide asks with curl, each with the answer that stands below it, where one does.
fn calls() -> Vec<(&'static str, Option<Value>)> {
    let after_curl = TEXT.split("\n    curl ").skip(1).filter_map(|rest| Some((rest, rest.lines().next()?.split_once(BASE)?.1)));
    let read = |(rest, url): (&'static str, &'static str)| {
        let quote = if rest.contains(&format!("\"{BASE}")) && rest.find('"') < rest.find('\'') { '"' } else { '\'' };
        let url = url.split(quote).next().unwrap_or_default();
        let below = rest.split_once('\n').map(|(_, below)| below.trim_start()).unwrap_or_default();
        let json = below.strip_prefix("```json").and_then(|json| json.split_once("```"));
        (url, json.map(|(json, _)| serde_json::from_str(json).expect("an answer is JSON")))
    };
    after_curl.map(read).collect()
}

fn fits(template: &str, path: &str) -> bool {
    let mut said = path.split('/');
    let fits = template.split('/').all(|part| said.next().is_some_and(|said| part.starts_with('{') || part == said));
    fits && (said.next().is_none() || template.ends_with("{provider}/{id}"))
}

/// Whether all that a cut answer says stands in the whole one.
fn is_cut(cut: &Value, whole: &Value) -> bool {
    match (cut, whole) {
        (Value::Object(cut), Value::Object(whole)) => cut.iter().all(|(key, cut)| whole.get(key).is_some_and(|whole| is_cut(cut, whole))),
        (Value::Array(cut), Value::Array(whole)) => cut.iter().all(|cut| whole.iter().any(|whole| is_cut(cut, whole))),
        _ => cut == whole,
    }
}

#[test]
fn every_call_is_one_that_there_is_and_every_answer_is_cut_from_a_real_one() {
    let paths = document()["paths"].as_object().expect("paths are an object");
    let mut shown = BTreeSet::new();
    for (url, answer) in calls().into_iter().filter(|(_, answer)| answer.as_ref().is_none_or(|answer| answer["status"] != 400)) {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let template = paths.keys().find(|template| fits(template, path)).unwrap_or_else(|| panic!("nothing answers on {path}"));
        let known = paths[template][method_of(template)]["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        for name in query.split('&').filter_map(|pair| pair.split('=').next()).filter(|name| !name.is_empty()) {
            assert!(known.iter().any(|parameter| parameter["name"] == name), "{template} takes no {name}");
        }
        if let Some(answer) = answer {
            let example = EXAMPLES.iter().find(|(path, ..)| path == template);
            let (.., whole) = example.unwrap_or_else(|| panic!("{template} has no example"));
            let whole: Value = serde_json::from_str(whole).expect("an example is JSON");
            assert!(is_cut(&answer, &whole), "{url}: {answer} is not cut from {whole}");
        }
        shown.insert(template.as_str());
    }
    for (path, ..) in EXAMPLES {
        assert!(shown.contains(path), "docs/api.md shows no call of {path}");
    }
}
