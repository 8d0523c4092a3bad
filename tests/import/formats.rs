//! Parquet and spreadsheets: the same tables in other clothes.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
    Time64MicrosecondArray, TimestampMicrosecondArray, TimestampNanosecondArray,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use predictive_play::import::table::{Wanted, tables};
use predictive_play::import::{import, mapping, propose};

use super::route::Fresh;
use super::workbook::{CLOCK, DAY, MOMENT, Workbook, number, row};
use super::{Ears, take};

/// A table of a file as it was read: its head line, its sheet, the number of its first row, and its rows.
type Read = (String, Option<String>, usize, Vec<String>);

fn read(body: Vec<u8>, sheet: Option<&str>) -> anyhow::Result<Vec<Read>> {
    let mut found = Vec::new();
    tables("a file", body, Wanted { at: None, sheet }, &mut |table| {
        let rows = table.rows.map(|row| row.map(std::borrow::Cow::into_owned)).collect::<Result<_, _>>()?;
        found.push((table.header, table.outer.get("sheet").cloned(), table.first_row, rows));
        Ok(())
    })?;
    Ok(found)
}

fn parquet(columns: Vec<(&str, ArrayRef)>, compression: Compression) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap();
    let mut bytes = Vec::new();
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

/// Every type that tables of odds have.
fn typed() -> Vec<(&'static str, ArrayRef)> {
    let at = 1_729_623_600_000_000;
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), None]);
    let all: [(&'static str, ArrayRef); 11] = [
        ("name, of all", Arc::new(StringArray::from(vec![Some("Foo, \"the\" Inc\nLtd"), None]))),
        ("book", Arc::new(DictionaryArray::<Int32Type>::from_iter([Some("unibet"), None]))),
        ("price", Arc::new(Float64Array::from(vec![Some(1.91), Some(f64::NAN)]))),
        ("line", Arc::new(Decimal128Array::from(vec![Some(-150), None]).with_precision_and_scale(10, 2).unwrap())),
        ("american", Arc::new(Int64Array::from(vec![Some(-110), None]))),
        ("is_neutral", Arc::new(BooleanArray::from(vec![Some(true), Some(false)]))),
        ("day", Arc::new(Date32Array::from(vec![Some(20018), None]))),
        ("at", Arc::new(TimestampMicrosecondArray::from(vec![Some(at), None]).with_timezone("America/New_York"))),
        ("local", Arc::new(TimestampNanosecondArray::from(vec![Some(at * 1000), Some(at * 1000 + 500_000_000)]))),
        ("clock", Arc::new(Time64MicrosecondArray::from(vec![Some(68_400_000_000), None]))),
        ("many", Arc::new(lists)),
    ];
    all.into()
}

#[test]
fn every_value_of_a_parquet_file_is_told_exactly() {
    for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::GZIP(Default::default()), Compression::LZ4_RAW] {
        let told = read(parquet(typed(), compression), None).unwrap();
        let [(header, None, 1, rows)] = &told[..] else { panic!("{told:?}") };
        assert_eq!(header, "\"name, of all\",book,price,line,american,is_neutral,day,at,local,clock,many (a nested column: not read)");
        assert_eq!(
            rows,
            &[
                "\"Foo, \"\"the\"\" Inc Ltd\",unibet,1.91,-1.50,-110,true,2024-10-22,2024-10-22T19:00:00Z,2024-10-22 19:00:00,19:00:00",
                ",,,,,false,,,2024-10-22 19:00:00.5,",
            ]
        );
    }
}

#[test]
fn a_parquet_file_that_is_damaged_is_named_and_ends_nothing() {
    let whole = parquet(typed(), Compression::SNAPPY);
    assert!(read(whole[..whole.len() / 2].to_vec(), None).is_err());
    for at in (4..whole.len() - 8).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        drop(read(bytes, None)); // whatever comes of it, it is no panic
    }
}

/// Games of a season with days, prices that are text, blank rows and a title above.
fn games(counts_from_1904: bool) -> Vec<u8> {
    let (first, midnight) = if counts_from_1904 { ("44125", "44126") } else { ("45587", "45588") };
    let rows = [
        row(2, &[('B', 0, "game"), ('C', 0, "day"), ('D', 0, "at"), ('E', 0, "tip"), ('F', 0, "price"), ('G', 0, "note")]),
        row(
            3,
            &[
                ('B', 0, "A, B"),
                ('C', DAY, &number(first)),
                ('D', MOMENT, &number(&format!("{first}.791666666664"))),
                ('E', CLOCK, &number("0.8125")),
                ('F', 0, " -110 "),
                ('G', 0, "x"),
            ],
        ),
        row(
            5,
            &[
                ('B', 0, "<v>12</v>"),
                ('C', DAY, &number(midnight)),
                ('D', MOMENT, &number(midnight)),
                ('F', 0, &number("0.30000000000000004")),
            ],
        ),
    ];
    Workbook::of(counts_from_1904, &[("Notes", String::new()), ("2024", rows.concat())]).bytes()
}

#[test]
fn a_sheet_is_told_as_people_see_it_whichever_year_its_days_are_counted_from() {
    for counts_from_1904 in [false, true] {
        let told = read(games(counts_from_1904), None).unwrap();
        let [(header, Some(sheet), 3, rows)] = &told[..] else { panic!("{told:?}") };
        assert_eq!((&**header, &**sheet), (",game,day,at,tip,price,note", "2024"));
        assert_eq!(
            rows,
            &[",\"A, B\",2024-10-22,2024-10-22 19:00:00,19:30:00,-110,x", ",,,,,,", ",12,2024-10-23,2024-10-23 00:00:00,,0.3,",]
        );
    }
}

#[test]
fn the_sheet_is_the_one_that_the_mapping_names() {
    let one = |word: &str| row(1, &[('A', 0, "word")]) + &row(2, &[('A', 0, word)]);
    let book = Workbook::of(false, &[("a", one("x")), ("b", one("y"))]).bytes();
    let sheets = |sheet| read(book.clone(), sheet).map(|told| told.into_iter().map(|(.., rows)| rows.concat()).collect::<Vec<_>>());
    assert_eq!(sheets(Some("b")).unwrap(), ["y"]);
    assert_eq!(sheets(Some("*")).unwrap(), ["x", "y"]);
    assert!(sheets(None).unwrap_err().to_string().contains("several sheets; rows.sheet says which, or \"*\" for all: \"a\", \"b\""));
    assert!(sheets(Some("c")).unwrap_err().to_string().contains("no sheet \"c\"; there are: \"a\", \"b\""));
    assert!(read(book[..book.len() / 2].to_vec(), None).is_err(), "a workbook that is cut");
    assert!(read(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 no workbook".to_vec(), None).is_err());
}

const MAPPING: &str = r#"
source = "mine"

[rows]
refuse = [{ column = "note", values = ["void"], reason = "void" }]

[event]
id = "{game}"
sport = { is = "basketball_nba" }
home = { column = "game", split = " - ", part = 0 }
away = { column = "game", split = " - ", part = 1 }
start = { column = "at", format = "%Y-%m-%d %H:%M:%S" }

[[quote]]
market = { is = "h2h" }
book = { is = "house" }
when = "closing"
form = "american"
picks = [{ side = { is = "home" }, price = "home_price" }, { side = { is = "away" }, price = "away_price" }]
"#;

/// The same three games as CSV, as Parquet and as a workbook: one row is void, one price is none.
fn three_clothes() -> [(&'static str, Vec<u8>); 3] {
    let csv = "game,at,home_price,away_price,note\nA - B,2024-10-22 19:00:00,-110,-105,\nC - D,2024-10-23 00:00:00,50,120,\n\nE - F,2024-10-23 19:00:00,-110,-105,void\n";
    let text = |values: [&'static str; 3]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let at = [1_729_623_600_000_000, 1_729_641_600_000_000, 1_729_710_000_000_000];
    let columns = vec![
        ("game", text(["A - B", "C - D", "E - F"])),
        ("at", Arc::new(TimestampMicrosecondArray::from(at.to_vec())) as ArrayRef),
        ("home_price", Arc::new(Int64Array::from(vec![-110, 50, -110])) as ArrayRef),
        ("away_price", Arc::new(Float64Array::from(vec![-105.0, 120.0, -105.0])) as ArrayRef),
        ("note", text(["", "", "void"])),
    ];
    let game = |at, game: &str, day: &str, home: &str, away: &str, note: &str| {
        row(at, &[('A', 0, game), ('B', MOMENT, &number(day)), ('C', 0, home), ('D', 0, &number(away)), ('E', 0, note)])
    };
    let rows = [
        row(1, &[('A', 0, "game"), ('B', 0, "at"), ('C', 0, "home_price"), ('D', 0, "away_price"), ('E', 0, "note")]),
        game(2, "A - B", "45587.791666666664", "-110", "-105", ""),
        game(3, "C - D", "45588", "50", "120", ""),
        game(6, "E - F", "45588.791666666664", "-110", "-105", "void"),
    ];
    let book = Workbook::of(false, &[("Sheet1", rows.concat())]);
    [("games.csv", csv.into()), ("games.parquet", parquet(columns, Compression::SNAPPY)), ("games.xlsx", book.bytes())]
}

#[test]
fn a_mapping_reads_the_same_from_csv_parquet_and_a_workbook_and_twice_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let known = mapping(MAPPING).unwrap();
    let mut told = Vec::new();
    for (name, bytes) in three_clothes() {
        let file: PathBuf = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        let proposed = propose(&file).unwrap().unwrap();
        assert!(proposed.contains("# not used: game, at, home_price, away_price, note"), "{name}: {proposed}");
        let mut ears = Ears::default();
        let dry = import(std::slice::from_ref(&file), &known, None, &mut ears).unwrap();
        assert_eq!(ears.0, [""; 0], "{name}");
        let fresh = Fresh::sqlite();
        let first = take(&fresh, &known, std::slice::from_ref(&file));
        let refused = |summary: &predictive_play::import::summary::Summary| {
            summary.told.refused.iter().map(|(reason, refused)| (*reason, refused.times)).collect::<Vec<_>>()
        };
        assert_eq!((dry.told.rows, refused(&dry)), (first.told.rows, refused(&first)), "{name}: dry and real");
        let dump = fresh.dump();
        let again = take(&fresh, &known, std::slice::from_ref(&file));
        assert_eq!((again.recorded, again.known), (0, first.recorded), "{name}");
        assert_eq!(fresh.dump(), dump, "{name}");
        let counts = first.counts;
        told.push((first.told.rows, first.told.listings(), counts.received, counts.opened, counts.refused, refused(&first)));
    }
    assert_eq!(told[0], (3, 2, 6, 3, 3, vec![("bad_price", 1), ("no_place", 1)]));
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
}

#[test]
fn rows_that_belong_together_and_lie_apart_are_refused_before_anything_is_taken_for_gone() {
    let mut text =
        "event_id,sport_key,home_team,away_team,commence_time,bookmaker,last_update,market,outcome_name,price,point,snapshot_utc\n"
            .to_owned();
    let row =
        |event: usize, name: &str| format!("e{event},basketball_nba,H,A,2026-03-05T00:10:00Z,unibet,,h2h,{name},1.9,,20260304_010000\n");
    (0..2500).for_each(|event| text.push_str(&row(event, "H")));
    text.push_str(&row(0, "A"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("apart.csv");
    std::fs::write(&file, text).unwrap();
    let mut ears = Ears::default();
    let summary = import(&[file], &super::shipped("the-odds-api-flat"), None, &mut ears).unwrap();
    assert_eq!(summary.bad, 1);
    assert!(ears.0[0].contains("row 2502 belongs to rows that ended long before it: sort the file"), "{:?}", ears.0);
}

/// What is said of a file that cannot be taken.
fn complaint_of(book: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("games.xlsx");
    std::fs::write(&file, book).unwrap();
    let mut ears = Ears::default();
    let summary = import(&[file], &mapping(MAPPING).unwrap(), None, &mut ears).unwrap();
    assert_eq!((summary.bad, ears.0.len(), summary.told.rows), (1, 1, 0), "{:?}", ears.0);
    ears.0.remove(0)
}

#[test]
fn a_workbook_that_unpacks_to_more_than_any_file_may_have_is_refused_whatever_its_directory_says() {
    let blank = " ".repeat((256 << 20) + 1);
    let book = Workbook::of(false, &[("Sheet1", row(1, &[('A', 0, "game")]) + &blank)]);
    let honest = book.packed(|told| told);
    assert!(honest.len() < 4 << 20, "a bomb is small: {}", honest.len());
    assert!(complaint_of(&honest).contains("larger than 256 MB unpacked"), "{}", complaint_of(&honest));
    let lying = book.packed(|told| told.min(4000));
    assert!(complaint_of(&lying).contains("larger than its declared"), "{}", complaint_of(&lying));
}

#[test]
fn a_sheet_that_would_take_more_memory_than_its_file_tells_is_refused() {
    let wide = Workbook::of(false, &[("Sheet1", row(1, &[('A', 0, "game")]) + &row(1_048_576, &[('Z', 0, "far away")]))]);
    assert!(complaint_of(&wide.bytes()).contains("it spans 27262976 cells"), "{}", complaint_of(&wide.bytes()));
    let shared = |number| format!(r#"<row r="{number}"><c r="A{number}" t="s"><v>0</v></c></row>"#);
    let rows: String = (1..=9000).map(shared).collect();
    let echo = Workbook::of(false, &[("Sheet1", rows)]).sharing(&[&"x".repeat(32_000)]);
    assert!(complaint_of(&echo.bytes()).contains("its texts are larger than 256 MB"), "{}", complaint_of(&echo.bytes()));
}

#[test]
fn a_zip_of_files_is_told_to_be_unpacked() {
    let packed = Workbook::none("games.csv", "game,home\n1,Northam\n");
    assert!(complaint_of(&packed.bytes()).contains("no workbook: unpack it"), "{}", complaint_of(&packed.bytes()));
}
