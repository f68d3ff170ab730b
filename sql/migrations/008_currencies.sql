-- Of a line whose event was in another currency: its amount as reported, and what one unit of it was in the line's.
alter table results.reward_lines
    add column original_amount numeric(18, 4),
    add column original_currency text,
    add column exchange_rate numeric(20, 10);
