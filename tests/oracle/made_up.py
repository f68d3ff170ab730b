"""Made-up schemes: Hypothesis draws which ideas of the language stand in one, and with which numbers."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.oracle.made_up_rules import components, limits
from tests.oracle.made_up_words import AFTER, CONDITIONS, MONEY, NUMBERS, SHARES, START, WORDS
from tests.oracle.paying import can_pay

OWN = ("rate", "fee", "size", "sort", "since", "is_strict")
"""Attributes that contracts, counterparties and branches of a made-up operator have values for."""
MID_OCTOBER = date(2026, 10, 16)


@st.composite
def scheme(draw: Any, name: str, version: int = 1, valid_from: date = START, announced_on: date | None = None) -> str:
    """The text of a scheme that uses a good part of the language, and in which every rule can pay."""
    text, yaml = io.StringIO(), YAML()
    yaml.representer.ignore_aliases = lambda *_: True  # no anchors: a person would write the words again
    yaml.dump(draw(document(name, version, valid_from, announced_on)), text)
    assume(can_pay(text.getvalue()))
    return text.getvalue()


@st.composite
def document(
    draw: Any, name: str, version: int = 1, valid_from: date = START, announced_on: date | None = None
) -> dict:
    """What stands in the file of a made-up scheme."""
    made = draw(components())
    rounding = {
        "places": draw(st.integers(0, 4)),
        "mode": draw(st.sampled_from(["half_up", "half_even", "down", "up"])),
    }
    if each := draw(st.sampled_from(["line", "total", None])):
        rounding["each"] = each
    whole = {
        "scheme": name, "version": version, "title": WORDS, "document": "none", "valid_from": valid_from,
        **({"announced_on": announced_on} if announced_on else {}),
        "currency": draw(st.sampled_from(["RUB", "RUB", "RUB", "USD", "KWD"])), "rounding": rounding,
        "attributes": draw(_attributes()), "terms": draw(_terms()), "tables": draw(_tables()),
        "measures": draw(_measures()), "values": _values(), "components": made, "limits": draw(limits(made)),
    }  # fmt: skip
    (_used if draw(st.booleans()) else _without_unused)(whole)
    return {section: of for section, of in whole.items() if of}


@st.composite
def _attributes(draw: Any) -> dict:
    size = {"default": draw(NUMBERS)}
    size = draw(st.sampled_from([size, size, size | {"required": False}, {"required": True}]))
    return {
        "fee": {"type": "money", "default": draw(MONEY), "between": ["0", "1000"], "title": WORDS},
        "rate": {"type": "share", "default": draw(SHARES), "between": ["0", "1"], "title": WORDS},
        "limit": {"type": "money", "default": draw(st.sampled_from(["10", "99.99", "0"])), "title": WORDS},
        "size": {"type": "number", **size, "between": ["0", "5"], "title": WORDS},
        "own_part": {"type": "share", "default": draw(st.sampled_from(["1", "0.5", "0.25", "0.3333"])), "title": WORDS},
        "sort": {"type": "text", "default": draw(st.sampled_from(["own", "multibrand"])), "title": WORDS},
        "since": {"type": "date", "default": draw(st.sampled_from([START, date(2026, 9, 15)])), "title": WORDS},
        "is_strict": {"type": "flag", "default": draw(st.booleans()), "title": WORDS},
    }


@st.composite
def _terms(draw: Any) -> dict:
    def dated(kind: str, first: Any, then: Any) -> dict:
        day = draw(st.sampled_from([MID_OCTOBER, date(2026, 10, 3), date(2026, 9, 11)]))
        later = draw(st.sampled_from([{}, {day: then}, {day: {"value": then, "decided_on": date(2026, 8, 1)}}]))
        return {"type": kind, "title": WORDS, "values": {START: first} | later}

    return {
        "most": dated("money", draw(st.sampled_from(["50", "500", "100000"])), "75.5"),
        "bar": dated("money", draw(MONEY), draw(MONEY)), "portion": dated("share", draw(SHARES), "0.0202"),
        "word": dated("text", "V1", "C1"), "many": dated("number", draw(NUMBERS), "1.25"), "begins": dated("date", date(2026, 9, 5), date(2026, 10, 1)),
        "is_open": dated("flag", draw(st.booleans()), draw(st.booleans())),
    }  # fmt: skip


@st.composite
def _tables(draw: Any) -> dict:
    return {
        "fee_by": {
            "type": "money", "title": WORDS, "keys": ["what", "where"], "missing": draw(st.sampled_from(["nothing", "0.5"])),
            "rows": [
                {"what": "V1", "where": "own", "value": {START: draw(MONEY), date(2026, 10, 12): draw(MONEY)}},
                {"what": "C1", "where": "own", "value": draw(MONEY)},
                {"what": "V1", "where": "monthly", "value": draw(MONEY)},
                {"what": "A", "where": "own", "value": {date(2026, 10, 20): {"value": draw(MONEY), "decided_on": START}}},
            ],
        },
        "class_rate": {
            "type": "share", "title": WORDS, "keys": ["grade"], "missing": "0.001",
            "rows": [{"grade": "A", "value": draw(SHARES)}, {"grade": "B", "value": draw(SHARES)}],
        },
        "size_by": {
            "type": "number", "title": WORDS, "keys": ["what", "which", "place"],
            "missing": draw(st.sampled_from(["nothing", "1", "2.5"])),
            "rows": [
                {"what": what, "which": which, "place": place, "value": draw(NUMBERS)}
                for what in ("V1", "C1") for which in ("monthly", "own") for place in ("ural", "volga")
            ],
        },
        "word_by": {
            "type": "text", "title": WORDS, "keys": ["kind"], "missing": "y",
            "rows": [{"kind": "own", "value": "x"}, {"kind": "online", "value": {START: "z", MID_OCTOBER: "x"}}],
        },
    }  # fmt: skip


@st.composite
def _measures(draw: Any) -> dict:
    def of(on: str, **more: Any) -> dict:
        where = draw(st.sampled_from([None, *CONDITIONS[on]])) if "after" not in more else None
        return {"title": WORDS, "on": on} | ({"where": where} if where else {}) | more

    span = st.sampled_from(["quarter", "quarter", "year", "contract"])
    return {
        "activations": of("activation"), "churned": of("churn"), "returned": of("reactivation", over=draw(span)),
        "marked": of("fraud_mark"), "changed": of("tariff_change"),
        "revenue": of("charge", sum=draw(st.sampled_from(["amount", "amount * 0.0333"]))),
        "year_revenue": of("charge", sum="amount", over=draw(span)),
        "last_month": of("charge", sum="amount", months_ago=1), "count_ago": of("payment", months_ago=1),
        "parts": of("payment", sum="started(amount, 100)"), "paid_in": of("payment", sum="amount", over="period"),
        "handled": of("operation", sum="amount"),
        "early": of("activation", after=draw(st.sampled_from(AFTER)), sum="charged_within(10) + fee"),
        "cohort": of("activation", after={"months": 1}) | {"where": "status <> 'active'"},
        "at_outlet": of("activation", per="outlet"), "charged_at_outlet": of("charge", sum="amount", per="outlet"),
        "good_outlets": {"title": WORDS, "outlets": "at_outlet", "at_least": draw(st.sampled_from([1, 2, "2.5", "size", "many"]))},
        "rich_outlets": {"title": WORDS, "outlets": "charged_at_outlet", "at_least": draw(st.sampled_from(["0.01", "300.5", "limit", "bar"]))},
        "charged_to_one": of("charge", sum="amount", per="subscriber"), "times_paid": of("payment", per="subscriber"),
        "active_base": {"title": WORDS, "subscribers": "charged_to_one", "at_least": draw(st.sampled_from(["0.01", "300.5", "limit", "bar"]))},
        "often_paid": {"title": WORDS, "subscribers": "times_paid", "at_least": draw(st.sampled_from([1, "1.5", "size", "many"]))},
        "below": {"title": WORDS, "whose": "below", "earned": draw(st.sampled_from(["all", ["each_charge", "c0", "cap"]]))},
        "two_below": {"title": WORDS, "whose": "below", "level": 2, "earned": ["each_charge", "p0"]},
        "group": {"title": WORDS, "whose": "group", "earned": draw(st.sampled_from(["all", ["each_charge", "c1"]]))},
        "by_all": {"title": WORDS, "whose": "whole_group", "counted": ["revenue", "parts"], "type": "money"},
        "all_count": {"title": WORDS, "whose": "whole_group", "counted": ["activations", "churned"], "type": "number"},
        "group_count": {"title": WORDS, "whose": "group", "counted": ["activations", "churned"]},
        "below_count": {"title": WORDS, "whose": "below", "level": 1, "counted": ["activations"]},
        "plan": {"title": WORDS, "plan": "revenue", "type": "money"},
        "plan_of_number": {"title": WORDS, "plan": "activations", "type": "number"},
    }  # fmt: skip


def _values() -> dict:
    return {
        "attainment": {"type": "share", "title": WORDS, "formula": "ratio(revenue, plan)"},
        "grade": {"type": "text", "title": WORDS, "formula": "if(attainment > 1, 'A', if(activations > 1, 'B', 'C'))"},
        "is_good": {"type": "flag", "title": WORDS, "formula": "activations >= 2 and not (churned > activations)"},
        "weight": {"type": "number", "title": WORDS, "formula": "size * 1.5 + completed(revenue, 500)"},
        "turn": {"type": "date", "title": WORDS, "formula": "if(is_good, begins, since)"},
        "extra": {"type": "money", "title": WORDS, "formula": "each_charge * 0.0777 + churned * fee"},
    }


def _words(written: Any) -> set[str]:
    """Every word that stands in a part of a scheme."""
    if isinstance(written, dict):
        skipped = ("whose", "counted", "earned", "plan", "title")  # names of other schemes: no use of one's own
        return {word for key, of in written.items() if key not in skipped for word in _words(of)}
    if isinstance(written, list):
        return {word for of in written for word in _words(of)}
    return set(re.findall(r"[a-z_]\w*", written)) if isinstance(written, str) else set()


def _unused(whole: dict) -> list[tuple[str, str]]:
    """(section, name) of what is declared and used by nothing."""
    found = []
    for section in ("attributes", "terms", "tables", "measures", "values"):
        for name in whole[section]:
            rules = [of for part in ("components", "limits") for of in whole[part].values()]
            others = [of for part in ("measures", "values") for other, of in whole[part].items() if other != name]
            if name not in _words([*rules, *others]):
                found.append((section, name))
    return found


def _without_unused(whole: dict) -> None:
    """Leaves out what nothing uses, for an unused name is refused; attributes that contracts have stay."""
    while unused := [(section, name) for section, name in _unused(whole) if name not in OWN]:
        for section, name in unused:
            del whole[section][name]
    _used(whole)


USES = {
    "attributes": {"fee": "fee * 0.1", "rate": "fee * rate", "size": "fee * size", "limit": "limit * 0",
                   "own_part": "fee * own_part",
                   "sort": "if(sort = 'own', 0.1, 0.2)", "since": "if(since < date '2026-09-01', 1, 2)", "is_strict": "if(is_strict, 0.5, 1)"},
    "terms": {"most": "least(most, 1)", "bar": "bar", "portion": "fee * portion",
        "many": "fee * many", "word": "if(word = 'V1', 0.1, 0.2)",
              "begins": "if(begins < date '2026-09-06', 1, 2)", "is_open": "if(is_open, 0.25, 1)"},
    "tables": {"fee_by": "fee_by('V1', 'own')", "class_rate": "fee * class_rate('A')", "size_by": "coalesce(size_by('V1', 'own', 'ural'), 1) * fee",
               "word_by": "if(word_by('own') = 'x', 1, 2)"},
    "values": {"grade": "if(grade = 'A', 1, 2)", "is_good": "if(is_good, 1, 2)", "turn": "if(turn > date '2026-09-01', 1, 2)",
               "attainment": "coalesce(attainment, 0) * fee", "weight": "fee * weight", "extra": "extra * 0.01"},
}  # fmt: skip
MONEYS = (
    "revenue",
    "year_revenue",
    "last_month",
    "paid_in",
    "handled",
    "early",
    "below",
    "two_below",
    "group",
    "by_all",
    "plan",
)


def _used(whole: dict) -> None:
    """One more component that uses what the others left out."""
    terms = []
    for section, name in _unused(whole):
        in_measures = f"coalesce({name}, 0) * 0.001" if name in MONEYS else f"coalesce({name}, 0) * fee * 0.01"
        terms.append(USES.get(section, {}).get(name, in_measures))
    if terms:
        whole["components"]["all"] = {"title": WORDS, "on": "period", "pay": " + ".join(terms)}
