-- A load that a person takes back with nothing in its place: a file that should not have been there at all.
-- Owned by the room `loaders`.
alter table loads.loads drop constraint loads_state_check,
    add constraint loads_state_check check (state in ('live', 'superseded', 'withdrawn', 'refused'));
comment on column loads.loads.state_reason is 'refused or withdrawn: {code, message: {en, ru}}';

alter table loads.history drop constraint history_what_check,
    add constraint history_what_check
        check (what in ('accepted', 'refused', 'superseded', 'withdrawn', 'reinstated', 'offered again')),
    add column reason text,                    -- of a withdrawal: why, and who decided it; kept for ever
    add column author text,
    add constraint a_withdrawal_says_why check (what <> 'withdrawn' or (reason <> '' and author <> ''));
