-- What is too long for a b-tree stays as it is: a program of the step before works with either.
do $$
begin
    if not exists (select 1 from @scopes where octet_length(body) > 2000) then
        alter table @scopes drop constraint scopes_body;
        alter table @scopes add constraint scopes_body unique (body);
        comment on index @scopes_body is 'whether a scope has a number';
    end if;
end
$$;
