-- What the application may do: the rights of prm_app, room by room. It owns nothing. What never changes once it is
-- written, it may only add to; rows of results and of the ledger it can't touch at all once they are there.
do $$
declare
    room text;
begin
    -- From nothing: a right that is taken out of this file is gone after the next migration.
    foreach room in array array['registry', 'loads', 'runs', 'results', 'documents', 'ledger', 'settlement', 'delivery', 'reporting'] loop
        execute format('revoke all on all tables in schema %I from prm_app', room);
        execute format('revoke all on all sequences in schema %I from prm_app', room);
        execute format('grant usage on schema %I to prm_app', room);
        execute format('grant select on all tables in schema %I to prm_app', room);
    end loop;
end $$;
-- Functions that act as the owner stand in these two rooms; whoever may call them is named.
revoke all on all functions in schema results, ledger, settlement from prm_app, public;

grant insert, update, delete on all tables in schema registry to prm_app;
revoke update, delete on registry.scheme_versions from prm_app;

grant insert, update on all tables in schema loads to prm_app;
revoke update on loads.partitions, loads.quarantined, loads.history from prm_app;

grant insert, update, delete on all tables in schema runs to prm_app;
revoke update, delete on runs.version_moves, runs.period_decisions, runs.closed_versions from prm_app;
grant usage on all sequences in schema runs to prm_app;

grant insert on all tables in schema results to prm_app;
grant execute on function results.make_partitions, results.summarise to prm_app;

grant insert, update on all tables in schema documents to prm_app;
revoke update on documents.forms from prm_app;

-- The ledger is written through its function alone.
grant execute on function ledger.post to prm_app;

-- What people say about money owed is only added to.
grant insert on all tables in schema settlement to prm_app;
grant usage on all sequences in schema settlement to prm_app;

-- The journal of what was sent is only added to.
grant insert on all tables in schema delivery to prm_app;
grant usage on all sequences in schema delivery to prm_app;
