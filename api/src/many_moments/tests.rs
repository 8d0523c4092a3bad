//! Tables are read in both forms, or refused with the row and what is wrong with it.

use super::rows::{Form, MOST, Row, read};

fn row(event: &str, as_of: &str, known_at: Option<&str>) -> Row {
    let moment = |text: &str| text.parse().unwrap();
    Row { event_id: event.to_owned(), as_of: moment(as_of), known_at: known_at.map(moment) }
}

fn refused(form: Form, body: &str) -> String {
    read(form, body.as_bytes()).unwrap_err().detail
}

#[test]
fn both_forms_are_read_in_their_order() {
    let expected = [row("b", "2026-01-10T20:00:00Z", None), row("a", "2026-01-10T19:00:00Z", Some("2026-01-11T00:00:00Z"))];
    let lines = "{\"event_id\":\"b\",\"as_of\":\"2026-01-10T20:00:00Z\"}\n\n{\"known_at\":\"2026-01-11T00:00:00Z\",\"event_id\":\"a\",\"as_of\":\"2026-01-10T20:00:00+01:00\"}";
    assert_eq!(read(Form::JsonLines, lines.as_bytes()).unwrap(), expected);
    let csv = "as_of,event_id\n2026-01-10T20:00:00Z,b\r\n";
    assert_eq!(read(Form::Csv, csv.as_bytes()).unwrap(), expected[..1]);
    let csv = "event_id,as_of,known_at\n\"a\",2026-01-10T19:00:00Z,2026-01-11T00:00:00Z\n";
    assert_eq!(read(Form::Csv, csv.as_bytes()).unwrap(), expected[1..]);
}

#[test]
fn a_row_that_cannot_be_read_is_named() {
    let good = "event_id,as_of\na,2026-01-10T19:00:00Z\n";
    let no_zone = refused(Form::Csv, &format!("{good}b,2026-01-10 19:00\n"));
    assert!(no_zone.contains("row 2") && no_zone.contains("2026-01-10 19:00"), "{no_zone}");
    assert!(refused(Form::Csv, &format!("{good}b,\n")).contains("row 2"), "an empty moment is not now");
    assert!(refused(Form::Csv, "event_id,as_of,known_at\na,2026-01-10T19:00:00Z,\n").contains("known_at"), "nor is it all that is known");
    assert!(refused(Form::Csv, "event,as_of\na,2026-01-10T19:00:00Z\n").contains("event_id"));
    assert!(refused(Form::JsonLines, "{\"event_id\":\"a\",\"as_of\":\"2026-01-10T19:00:00Z\",\"when\":1}").contains("when"));
    assert!(refused(Form::JsonLines, "{\"event_id\":\"a\"}").contains("as_of"));
    assert!(refused(Form::JsonLines, "\n \n").contains("no rows") && refused(Form::Csv, "event_id,as_of\n").contains("no rows"));
}

#[test]
fn a_table_has_so_many_rows_and_no_more() {
    let table = |rows: usize| format!("event_id,as_of\n{}", "a,2026-01-10T19:00:00Z\n".repeat(rows));
    assert_eq!(read(Form::Csv, table(MOST).as_bytes()).unwrap().len(), MOST);
    assert_eq!(read(Form::Csv, table(MOST + 1).as_bytes()).unwrap_err().status, 413);
}

#[test]
fn the_form_is_named_by_the_content_type() {
    let of = |kind: &str| Form::of(Some(&kind.parse().unwrap()));
    assert_eq!(of("text/csv; charset=utf-8").unwrap(), Form::Csv);
    assert_eq!(of("Application/X-NDJSON").unwrap(), Form::JsonLines);
    assert_eq!(of("application/json").unwrap_err().status, 415);
    assert_eq!(Form::of(None).unwrap_err().status, 415);
}
