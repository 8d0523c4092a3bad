//! Server-sent events, as text: frames split out of bytes as they arrive, and read. No I/O, no clock.

use std::borrow::Cow;

/// No frame of any feed comes near this many bytes.
const LONGEST: usize = 16 << 20;

/// A frame.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frame<'t> {
    /// Its event, or empty.
    pub event: &'t str,
    /// Its id, or empty.
    pub id: &'t str,
    /// Its data, lines joined.
    pub data: Cow<'t, str>,
    /// Its comments, without the colon.
    pub comments: Vec<&'t str>,
}

impl<'t> Frame<'t> {
    /// Reads one frame. What is no field is left out, as the standard has it.
    #[must_use]
    pub fn read(text: &'t str) -> Self {
        let mut frame = Self::default();
        let mut has_data = false;
        for line in lines(text) {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match name {
                "" if line.starts_with(':') => frame.comments.push(value),
                "event" => frame.event = value,
                "id" if !value.contains('\0') => frame.id = value,
                "data" if has_data => frame.data = Cow::Owned(format!("{}\n{value}", frame.data)),
                "data" => {
                    frame.data = Cow::Borrowed(value);
                    has_data = true;
                }
                _ => {}
            }
        }
        frame
    }
}

/// Lines of a text, whatever they end with.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// The frames of a whole text; an unended last one is a frame too.
pub fn frames(text: &str) -> impl Iterator<Item = Frame<'_>> {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let (frame, next) = end_of_frame(rest.as_bytes()).map_or((rest, ""), |(end, next)| (&rest[..end], &rest[next..]));
            rest = next;
            if !frame.trim().is_empty() {
                return Some(Frame::read(frame));
            }
        }
        None
    })
}

/// Where the first frame ends, and where the next begins: behind an empty line.
fn end_of_frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let line_end = |at: usize| match bytes.get(at..)? {
        [b'\r', b'\n', ..] => Some(at + 2),
        [b'\r' | b'\n', ..] => Some(at + 1),
        _ => None,
    };
    (0..bytes.len()).find_map(|at| {
        let first = line_end(at)?;
        line_end(first).map(|second| (at, second))
    })
}

/// Bytes that did not yet make a frame.
#[derive(Debug, Clone, Default)]
pub struct Splitter {
    held: Vec<u8>,
}

/// A feed whose frame does not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a frame is longer than {LONGEST} bytes")]
pub struct TooLong;

impl Splitter {
    /// Takes in bytes and gives the frames that are whole now, as text; bytes that are no UTF-8 are replaced.
    ///
    /// # Errors
    /// [`TooLong`] where what is held is longer than any frame.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, TooLong> {
        self.held.extend_from_slice(bytes);
        let mut whole = Vec::new();
        while let Some((end, next)) = end_of_frame(&self.held) {
            // A carriage return at the end may be the half of a line's end.
            if next == self.held.len() && self.held.ends_with(b"\r") {
                break;
            }
            let frame = String::from_utf8_lossy(&self.held[..end]).into_owned();
            self.held.drain(..next);
            if !frame.trim().is_empty() {
                whole.push(frame);
            }
        }
        if self.held.len() > LONGEST { Err(TooLong) } else { Ok(whole) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FEED: &str = "event: connected\nretry: 5000\ndata: ok go\n\n: a note\r\nevent: odds\r\nid: 17-2\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\nevent:ping\rdata\r\r";

    #[test]
    fn frames_are_read_whatever_their_lines_end_with() {
        let read: Vec<Frame<'_>> = frames(FEED).collect();
        assert_eq!((read[0].event, &*read[0].data), ("connected", "ok go"));
        assert_eq!((read[1].id, &*read[1].data, read[1].comments.as_slice()), ("17-2", "{\"a\":\n1}", &["a note"][..]));
        assert_eq!((read[2].event, &*read[2].data), ("ping", ""));
        assert_eq!(read.len(), 3);
    }

    proptest! {
        #[test]
        fn the_same_frames_come_out_wherever_the_bytes_are_cut(cuts in proptest::collection::vec(1_usize..9, 0..60)) {
            let feed = FEED.replace("\r\r", "\n\n");
            let (mut splitter, mut rest, mut whole) = (Splitter::default(), feed.as_bytes(), Vec::new());
            for cut in cuts.into_iter().chain(std::iter::once(usize::MAX)) {
                let (now, later) = rest.split_at(cut.min(rest.len()));
                whole.extend(splitter.push(now).unwrap());
                rest = later;
            }
            let read: Vec<Frame<'_>> = whole.iter().map(|text| Frame::read(text)).collect();
            prop_assert_eq!(read, frames(&feed).collect::<Vec<_>>());
        }

        #[test]
        fn any_bytes_are_frames_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut splitter = Splitter::default();
            for text in splitter.push(&bytes).unwrap() {
                let _ = Frame::read(&text);
            }
            let _ = frames(&String::from_utf8_lossy(&bytes)).count();
        }
    }
}
