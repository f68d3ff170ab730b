"""From contracts to terms: exact columns, the right values on the right days, nothing guessed, ordinals that count."""

import re
from datetime import date, timedelta

import pyarrow
from hypothesis import given, settings
from hypothesis import strategies as st

import schemes
from prm.period import Period
from schemes.rows import LOOKUPS, MEASURES, PERIOD_TERMS, RULES, TERMS, TOTALS
from tests.schemes.drafts import SOUND, broken

OCTOBER = Period.parse("2026-10")
TRIAL = schemes.parse(SOUND, "trial.yaml")


def contract(
    number: int = 1, *, counterparty: str = "D1", first: date = date(2026, 1, 1), last: date | None = None, **of
):
    """A row of contracts."""
    return {
        "contract_id": f"C{number}", "counterparty_id": counterparty, "scheme": "trial", "valid_from": first,
        "valid_to": last, "status": "active", "currency": "RUB", "notice_days": None,
    } | of  # fmt: skip


def attribute(name: str, value: str, first: date = date(2026, 1, 1), author: str = "file", **holder: str):
    """A row of contracts' attributes, or those of another holder."""
    holder = holder or {"contract_id": "C1"}
    return {**holder, "attribute": name, "valid_from": first, "value": value, "author": author}


def compile_terms(contracts, attributes=(), versions=(TRIAL,), period=OCTOBER):
    return schemes.compile_terms(contracts, agreed(attributes), versions, period)


def agreed(attributes):
    """The values of all levels; D1 and D2 are of the branch ural."""
    return schemes.AgreedValues(
        of_contracts=[row for row in attributes if "contract_id" in row],
        of_counterparties=[row for row in attributes if "counterparty_id" in row],
        of_branches=[row for row in attributes if "branch" in row],
        counterparties=[{"counterparty_id": each, "branch": "ural"} for each in ("D1", "D2")],
    )


def of_component(table: pyarrow.Table, component: str) -> list[dict]:
    return [row for row in table.to_pylist() if row["component"] == component]


def test_columns_have_exactly_the_types_that_the_models_read():
    compiled = compile_terms([contract()])
    assert compiled.rules.schema == RULES
    assert compiled.measures.schema == MEASURES
    assert compiled.totals.schema == TOTALS
    assert compiled.lookups.schema == LOOKUPS
    assert compiled.terms.schema.names[: len(TERMS)] == [name for name, _ in TERMS]
    assert compiled.period_terms.schema.names[: len(PERIOD_TERMS)] == [name for name, _ in PERIOD_TERMS]
    kinds = {of.name: str(of.type) for of in compiled.terms.schema if of.name[-1].isdigit()}
    assert kinds == {
        "condition_1": "int32", "condition_2": "int32",
        "money_1": "decimal128(18, 4)", "share_1": "decimal128(9, 6)",
        "number_1": "decimal128(18, 6)", "number_2": "decimal128(18, 6)",
    }  # fmt: skip


def rules_of(compiled, component):
    """The SQL of a component's rules by place, and which of them ask for the subscriber's age."""
    (row,) = of_component(compiled.terms, component)
    found = [rule for rule in compiled.rules.to_pylist() if row.get(rule["place"]) == rule["rule"]]
    return {rule["place"]: rule["sql"] for rule in found}, [rule["place"] for rule in found if rule["is_window"]]


def test_numbers_become_parameters_and_texts_stay_in_the_rule():
    compiled = compile_terms([contract()])
    assert rules_of(compiled, "activation") == (
        {
            "condition_1": "events.product_group = 'voice'",
            "condition_2": "events.outlet_kind <> 'online'",
            "amount_rule": "cast(cast(terms.money_1 as decimal(18, 2)) as decimal(18, 4))",
        },
        [],
    )
    charge, windows = rules_of(compiled, "charges")
    assert charge["condition_1"] == "events.months_since_activation BETWEEN terms.number_1 AND terms.number_2"
    assert charge["condition_2"] == "events.amount_in_rub >= terms.money_1"
    assert windows == ["condition_1"]
    assert "amount_rule" not in rules_of(compiled, "bonus")[0]


def test_schemes_that_differ_only_in_numbers_share_their_rules():
    dearer = broken('default: "300.00"', 'default: "400.00"', SOUND.replace("scheme: trial", "scheme: dearer"))
    dearer = broken("between 0 and 11", "between 0 and 23", dearer)
    both = [TRIAL, schemes.parse(dearer, "dearer.yaml")]
    compiled = compile_terms([contract(1), contract(2, scheme="dearer")], versions=both)
    assert compiled.rules == compile_terms([contract()]).rules
    assert {row["number_2"] for row in of_component(compiled.terms, "charges")} == {11, 23}


def test_schemes_that_differ_in_one_condition_share_all_other_rules():
    other = broken("outlet_kind <> 'online'", "outlet_kind = 'own'", SOUND.replace("scheme: trial", "scheme: other"))
    both = compile_terms(
        [contract(1), contract(2, scheme="other")], versions=[TRIAL, schemes.parse(other, "other.yaml")]
    )
    assert both.rules.num_rows == compile_terms([contract()]).rules.num_rows + 1


def test_a_scheme_that_no_contract_is_under_brings_no_rule_and_no_column():
    other = broken("where: product_group = 'voice'", "where: days_since_activation > -3 and days_since_activation < 5 and product_group = 'data'",
                   SOUND.replace("scheme: trial", "scheme: other"))  # fmt: skip
    both = compile_terms([contract()], versions=[schemes.parse(other, "other.yaml"), TRIAL])
    rules = {(row["place"], row["rule"]) for row in both.rules.to_pylist()}
    rows = [*both.terms.to_pylist(), *both.period_terms.to_pylist()]
    assert rules == {(place, row[place]) for row in rows for place, _ in rules if row.get(place)}
    assert "'data'" not in str(both.rules.to_pylist())
    assert both.terms.schema.names == compile_terms([contract()]).terms.schema.names


def test_a_contracts_value_holds_from_its_day_and_the_default_before():
    terms = compile_terms([contract()], [attribute("fee", "450.00", date(2026, 10, 15))]).terms
    assert [(row["valid_from"].day, row["valid_to"].day, str(row["money_1"])) for row in of_component(terms, "activation")] == [
        (1, 14, "300.0000"), (15, 31, "450.0000"),
    ]  # fmt: skip


def test_a_dated_term_changes_on_its_day():
    def floors(period: str) -> list[str]:
        terms = compile_terms([contract()], period=Period.parse(period)).terms
        return [str(row["money_1"]) for row in of_component(terms, "charges")]

    assert (floors("2026-08"), floors("2026-09")) == (["1.0000"], ["10.0000"])


def test_a_new_version_applies_from_its_first_day_and_its_limits_decide_at_the_end():
    second = SOUND[: SOUND.index("  bonus:")] + SOUND[SOUND.index("limits:") :]  # pays no bonus any more
    second = broken("of: [activation, bonus]", "of: [activation]", broken("version: 1", "version: 2", second))
    second = broken('at_most: "500000.00"', 'at_most: "7.00"', second)
    second = broken("valid_from: 2026-01-01", "valid_from: 2026-10-11", second)
    compiled = compile_terms([contract()], versions=[TRIAL, schemes.parse(second, "second.yaml")])
    assert [(row["scheme_version"], row["valid_from"].day) for row in of_component(compiled.terms, "activation")] == [
        (1, 1), (2, 11),
    ]  # fmt: skip
    assert [row["valid_to"].day for row in of_component(compiled.terms, "bonus")] == [10]
    of_period = {row["component"]: row for row in compiled.period_terms.to_pylist()}
    assert (of_period["cap"]["scheme_version"], str(of_period["cap"]["money_1"])) == (2, "7.0000")
    assert of_period["bonus"]["scheme_version"] == 1  # the last that has the bonus


def test_tiers_carry_the_contracts_rates_and_a_count_from_n_means_more_than_n_less_one():
    def numbers(scheme):
        (bonus,) = of_component(
            compile_terms([contract()], [attribute("fee", "77.00")], [scheme]).period_terms, "bonus"
        )
        assert bonus["needs_events"] and bonus["base"] == "count" and bonus["level"] == 1
        return [str(bonus[name]) for name in ("number_1", "number_2", "money_1", "money_2")]

    assert numbers(TRIAL) == ["0.000000", "50.000000", "0.0000", "77.0000"]
    reached = schemes.parse(SOUND.replace("{above:", "{from:"), "trial.yaml")
    assert numbers(reached) == ["0.000000", "49.000000", "0.0000", "77.0000"]


def test_a_limit_waits_for_the_totals_it_covers():
    compiled = compile_terms([contract()])
    (cap,) = of_component(compiled.period_terms, "cap")
    assert (cap["level"], cap["outcome"], str(cap["money_1"])) == (2, "capped", "500000.0000")
    assert [(row["slot"], row["component"]) for row in compiled.totals.to_pylist()] == [(1, "activation"), (2, "bonus")]
    (rule,) = [rule["sql"] for rule in compiled.rules.to_pylist()
               if rule["place"] == "period_amount_rule" and rule["rule"] == cap["period_amount_rule"]]  # fmt: skip
    total = "(totals.total_1 + totals.total_2)"  # unknown where others earned it in a currency without a rate
    assert rule == f"cast(case when {total} is not null then least(terms.money_1 - {total}, 0) end as decimal(18, 4))"


LOOKING_BACK = broken(
    "limits:",
    """\
  looking_back:
    title: {en: Looking back, ru: Назад}
    on: period
    pay: (revenue - last_month) * part + fee_by(grade)

measures:
  revenue: {title: {en: a, ru: а}, on: charge, sum: amount, over: year}
  last_month: {title: {en: b, ru: б}, on: charge, sum: amount, months_ago: 1}
  target: {title: {en: c, ru: в}, plan: revenue, type: money}
values:
  grade: {type: text, title: {en: d, ru: г}, formula: "if(revenue > target, 'A', 'B')"}
tables:
  fee_by:
    type: money
    title: {en: e, ru: д}
    keys: [grade]
    missing: nothing
    rows:
      - {grade: A, value: {2026-01-01: "10.00", 2026-10-16: "20.00"}}
      - {grade: B, value: "5.00"}

limits:""",
)


OWN = """
scheme: trial
version: {version}
title: {{en: a, ru: а}}
document: none
valid_from: {since}
currency: RUB
rounding: {{each: line, places: 2, mode: half_up}}
components:
  one: {{title: {{en: a, ru: а}}, {one}}}
  other: {{title: {{en: a, ru: а}}, {other}}}
"""
TURNED_ROUND = [
    OWN.format(version=1, since="2026-01-01", one="on: period, pay: other * 0.1", other="on: charge, pay: amount"),
    OWN.format(version=2, since="2026-10-16", one="on: charge, pay: amount", other="on: period, pay: one * 0.1"),
]


def test_versions_whose_rules_would_wait_for_each_other_in_one_month_leave_the_contract_out():
    versions = [schemes.parse(text, "x") for text in TURNED_ROUND]
    compiled = compile_terms([contract()], versions=versions)
    [problem] = compiled.problems
    assert "two versions of scheme 'trial' meet in the period" in problem.message.en
    assert problem.message.ru.endswith("зависело бы от самого себя: one (v1) ← other (v2) ← one (v1)")
    assert not compiled.terms.num_rows
    for month in ("2026-09", "2026-11"):
        assert not compile_terms([contract()], versions=versions, period=Period.parse(month)).problems


def test_measures_say_which_periods_they_are_over():
    def spans(period):
        compiled = compile_terms([contract()], versions=[schemes.parse(LOOKING_BACK, "x")], period=Period.parse(period))
        return {row["measure"]: (row["first_period"], row["last_period"]) for row in compiled.measures.to_pylist()}

    assert spans("2026-10") == {
        "bonus": ("2026-10", "2026-10"), "revenue": ("2026-01", "2026-10"), "last_month": ("2026-09", "2026-09"),
        "target": ("2026-10", "2026-10"),
    }  # fmt: skip
    assert (spans("2027-01")["revenue"], spans("2027-01")["last_month"]) == (
        ("2027-01", "2027-01"),
        ("2026-12", "2026-12"),
    )


def test_a_tables_rows_are_those_of_the_last_days_and_cut_the_terms():
    compiled = compile_terms([contract()], versions=[schemes.parse(LOOKING_BACK, "x")])
    assert [(row["key"], str(row["value"])) for row in compiled.lookups.to_pylist()] == [
        ("A", "20.000000"), ("B", "5.000000"),
    ]  # fmt: skip
    assert [row["valid_from"].day for row in of_component(compiled.terms, "activation")] == [1, 16]
    (row,) = of_component(compiled.period_terms, "looking_back")
    assert (row["lookup_1"], row["period_lookup_1_key"]) == (1, 1)


def test_contracts_that_do_not_fit_are_left_out_and_listed():
    compiled = compile_terms(
        [contract(1), contract(2, scheme="unheard_of"), contract(3, currency="EUR"), contract(4), contract(5), contract(6)],
        [
            attribute("fee", "1000.01", contract_id="C4"), attribute("fees", "1.00", contract_id="C5"),
            attribute("part", "5 %", contract_id="C6"),
        ],
    )  # fmt: skip
    assert {row["contract_id"] for row in compiled.terms.to_pylist()} == {"C1"}
    assert [(problem.contract_id, problem.message.en) for problem in compiled.problems] == [
        ("C2", "scheme 'unheard_of' is not known"),
        ("C3", "the contract is in EUR, its scheme in RUB"),
        ("C4", "fee of the contract is 1000.01, outside 0.00 to 1000.00"),
        (
            "C5",
            "scheme trial v1 has no attribute fees. To take the value away: "
            "prm registry unset-attribute fees --contract C5 --from 2026-10-01",
        ),
        ("C6", "part of the contract: '5 %' is not a number. Write a decimal such as \"1234.50\"."),
    ]
    in_russian = [problem.message.ru.partition(": prm ")[0] for problem in compiled.problems]
    assert not any(re.search("[a-z]{3} [a-z]{2}", words) for words in in_russian)  # no English but a command
    assert compiled.problems[2].message.ru == "fee, значение договора: 1000.01, допускается от 0.00 до 1000.00"


FEES = [
    attribute("fee", "100.00", date(2026, 10, 3), branch="ural"),
    attribute("fee", "200.00", date(2026, 10, 8), counterparty_id="D1", author="olga"),
    attribute("fee", "400.00", date(2026, 10, 12), branch="ural"),
    attribute("fee", "250.00", date(2026, 10, 14), counterparty_id="D1"),
    attribute("fee", "350.00", date(2026, 10, 20)),
    attribute("fee", "600.00", date(2026, 10, 25), counterparty_id="D1"),
]


def fees(terms, contract_id="C1"):
    """What the contract pays for an activation, by the days on which that changes."""
    found = {}
    for row in of_component(terms, "activation"):
        if row["contract_id"] == contract_id and str(row["money_1"]) not in list(found.values())[-1:]:
            found[row["valid_from"].day] = str(row["money_1"])
    return found


def test_the_most_specific_value_wins_from_its_day():
    terms = compile_terms([contract(1), contract(2), contract(3, counterparty="D2")], FEES).terms
    assert fees(terms) == {1: "300.0000", 3: "100.0000", 8: "200.0000", 14: "250.0000", 20: "350.0000"}
    assert fees(terms, "C2") == {1: "300.0000", 3: "100.0000", 8: "200.0000", 14: "250.0000", 25: "600.0000"}
    assert fees(terms, "C3") == {1: "300.0000", 3: "100.0000", 12: "400.0000"}


def test_a_value_tells_where_it_came_from():
    def origin(day):
        found = agreed(FEES).origin("C1", "D1", "fee", date(2026, 10, day))
        return found and (found.level, found.holder, found.since.day, found.author, found.value)

    assert origin(2) is None
    assert origin(3) == ("branch", "ural", 3, "file", "100.00")
    assert origin(13) == ("counterparty", "D1", 8, "olga", "200.00")
    assert origin(31) == ("contract", "C1", 20, "file", "350.00")
    assert agreed(FEES).origin("C1", "D1", "part", date(2026, 10, 31)) is None


def test_on_every_day_terms_carry_the_value_that_its_origin_tells():
    terms = of_component(compile_terms([contract()], FEES).terms, "activation")
    for day in (OCTOBER.start + timedelta(days=n) for n in range(31)):
        (row,) = [row for row in terms if row["valid_from"] <= day <= row["valid_to"]]
        origin = agreed(FEES).origin("C1", "D1", "fee", day)
        assert str(row["money_1"]) == (f"{origin.value}00" if origin else "300.0000")


def test_a_value_out_of_range_is_listed_with_its_level_and_one_that_is_not_used_is_not():
    too_much = [
        attribute("fee", "1000.01", date(2026, 10, 8), branch="ural"),
        attribute("part", "0.3", counterparty_id="D1"), attribute("part", "0.1", contract_id="C3"),
        attribute("part", "0.1", contract_id="C4"), attribute("fee", "1.00", contract_id="C4"),
    ]  # fmt: skip
    compiled = compile_terms([contract(1), contract(2, counterparty="D2"), contract(3), contract(4)], too_much)
    assert [(problem.contract_id, problem.message.en, problem.message.ru) for problem in compiled.problems] == [
        ("C1", "part of counterparty D1 is 0.3, outside 0 to 0.20",
         "part, значение контрагента D1: 0.3, допускается от 0 до 0.20"),
        ("C2", "fee of branch ural is 1000.01, outside 0.00 to 1000.00",
         "fee, значение филиала ural: 1000.01, допускается от 0.00 до 1000.00"),
        ("C3", "fee of branch ural is 1000.01, outside 0.00 to 1000.00",
         "fee, значение филиала ural: 1000.01, допускается от 0.00 до 1000.00"),
    ]  # fmt: skip
    assert {row["contract_id"] for row in compiled.terms.to_pylist()} == {"C4"}


def test_attributes_of_the_users_own_are_no_error_and_cut_nothing():
    own = [
        attribute("segment", "federal", counterparty_id="D1"),
        attribute("segment", "retail", date(2026, 10, 9), branch="ural"),
    ]
    assert compile_terms([contract()], own).terms == compile_terms([contract()]).terms


SECOND = broken("version: 1", "version: 2", broken('default: "300.00"', 'default: "400.00"'))
SECOND = broken("valid_from: 2026-01-01", "valid_from: 2026-10-05\nannounced_on: 2026-09-25", SECOND)
THIRD = broken("version: 2", "version: 3", broken('default: "400.00"', 'default: "500.00"', SECOND))
THIRD = broken("valid_from: 2026-10-05\nannounced_on: 2026-09-25", "valid_from: 2026-10-20", THIRD)


def versions_on(versions, period=OCTOBER, **of):
    """The version that applies to a contract, by the days of October on which that changes."""
    parsed = [schemes.parse(text, "x") for text in versions]
    found = {}
    for row in of_component(compile_terms([contract(**of)], versions=parsed, period=period).terms, "activation"):
        if row["scheme_version"] not in list(found.values())[-1:]:
            found[row["valid_from"].day] = row["scheme_version"]
    return found


def test_a_contract_that_demands_notice_comes_under_a_new_version_when_its_days_are_over():
    assert versions_on([SOUND, SECOND]) == {1: 1, 5: 2}
    assert versions_on([SOUND, SECOND], notice_days=0) == {1: 1, 5: 2}
    late = broken("2026-09-25", "2026-10-08", SECOND)  # announced when it applies already
    assert (versions_on([SOUND, late]), versions_on([SOUND, late], notice_days=0)) == ({1: 1, 5: 2}, {1: 1, 8: 2})
    assert versions_on([SOUND, SECOND], notice_days=10) == {1: 1, 5: 2}  # announced ten days before its first day
    assert versions_on([SOUND, SECOND], notice_days=11) == {1: 1, 6: 2}
    assert versions_on([SOUND, SECOND], notice_days=30) == {1: 1, 25: 2}
    assert versions_on([SOUND, SECOND], notice_days=3650) == {1: 1}


def test_a_version_that_was_not_announced_counts_as_announced_on_its_first_day():
    assert versions_on([SOUND, THIRD], notice_days=7) == {1: 1, 27: 3}
    assert versions_on([SOUND, THIRD], period=Period.parse("2026-11"), notice_days=20) == {1: 1, 9: 3}


def test_the_version_that_a_contract_begins_under_applies_at_once():
    assert versions_on([SOUND, SECOND], notice_days=30, first=date(2026, 10, 5)) == {5: 2}
    assert versions_on([SOUND, SECOND], notice_days=30, first=date(2026, 10, 4)) == {4: 1, 25: 2}
    older = {"notice_days": 60, "first": date(2020, 1, 1)}  # than the scheme, whose first version is no change
    assert versions_on([SOUND], **older) == {1: 1}
    assert versions_on([SECOND, THIRD], period=Period.parse("2026-11"), **older) == {1: 2}


def test_a_version_whose_notice_ends_after_its_successors_never_applies():
    third = broken("valid_from: 2026-10-20", "valid_from: 2026-10-20\nannounced_on: 2026-08-01", THIRD)
    assert versions_on([SOUND, SECOND, third], notice_days=30) == {1: 1, 20: 3}


def test_the_last_days_there_are_can_be_announced():
    assert versions_on([SOUND, broken("2026-09-25", "9999-12-30", SECOND)], notice_days=30) == {1: 1}


def test_a_contract_before_its_schemes_first_version_is_listed():
    late = schemes.parse(
        broken("      2026-01-01:", "      2025-01-01:", SOUND).replace(
            "valid_from: 2026-01-01", "valid_from: 2026-10-05"
        ),
        "x",
    )
    assert [problem.message.en for problem in compile_terms([contract()], versions=[late]).problems] == [
        "scheme 'trial' has no version before 2026-10-05"
    ]


def test_contracts_that_are_not_active_or_not_of_this_period_have_no_terms():
    compiled = compile_terms([
        contract(1, status="suspended"), contract(2, status="terminated"),
        contract(3, last=date(2026, 9, 30)), contract(4, first=date(2026, 11, 1)),
    ])  # fmt: skip
    assert (compiled.terms.num_rows, compiled.period_terms.num_rows, compiled.problems) == (0, 0, [])


def test_the_order_of_contracts_attributes_and_versions_changes_nothing():
    versions = [TRIAL] + [schemes.read(file) for file in sorted(schemes.LIBRARY.glob("*.yaml"))]
    of = len(versions)
    contracts = [contract(n, counterparty=f"D{n % 3}", scheme=versions[n % of].scheme) for n in range(3 * of)]
    attributes = [attribute("fee", f"{n}.00", date(2026, 10, n), contract_id="C0") for n in range(1, 9)]
    one = compile_terms(contracts, attributes, versions)
    other = compile_terms(contracts[::-1], attributes[::-1], versions[::-1])
    for table in schemes.TABLES:
        assert getattr(one, table).equals(getattr(other, table)), table


_days = st.integers(min_value=-10, max_value=40).map(lambda days: OCTOBER.start + timedelta(days=days))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(_days, st.one_of(st.none(), _days), st.sampled_from(["D1", "D2"])), max_size=6),
    st.lists(st.tuples(st.integers(0, 5), _days, st.integers(0, 999)), max_size=5),
)
def test_on_every_day_the_ordinals_of_a_counterpartys_stream_count_from_one(spans, changes):
    contracts = [contract(n, counterparty=who, first=first, last=last) for n, (first, last, who) in enumerate(spans)]
    attributes = [attribute("fee", f"{fee}.00", day, contract_id=f"C{n}") for n, day, fee in changes]
    attributes = list({(row["contract_id"], row["valid_from"]): row for row in attributes}.values())
    terms = compile_terms(contracts, attributes).terms.to_pylist()
    for day in (OCTOBER.start + timedelta(days=n) for n in range(31)):
        for who in ("D1", "D2"):
            held = {
                row["contract_id"] for row in contracts
                if row["counterparty_id"] == who and row["valid_from"] <= day <= (row["valid_to"] or date.max)
            }  # fmt: skip
            for stream, components in (("activation", 2), ("charge", 1)):
                ordinals = sorted(
                    row["ordinal"] for row in terms
                    if (row["counterparty_id"], row["stream"]) == (who, stream) and row["valid_from"] <= day <= row["valid_to"]
                )  # fmt: skip
                assert ordinals == list(range(1, components * len(held) + 1))
