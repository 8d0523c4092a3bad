//! The tables that an entry is loaded into, with their columns in the order of the values.

use crate::engine::{Kind, Table};

pub(crate) const BLOCKS: Table = Table {
    name: "@blocks",
    columns: &[
        ("listing_id", Kind::Int),
        ("observed_at", Kind::Int),
        ("reply_id", Kind::Int),
        ("seq", Kind::Int),
        ("n", Kind::Int),
        ("block", Kind::Blob),
    ],
};
pub(crate) const COVERS: Table = Table {
    name: "@covers",
    columns: &[("listing_id", Kind::Int), ("observed_at", Kind::Int), ("reply_id", Kind::Int), ("seq", Kind::Int), ("cover", Kind::Blob)],
};
pub(crate) const FACTS: Table = Table {
    name: "@facts",
    columns: &[
        ("listing_id", Kind::Int),
        ("observed_at", Kind::Int),
        ("reply_id", Kind::Int),
        ("seq", Kind::Int),
        ("i", Kind::Int),
        ("kind", Kind::Int),
        ("subject", Kind::Text),
        ("value", Kind::Text),
    ],
};
pub(crate) const CELLS: Table = Table {
    name: "@cells",
    columns: &[("listing_id", Kind::Int), ("cell", Kind::Int), ("seq", Kind::Int), ("book", Kind::Text), ("market", Kind::Text)],
};
pub(crate) const SLOTS: Table = Table {
    name: "@slots",
    columns: &[
        ("listing_id", Kind::Int),
        ("slot", Kind::Int),
        ("cell", Kind::Int),
        ("point", Kind::Int),
        ("seq", Kind::Int),
        ("name", Kind::Text),
        ("description", Kind::Text),
    ],
};
pub(crate) const PROBLEMS: Table = Table {
    name: "@problems",
    columns: &[("seq", Kind::Int), ("i", Kind::Int), ("path", Kind::Text), ("reason", Kind::Text), ("detail", Kind::Text)],
};
pub(crate) const ENTRIES: Table = Table {
    name: "@entries",
    columns: &[
        ("seq", Kind::Int),
        ("reply_id", Kind::Int),
        ("scope_id", Kind::Int),
        ("is_sweep", Kind::Int),
        ("observed_at", Kind::Int),
        ("recorded_at", Kind::Int),
        ("decoder", Kind::Int),
        ("blocks", Kind::Int),
        ("listings", Kind::Int),
        ("facts", Kind::Int),
        ("received", Kind::Int),
        ("opened", Kind::Int),
        ("moved", Kind::Int),
        ("returned", Kind::Int),
        ("unchanged", Kind::Int),
        ("duplicate", Kind::Int),
        ("refused", Kind::Int),
        ("reformatted", Kind::Int),
        ("quotes_before", Kind::Int),
        ("quotes_after", Kind::Int),
        ("withdrawn", Kind::Int),
        ("not_observed", Kind::Int),
        ("provider", Kind::Text),
        ("endpoint", Kind::Text),
        ("sport", Kind::Text),
        ("basis", Kind::Text),
    ],
};
pub(crate) const LISTINGS: Table = Table {
    name: "@listings",
    columns: &[
        ("listing_id", Kind::Int),
        ("provider", Kind::Text),
        ("external_id", Kind::Text),
        ("sport", Kind::Text),
        ("kind", Kind::Text),
        ("founded_seq", Kind::Int),
        ("event_id", Kind::Text),
        ("league", Kind::Text),
        ("starts_at", Kind::Int),
        ("status", Kind::Text),
        ("home", Kind::Text),
        ("away", Kind::Text),
        ("is_standing", Kind::Int),
    ],
};
pub(crate) const DECISIONS: Table = Table {
    name: "@decisions",
    columns: &[
        ("seq", Kind::Int),
        ("i", Kind::Int),
        ("listing_id", Kind::Int),
        ("kind", Kind::Text),
        ("event_id", Kind::Text),
        ("rule", Kind::Text),
        ("evidence", Kind::Text),
        ("decided_by", Kind::Text),
        ("what", Kind::Text),
        ("other_id", Kind::Int),
        ("undoes", Kind::Int),
        ("subject", Kind::Text),
    ],
};
pub(crate) const FOREIGN_IDS: Table = Table { name: "@foreign_ids", columns: &[("foreign_id", Kind::Text), ("listing_id", Kind::Int)] };
pub(crate) const ADOPTED_ROWS: Table = Table {
    name: "@adopted_rows",
    columns: &[
        ("old_row", Kind::Text),
        ("old_table", Kind::Text),
        ("fingerprint", Kind::Int),
        ("outcome", Kind::Text),
        ("listing_id", Kind::Int),
        ("reason", Kind::Text),
        ("reply_id", Kind::Int),
        ("seq", Kind::Int),
    ],
};
pub(crate) const BODIES: Table = Table {
    name: "@bodies",
    columns: &[
        ("body_hash", Kind::Blob),
        ("bundle", Kind::Text),
        ("frame_offset", Kind::Int),
        ("frame_length", Kind::Int),
        ("body_length", Kind::Int),
    ],
};
pub(crate) const REPLIES: Table = Table {
    name: "@replies",
    columns: &[
        ("reply_id", Kind::Int),
        ("reply_key", Kind::Blob),
        ("provider", Kind::Text),
        ("endpoint", Kind::Text),
        ("request", Kind::Text),
        ("sport", Kind::Text),
        ("status", Kind::Int),
        ("headers", Kind::Text),
        ("fetched_at", Kind::Int),
        ("basis", Kind::Text),
        ("body_hash", Kind::Blob),
        ("archived_at", Kind::Int),
        ("ask_id", Kind::Int),
        ("state", Kind::Text),
    ],
};
