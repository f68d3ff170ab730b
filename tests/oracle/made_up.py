"""Made-up schemes: Hypothesis draws which ideas of the language stand in one, and with which numbers."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.oracle.paying import can_pay

START = date(2026, 1, 1)
WORDS = {"en": "a", "ru": "а"}
MONEY = st.sampled_from(["0.00", "1.5", "12.345", "50", "300"])
SHARES = st.sampled_from(["0", "0.01", "0.0125", "0.05", "0.3"])
CONDITIONS = {
    "charge": [
        "product_group = 'voice'", "amount > limit or charge_kind = 'usage'", "months_since_activation between 0 and 5",
        "days_since_activation <= 20 and not (branch = 'volga')", "event_date >= date '2026-10-10'",
        "fee_by(tariff, outlet_kind) > 10", "started(amount, 50) > 1", "suspended_days between 1 and 9",
    ],
    "activation": ["tariff = 'V1'", "outlet_kind in ('own', 'multibrand')", "outlet_region is not null", "rate > 0.01", "charged_within(9) > 1"],
    "payment": ["channel <> 'online'", "coalesce(tariff, 'none') <> 'C1'", "amount between 1 and 1500"],
    "operation": ["operation_kind = 'terminal_sale'", "amount is not null", "product_id <> 'C1'"],
    "churn": ["days_since_activation - suspended_days < 30", "tariff = 'V1'", "status = 'closed'"],
    "tariff_change": ["old_tariff = 'V1'", "tariff <> 'C1'"],
    "reactivation": ["days_since_activation > 5", "status = 'active'"],
    "fraud_mark": ["tariff = 'V1'", "outlet_kind = 'own'"],
}  # fmt: skip
PAYS = {
    "charge": [
        "amount * rate", "least(amount * rate, fee)", "greatest(amount, limit) * rate - 0.5", "fee + 1.005",
        "started(amount, 30) * fee", "if(amount > limit, amount * rate, 0.01)", "amount * ratio(amount, limit + 1)",
        "fee_by(product_id, charge_kind) * 2", "amount * class_rate(grade)", "completed(amount, 30) * fee * 0.335",
    ],
    "activation": ["fee", "fee_by(tariff, outlet_kind)", "fee * (1 - rate)", "if(grade = 'A', fee, 0.5)"],
    "payment": ["amount * 0.0333", "amount * rate"],
    "operation": ["least(greatest(amount * rate, 5), 50)", "coalesce(amount, 10) * rate"],
    "churn": ["0 - fee", "0 - least(fee, limit)"],
    "tariff_change": ["fee_by(tariff, outlet_kind) - fee_by(old_tariff, outlet_kind)", "fee"],
    "reactivation": ["fee * 0.5"],
    "fraud_mark": ["0 - fee"],
}  # fmt: skip
PAYS_OF_PERIOD = [
    "(revenue - 100) * rate + (activations - 2) * fee", "greatest(revenue - coalesce(plan, 500), 0) * rate",
    "activations * fee - churned * fee * 0.5", "year_revenue * 0.001", "ratio(churned, activations) * fee",
    "each_charge * 0.1", "extra", "below * rate + two_below * 0.01", "group * 0.03", "group_count * fee", "last_month * 0.01 + fee_by(grade, 'own')",
]  # fmt: skip
WHERE_OF_PERIOD = ["activations > 1", "attainment >= 0.5", "grade in ('A', 'B')", "revenue > limit or churned = 0"]


@st.composite
def scheme(draw: Any, name: str) -> str:
    """The text of a scheme that uses a good part of the language."""
    components: dict[str, dict] = {
        "each_charge": {"title": WORDS, "on": "charge", "pay": draw(st.sampled_from(PAYS["charge"][:7]))}
    }
    for number in range(draw(st.integers(4, 7))):
        components[f"c{number}"] = draw(_component())
    for number in range(draw(st.integers(1, 3))):
        components[f"p{number}"] = draw(_of_period())
    for number in range(draw(st.integers(1, 3))):
        components[f"t{number}"] = draw(_taking_back(components))
    if draw(st.booleans()):
        components["back"] = {
            "title": WORDS, "on": draw(st.sampled_from(["reactivation", "operation"])), "claws_back": ["t0"],
            **draw(st.sampled_from([{}, {"within": {"days": 20}}, {"within": {"months": 1}}])),
        }  # fmt: skip
    components["shared"] = {
        "title": WORDS, "on": "period", "split_by": draw(st.sampled_from(["activations", "revenue", "cohort"])),
        "pay": draw(st.sampled_from(["by_all * 0.03", "if(by_all > 100, most, 10.01)", {
            "tiers": {"of": "by_all", "counting": "whole", "steps": [{"from": "0", "fixed": "10"}, {"from": "300", "fixed": "33.35"}]},
        }])),
    }  # fmt: skip
    if looked_at := sorted(name for name, of in components.items() if not _pays_events(of) and "claws_back" not in of):
        components["again"] = {
            "title": WORDS, "on": "period", "claws_back": [draw(st.sampled_from(looked_at))], "months_ago": 1,
            "keeps": draw(st.sampled_from(["paid * 0.5", "cohort * fee", "last_month * rate", "activations * fee - 1"])),
        }  # fmt: skip
    limits = {
        "cap": {"title": WORDS, "of": _with_clawbacks(draw(_some(components)), components), "at_most": draw(st.sampled_from(["most", "75.5"]))},
        "of_group": {"title": WORDS, "of": ["group"], draw(st.sampled_from(["at_most", "at_least"])): draw(st.sampled_from(["most", "limit"]))},
        "guarantee": {
            "title": WORDS, "of": draw(_some(components)), "at_least": draw(st.sampled_from(["limit", "20.01"])),
            "where": draw(st.sampled_from(WHERE_OF_PERIOD)), "recoverable": draw(st.booleans()),
        },
    }  # fmt: skip
    first = draw(st.sampled_from(["50", "500", "100000"]))
    whole = {
        "scheme": name, "version": 1, "title": WORDS, "document": "none", "valid_from": START, "currency": draw(st.sampled_from(["RUB", "RUB", "USD"])),
        "rounding": {
            "each": draw(st.sampled_from(["line", "total"])), "places": draw(st.sampled_from([0, 2, 3])),
            "mode": draw(st.sampled_from(["half_up", "half_even", "down", "up"])),
        },
        "attributes": {
            "fee": {"type": "money", "default": draw(MONEY), "between": ["0", "1000"], "title": WORDS},
            "rate": {"type": "share", "default": draw(SHARES), "between": ["0", "1"], "title": WORDS},
            "limit": {"type": "money", "default": draw(st.sampled_from(["10", "99.99", "0"])), "title": WORDS},
        },
        "terms": {"most": {"type": "money", "title": WORDS, "values": {START: first, date(2026, 10, 16): "75.5"}}},
        "tables": {
            "fee_by": {
                "type": "money", "title": WORDS, "keys": ["what", "where"], "missing": draw(st.sampled_from(["nothing", "0.5"])),
                "rows": [
                    {"what": "V1", "where": "own", "value": {START: draw(MONEY), date(2026, 10, 12): draw(MONEY)}},
                    {"what": "C1", "where": "own", "value": draw(MONEY)},
                    {"what": "V1", "where": "monthly", "value": draw(MONEY)},
                    {"what": "A", "where": "own", "value": {date(2026, 10, 20): draw(MONEY)}},
                ],
            },
            "class_rate": {
                "type": "share", "title": WORDS, "keys": ["grade"], "missing": "0.001",
                "rows": [{"grade": "A", "value": draw(SHARES)}, {"grade": "B", "value": draw(SHARES)}],
            },
        },
        "measures": {
            "activations": {"title": WORDS, "on": "activation", "where": draw(st.sampled_from(CONDITIONS["activation"]))},
            "revenue": {"title": WORDS, "on": "charge", "sum": draw(st.sampled_from(["amount", "amount * 0.0333"]))},
            "year_revenue": {"title": WORDS, "on": "charge", "sum": "amount", "over": draw(st.sampled_from(["year", "contract"]))},
            "last_month": {"title": WORDS, "on": "charge", "sum": "amount", "months_ago": 1},
            "churned": {"title": WORDS, "on": "churn"},
            "cohort": {"title": WORDS, "on": "activation", "after": {"months": 1}, "where": "status <> 'active'"},
            "below": {"title": WORDS, "whose": "below", "earned": draw(st.sampled_from(["all", ["each_charge", "c0", "cap"]]))},
            "two_below": {"title": WORDS, "whose": "below", "level": 2, "earned": ["each_charge", "p0"]},
            "group": {"title": WORDS, "whose": "group", "earned": draw(st.sampled_from(["all", ["each_charge", "c1"]]))},
            "by_all": {"title": WORDS, "whose": "whole_group", "counted": ["revenue", "activations"], "type": "money"},
            "group_count": {"title": WORDS, "whose": "group", "counted": ["activations", "churned"]},
            "plan": {"title": WORDS, "plan": "revenue", "type": "money"},
        },
        "values": {
            "attainment": {"type": "share", "title": WORDS, "formula": "ratio(revenue, plan)"},
            "grade": {"type": "text", "title": WORDS, "formula": "if(attainment > 1, 'A', if(activations > 1, 'B', 'C'))"},
            "extra": {"type": "money", "title": WORDS, "formula": "each_charge * 0.0777 + churned * fee"},
        },
        "components": components, "limits": limits,
    }  # fmt: skip
    fees = whole["tables"]["fee_by"]
    if "charge_kind)" not in str(components):  # a row that no kind of outlet finds is refused
        fees["rows"] = [row for row in fees["rows"] if row["where"] != "monthly"]
    text, yaml = io.StringIO(), YAML()
    yaml.representer.ignore_aliases = lambda *_: True  # no anchors: a person would write the words again
    yaml.dump(_with_all_used(whole), text)
    assume(can_pay(text.getvalue()))
    return text.getvalue()


def _with_all_used(whole: dict) -> dict:
    """One more component that uses what the others left out: an unused name is refused."""
    whole["components"]["all"] = {
        "title": WORDS, "on": "period",
        "where": "activations >= 0 and last_month > -100000 and year_revenue > -100000 and grade <> 'Z'",
        "pay": "(least(most, limit) + extra) * class_rate(grade) * 0 + fee_by('V1', 'own') * 0 + fee * rate + revenue * 0 + churned * fee * 0.01 + below * 0.002 + two_below * 0 + group * 0.001 + group_count * fee * 0.1 + by_all * 0 + cohort * fee",
    }  # fmt: skip
    return whole


def _pays_events(of: dict) -> bool:
    tiers = of.get("pay", {}).get("tiers", {}) if isinstance(of.get("pay", ""), dict) else {}
    is_each = tiers.get("over") == "event" or (tiers.get("in_order") and "by" in tiers)
    return of["on"] != "period" and (not tiers or bool(is_each))


def _with_clawbacks(names: list[str], components: dict[str, dict]) -> list[str]:
    """What a cap must list: with the components that pay, those that take back of them."""
    while more := [
        name for name, of in components.items() if set(of.get("claws_back", ())) & set(names) and name not in names
    ]:
        names = [*names, *more]
    return names


KEEPS = [None, "paid * ratio(elapsed, 60)", "paid * 0.335 - 1", "fee", "fee_by(tariff, outlet_kind)", "least(paid, fee * elapsed)"]  # fmt: skip
WITHIN = [
    None, {"days": 30}, {"months": 1}, {"months": 6, "since": "activation"}, {"days": 15, "not_counting": "suspension"},
    {"months": 1, "since": "activation", "not_counting": "suspension"},
]  # fmt: skip


@st.composite
def _taking_back(draw: Any, components: dict[str, dict]) -> dict:
    on = draw(
        st.sampled_from(["churn", "churn", "tariff_change", "operation", "fraud_mark", "reactivation", "activation"])
    )
    made: dict[str, Any] = {"title": WORDS, "on": on}
    if on == "activation":
        made["after"] = draw(st.sampled_from(AFTER))
    if draw(st.booleans()) and draw(st.booleans()):
        made["where"] = draw(st.sampled_from(CONDITIONS[on]))
    paying = sorted(name for name, of in components.items() if _pays_events(of) and "claws_back" not in of)
    made["claws_back"] = draw(st.lists(st.sampled_from(paying), min_size=1, max_size=3, unique=True))
    within, keeps = draw(st.sampled_from(WITHIN)), draw(st.sampled_from(KEEPS))
    if within:
        made["within"] = within
        keeps = draw(st.sampled_from([keeps, "paid * ratio(elapsed, window)"]))
    if keeps:
        made["keeps"] = keeps
    return made


def _some(components: dict) -> Any:
    return st.lists(st.sampled_from(sorted(components)), min_size=1, max_size=4, unique=True)


AFTER = [{"days": 20}, {"months": 1}, {"months": {"from": 0, "to": 6}}, {"days": [0, 10, 30]}]
PAYS_AFTER = ["fee", "instalment_of(fee)", "instalment_of(fee * 0.337 + 1) * instalment", "charged_within(30) * rate"]
WHERE_AFTER = ["status = 'active'", "charged_within(20) > limit", "paid_within(15) >= 0 and instalment < instalments"]


@st.composite
def _component(draw: Any) -> dict:
    on = draw(st.sampled_from([*sorted(PAYS), "after"]))
    if on == "after":
        return {
            "title": WORDS, "on": "activation", "after": draw(st.sampled_from(AFTER)),
            "where": draw(st.sampled_from(WHERE_AFTER)), "pay": draw(st.sampled_from(PAYS_AFTER)),
        }  # fmt: skip
    made: dict[str, Any] = {"title": WORDS, "on": on}
    if draw(st.booleans()):
        made["where"] = " and ".join(
            draw(st.lists(st.sampled_from(CONDITIONS[on]), min_size=1, max_size=2, unique=True))
        )
    has_amount = on in ("charge", "payment", "operation")
    kind = draw(st.sampled_from(["formula", "count", "sum"] if has_amount else ["formula", "count"]))
    if kind == "formula":
        return made | {"pay": draw(st.sampled_from(PAYS[on]))}
    over = draw(st.sampled_from(["period", "year", "contract", *(["event"] if kind == "sum" else [])]))
    tiers: dict[str, Any] = {
        "by": "count" if kind == "count" else {"sum": draw(st.sampled_from(["amount", "amount * 2 - 1"]))}
    }
    tiers["over"] = over
    if over != "event" and draw(st.booleans()):
        tiers["in_order"] = True
    pays = draw(st.sampled_from(["each" if kind == "count" else "share", "fixed"]))
    return made | {"pay": {"tiers": tiers | draw(_steps(kind == "count", pays))}}


@st.composite
def _steps(draw: Any, is_count: bool, pays: str, thresholds: Any = None) -> dict:
    word, rates = (
        draw(st.sampled_from(["above", "from"])),
        SHARES if pays == "share" else st.one_of(MONEY, st.just("fee")),
    )
    if pays == "share":
        rates = st.one_of(SHARES, st.just("rate"))
    thresholds = thresholds or (
        [0, draw(st.integers(1, 3)), 5] if is_count else ["0", draw(st.sampled_from(["100", "250.50"])), "1000"]
    )
    return {
        "counting": draw(st.sampled_from(["slice", "whole", "interpolated"])),
        "steps": [{word: at, pays: draw(rates)} for at in thresholds],
    }


@st.composite
def _of_period(draw: Any) -> dict:
    made: dict[str, Any] = {"title": WORDS, "on": "period"}
    if draw(st.booleans()):
        made["where"] = draw(st.sampled_from(WHERE_OF_PERIOD))
    kind = draw(st.sampled_from(["formula", "formula", "attainment", "revenue", "activations", "applied"]))
    if kind == "formula":
        return made | {"pay": draw(st.sampled_from(PAYS_OF_PERIOD))}
    if kind == "revenue":
        return made | {"pay": {"tiers": {"of": "revenue + extra", **draw(_steps(False, "share"))}}}
    if kind == "activations":
        return made | {
            "pay": {
                "tiers": {"of": "activations + churned", **draw(_steps(True, draw(st.sampled_from(["each", "fixed"]))))}
            }
        }
    thresholds = ["0", "0.5", "1.2"]
    if kind == "attainment":
        return made | {"pay": {"tiers": {"of": "attainment", **draw(_steps(False, "fixed", thresholds))}}}
    steps = draw(_steps(False, "share", thresholds)) | {"counting": "whole"}
    return made | {"pay": {"tiers": {"of": "attainment", "applied_to": "revenue", **steps}}}
