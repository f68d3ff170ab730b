-- Who and what: counterparties, their outlets and contracts, products, attributes, links, fraud marks, schemes.
-- Owned by the room `registry`; nobody else writes here.
create schema registry;

create table registry.branches (
    branch text primary key
);

create table registry.counterparties (
    counterparty_id text primary key,
    name text not null,
    kind text not null check (kind in ('dealer', 'subdealer', 'agent', 'partner')),
    parent_id text references registry.counterparties deferrable initially deferred,
    branch text not null,
    tax_number text,
    email text,
    load_id text  -- the load it came from; null: kept by hand
);

create table registry.outlets (
    outlet_id text primary key,
    counterparty_id text not null references registry.counterparties deferrable initially deferred,
    name text not null,
    kind text not null,
    region text not null,
    opened_on date not null,
    closed_on date,
    load_id text
);

create table registry.products (
    product_id text primary key,
    name text not null,
    product_group text not null,
    load_id text
);

create table registry.contracts (
    contract_id text primary key,
    counterparty_id text not null references registry.counterparties deferrable initially deferred,
    scheme text not null,
    valid_from date not null,
    valid_to date,  -- last day, included; null: open-ended
    status text not null check (status in ('active', 'suspended', 'terminated')),
    currency text not null,
    vat_status text not null check (vat_status in ('payer', 'exempt')),
    settlement_level text not null check (settlement_level in ('counterparty', 'outlet', 'group')),
    load_id text,
    check (valid_to is null or valid_to >= valid_from)
);

-- The value of a scheme's attribute for one contract, from a day on (until the next value's day).
create table registry.contract_attributes (
    contract_id text not null references registry.contracts deferrable initially deferred,
    attribute text not null,
    valid_from date not null,
    value text not null,
    author text not null,
    recorded_at timestamptz not null default now(),
    load_id text,
    primary key (contract_id, attribute, valid_from)
);

-- Attributes that users define for counterparties: free names, text values, from a day on.
create table registry.counterparty_attributes (
    counterparty_id text not null references registry.counterparties deferrable initially deferred,
    attribute text not null,
    valid_from date not null,
    value text not null,
    author text not null,
    recorded_at timestamptz not null default now(),
    load_id text,
    primary key (counterparty_id, attribute, valid_from)
);

-- A subscriber's attribution by hand: it overrides the kit's sale from a day on.
create table registry.links (
    link_id bigint generated always as identity primary key,
    subscriber_id text not null,
    outlet_id text not null references registry.outlets deferrable initially deferred,
    valid_from date not null,
    valid_to date,
    reason text not null,
    author text not null,
    recorded_at timestamptz not null default now(),
    check (valid_to is null or valid_to >= valid_from)
);

-- Antifraud marks set by hand; those from files are facts in the lake.
create table registry.fraud_marks (
    mark_id bigint generated always as identity primary key,
    subscriber_id text not null,
    valid_from date not null,
    valid_to date,
    reason text not null,
    author text not null,
    recorded_at timestamptz not null default now(),
    check (valid_to is null or valid_to >= valid_from)
);

-- A scheme version in its canonical form. Immutable: the same version with other content is refused.
create table registry.scheme_versions (
    scheme text not null,
    version int not null check (version > 0),
    valid_from date not null,
    content_hash text not null,
    canonical jsonb not null,
    source text not null,
    added_at timestamptz not null default now(),
    primary key (scheme, version)
);

create function registry.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: add a new version instead', tg_table_schema || '.' || tg_table_name;
end $$;

create trigger scheme_versions_are_immutable before update or delete or truncate
    on registry.scheme_versions execute function registry.refuse_change();
