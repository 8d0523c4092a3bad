-- What is asked for may be longer than a page of a b-tree takes: a row of it has room for 2.7 kB, and a list of games has not.
alter table @scopes drop constraint scopes_body;
alter table @scopes add constraint scopes_body exclude using hash (body with =);
comment on index @scopes_body is 'whether a scope has a number';
