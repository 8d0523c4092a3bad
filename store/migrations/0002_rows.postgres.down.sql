drop function @quotes_as_of(text, timestamptz);
drop function @read_block(bytea, bigint);
