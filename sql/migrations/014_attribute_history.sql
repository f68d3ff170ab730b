-- A null value says that from its day on none is agreed: the counterparty's, the branch's or the default holds again.
alter table registry.contract_attributes alter column value drop not null;
alter table registry.counterparty_attributes alter column value drop not null;
alter table registry.branch_attributes alter column value drop not null;

-- Every change of an attribute's value by hand: who did what, and what stood there before.
create table registry.attribute_history (
    change_id bigint generated always as identity primary key,
    level text not null check (level in ('contract', 'counterparty', 'branch')),
    holder text not null,
    attribute text not null,
    valid_from date not null,
    action text not null check (action in ('set', 'ended', 'removed')),
    value text,  -- as set
    former_value text,  -- what stood under the same day before
    former_load_id text,  -- the load that it came from; null: set by hand
    author text not null,
    recorded_at timestamptz not null default now()
);

create trigger attribute_history_is_append_only before update or delete or truncate
    on registry.attribute_history execute function registry.refuse_change();
