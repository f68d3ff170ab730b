-- A change of the rules that reaches a closed month says why; and every value has two clocks: the day from which it holds,
-- and the day on which it was decided (without: the day it was recorded).
alter table registry.scheme_versions add column added_by text, add column reason text;
alter table registry.attribute_history add column decided_on date, add column reason text;
