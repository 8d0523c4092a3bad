//! Where a provider lives, and what it says of itself.

use std::collections::BTreeSet;

use predictive_play::decode::Providers;
use predictive_play::settings::{key_variable, where_keys_are_had};
use providers::{Auth, Verdict};

use super::sent::{SENT, all, here};

/// Those that nobody asks: their replies are the product's own.
const OF_OURS: [&str; 3] = ["import", "legacy", "person"];

#[test]
fn every_provider_has_its_files_its_page_its_fixtures_and_its_fuzz_target() {
    let fuzz = std::fs::read_to_string(here("tests/fuzz.rs")).unwrap();
    for key in Providers::all().keys() {
        let folder = here("providers/src").join(key.replace('-', "_"));
        let text = |file: &str| std::fs::read_to_string(folder.join(file)).ok();
        let holds = |words: &str| {
            let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
            files
                .filter(|path| path.extension().is_some_and(|is| is == "rs"))
                .any(|path| std::fs::read_to_string(path).unwrap().contains(words))
        };
        assert!(text("mod.rs").is_some() && holds("fn decode"), "{key}: its folder");
        assert!(key == "import" || fuzz.contains(&format!("\"{key}\"")), "{key}: a fuzz target");
        if !OF_OURS.contains(&key) {
            assert!(text("wire.rs").is_some() && (text("request.rs").is_some() || key == "betfair-historic"), "{key}: its files");
            let page = std::fs::read_to_string(here("docs/providers").join(format!("{key}.md"))).unwrap_or_default();
            assert!(page.contains("recording"), "{key}: a page that says what its recordings hold");
            if let Some(variable) = key_variable(key) {
                assert!(page.contains(&format!("`{variable}`")), "{key}: a page that says where its key goes");
                assert!(!where_keys_are_had(key).is_empty(), "{key}: where a key is had");
            }
        }
        assert!(key == "import" || SENT.iter().any(|[provider, ..]| *provider == key), "{key}: something that it sent");
    }
}

#[test]
fn every_fixture_is_read_by_the_suite_or_holds_damage_by_itself() {
    let played: BTreeSet<String> = SENT.iter().map(|[provider, _, _, file]| format!("{provider}/{file}")).collect();
    let damaged = [
        "bad",
        "damaged",
        "hostile",
        "mixed",
        "old",
        "twice",
        "course",
        "two_rows",
        "nobody",
        "version_1",
        "below",
        "extra",
        "last_polled",
        "grader",
    ];
    for provider in std::fs::read_dir(here("providers/fixtures")).unwrap() {
        let provider = provider.unwrap().path();
        for file in std::fs::read_dir(&provider).unwrap() {
            let name = format!("{}/{}", provider.file_name().unwrap().display(), file.unwrap().file_name().display());
            assert!(played.contains(&name) || damaged.iter().any(|word| name.contains(word)), "{name} is in no case of the suite");
        }
    }
}

#[test]
fn what_is_sent_is_good_told_whole_and_the_same_twice() {
    for sent in all() {
        let read = sent.read(&sent.body);
        assert!(read.is_good, "{}: {:?}", sent.name, read.verdict);
        assert!(
            !read.listings.is_empty() || !read.names.is_empty() || sent.provider.key() == "person" || sent.endpoint == "markets",
            "{}: nothing is told",
            sent.name
        );
        assert_eq!(read.all, sent.read(&sent.body).all, "{}: the same bytes, the same words", sent.name);
    }
}

#[test]
fn statuses_are_told_apart() {
    for sent in all().into_iter().filter(|sent| !sent.provider.offers().asks.is_empty()) {
        for status in [500, 502, 503, 504, 429, 408] {
            let verdict = sent.judge(status, b"busy");
            assert!(verdict.is_retryable(), "{} {status}: {verdict:?}", sent.name);
        }
        for status in [400, 401, 402, 403, 404, 410, 418, 301] {
            let verdict = sent.judge(status, b"no");
            assert!(!verdict.is_good(), "{} {status}: {verdict:?}", sent.name);
            assert!(verdict.is_retryable() || !verdict.reason().is_empty(), "{} {status} says why", sent.name);
        }
        if sent.provider.offers().auth != Auth::Keyless {
            let verdict = sent.judge(401, br#"{"message":"Invalid API key"}"#);
            assert!(matches!(verdict, Verdict::KeyRefused(_)), "{}: a wrong key says so: {verdict:?}", sent.name);
        }
    }
}
