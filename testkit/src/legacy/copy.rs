//! Rows go in by `copy`: 100,000 of them in a second, which single inserts would not.

use std::io::Write;

use postgres::Client;

/// A field of `copy`'s text form.
pub(super) enum Field<'a> {
    Null,
    Text(&'a str),
    Own(String),
}

impl<'a> From<&'a str> for Field<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl From<String> for Field<'_> {
    fn from(text: String) -> Self {
        Self::Own(text)
    }
}

impl<'a> From<Option<&'a str>> for Field<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

/// Seconds since 1970 as PostgreSQL reads them.
pub(super) fn moment(secs: i64) -> String {
    let (days, rest) = (secs.div_euclid(86_400), secs.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}+00", rest / 3600, rest / 60 % 60, rest % 60)
}

/// The day of the Gregorian calendar, by Hinnant's `civil_from_days`.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Loads rows into `table (columns)`; gives how many.
pub(super) fn load<'a>(client: &mut Client, table: &str, columns: &str, rows: impl Iterator<Item = Vec<Field<'a>>>) -> usize {
    let writer = client.copy_in(&format!("copy {table} ({columns}) from stdin")).expect("the copy begins");
    let mut writer = std::io::BufWriter::with_capacity(1 << 18, writer);
    let mut count = 0;
    for row in rows {
        let fields: Vec<String> = row.iter().map(written).collect();
        writeln!(writer, "{}", fields.join("\t")).expect("the copy goes on");
        count += 1;
    }
    writer.into_inner().map_err(|error| error.into_error()).expect("the copy goes on").finish().expect("the rows are right");
    count
}

fn written(field: &Field<'_>) -> String {
    match field {
        Field::Null => r"\N".to_owned(),
        Field::Text(text) => escaped(text),
        Field::Own(text) => escaped(text),
    }
}

fn escaped(text: &str) -> String {
    if text.contains(['\\', '\t', '\n', '\r']) {
        return text.replace('\\', r"\\").replace('\t', r"\t").replace('\n', r"\n").replace('\r', r"\r");
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_the_calendar_has_them() {
        assert_eq!(moment(0), "1970-01-01 00:00:00+00");
        assert_eq!(moment(951_827_696), "2000-02-29 12:34:56+00");
        assert_eq!(moment(-1), "1969-12-31 23:59:59+00");
    }
}
