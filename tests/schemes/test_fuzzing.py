"""Whatever stands in a file or a formula: refused with its place, or understood; SQL only of what is allowed."""

import re

import duckdb
import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from sqlglot import exp

import schemes
from prm.settings import PROJECT
from schemes import SchemeError
from schemes.formula import parse
from schemes.formula_types import FormulaError
from tests.schemes.drafts import SOUND
from tests.schemes.rich import RICH
from tests.schemes.test_formulas import FUNCTIONS, TABLES, TYPES, Plain, amounts, conditions

# --- formulas

ALLOWED = {
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.EQ,
    exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.And, exp.Or, exp.Not, exp.In, exp.Between, exp.Is, exp.Case, exp.If,
    exp.Least, exp.Greatest, exp.Coalesce, exp.Anonymous, exp.Cast, exp.DataType, exp.DataTypeParam,
}  # fmt: skip
CALLED = {"ratio", "started", "completed", *TABLES}
CAST_TO = {exp.DataType.Type.DATE, exp.DataType.Type.DECIMAL}
WORDS = [
    *TYPES, *TABLES, "'a'", "'it''s'", "''", "1", "0.5", "1e9", "0x1f", "date '2026-09-01'", "date '2026-02-30'", "date",
    "(", ")", ",", "+", "-", "*", "/", "%", "<", "<=", "=", "<>", "!=", "==", "and", "or", "not", "in", "is", "null",
    "between", "like", "least", "greatest", "coalesce", "if", "ratio", "started", "completed", "case", "when", "then", "end",
    "select", "from", "union", "over", "distinct", "interval", "cast", "as", "::", ".", ";", "true", "false", "read_csv",
    "charged_within", "instalment_of", "exists", "lambda", "->", ":=", "||", "\\", "\n", "\t", "\x00", "é", "и", "∞",
]  # fmt: skip
SOUND_FORMULAS = [
    "amount * part", "least(amount * part, fee)", "if(amount > 500, amount * part, fee)", "ratio(amount, 100) * fee",
    "agreed or mark in ('a', 'б') and amount between 1 and 2", "price(mark, 'a') + started(amount, 30) * fee",
    "coalesce(activated_on, event_date) >= date '2026-09-01'", "not (mark is null) and (event_date - activated_on) < 5",
    "amount * (1 - part) * size - 0.5", "completed(size, 2) * fee + greatest(-amount, 0)", "grade(mark) <> 'x'",
]  # fmt: skip


@st.composite
def formulas(draw):
    """Words in any order; or a sound formula with other names, or with pieces replaced, left out or doubled."""
    if draw(st.integers(0, 3)) == 0:
        return " ".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12)))
    text = draw(st.one_of(st.sampled_from(SOUND_FORMULAS), conditions, amounts))
    for name in re.findall(r"[a-z_]{3,}", text):
        if name in TYPES and draw(st.integers(0, 5)) == 0:
            text = re.sub(rf"\b{name}\b", draw(st.sampled_from(sorted(TYPES))), text)
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2, 3]))):
        at = draw(st.integers(0, len(text)))
        upto = draw(st.integers(at, min(at + 6, len(text))))
        text = text[:at] + draw(st.one_of(st.sampled_from(["", *WORDS]), st.text(max_size=3))) + text[upto:]
    return text


@settings(max_examples=800, deadline=None, suppress_health_check=list(HealthCheck))
@given(formulas())
def test_a_formula_is_refused_with_its_place_or_its_sql_has_only_what_is_allowed(text):
    try:
        formula = parse(text, TYPES, tables=TABLES)
    except FormulaError as refused:
        assert 0 <= refused.offset <= len(text) and refused.message.en and refused.message.ru
        return
    for wide in (False, True):
        trees = sqlglot.parse(formula.sql(Plain(), wide=wide), dialect="duckdb")
        assert len(trees) == 1
        for node in trees[0].walk():
            assert type(node) in ALLOWED, (text, node)
            if isinstance(node, exp.Column):
                assert node.name in TYPES and not node.table
            elif isinstance(node, exp.Anonymous):
                assert node.name.lower() in CALLED
            elif isinstance(node, exp.Cast):
                assert node.to.this in CAST_TO


@pytest.fixture(scope="module")
def engine():
    with duckdb.connect() as connection:
        connection.execute(FUNCTIONS)
        connection.execute("create macro price(a, b) as 2.5::decimal(18, 4); create macro grade(a) as 'x'")
        columns = {"money": "decimal(18, 4)", "share": "decimal(18, 6)", "number": "decimal(18, 6)", "text": "varchar",
                   "date": "date", "flag": "boolean"}  # fmt: skip
        written = ", ".join(f"cast(null as {columns[kind]}) as {name}" for name, kind in TYPES.items())
        connection.execute(f"create table events as select {written}")
        yield connection


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=formulas())
def test_what_is_accepted_is_understood_by_the_engine(engine, text):
    try:
        formula = parse(text, TYPES, tables=TABLES)
    except FormulaError:
        return
    engine.execute(f"select {formula.sql(Plain())} from events")


# --- files

SCALARS = [
    "", "null", "~", "[]", "{}", "''", '"0.05"', "0.05", "-1", "1e400", ".nan", ".inf", "true", "2026-02-30", "2026-10-01",
    "0o17", "99999999999999999999", '"1e5"', '"٣"', "&a [*a]", "*nobody", "!!python/object:os.system x", "!!binary AA==",
    "!!set {a}", "|", ">-", "? a", "- a", "[[[[[[]]]]]]", "{a: {b: {c: d}}}", "{? [a, b] : c}", "# note", "a: b: c", "'",
    '"', "\t", "\x07", "\ufeff", "é", "а", "period", "activation", "[a, a]", "[1, null, {}]", "{en: a}", "{tiers: {}}",
    "{tiers: {by: count, steps: [{}]}}", "{sum: amount}", "{days: 0}", "{months: [3, 1]}", "{from: 0, to: 999999999}",
    "nothing", "all", "fee", "amount / 0", "1" * 400, "(" * 60 + ")" * 60, "<<: *a", "%YAML 9.9", "---", "...",
]  # fmt: skip
KEYS = [
    key
    for part in YAML(typ="safe").load(PROJECT / "schemes" / "shape.yaml").values()
    if isinstance(part, dict)
    for key in part
]
DRAFTS = [SOUND, RICH]


@st.composite
def files(draw):
    """A sound file with some of its lines left out, doubled, moved, indented, or with another key or value."""
    lines = draw(st.sampled_from(DRAFTS)).split("\n")
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        key, colon, value = lines[at].partition(":")
        what = draw(
            st.sampled_from(["value", "value", "value", "key", "out", "twice", "moved", "indented", "cut", "text"])
        )
        if what == "value" and colon:
            lines[at] = f"{key}: {draw(st.sampled_from(SCALARS))}"
        elif what == "key":
            lines[at] = f"{key[: len(key) - len(key.lstrip())]}{draw(st.sampled_from(KEYS))}:{value}"
        elif what == "out":
            del lines[at : at + draw(st.integers(1, 4))]
        elif what == "twice":
            lines[at:at] = lines[at : at + 2]
        elif what == "moved":
            lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(at))
        elif what == "indented":
            lines[at] = "  " + lines[at]
        elif what == "cut":
            lines[at] = lines[at][: draw(st.integers(0, len(lines[at])))]
        else:
            lines[at] += draw(st.text(max_size=4))
        lines = lines or [""]
    return "\n".join(lines)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(files())
def test_a_file_is_refused_with_places_or_understood(text):
    try:
        schemes.parse(text, "draft.yaml")
    except SchemeError as refused:
        assert refused.problems
        for problem in refused.problems:
            assert problem.where.file == "draft.yaml" and problem.text("en") and problem.text("ru")
            assert problem.where.line is None or 1 <= problem.where.line <= len(text.splitlines()) + 1
