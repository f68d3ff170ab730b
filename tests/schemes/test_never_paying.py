"""Rules that can never pay are refused, with the reason; rules that can, however oddly, are not."""

from decimal import Decimal
from itertools import product

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

import registry
import schemes
from prm import database
from schemes import SchemeError
from schemes.formula import parse as parse_formula
from schemes.possible import Known, met, value
from tests.schemes.drafts import broken
from tests.schemes.drafts_never_paying import CAN, NEVER, RULES

HINT = " Correct it, or remove the rule."


@pytest.mark.parametrize(
    ("old", "new", "place", "message"), NEVER, ids=[f"{case[1].strip()[:50]}" for case in NEVER]
)  # fmt: skip
def test_a_rule_that_can_never_pay_is_refused_with_the_reason(old, new, place, message):
    with pytest.raises(SchemeError) as refused:
        schemes.parse(broken(old, new, RULES), "trial.yaml")
    assert [problem.text("en") for problem in refused.value.problems] == [f"trial.yaml:{place}: {message}{HINT}"]
    told = refused.value.problems[0].text("ru")
    assert told.endswith("Исправьте или уберите правило.") and (" никогда " in told or " всегда 0" in told or "не оставляет" in told)  # fmt: skip


@pytest.mark.parametrize(("old", "new"), CAN, ids=[case[1].strip()[:50] for case in CAN])
def test_a_rule_that_can_pay_is_no_false_alarm(old, new):
    text = broken(old, new, RULES)
    unused = "'floor' is used by no component"
    try:
        schemes.parse(text, "trial.yaml")
    except SchemeError as error:
        assert all(unused in problem.message.en for problem in error.problems), error


def test_a_version_that_was_added_is_not_asked_again(home):
    text = broken("pay: amount * part", "pay: amount * part * 0")
    added = schemes.parse(text, "trial v1", is_draft=False)
    with database.transaction(home) as connection:
        connection.execute(
            """insert into registry.scheme_versions (scheme, version, valid_from, content_hash, canonical, source)
               values ('trial', 1, '2026-01-01', %s, %s, %s)""",
            [schemes.content_hash(added), Jsonb(schemes.canonical(added)), text],
        )
        assert registry.scheme_version(connection, "trial", 1) == added
        assert registry.scheme_versions(connection) == [added]


NUMBERS = ["a", "b", "0", "1", "-2", "3", "0.5"]
VALUES = [Decimal(text) for text in ("-3", "-2", "-1", "0", "0.25", "0.5", "1", "2", "3", "4")]
TYPES = {"a": "number", "b": "number", "t": "text"}


@st.composite
def numeric(draw, depth=2):
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(NUMBERS))
    one, other = draw(numeric(depth - 1)), draw(numeric(depth - 1))
    kind = draw(st.sampled_from(["({} + {})", "({} - {})", "({} * {})", "least({}, {})", "greatest({}, {})", "coalesce({}, {})", "if(a > 1, {}, {})"]))  # fmt: skip
    return kind.format(one, other)


@st.composite
def condition(draw, depth=2):
    if depth == 0 or draw(st.booleans()):
        return draw(
            st.one_of(
                st.builds("{} {} {}".format, numeric(), st.sampled_from(["<", "<=", "=", "<>", ">", ">="]), numeric()),
                st.builds("{} between {} and {}".format, numeric(), numeric(), numeric()),
                st.builds("{} in ({}, {})".format, numeric(), numeric(), numeric()),
                st.sampled_from(["t = 'x'", "t <> 'x'", "t in ('x', 'y')", "t is null", "a is not null", "b is null"]),
            )
        )
    kind = draw(st.sampled_from(["({} and {})", "({} or {})", "(not ({} and {}))", "(not ({} or {}))"]))
    return kind.format(draw(condition(depth - 1)), draw(condition(depth - 1)))


@settings(deadline=None)
@given(condition(), numeric())
def test_what_is_said_to_be_impossible_never_happens(text, amount):
    """Against DuckDB: wherever a condition is met, it was thought possible, and amounts lie within what was thought."""
    wheres, amounts = parse_formula(text, TYPES, "flag"), parse_formula(amount, TYPES)
    start = {"a": Known(low=Decimal("-2"), high=Decimal(3)), "b": Known(low=Decimal(0), is_whole=True)}
    rows = [
        (a, b, t)
        for a, b, t in product([None, *VALUES], [None, *VALUES], [None, "x", "y", "z"])
        if (a is None or -2 <= a <= 3) and (b is None or (b >= 0 and b == int(b)))
    ]
    with duckdb.connect() as connection:
        connection.execute("create table rows (a decimal(18, 6), b decimal(18, 6), t varchar)")
        listed = ", ".join(
            f"({'null' if a is None else a}, {'null' if b is None else b}, {'null' if t is None else repr(t)})"
            for a, b, t in rows
        )
        connection.execute(f"insert into rows values {listed}")
        found = connection.execute(
            f"select min(amount), max(amount), count(*) from (select ({amount}) as amount from rows where {text})"
        ).fetchone()
    least, most, count = found
    names = met(start, wheres.tree)
    if count:
        assert names is not None
    if names is not None and least is not None:
        known = value(names, amounts.tree)
        assert known.low is None or Decimal(str(least)) >= known.low
        assert known.high is None or Decimal(str(most)) <= known.high
