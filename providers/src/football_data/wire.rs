//! The bytes as the site sends them: text with or without a BOM, one header line, one line a match.
//!
//! ```text
//! Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR,HTHG,HTAG,..,B365H,B365D,B365A,..,B365>2.5,B365<2.5,..,AHh,B365AHH,..,B365CH,..
//! E0,05/08/2022,20:00,Crystal Palace,Arsenal,0,2,A,0,1,..,4.2,3.6,1.85,..,2.1,1.72,..,0.5,2.04,..,4.5,..
//! ```
//!
//! Lines are read one by one, so that a stray quote costs its own line and not the rest of the file.

use std::borrow::Cow;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// A file in text: its header's names and the rest of its lines.
pub(super) struct Sheet<'t> {
    /// Names of the columns, trimmed; empty where a column has none.
    pub(super) header: Vec<Cow<'t, str>>,
    body: &'t str,
    header_lines: usize,
}

/// One line of a file.
pub(super) struct Row<'t> {
    /// Its number in the file, the first line being 1.
    pub(super) number: usize,
    cells: Vec<Cow<'t, str>>,
    /// Whether the file breaks off within it: no line end, and fewer cells than the header has names.
    pub(super) is_cut: bool,
}

impl Row<'_> {
    /// A cell, trimmed; empty where the line is shorter than the header.
    pub(super) fn cell(&self, at: usize) -> &str {
        self.cells.get(at).map_or("", |cell| cell.trim())
    }

    fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

/// The text of a body: UTF-8 where it is, else Windows-1252, the Latin-1 that old files were saved in.
pub(super) fn text(body: &[u8]) -> Cow<'_, str> {
    let bytes = body.strip_prefix(BOM).unwrap_or(body);
    std::str::from_utf8(bytes).map_or_else(|_| encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0, Cow::Borrowed)
}

/// Splits a text into header and lines; `None` where it has no line that is not blank.
pub(super) fn sheet(text: &str) -> Option<Sheet<'_>> {
    let (mut header_lines, mut rest) = (0, text);
    loop {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        header_lines += 1;
        let names: Vec<_> = cells(line).into_iter().map(trimmed).collect();
        if names.iter().any(|name| !name.is_empty()) {
            return Some(Sheet { header: names, body: after, header_lines });
        }
        if after.is_empty() {
            return None;
        }
        rest = after;
    }
}

impl<'t> Sheet<'t> {
    /// The lines that hold anything.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'t>> {
        let (first, width) = (self.header_lines + 1, self.named_width());
        self.body.split_inclusive('\n').enumerate().map(move |(index, line)| row(first + index, line, width)).filter(|row| !row.is_blank())
    }

    fn named_width(&self) -> usize {
        self.header.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1)
    }
}

fn row(number: usize, line: &str, width: usize) -> Row<'_> {
    let cells = cells(line);
    let is_cut = !line.ends_with('\n') && cells.len() < width;
    Row { number, cells, is_cut }
}

fn cells(line: &str) -> Vec<Cow<'_, str>> {
    let line = line.trim_end_matches(['\n', '\r']);
    if line.contains('"') { quoted_cells(line) } else { line.split(',').map(Cow::Borrowed).collect() }
}

fn quoted_cells(line: &str) -> Vec<Cow<'_, str>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line.as_bytes());
    let record = reader.records().next().and_then(Result::ok).unwrap_or_default();
    record.iter().map(|cell| Cow::Owned(cell.to_owned())).collect()
}

fn trimmed(name: Cow<'_, str>) -> Cow<'_, str> {
    match name {
        Cow::Borrowed(name) => Cow::Borrowed(name.trim()),
        Cow::Owned(name) => Cow::Owned(name.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_and_latin_1_are_read_as_text() {
        assert_eq!(text(b"\xEF\xBB\xBFDiv,Date"), "Div,Date");
        assert_eq!(text(b"Legan\xE9s"), "Legan\u{e9}s");
        assert_eq!(text("Legan\u{e9}s".as_bytes()), "Legan\u{e9}s");
    }

    #[test]
    fn a_stray_quote_costs_its_own_line_alone() {
        let sheet = sheet("a,b\n\"x,1\ny,2\n").unwrap();
        let rows: Vec<_> = sheet.rows().map(|row| row.cell(1).to_owned()).collect();
        assert_eq!(rows, ["", "2"]);
    }

    #[test]
    fn blank_lines_are_skipped_and_the_others_keep_their_numbers() {
        let sheet = sheet("\r\na,b\r\n,,\r\n1,2\r\n\r\n3,4").unwrap();
        let rows: Vec<_> = sheet.rows().map(|row| (row.number, row.cell(0).to_owned(), row.is_cut)).collect();
        assert_eq!(rows, [(4, "1".to_owned(), false), (6, "3".to_owned(), false)]);
    }

    #[test]
    fn a_file_that_breaks_off_says_so_in_its_last_line() {
        let sheet = sheet("a,b,c,,\n1,2,3\n4,5").unwrap();
        assert_eq!(sheet.rows().map(|row| row.is_cut).collect::<Vec<_>>(), [false, true]);
    }
}
