-- A fence outlives the run that raised it: a run that finds nothing to do leaves no row, and a rollback has
-- none, but both must keep out a publisher that was at work before them.
alter table runs.fences drop constraint fences_token_fkey;
comment on column runs.fences.token is 'A number of the sequence of run_id: only the run of that number may publish.';
