//! What the log says of a provider that cannot be used: once when that begins, a reminder now and then, once when it is over. Each
//! single call stands in the ledger of asks; a warning for each would bury everything else while a machine is offline.

use odds::Moment;

use crate::schedule::Health;

/// How often somebody is reminded that it goes on, in seconds.
const REMIND_SECS: i64 = 1800;

/// Why a provider cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ailment {
    Failing,
    CreditsSpent,
    KeyRefused,
}

/// What is to be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It cannot be used from here on.
    Begins,
    /// It still cannot.
    GoesOn(Spell),
    /// It can be used again.
    Over(Spell),
}

/// A time in which a provider cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spell {
    /// When it began.
    pub since: Moment,
    /// Answers of all kinds since, calls without one included.
    pub calls: u32,
}

/// What was said of one provider.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outage(Option<(Ailment, Spell, Moment)>);

impl Outage {
    /// What is to be said after one more call came to its end and left the provider's health like this.
    pub fn after(&mut self, at: Moment, health: Health) -> Option<News> {
        match (self.0, ailment(health)) {
            (None, None) => None,
            (Some((_, spell, _)), None) => {
                self.0 = None;
                Some(News::Over(spell))
            }
            (Some((known, spell, told_at)), Some(ailment)) if known == ailment => {
                let spell = Spell { calls: spell.calls + 1, ..spell };
                let is_time = at >= told_at.plus_secs(REMIND_SECS);
                self.0 = Some((ailment, spell, if is_time { at } else { told_at }));
                is_time.then_some(News::GoesOn(spell))
            }
            (_, Some(ailment)) => {
                self.0 = Some((ailment, Spell { since: at, calls: 1 }, at));
                Some(News::Begins)
            }
        }
    }
}

const fn ailment(health: Health) -> Option<Ailment> {
    match health {
        Health::Well => None,
        Health::Struggling { .. } => Some(Ailment::Failing),
        Health::QuotaSpent { .. } => Some(Ailment::CreditsSpent),
        Health::KeyRefused { .. } => Some(Ailment::KeyRefused),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Moment = Moment::from_secs(1_792_584_000);
    const FAILING: Health = Health::Struggling { failures: 1, until: NOON };

    #[test]
    fn a_failing_provider_is_named_once_then_now_and_then_and_once_when_it_is_back() {
        let mut outage = Outage::default();
        let mut said = |secs, health| outage.after(NOON.plus_secs(secs), health);
        assert_eq!((said(0, Health::Well), said(1, FAILING)), (None, Some(News::Begins)));
        assert_eq!((said(2, FAILING), said(1800, FAILING)), (None, None));
        let spell = |calls| Spell { since: NOON.plus_secs(1), calls };
        assert_eq!((said(1801, FAILING), said(1802, FAILING)), (Some(News::GoesOn(spell(4))), None));
        assert_eq!((said(1803, Health::Well), said(1804, Health::Well)), (Some(News::Over(spell(5))), None));
    }

    #[test]
    fn another_reason_is_said_too() {
        let mut outage = Outage::default();
        assert_eq!(outage.after(NOON, FAILING), Some(News::Begins));
        assert_eq!(outage.after(NOON, Health::KeyRefused { checked_at: NOON }), Some(News::Begins));
    }
}
