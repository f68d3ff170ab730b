-- Which line a line takes back, by its key: the row that was paid on, under which component, and in which period.
-- Of what is taken back of a period as a whole, the period, contract and component.
alter table results.reward_lines
    add column taken_period text,
    add column taken_contract_id text,
    add column taken_component text,
    add column taken_stream text,
    add column taken_data_set text,
    add column taken_load_id text,
    add column taken_row_number int;
create index reward_lines_taken on results.reward_lines (taken_period, taken_contract_id, taken_component)
    where taken_period is not null;
