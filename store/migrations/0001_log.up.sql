-- The ground of everything: one log, the archive behind it, the directory beside it, and the ledgers of what was asked.
-- {int} holds microseconds UTC where a name ends in _at, and 0 or 1 where a name begins with is_.

-- The one row that is locked by whoever appends: commit order is seq order. lint: one row for ever.
create table @head (
    one {int} not null,
    seq {int} not null,
    listing_id {int} not null,
    scope_id {int} not null,
    recorded_at {int} not null,
    constraint head_pk primary key (one),
    constraint head_one check (one = 1)
);
insert into @head (one, seq, listing_id, scope_id, recorded_at) values (1, 0, 0, 0, 0);

-- Bytes of bodies, by content: where they lie in the archive.
create table @bodies (
    body_hash {blob} not null,
    bundle text not null,
    frame_offset {int} not null,
    frame_length {int} not null,
    body_length {int} not null,
    constraint bodies_pk primary key (body_hash)
);

-- Every reply that was archived; pending until the log has its entry, or it is set aside.
create table @replies (
    reply_id {int} not null,
    reply_key {blob} not null,
    provider text not null,
    endpoint text not null,
    request text not null,
    sport text,
    status {int} not null,
    headers text not null,
    fetched_at {int} not null,
    basis text not null,
    body_hash {blob} not null,
    archived_at {int} not null,
    ask_id {int},
    state text not null,
    constraint replies_pk primary key (reply_id),
    constraint replies_key unique (reply_key),
    constraint replies_state check (state in ('pending', 'recorded', 'set_aside'))
);
-- start-up and take-over: what was archived and not recorded
create index replies_pending on @replies (archived_at) where state = 'pending';
-- start-up: whether an intent without an end got its reply
create index replies_ask on @replies (ask_id) where ask_id is not null;

-- What was asked for, each distinct scope once.
create table @scopes (
    scope_id {int} not null,
    body text not null,
    constraint scopes_pk primary key (scope_id),
    constraint scopes_body unique (body)
);

-- The log: one entry for each reply, changed or not.
create table @entries (
    seq {int} not null,
    reply_id {int} not null,
    provider text not null,
    endpoint text not null,
    sport text not null,
    scope_id {int} not null,
    is_sweep {int} not null,
    observed_at {int} not null,
    basis text not null,
    recorded_at {int} not null,
    decoder {int} not null,
    blocks {int} not null,
    listings {int} not null,
    facts {int} not null,
    received {int} not null,
    opened {int} not null,
    moved {int} not null,
    returned {int} not null,
    unchanged {int} not null,
    duplicate {int} not null,
    refused {int} not null,
    reformatted {int} not null,
    quotes_before {int} not null,
    quotes_after {int} not null,
    withdrawn {int} not null,
    not_observed {int} not null,
    constraint entries_pk primary key (seq),
    constraint entries_reply unique (reply_id)
);
-- a listing's board: which sweeps of its sport came after it was last seen
create index entries_sweeps on @entries (provider, sport, observed_at) where is_sweep = 1;
-- known_at: the cut of the log at a moment
create index entries_recorded on @entries (recorded_at);

-- What could not be used of a reply, and why.
create table @problems (
    seq {int} not null,
    i {int} not null,
    path text not null,
    reason text not null,
    detail text not null,
    constraint problems_pk primary key (seq, i)
) {clustered};

-- What each provider calls an event. What can be derived from facts and decisions is kept beside it for look-ups.
create table @listings (
    listing_id {int} not null,
    provider text not null,
    external_id text not null,
    sport text not null,
    kind text not null,
    founded_seq {int} not null,
    event_id text not null,
    league text,
    starts_at {int},
    status text,
    home text,
    away text,
    is_standing {int} not null,
    constraint listings_pk primary key (listing_id),
    constraint listings_external unique (provider, external_id)
);
-- the listings of an event
create index listings_event on @listings (event_id);
-- events of a league by day; candidates for a join
create index listings_league on @listings (league, starts_at);
-- events of a provider's sport by day
create index listings_sport on @listings (sport, starts_at);
-- an event asked for by an id that only a provider gave
create index listings_external_id on @listings (external_id);
-- which listings a sweep can miss
create index listings_standing on @listings (provider, sport) where is_standing = 1;

-- One market at one book in a listing; an empty market is the book itself.
create table @cells (
    listing_id {int} not null,
    cell {int} not null,
    book text not null,
    market text not null,
    seq {int} not null,
    constraint cells_pk primary key (listing_id, cell)
) {clustered};
-- followers: what an entry brought
create index cells_seq on @cells (seq);

-- One outcome of a cell, in the provider's words; line in thousandths.
create table @slots (
    listing_id {int} not null,
    slot {int} not null,
    cell {int} not null,
    name text not null,
    description text not null,
    point {int},
    seq {int} not null,
    constraint slots_pk primary key (listing_id, slot)
) {clustered};
-- followers: what an entry brought
create index slots_seq on @slots (seq);

-- Timeline blocks: what a reply changed in a listing (see the crate odds, module block).
create table @blocks (
    listing_id {int} not null,
    observed_at {int} not null,
    reply_id {int} not null,
    seq {int} not null,
    n {int} not null,
    block {blob} not null,
    constraint blocks_pk primary key (listing_id, observed_at, reply_id, seq)
) {clustered};
-- followers: what an entry brought
create index blocks_seq on @blocks (seq);

-- Coverage: what a reply read of a listing (module cover).
create table @covers (
    listing_id {int} not null,
    observed_at {int} not null,
    reply_id {int} not null,
    seq {int} not null,
    cover {blob} not null,
    constraint covers_pk primary key (listing_id, observed_at, reply_id, seq)
) {clustered};
-- followers: what an entry brought
create index covers_seq on @covers (seq);

-- Facts about listings: start, status, participants, score, injuries. A null value says that it is gone.
create table @facts (
    listing_id {int} not null,
    observed_at {int} not null,
    reply_id {int} not null,
    seq {int} not null,
    i {int} not null,
    kind {int} not null,
    subject text not null,
    value text,
    constraint facts_pk primary key (listing_id, observed_at, reply_id, seq, i)
) {clustered};
-- followers: what an entry brought
create index facts_seq on @facts (seq);

-- Decisions of identity, with their evidence.
create table @decisions (
    seq {int} not null,
    i {int} not null,
    kind text not null,
    listing_id {int} not null,
    event_id text not null,
    rule text not null,
    evidence text not null,
    decided_by text not null,
    constraint decisions_pk primary key (seq, i),
    constraint decisions_kind check (kind in ('founded', 'joined', 'split'))
);
-- the history of a listing's identity
create index decisions_listing on @decisions (listing_id, seq);
-- which listings were an event, as known at any time
create index decisions_event on @decisions (event_id);

-- Names that providers give: sports, books, participants, offered markets; the newest wins.
create table @catalogue (
    provider text not null,
    kind text not null,
    key text not null,
    title text not null,
    detail text not null,
    observed_at {int} not null,
    seq {int} not null,
    constraint catalogue_pk primary key (provider, kind, key)
) {clustered};

-- Every due ask and what came of it: the ledger of calls, of credits, and of uptime.
create table @asks (
    ask_id {int} not null,
    provider text not null,
    ask text not null,
    request text not null,
    purpose text not null,
    due_at {int} not null,
    sent_at {int},
    done_at {int},
    outcome text not null,
    detail text not null,
    credits_reserved {int} not null,
    credits_billed {int},
    used_after {int},
    remaining_after {int},
    reply_id {int},
    is_retry {int} not null,
    constraint asks_pk primary key (ask_id)
);
-- the month's spending, and the last ask of each kind
create index asks_due on @asks (provider, due_at);
-- intents without a reply
create index asks_open on @asks (provider, sent_at) where outcome = 'sent';

-- How far each follower has read.
create table @cursors (
    follower text not null,
    seq {int} not null,
    moved_at {int} not null,
    constraint cursors_pk primary key (follower)
);

-- Who may do what only one may do at a time.
create table @leases (
    name text not null,
    holder text not null,
    until_at {int} not null,
    constraint leases_pk primary key (name)
);

-- API keys, hashed.
create table @keys (
    key_id text not null,
    name text not null,
    key_hash {blob} not null,
    created_at {int} not null,
    revoked_at {int},
    constraint keys_pk primary key (key_id),
    constraint keys_hash unique (key_hash)
);

-- What the store is for: `live`, or `replay` for a recorded season that must never mix with live data.
create table @settings (
    name text not null,
    value text not null,
    constraint settings_pk primary key (name)
);

-- Findings of the checks, with their history: open while closed_at is null.
create table @findings (
    finding_id {int} not null,
    kind text not null,
    subject text not null,
    severity text not null,
    detail text not null,
    opened_at {int} not null,
    seen_at {int} not null,
    closed_at {int},
    constraint findings_pk primary key (finding_id)
);
-- the open ones
create index findings_open on @findings (kind, subject) where closed_at is null;
