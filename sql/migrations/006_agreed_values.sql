-- Values of attributes for a whole branch, and how many days ahead a contract wants changes of its scheme announced.
alter table registry.contracts add column notice_days int check (notice_days >= 0);
comment on column registry.contracts.notice_days is 'null: it demands no notice';

-- The value of an attribute for a branch's counterparties, from a day on; theirs and their contracts' win over it.
create table registry.branch_attributes (
    branch text not null references registry.branches,
    attribute text not null,
    valid_from date not null,
    value text not null,
    author text not null,
    recorded_at timestamptz not null default now(),
    primary key (branch, attribute, valid_from)
);
