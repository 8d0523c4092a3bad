//! How names and texts stand in a statement that an operator may copy and run.

/// A name in double quotes.
pub fn name(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A table with its schema.
pub fn qualified(schema: &str, table: &str) -> String {
    format!("{}.{}", name(schema), name(table))
}

/// A text in single quotes.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Schemas that are the server's own, or of one session.
pub const NOT_THE_SERVERS: &str = "n.nspname <> 'information_schema' and n.nspname !~ '^pg_'";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_cannot_leave_their_quotes() {
        assert_eq!(qualified("Reports 2024", r#"a"b"#), r#""Reports 2024"."a""b""#);
        assert_eq!(literal("it's"), "'it''s'");
    }
}
