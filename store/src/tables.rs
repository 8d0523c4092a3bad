//! Tables that are loaded in bulk, with their columns in the order of the values: those of an entry, and those that a store is copied by.

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
pub(crate) const SCOPES: Table = Table { name: "@scopes", columns: &[("scope_id", Kind::Int), ("body", Kind::Text)] };
pub(crate) const CATALOGUE: Table = Table {
    name: "@catalogue",
    columns: &[
        ("provider", Kind::Text),
        ("kind", Kind::Text),
        ("key", Kind::Text),
        ("title", Kind::Text),
        ("detail", Kind::Text),
        ("observed_at", Kind::Int),
        ("seq", Kind::Int),
    ],
};
pub(crate) const ASKS: Table = Table {
    name: "@asks",
    columns: &[
        ("ask_id", Kind::Int),
        ("provider", Kind::Text),
        ("ask", Kind::Text),
        ("request", Kind::Text),
        ("purpose", Kind::Text),
        ("due_at", Kind::Int),
        ("sent_at", Kind::Int),
        ("done_at", Kind::Int),
        ("outcome", Kind::Text),
        ("detail", Kind::Text),
        ("credits_reserved", Kind::Int),
        ("credits_billed", Kind::Int),
        ("used_after", Kind::Int),
        ("remaining_after", Kind::Int),
        ("reply_id", Kind::Int),
        ("is_retry", Kind::Int),
    ],
};
pub(crate) const BACKFILL_ANSWERS: Table = Table {
    name: "@backfill_answers",
    columns: &[
        ("provider", Kind::Text),
        ("what", Kind::Text),
        ("sport", Kind::Text),
        ("listing", Kind::Text),
        ("day", Kind::Text),
        ("asked_for", Kind::Int),
        ("frame", Kind::Text),
        ("plan_id", Kind::Text),
        ("ask_id", Kind::Int),
        ("outcome", Kind::Text),
        ("detail", Kind::Text),
        ("attempts", Kind::Int),
        ("losses", Kind::Int),
        ("stamp", Kind::Int),
        ("next_stamp", Kind::Int),
    ],
};
pub(crate) const BACKFILL_PLANS: Table = Table {
    name: "@backfill_plans",
    columns: &[
        ("plan_id", Kind::Text),
        ("provider", Kind::Text),
        ("goal", Kind::Text),
        ("max_credits", Kind::Int),
        ("predicted_credits", Kind::Int),
        ("predicted_calls", Kind::Int),
        ("made_at", Kind::Int),
        ("ended_at", Kind::Int),
        ("ended_because", Kind::Text),
    ],
};
pub(crate) const DEMAND: Table =
    Table { name: "@demand", columns: &[("asked_on", Kind::Int), ("league", Kind::Text), ("kind", Kind::Text), ("calls", Kind::Int)] };
pub(crate) const MEANING_CHANGES: Table = Table {
    name: "@meaning_changes",
    columns: &[
        ("provider", Kind::Text),
        ("from_version", Kind::Int),
        ("to_version", Kind::Int),
        ("sport", Kind::Text),
        ("provider_market", Kind::Text),
        ("was", Kind::Text),
        ("became", Kind::Text),
        ("fields", Kind::Text),
        ("slots", Kind::Int),
        ("listings", Kind::Int),
        ("first_at", Kind::Int),
        ("last_at", Kind::Int),
    ],
};
pub(crate) const KEYS: Table = Table {
    name: "@keys",
    columns: &[
        ("key_id", Kind::Text),
        ("name", Kind::Text),
        ("key_hash", Kind::Blob),
        ("created_at", Kind::Int),
        ("revoked_at", Kind::Int),
        ("may", Kind::Text),
    ],
};
pub(crate) const SETTINGS: Table = Table { name: "@settings", columns: &[("name", Kind::Text), ("value", Kind::Text)] };
pub(crate) const FINDINGS: Table = Table {
    name: "@findings",
    columns: &[
        ("finding_id", Kind::Int),
        ("kind", Kind::Text),
        ("subject", Kind::Text),
        ("severity", Kind::Text),
        ("detail", Kind::Text),
        ("opened_at", Kind::Int),
        ("seen_at", Kind::Int),
        ("closed_at", Kind::Int),
    ],
};
