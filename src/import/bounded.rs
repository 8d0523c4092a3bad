//! How large a workbook may be: it is a zip, whose small file can unpack to any size, and a sheet of two cells can span billions. Both
//! are found out before anything holds them in memory.

use std::io::{Cursor, Read};

use anyhow::{Context, bail};
use calamine::{DataRef, Sheets};
use zip::ZipArchive;

use crate::replay::LONGEST;

/// Cells that a sheet may span, empty ones in between counted: each takes 32 bytes.
const MOST_CELLS: u64 = 16_000_000;
/// What a file of parts begins with; `.xls` is none.
const ZIP: &[u8; 4] = b"PK\x03\x04";

/// Refuses a workbook whose parts are too large together, by what its directory says of them: where that is a lie, the library ends a
/// part at the size that was told, and refuses it.
///
/// # Errors
/// Where it is too large, or is no zip.
pub fn parts(body: &[u8]) -> anyhow::Result<()> {
    if !body.starts_with(ZIP) {
        return Ok(());
    }
    let mut parts = ZipArchive::new(Cursor::new(body)).context("reading a workbook")?;
    if !parts.file_names_raw().any(|name| name.starts_with(b"xl/") || name == b"content.xml") {
        bail!("it is a zip of files and no workbook: unpack it, and import what is in it");
    }
    let mut unpacked = 0_u64;
    for at in 0..parts.len() {
        unpacked = unpacked.saturating_add(parts.by_index_raw(at).context("reading a workbook")?.size());
    }
    if unpacked > LONGEST {
        bail!("the workbook is larger than {} MB unpacked; save its sheets as files of their own", LONGEST >> 20);
    }
    Ok(())
}

/// Refuses a sheet that spans too many cells.
///
/// # Errors
/// Where it does, or cannot be read.
pub fn cells<R: Read + std::io::Seek>(book: &mut Sheets<R>, sheet: &str) -> anyhow::Result<()> {
    let mut spanned = Spanned::default();
    match book {
        Sheets::Xlsx(book) => {
            let mut cells = book.worksheet_cells_reader(sheet)?;
            while let Some(cell) = cells.next_cell()? {
                spanned.take(cell.get_position(), cell.get_value());
            }
        }
        Sheets::Xlsb(book) => {
            let mut cells = book.worksheet_cells_reader(sheet)?;
            while let Some(cell) = cells.next_cell()? {
                spanned.take(cell.get_position(), cell.get_value());
            }
        }
        // `.xls` has 65,536 rows of 256 columns at most, and of `.ods` the library counts them itself
        Sheets::Xls(_) | Sheets::Ods(_) => return Ok(()),
    }
    spanned.judge()
}

/// What a sheet would take in memory.
#[derive(Default)]
struct Spanned {
    /// The smallest part of it that holds all of its cells: top, bottom, left, right.
    area: Option<[u32; 4]>,
    /// Bytes of its texts, each as often as a cell tells it: many cells may share one.
    texts: u64,
}

impl Spanned {
    fn take(&mut self, (row, column): (u32, u32), value: &DataRef<'_>) {
        let [top, bottom, left, right] = self.area.unwrap_or([row, row, column, column]);
        self.area = Some([top.min(row), bottom.max(row), left.min(column), right.max(column)]);
        self.texts += match value {
            DataRef::String(text) => text.len() as u64,
            DataRef::SharedString(text) => text.len() as u64,
            _ => 0,
        };
    }

    fn judge(&self) -> anyhow::Result<()> {
        let cells = self.area.map_or(0, |[top, bottom, left, right]| u64::from(bottom - top + 1) * u64::from(right - left + 1));
        if cells > MOST_CELLS {
            bail!("it spans {cells} cells, more than {MOST_CELLS}: delete what stands far away from the table");
        }
        if self.texts > LONGEST {
            bail!("its texts are larger than {} MB; cut it", LONGEST >> 20);
        }
        Ok(())
    }
}
