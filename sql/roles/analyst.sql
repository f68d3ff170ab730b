-- A role for analysts: they read the schema reporting and nothing else. Made where the application may make
-- roles; elsewhere an administrator grants the same to a role of that name.
do $$
begin
    if not exists (select 1 from pg_roles where rolname = 'prm_analyst') then
        begin
            create role prm_analyst nologin;
        exception
            when insufficient_privilege then
                raise notice 'role prm_analyst was not made: the application may not create roles';
                return;
            when duplicate_object or unique_violation then null;  -- another database of the server was faster
        end;
    end if;
    grant usage on schema reporting to prm_analyst;
    grant select on all tables in schema reporting to prm_analyst;
end $$;
