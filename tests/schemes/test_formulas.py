"""Formulas: what is accepted is exact and typed; everything else is refused, whatever is tried."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prm.settings import PROJECT
from schemes.formula import Formula, conjuncts, parse
from schemes.formula_types import FormulaError, Signature
from schemes.streams import streams

TYPES = {name: known.type for name, known in streams()["charge"].names.items()} | {
    "fee": "money", "part": "share", "size": "number", "mark": "text", "agreed": "flag",
}  # fmt: skip
TABLES = {"price": Signature(("text", "text"), "money"), "grade": Signature(("text",), "text")}


@pytest.mark.parametrize("text", [
    "amount / 2", "amount // 2", "amount % 2", "amount ** 2", "amount ^ 2", "amount & 1", "~ 1",
    "avg(amount)", "sum(amount) over ()", "count(*)", "random()", "now()", "current_date", "if(agreed, 1)",
    "(select 1)", "amount in (select 1)", "exists(select 1)", "select amount", "amount union select 1",
    "amount::double", "cast(amount as double)", "try_cast(amount as int)", "amount; drop table rewards",
    "amount -- note", "amount /* note */", "*", "amount as fee", "amount, fee", "case when agreed then 1 end",
    "'a''; drop table x; --'", "product_group = 'a\\' or 1=1'", '"amount"', "`amount`", "events.amount",
    "read_csv('x')", "mark || 'x'", "mark like 'a%'", "mark collate nocase = 'a'", "amount[1]", "[1, 2]",
    "{'a': 1}", "{{ amount }}", "x -> x", "?", ":name", "$1", "@a", "null", "amount > null", "mark in ()",
    "interval '1 day'", "event_date + interval 1 day", "amount > all(1)", "amount > 1e10", "0x10 < amount", "",
    "amount is distinct from 1", "agreed is true", "amount at time zone 'x'",
])  # fmt: skip
def test_anything_outside_the_language_is_refused(text):
    with pytest.raises(FormulaError) as refused:
        parse(text, TYPES)
    assert refused.value.message.en and refused.value.message.ru


@pytest.mark.parametrize(("text", "kind"), [
    ("amount * part", "money"), ("part * amount * 2", "money"), ("amount * 0.015", "money"), ("amount + 10", "money"),
    ("10 - amount", "money"), ("fee * months_since_activation", "money"), ("amount * (1 - part)", "money"),
    ("least(50, amount * part)", "money"), ("greatest(least(1, 2), amount)", "money"), ("coalesce(part, 0.05)", "share"),
    ("part * 2", "share"), ("size + 1", "number"), ("event_date - activated_on", "number"),
    ("amount > 1", "flag"), ("event_date < date '2026-09-01'", "flag"), ("not agreed or mark in ('a', 'б')", "flag"),
    ("if(agreed, amount, 0)", "money"), ("if(agreed, 1, 0.5)", "number"), ("if(mark = 'a', 'x', mark)", "text"),
    ("ratio(amount, 100)", "share"), ("ratio(size, months_since_activation)", "share"), ("started(amount, 100)", "number"),
    ("completed(size, 2) * fee", "money"), ("price(mark, 'a')", "money"), ("grade(mark)", "text"),
    ("activated_on is not null", "flag"), ("amount not between -1 and 1", "flag"),
])  # fmt: skip
def test_types_follow_from_the_parts(text, kind):
    assert parse(text, TYPES, tables=TABLES).type == kind


@pytest.mark.parametrize("text", [
    "300 * 2", "size * 100", "100 * size * 2", "-(size * (2 * 50))", "least(size * 100, fee) + size * 0.5", "if(agreed, 2 * 3, fee)",
])  # fmt: skip
def test_where_money_is_needed_a_bare_factor_of_a_number_is_money(text):
    assert parse(text, TYPES, "money").type == "money"
    if not text.startswith(("least", "if")):
        assert parse(text, TYPES).type == "number"


@pytest.mark.parametrize("text", ["100 * (1 - part)", "size * 100 * part", "0.5 * part * 100"])
def test_beside_a_share_it_is_one_of_at_least_1(text):
    assert parse(text, TYPES, "money").type == "money"
    assert parse(text, TYPES).type == "share"
    with pytest.raises(FormulaError, match="share"):
        parse(text.replace("100", "0.05"), TYPES, "money")


@pytest.mark.parametrize(("text", "parts"), [
    ("amount  >= 5 and mark in ('a and b', 'c')", ["amount  >= 5", "mark in ('a and b', 'c')"]),
    ("amount between 1 and 2 and not agreed AND (size>1 and size < 3)", ["amount between 1 and 2", "not agreed", "size>1", "size < 3"]),
    ("agreed or size > 1 and size < 3", ["agreed or size > 1 and size < 3"]),
    ("(agreed or size > 1) and\n  event_date < date '2026-01-01'", ["(agreed or size > 1)", "event_date < date '2026-01-01'"]),
])  # fmt: skip
def test_a_condition_keeps_the_text_of_its_author(text, parts):
    assert [part.written for part in conjuncts(parse(text, TYPES, "flag"))] == parts


@pytest.mark.parametrize("text", [
    "amount * fee", "amount + part", "amount > part", "mark > 1", "event_date + event_date", "amount and agreed",
    "not amount", "-mark", "least(amount, part)", "mark in ('a', 1)", "amount between 'a' and 2", "agreed = 1",
    "if(agreed, amount, part)", "if(amount, 1, 2)", "ratio(amount, size)", "ratio(mark, mark)", "ratio(amount)",
    "started(amount, 1, 2)", "price(mark)", "price(mark, 1)", "grade(mark) + 1", "unknown(mark)", "ratio(1, 2) = mark",
])  # fmt: skip
def test_types_that_do_not_fit_are_refused(text):
    with pytest.raises(FormulaError):
        parse(text, TYPES, tables=TABLES)


def test_a_product_that_cannot_be_kept_exactly_is_refused_however_it_is_written():
    parse("amount * part * part * part * part", TYPES)
    for text in ["amount * part * part * part * part * part",
                 "amount * (part * part + part) * (part * part + part) * part"]:  # fmt: skip
        with pytest.raises(FormulaError, match="Too many factors"):
            parse(text, TYPES)


def test_conditions_are_numbered_at_the_top_ands_only():
    formula = parse("amount > 1 and (fee > 2 and part > 0) and (agreed or mark = 'a') and size between 1 and 2", TYPES)
    assert [part.text for part in conjuncts(formula)] == [
        "amount > 1", "fee > 2", "part > 0", "(agreed OR mark = 'a')", "size BETWEEN 1 AND 2",
    ]  # fmt: skip


def test_a_long_chain_takes_no_time_and_a_deep_nest_is_refused():
    parse(" + ".join(["amount"] * 60), TYPES)
    for text in ["(" * 300 + "amount" + ")" * 300, "amount + " * 2000 + "amount", "not " * 800 + "agreed"]:
        with pytest.raises(FormulaError):
            parse(text, TYPES)


FUNCTIONS = (PROJECT / "calc_models" / "macros" / "engine.sql").read_text(encoding="utf-8")
FUNCTIONS = FUNCTIONS.split("{% macro duckdb__create_functions() -%}")[1].split("{%- endmacro %}")[0]
_money = st.sampled_from(["amount", "fee", "12", "0.5", "1234.5678"])
_factor = st.sampled_from(["part", "size", "months_since_activation", "2", "0.015"])
amounts = st.recursive(
    _money,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-"), inner),
        st.builds("{}({}, {})".format, st.sampled_from(["least", "greatest", "coalesce"]), inner, inner),
        st.builds("-({})".format, inner),
        st.builds("if({} > {}, {}, 3)".format, inner, inner, inner),
        st.builds("ratio({}, {}) * fee".format, inner, inner),
        st.builds("started({}, {}) * fee".format, inner, inner),
    ),
    max_leaves=6,
)
conditions = st.recursive(
    st.one_of(
        st.builds("{} {} {}".format, amounts, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), st.just("amount")),
        st.builds("mark in ('a', {})".format, st.sampled_from(["'б'", "'it''s'"])),
        st.builds("amount between {} and {}".format, _money, _money),
        st.just("mark is not null"),
    ),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=5,
)


class Plain:
    """Writes a formula's SQL with its own names and numbers."""

    def column(self, name: str) -> str:
        return name

    def literal(self, kind: str, text: str) -> str | None:
        return None

    def lookup(self, table: str, keys: list[str]) -> str:
        return f"{table}({', '.join(keys)})"


def sql(formula: Formula) -> str:
    return formula.sql(Plain())


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.builds("({} + amount) * {}".format, amounts, _factor), conditions))
def test_the_canonical_text_reads_back_as_itself(text):
    formula = parse(text, TYPES)
    again = parse(formula.text, TYPES)
    assert (again.text, again.type) == (formula.text, formula.type)
    assert sql(again) == sql(formula)


@settings(max_examples=60, deadline=None)
@given(conditions)
def test_sql_written_from_the_tree_decides_as_the_formula_reads(text):
    row = """select 100.0000::decimal(18, 4) as amount, 300.0000::decimal(18, 4) as fee, 0.05::decimal(9, 6) as part,
             2::decimal(18, 6) as size, 'a' as mark"""
    written = sql(parse(text, TYPES))
    with duckdb.connect() as engine:
        engine.execute(FUNCTIONS)
        asked = f"select ({text}) is not distinct from ({written}) from ({row})"
        try:
            assert engine.execute(asked).fetchone() == (True,)
        except duckdb.OutOfRangeException:  # as it reads, a product has less room than it is written with
            assert engine.execute(f"select ({written}) in (true, false) from ({row})").fetchone() == (True,)


@settings(max_examples=300, deadline=None)
@given(st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(["amount", "part", "mark", "'a'", "1", "date", "(", ")", ",", "+", "-", "*", "/", "<", "=",
                              "and", "or", "not", "in", "is", "null", "between", "least", "if", "ratio", "case", "when", "select", "from",
                              "::", ".", "interval", "over", "distinct", "'"]), max_size=9).map(" ".join),
))  # fmt: skip
def test_no_text_makes_it_stumble(text):
    try:
        formula = parse(text, TYPES)
    except FormulaError as refused:
        assert 0 <= refused.offset <= len(text)
    else:
        assert formula.names() <= set(TYPES)


@pytest.mark.parametrize(("text", "gives"), [
    ("ratio(1, 3)", "0.333333"), ("ratio(2, 3)", "0.666667"), ("ratio(-2, 3)", "-0.666667"), ("ratio(1, 0)", None),
    ("ratio(0.0000005, 1)", "0.000001"), ("ratio(999999999999, 7)", "142857142857.000000"),
    ("started(100, 100)", "1"), ("started(100.000001, 100)", "2"), ("completed(199.99, 100)", "1"),
    ("started(null, 100)", None), ("completed(null, 100)", None), ("started(5, null)", None), ("ratio(null, 3)", None),
    ("started(-1, 100)", "0"), ("completed(0, 100)", "0"), ("started(5, 0)", None), ("started(5, -1)", "0"),
])  # fmt: skip
def test_division_is_exact_and_unknown_where_there_is_nothing_to_divide_by(text, gives):
    with duckdb.connect() as engine:
        engine.execute(FUNCTIONS)
        value = engine.execute(f"select {text}::varchar").fetchone()[0]
    assert value == gives
