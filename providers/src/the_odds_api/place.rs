//! Where something stands in a body, as a JSON path: carried along for free, written down only when there is a problem.

/// A place in a body of events.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// `data` inside an envelope, else empty.
    pub root: &'static str,
    /// Which event of the list; `None` where the body is one event.
    pub event: Option<usize>,
    /// Which book.
    pub book: Option<usize>,
    /// Which market of it.
    pub market: Option<usize>,
    /// Which outcome of it.
    pub outcome: Option<usize>,
}

impl Place {
    /// The path of a field here; of the thing itself where the name is empty.
    pub fn path(&self, field: &str) -> String {
        let mut path = self.root.to_owned();
        if let Some(event) = self.event {
            path.push_str(&format!("[{event}]"));
        }
        for (name, at) in [("bookmakers", self.book), ("markets", self.market), ("outcomes", self.outcome)] {
            if let Some(at) = at {
                append(&mut path, &format!("{name}[{at}]"));
            }
        }
        if !field.is_empty() {
            append(&mut path, field);
        }
        path
    }
}

fn append(path: &mut String, part: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(part);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_its_path_in_the_body() {
        let outcome = Place { event: Some(3), book: Some(2), market: Some(0), outcome: Some(1), ..Place::default() };
        assert_eq!(outcome.path("price"), "[3].bookmakers[2].markets[0].outcomes[1].price");
        assert_eq!(Place { root: "data", book: Some(0), ..Place::default() }.path(""), "data.bookmakers[0]");
        assert_eq!(Place::default().path("id"), "id");
    }
}
