-- The application owns no table, yet a period needs partitions of its own: it asks for them here. Each is made beside
-- its table and attached: that waits for no reader, and none for it. Lines come sorted by counterparty, so that a
-- block-range index finds one counterparty's at no cost to the COPY.
create function results.make_partitions(period text, tables text[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    suffix text := '_' || replace(period, '-', '_');
    name text;
begin
    if period !~ '^\d{4}-(0[1-9]|1[0-2])$' then
        raise exception '% is not a period', period;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('runs:partitions', 0));
    foreach name in array tables loop
        continue when to_regclass(format('results.%I', name || suffix)) is not null;
        execute format('create table results.%I (like results.%I including all)', name || suffix, name);
        execute format('create index %I on results.%I using brin (run_id, counterparty_id) with (pages_per_range = 32)',
                       name || suffix || '_blocks', name || suffix);
        execute format('alter table results.%I attach partition results.%I for values in (%L)',
                       name, name || suffix, period);
        execute format('grant select, insert on results.%I to prm_app', name || suffix);
    end loop;
end $$;

-- Lets the block-range index of a partition know the new rows, which only the table's owner may.
create function results.summarise(name text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform brin_summarize_new_values(format('results.%I', name || '_blocks')::regclass);
end $$;
