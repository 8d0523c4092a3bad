//! How far a run is: a bar that says credits, coverage and time left on a terminal, a plain line now and then elsewhere. On standard
//! error.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};
use odds::Moment;
use predictive_play::backfill::run::Progress;

use super::super::tell;

const LINE_EVERY_SECS: f64 = 5.0;

/// The progress of one run.
pub struct Shown {
    bar: Option<ProgressBar>,
    told_at: Option<Moment>,
}

impl Shown {
    /// Nothing is shown yet.
    pub fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(0).with_style(style)
        });
        Self { bar, told_at: None }
    }

    /// Shows how far it is; lines come no oftener than every five seconds.
    pub fn tell(&mut self, progress: &Progress) {
        if let Some(bar) = &self.bar {
            bar.set_length((progress.asked + progress.to_ask) as u64);
            bar.set_position(progress.asked as u64);
            bar.set_message(text(progress));
        } else if progress.at.zip(self.told_at).is_none_or(|(at, told)| at.secs_since(told) >= LINE_EVERY_SECS) {
            self.told_at = progress.at;
            tell::complaint(text(progress));
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn text(progress: &Progress) -> String {
    let Progress { asked, to_ask, spent, to_spend, games, to_close, .. } = progress;
    let secs = progress.at.zip(progress.began_at).map_or(0.0, |(at, began)| at.secs_since(began));
    let left = if *asked == 0 { String::new() } else { format!(", {} left", span(secs / *asked as f64 * *to_ask as f64)) };
    let covered =
        if *games == 0 { String::new() } else { format!(", {} of {games} games with their close", games.saturating_sub(*to_close)) };
    format!("{asked} of {} calls, {spent} credits spent, at most {to_spend} to come{covered}{left}", asked + to_ask)
}

fn span(secs: f64) -> String {
    match secs {
        _ if secs < 90.0 => format!("{secs:.0} s"),
        _ if secs < 5400.0 => format!("{:.0} min", secs / 60.0),
        _ => format!("{:.1} h", secs / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tells_credits_coverage_and_the_time_left() {
        let (began_at, at) = (Some(Moment::from_secs(1000)), Some(Moment::from_secs(1100)));
        let half = Progress { asked: 50, to_ask: 100, spent: 1000, to_spend: 2000, games: 300, to_close: 200, began_at, at };
        let said = "50 of 150 calls, 1000 credits spent, at most 2000 to come, 100 of 300 games with their close, 3 min left";
        assert_eq!(text(&half), said);
        let begun = Progress { asked: 0, to_ask: 5, games: 0, to_close: 0, spent: 0, to_spend: 0, ..half };
        assert_eq!(text(&begun), "0 of 5 calls, 0 credits spent, at most 0 to come");
        assert_eq!((span(12.4), span(7200.0)), ("12 s".to_owned(), "2.0 h".to_owned()));
    }
}
