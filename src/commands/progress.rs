//! How far a long command is: a bar with rate and time left on a terminal, a plain line now and then elsewhere. On standard error.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};
use odds::Moment;

const LINE_EVERY_SECS: f64 = 10.0;

/// The progress of one command.
pub struct Progress {
    bar: Option<ProgressBar>,
    noun: &'static str,
    all: u64,
    done: u64,
    began_at: Moment,
    told_at: Moment,
}

impl Progress {
    /// Nothing done yet, of so many; `noun` is what is counted.
    pub fn of(all: u64, noun: &'static str, now: Moment) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template(&format!("{{bar:40}} {{pos}}/{{len}} {noun}, {{per_sec}}, {{eta}} left  {{msg}}"));
            ProgressBar::new(all).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar, noun, all, done: 0, began_at: now, told_at: now }
    }

    /// So many more are done; `place` says where in their own time.
    pub fn advance(&mut self, more: u64, place: Option<Moment>, now: Moment) {
        self.done += more;
        let place = place.map_or_else(String::new, |at| format!("at {at}"));
        if let Some(bar) = &self.bar {
            bar.set_message(place);
            bar.inc(more);
        } else if now.secs_since(self.told_at) >= LINE_EVERY_SECS {
            self.told_at = now;
            let rate = self.done as f64 / now.secs_since(self.began_at).max(0.001);
            let left = (self.all - self.done.min(self.all)) as f64 / rate.max(0.001);
            super::tell::complaint(format!("{}/{} {}, {rate:.0} a second, {left:.0} s left  {place}", self.done, self.all, self.noun));
        }
    }

    /// A complaint that does not tear the bar.
    pub fn complain(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| super::tell::complaint(text)),
            None => super::tell::complaint(text),
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
