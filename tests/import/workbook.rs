//! A workbook as spreadsheets write it, made by hand: its parts in a zip without packing.

use std::io::Write;

use flate2::Crc;
use flate2::write::DeflateEncoder;

/// The parts of a workbook, each with its path.
pub struct Workbook {
    parts: Vec<(String, String)>,
}

const SHEETS: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const LINKS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";

/// The number of the style of days, and of days with a time.
pub const DAY: u8 = 1;
pub const MOMENT: u8 = 2;
pub const CLOCK: u8 = 3;

/// A cell: its column's letter, and how it is written.
#[must_use]
pub fn number(value: &str) -> String {
    format!("<v>{value}</v>")
}

impl Workbook {
    /// A workbook of sheets: the name of each, and its rows by their number, each cell with its place.
    #[must_use]
    pub fn of(counts_from_1904: bool, sheets: &[(&str, String)]) -> Self {
        let kinds: String = (1..=sheets.len())
            .map(|at| format!(r#"<Override PartName="/xl/worksheets/sheet{at}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>"#))
            .collect();
        let named: String = sheets
            .iter()
            .enumerate()
            .map(|(at, (name, _))| format!(r#"<sheet name="{name}" sheetId="{0}" r:id="rId{0}"/>"#, at + 1))
            .collect();
        let linked: String = (1..=sheets.len())
            .map(|at| format!(r#"<Relationship Id="rId{at}" Type="{LINKS}/worksheet" Target="worksheets/sheet{at}.xml"/>"#))
            .collect();
        let mut parts = vec![
            (
                "[Content_Types].xml".to_owned(),
                format!(
                    r#"<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{kinds}</Types>"#
                ),
            ),
            (
                "_rels/.rels".to_owned(),
                format!(
                    r#"<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
                ),
            ),
            (
                "xl/workbook.xml".to_owned(),
                format!(
                    r#"<workbook xmlns="{SHEETS}" xmlns:r="{LINKS}"><workbookPr date1904="{}"/><sheets>{named}</sheets></workbook>"#,
                    u8::from(counts_from_1904)
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels".to_owned(),
                format!(
                    r#"<Relationships xmlns="{PACKAGE}/relationships">{linked}<Relationship Id="rId99" Type="{LINKS}/styles" Target="styles.xml"/></Relationships>"#
                ),
            ),
            (
                "xl/styles.xml".to_owned(),
                format!(
                    r#"<styleSheet xmlns="{SHEETS}"><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="20"/></cellXfs></styleSheet>"#
                ),
            ),
        ];
        for (at, (_, rows)) in sheets.iter().enumerate() {
            let sheet = format!(r#"<worksheet xmlns="{SHEETS}"><sheetData>{rows}</sheetData></worksheet>"#);
            parts.push((format!("xl/worksheets/sheet{}.xml", at + 1), sheet));
        }
        Self { parts }
    }

    /// A zip that is no workbook: one file alone.
    #[must_use]
    pub fn none(path: &str, text: &str) -> Self {
        Self { parts: vec![(path.to_owned(), text.to_owned())] }
    }

    /// The same with texts that its cells share, by their places.
    #[must_use]
    pub fn sharing(mut self, texts: &[&str]) -> Self {
        let texts: String = texts.iter().map(|text| format!("<si><t>{text}</t></si>")).collect();
        self.parts.push(("xl/sharedStrings.xml".to_owned(), format!(r#"<sst xmlns="{SHEETS}">{texts}</sst>"#)));
        self
    }

    /// As it lies in a file.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.written(|text| (0, text.as_bytes().to_vec(), text.len() as u32))
    }

    /// As it lies in a file, packed; `told` is what its directory says of the size of a part that has so many bytes.
    #[must_use]
    pub fn packed(&self, told: impl Fn(u32) -> u32) -> Vec<u8> {
        self.written(|text| {
            let mut packer = DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
            packer.write_all(text.as_bytes()).unwrap();
            (8, packer.finish().unwrap(), told(text.len() as u32))
        })
    }

    fn written(&self, pack: impl Fn(&str) -> (u16, Vec<u8>, u32)) -> Vec<u8> {
        let (mut file, mut index) = (Vec::new(), Vec::new());
        for (path, text) in &self.parts {
            let (mut crc, at) = (Crc::new(), file.len() as u32);
            crc.update(text.as_bytes());
            let (method, packed, told) = pack(text);
            let mut about = [20_u16, 0, method, 0, 0x21].map(u16::to_le_bytes).concat();
            about.extend([crc.sum(), packed.len() as u32, told].map(u32::to_le_bytes).concat());
            about.extend([path.len() as u16, 0].map(u16::to_le_bytes).concat());
            file.extend_from_slice(b"PK\x03\x04");
            file.extend_from_slice(&about);
            file.extend_from_slice(path.as_bytes());
            file.extend_from_slice(&packed);
            index.extend_from_slice(b"PK\x01\x02\x14\x00");
            index.extend_from_slice(&about);
            index.extend_from_slice(&[0; 10]);
            index.extend_from_slice(&at.to_le_bytes());
            index.extend_from_slice(path.as_bytes());
        }
        let (many, from) = (self.parts.len() as u16, file.len() as u32);
        let end =
            [[0_u16, 0, many, many].map(u16::to_le_bytes).concat(), [index.len() as u32, from].map(u32::to_le_bytes).concat()].concat();
        [file, index, b"PK\x05\x06".to_vec(), end, vec![0, 0]].concat()
    }
}

/// A row of cells: of each its column, the number of its style, and what stands in it; a text where it is none of `<v>`.
#[must_use]
pub fn row(number: usize, cells: &[(char, u8, &str)]) -> String {
    let cell = |(column, style, text): &(char, u8, &str)| match text.strip_prefix("<v>") {
        Some(_) => format!(r#"<c r="{column}{number}" s="{style}">{text}</c>"#),
        None => format!(r#"<c r="{column}{number}" s="{style}" t="inlineStr"><is><t>{text}</t></is></c>"#),
    };
    format!(r#"<row r="{number}">{}</row>"#, cells.iter().map(cell).collect::<String>())
}
