//! Providers: no key, wrong key, no credits, unreachable and changed are told apart by the provider's own rules, with one free call each.

use odds::reply::{Basis, Reply, Request};
use providers::{Ask, Auth, Provider, Verdict, What};

use super::probe::{Answer, Unreachable};
use super::{Line, Patient, State};
use crate::settings::{ProviderSettings, from_files, is_asked_only_where_named, key_variable, where_keys_are_had};

/// What is asked, of what a provider can be asked at all: the first of these that costs nothing.
const FREE_FIRST: [What; 6] = [What::Sports, What::Fixtures, What::Scores, What::Events, What::Injuries, What::Participants];
/// How far a clock may be off before times cannot be compared.
const MOST_SKEW_SECS: f64 = 5.0;

pub(super) fn examine(patient: &Patient<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut skews = Vec::new();
    for settings in &patient.settings.providers {
        let subject = format!("provider {}", settings.key);
        match (patient.providers.get(settings.key), settings.is_asked) {
            (Some(provider), true) => lines.push(ask(patient, &**provider, settings, &subject, &mut skews)),
            (None, _) if settings.is_asked || settings.is_named => {
                let reason = "this version cannot ask it yet";
                lines.push(Line::of(State::Warning, &subject, "not_supported", reason, "leave it out of API_PROVIDER for now"));
            }
            (Some(_), false) => lines.push(not_asked(settings, &subject)),
            (None, _) => {}
        }
    }
    if lines.iter().all(|line| line.code == "not_asked") {
        let reason = "nobody is asked: no provider has a key, and the keyless ones are switched off";
        lines.push(Line::of(State::Misconfigured, "providers", "nobody", reason, "set a key, or providers.keyless = true"));
    }
    lines.extend(from_files().iter().map(|(key, how)| from_file(key, how)));
    lines.extend(clock(&skews));
    lines
}

/// A source of files is never off and never wrong: how its files come in is said.
fn from_file(key: &str, how: &str) -> Line {
    Line::of(State::Ok, &format!("provider {key}"), "from_files", "nobody is asked: it comes as files, without a key", how)
}

/// Where a provider's key is had, as the end of an advice.
fn and_where(provider: &str) -> String {
    match where_keys_are_had(provider) {
        "" => String::new(),
        place => format!("; {place}"),
    }
}

fn not_asked(settings: &ProviderSettings, subject: &str) -> Line {
    let variable = key_variable(settings.key);
    match (settings.is_named, settings.secret.is_some(), variable) {
        (true, _, Some(variable)) => {
            let advice = format!("set {variable} (or {variable}_FILE){}", and_where(settings.key));
            Line::of(State::Wrong, subject, "no_key", "it is named, and has no key", advice)
        }
        (_, true, _) => {
            Line::of(State::Ok, subject, "not_asked", "not asked: it has a key, and API_PROVIDER names others", "name it there")
        }
        (_, _, Some(variable)) => {
            let advice = format!("set {variable} to have it{}", and_where(settings.key));
            Line::of(State::Ok, subject, "not_asked", "not asked: no key", advice)
        }
        _ if is_asked_only_where_named(settings.key) => {
            let advice = format!("name it in API_PROVIDER beside the others to have it; what it gives: docs/providers/{}.md", settings.key);
            Line::of(State::Ok, subject, "not_asked", "not asked: an exchange, asked only where it is named", advice)
        }
        _ => Line::of(State::Ok, subject, "not_asked", "not asked: switched off", "set providers.keyless = true to have it"),
    }
}

fn ask(patient: &Patient<'_>, provider: &dyn Provider, settings: &ProviderSettings, subject: &str, skews: &mut Vec<Skew>) -> Line {
    let offers = provider.offers();
    let Some(call) = free_call(provider) else {
        return Line::of(State::Ok, subject, "not_tried", "not tried: it gives whole files alone, and no small call", "");
    };
    let base_url = settings.base_url.as_deref().unwrap_or(offers.base_url);
    let signature = match (offers.auth, &settings.secret) {
        (Auth::Keyless, _) | (_, None) => None,
        (auth, Some(secret)) => Some((auth, secret.expose())),
    };
    let asked_at = patient.clock.now();
    let answer = match patient.probe.ask(base_url, &call.1, signature) {
        Ok(answer) => answer,
        Err(Unreachable(why)) => return unreachable(subject, base_url, settings, &why),
    };
    let answered_at = patient.clock.now();
    let middle = asked_at.plus_micros((answered_at.micros() - asked_at.micros()) / 2);
    skews.extend(skew(settings.key, &answer, middle));
    let reply = Reply {
        provider: settings.key,
        endpoint: call.0,
        request: &call.1,
        status: answer.status,
        headers: &answer.headers,
        body: &answer.body,
        fetched_at: answered_at,
        basis: Basis::Fetched,
        sport: None,
    };
    let secret = settings.secret.as_ref().map_or("", |secret| secret.expose());
    say(provider, &reply, settings, subject, secret)
}

fn free_call(provider: &dyn Provider) -> Option<(&'static str, Request)> {
    let offers = provider.offers();
    let sport = offers.default_sports.first().copied().unwrap_or_default();
    let calls = FREE_FIRST.iter().filter(|what| offers.asks.contains(what)).flat_map(|what| provider.requests(&Ask::of(*what, sport)));
    calls.into_iter().find(|call| call.credits == 0).map(|call| (call.endpoint, call.request))
}

fn unreachable(subject: &str, base_url: &str, settings: &ProviderSettings, why: &str) -> Line {
    let advice = match settings.base_url {
        Some(_) => format!("check {base_url} (a base_url of yours) and the way there"),
        None => "check the network, DNS, proxies and the firewall of this machine".to_owned(),
    };
    Line::of(State::Wrong, subject, "unreachable", format!("{base_url} cannot be reached: {why}"), advice)
}

fn say(provider: &dyn Provider, reply: &Reply<'_>, settings: &ProviderSettings, subject: &str, secret: &str) -> Line {
    let verdict = provider.judge(reply);
    let remaining = provider.meter(reply).and_then(|meter| meter.remaining);
    let reason = hidden(verdict.reason(), secret);
    let wrong = |code, reason, advice: String| Line::of(State::Wrong, subject, code, reason, advice);
    let variable = key_variable(settings.key).unwrap_or("its key");
    match verdict {
        Verdict::Good if remaining.is_some_and(|remaining| remaining <= 0) => {
            wrong("no_credits", format!("the key is right, and has {} credits left", remaining.unwrap_or(0)), out_of_credits())
        }
        Verdict::Good => {
            let credits = remaining.map_or_else(String::new, |remaining| format!(", {remaining} credits left"));
            Line::ok(subject, format!("answers{credits}"))
        }
        Verdict::KeyRefused(_) => {
            wrong("wrong_key", format!("it refuses the key: {reason}"), format!("correct {variable}{}", and_where(settings.key)))
        }
        Verdict::QuotaSpent(_) => wrong("no_credits", format!("credits are spent: {reason}"), out_of_credits()),
        Verdict::RetryAfter(..) => wrong("failing", format!("it answers, and fails for now: {reason}"), "try again later".to_owned()),
        Verdict::ChangedShape(_) => {
            let advice = "something between here and there may answer in its place (a proxy, a captive portal); else it has changed";
            wrong("changed_shape", format!("the answer is not what it sends: {reason}"), advice.to_owned())
        }
        Verdict::Refused(_) | Verdict::Gone(_) => wrong("refused", format!("it refuses: {reason}"), "see what it says".to_owned()),
    }
}

fn out_of_credits() -> String {
    "wait for the next period, or take a larger plan; keyless providers go on".to_owned()
}

/// What a provider said, in one line; some repeat the key that they were given.
fn hidden(reason: &str, secret: &str) -> String {
    let line = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    if secret.is_empty() { line } else { line.replace(secret, "[secret]") }
}

/// How far our clock is behind a provider's, in seconds.
struct Skew {
    provider: &'static str,
    secs: f64,
}

/// The `Date` header has whole seconds, cut: half a second is added to be fair to both sides.
fn skew(provider: &'static str, answer: &Answer, ours: odds::Moment) -> Option<Skew> {
    let date = jiff::fmt::rfc2822::parse(answer.headers.get("date")?).ok()?.timestamp();
    let theirs = odds::Moment::from(date).plus_micros(500_000);
    Some(Skew { provider, secs: theirs.secs_since(ours) })
}

/// One provider's clock may be wrong; ours is, where most of them differ from it.
fn clock(skews: &[Skew]) -> Option<Line> {
    let mut secs: Vec<f64> = skews.iter().map(|skew| skew.secs).collect();
    secs.sort_by(f64::total_cmp);
    let middle = *secs.get(secs.len() / 2)?;
    let names: Vec<&str> = skews.iter().map(|skew| skew.provider).collect();
    let against = format!("against {}", names.join(", "));
    if middle.abs() <= MOST_SKEW_SECS {
        return Some(Line::ok("clock", format!("right to {MOST_SKEW_SECS} s, {against}")));
    }
    let way = if middle > 0.0 { "behind" } else { "ahead" };
    let advice = "set the clock, and keep it with NTP (timedatectl set-ntp true): times of prices rest on it";
    Some(Line::of(State::Wrong, "clock", "clock_skew", format!("{:.0} s {way}, {against}", middle.abs()), advice))
}
