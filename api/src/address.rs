//! Where a change lies in the log: `SEQ.I`, or `SEQ` for an entry with all of its changes.

use std::fmt;
use std::str::FromStr;

use odds::Seq;

/// The place of a change. What comes after `SEQ` begins with the next entry; what comes after `SEQ.I` may lie in the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The entry.
    pub seq: Seq,
    /// The change in it, from 0; [`Address::WHOLE`] for all of them.
    pub i: u32,
}

impl Address {
    /// Stands for every change of an entry.
    pub const WHOLE: u32 = u32::MAX;

    /// The end of an entry.
    #[must_use]
    pub const fn end_of(seq: Seq) -> Self {
        Self { seq, i: Self::WHOLE }
    }

    /// The entry that was read to its end by then.
    #[must_use]
    pub const fn whole_entries(self) -> Seq {
        if self.i == Self::WHOLE { self.seq } else { Seq(self.seq.0 - 1) }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.i == Self::WHOLE { write!(f, "{}", self.seq) } else { write!(f, "{}.{}", self.seq, self.i) }
    }
}

/// A text that is no place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnAddress;

impl fmt::Display for NotAnAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a place in the log, as the ids of changes are written: 1207.3, or 1207 for a whole entry; 0 is the beginning")
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let number = |text: &str| {
            let is_plain = !text.is_empty() && text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
            if is_plain { text.parse::<i64>().map_err(|_| NotAnAddress) } else { Err(NotAnAddress) }
        };
        match text.split_once('.') {
            None => Ok(Self::end_of(Seq(number(text)?))),
            Some((seq, i)) => {
                let (seq, i) = (number(seq)?, u32::try_from(number(i)?).map_err(|_| NotAnAddress)?);
                if seq == 0 || i == Self::WHOLE { Err(NotAnAddress) } else { Ok(Self { seq: Seq(seq), i }) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_ends_after_its_changes_and_before_the_next() {
        let read = |text: &str| text.parse::<Address>().unwrap();
        assert!(read("0") < read("1.0") && read("1.0") < read("1.10") && read("1.10") < read("1") && read("1") < read("2.0"));
        for text in ["0", "12", "12.0", "12.345"] {
            assert_eq!(read(text).to_string(), text);
        }
        assert_eq!((read("12.3").whole_entries(), read("12").whole_entries()), (Seq(11), Seq(12)));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", ".", "1.", ".1", "-1", "+1", "1.2.3", "0.1", "1.4294967295", "9999999999999999999", "1e3", " 1"] {
            assert_eq!(text.parse::<Address>(), Err(NotAnAddress), "{text}");
        }
    }
}
