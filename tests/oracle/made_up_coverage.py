"""Which ideas of the language a scheme uses: named one by one, so that one that is no longer drawn is seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FOLDER = Path(__file__).parents[2] / "schemes"
SHAPE: dict[str, dict] = YAML(typ="safe").load(FOLDER / "shape.yaml")
STREAMS: dict[str, dict] = YAML(typ="safe").load(FOLDER / "streams.yaml")
NOT_CALCULATED = {"clause", "title", "document", "scheme", "version"}
SIGNS = {
    "in": r"\w in \(", "not in": r"not in \(", "between": r"\w between", "not between": r"not between", "or": r"\bor\b",
    "is null": r"is null", "is not null": r"is not null", "and": r"\band\b", "not": r"\bnot \(|\bnot [a-z]",
    "date": r"date '", "text": r"'[a-zA-Z]", "+": r"\+", "-": r" - ", "negated": r"-\(", "*": r"\*", "=": r" = ",
    "<>": "<>", "<": " < ", "<=": "<=", ">": " > ", ">=": ">=",
}  # fmt: skip
FUNCTIONS = ["if", "least", "greatest", "coalesce", "ratio", "started", "completed", "charged_within", "paid_within", "instalment_of"]  # fmt: skip
PARTS = {
    "attributes": "attribute", "terms": "term", "tables": "table", "measures": "measure", "values": "value",
    "components": "component", "limits": "limit", "tiers": "tiers", "within": "within", "rounding": "rounding",
}  # fmt: skip
GRAINS = {"outlet": "outlets", "subscriber": "subscribers"}
"""What measures are `per`, and the key of a measure that counts those that reach so much."""
COUNTINGS, BYS = ("slice", "whole", "interpolated"), ("count", "sum", "of")


def expected() -> set[str]:
    """Every idea that schemes/shape.yaml, schemes/streams.yaml and docs/schemes.md tell of."""
    keys = {
        f"{part}: {key}"
        for part, of in SHAPE.items()
        if part in PARTS.values()
        for key in of
        if key not in NOT_CALCULATED
    }
    keys |= {f"step: {key}" for key in SHAPE["step"]} | {"dated_value: decided_on", "scheme: announced_on"}
    choices = {
        f"{part}.{key}: {choice}" for part, of in SHAPE.items() if part in PARTS.values()
        for key, about in of.items() for choice in about.get("of", ()) if about["kind"] == "choice"
    }  # fmt: skip
    streams = {f"{part} on {stream}" for part in ("component", "measure") for stream in STREAMS["streams"]}
    streams |= {
        f"taken back on {on}"
        for on in ("churn", "tariff_change", "operation", "fraud_mark", "reactivation", "activation", "period")
    }
    names = {f"name {name}" for name in STREAMS["common"]}
    names |= {f"{on}name {month}" for on in ("", "period: ") for month in ("month_of_year", "month_of_quarter")}
    names |= {f"{stream}: name {name}" for stream, of in STREAMS["streams"].items() for name in of["names"]}
    words = {f"word {word}" for word in ("instalment", "instalments", "paid", "elapsed", "window")}
    tiers = {f"tiers {by} {counting}" for by in BYS for counting in COUNTINGS}
    tiers |= {f"tiers {pays} {counting}" for pays in ("each", "share", "fixed") for counting in COUNTINGS}
    tiers |= {
        f"tiers over {over} {counting}"
        for over in ("event", "period", "quarter", "year", "contract")
        for counting in COUNTINGS
    }
    tiers |= {
        f"tiers in order {over} {counting}"
        for over in ("period", "quarter", "year", "contract")
        for counting in COUNTINGS
    }
    tiers |= {f"tiers {word} {by}" for word in ("above", "from") for by in BYS} | {
        "tiers sum of numbers",
        "tiers in keeps",
    }
    operands = {
        f"{where} by {what}" for where in ("at_most", "at_least", "rate") for what in ("number", "attribute", "term")
    }
    after = {
        f"{part} after {how}"
        for part in ("component", "measure", "clawback")
        for how in ("days", "months", "list", "range")
    }
    tables = {f"table of {count} keys" for count in (1, 2, 3)} | {
        "table missing nothing",
        "table missing value",
        "table dated",
    }
    others = {f"{whose} {what}" for whose in ("below", "group") for what in ("earned", "counted")}
    others |= {
        "whole_group counted",
        "earned all",
        "earned named",
        "two levels below",
        "sum of numbers",
        "sum of money",
    }
    windows = {f"within {unit} {since}" for unit in ("days", "months") for since in ("event", "activation")}
    windows |= {f"{unit} not counting suspension" for unit in ("days", "months")} | {"no window"}
    rest = {f"taken back at depth {depth}" for depth in (1, 2, 3)} | {"several taken back", "nothing kept"}
    rest |= {f"places {places}" for places in range(5)} | {
        "limit of others",
        "shared by count",
        "shared by sum",
        "shared by agreement",
        "measure on events",
    }
    rest |= {"currency RUB", "currency of another"}
    rest |= {f"{counted} by {what}" for counted in GRAINS.values() for what in ("number", "attribute", "term")}
    rest |= {f"{per}'s measure in {key}" for per in GRAINS for key in ("pay", "where", "keeps")}
    first_days = {
        f"first days on {stream} {part}" for stream in STREAMS["streams"] for part in ("where", "pay", "measure")
    } | {
        f"first days on {on} taken back" for on in ("churn", "tariff_change", "operation", "fraud_mark", "reactivation")
    }
    first_days |= {"first days on charge summed", "first days in keeps", "first days in keeps without an age"}
    functions, signs = {f"function {name}" for name in FUNCTIONS}, {f"sign {sign}" for sign in SIGNS}
    return keys | choices | streams | names | words | tiers | operands | after | tables | others | windows | rest | functions | signs | first_days  # fmt: skip


def used(scheme: dict) -> set[str]:
    """The ideas that a scheme uses."""
    return set(_used(scheme))


def _used(scheme: dict) -> Iterator[str]:
    measures, components = scheme.get("measures", {}), scheme["components"]
    yield "currency RUB" if scheme["currency"] == "RUB" else "currency of another"
    yield f"places {scheme['rounding']['places']}"
    yield from (f"scheme: {key}" for key in scheme)
    yield from _of_part("rounding", scheme["rounding"])
    for section, part in PARTS.items():
        for of in scheme.get(section, {}).values() if section not in ("rounding", "tiers", "within") else ():
            yield from _of_part(part, of)
            yield from _formulas(of)
    for of in scheme.get("tables", {}).values():
        yield f"table of {len(of['keys'])} keys"
        yield "table missing nothing" if of["missing"] == "nothing" else "table missing value"
        yield from ("table dated" for row in of["rows"] if isinstance(row["value"], dict))
    for of in (*measures.values(), *components.values()):
        yield from _first_days(of)
    for of in measures.values():
        yield from _measure(of)
        yield from (f"{key} by {_operand(of['at_least'], scheme)}" for key in GRAINS.values() if key in of)
    for of in components.values():
        yield from _component(of, components, measures, scheme)
    for of in scheme["limits"].values():
        yield from ("limit of others" for name in of["of"] if name in measures)
        for bound in ("at_most", "at_least"):
            if bound in of:
                yield f"{bound} by {_operand(of[bound], scheme)}"


def _of_part(part: str, of: dict) -> Iterator[str]:
    """The keys of a part, and what is chosen for them."""
    for key, value in of.items():
        yield f"{part}: {key}"
        if SHAPE[part].get(key, {}).get("kind") == "choice":
            yield f"{part}.{key}: {value}"
    if "decided_on" in str(of):
        yield "dated_value: decided_on"


def _formulas(of: dict) -> Iterator[str]:
    for key in ("where", "pay", "keeps", "sum", "formula"):
        text = of.get(key)
        if not isinstance(text, str):
            continue
        on = of.get("on")
        words = set(re.findall(r"[a-z_]\w*", re.sub(r"'[^']*'", "", text)))
        yield from (f"sign {sign}" for sign, pattern in SIGNS.items() if re.search(pattern, text))
        yield from (f"function {name}" for name in FUNCTIONS if f"{name}(" in text)
        yield from (f"word {word}" for word in words)
        yield from (f"name {word}" for word in words)
        yield from (f"{on}: name {word}" for word in words)


def _measure(of: dict) -> Iterator[str]:
    if "whose" in of:
        what = "earned" if "earned" in of else "counted"
        yield f"{of['whose']} {what}"
        yield from ["earned all" if of["earned"] == "all" else "earned named"] if what == "earned" else []
        yield from ["two levels below"] if of.get("level") == 2 else []
    if "on" in of:
        yield f"measure on {of['on']}"
        yield from _after("measure", of)
    if "sum" in of:
        yield "sum of numbers" if "started" in of["sum"] else "sum of money"


def _first_days(of: dict) -> Iterator[str]:
    """Where a component or measure asks for subscribers' first days."""
    on, keeps = of.get("on"), str(of.get("keeps"))
    if "_within(" in str(of.get("where")):
        yield f"first days on {on} {'where' if 'pay' in of else 'kept' if 'claws_back' in of else 'measure'}"
    if "_within(" in str(of.get("pay")):
        yield f"first days on {on} {'summed' if isinstance(of['pay'], dict) else 'pay'}"
    if "claws_back" in of and "_within(" in str(of):
        yield f"first days on {on} taken back"
    if "_within(" in keeps:
        yield "first days in keeps"
        if on != "activation" and "since_activation" not in of.get("where", ""):
            yield "first days in keeps without an age"


def _after(part: str, of: dict) -> Iterator[str]:
    for unit, counts in of.get("after", {}).items():
        yield f"{part} after {unit}"
        yield f"{part} after {'list' if isinstance(counts, list) else 'range' if isinstance(counts, dict) else unit}"


def _component(of: dict, components: dict, measures: dict, scheme: dict) -> Iterator[str]:
    on, kept = of["on"], of.get("pay", of.get("keeps"))
    if "claws_back" in of:
        yield f"taken back on {on}"
        yield from _after("clawback", of)
        yield f"taken back at depth {_depth(of, components)}"
        yield from ["several taken back"] if len(of["claws_back"]) > 1 else []
        yield from ["nothing kept"] if kept is None else []
        yield from ["tiers in keeps"] if isinstance(kept, dict) else []
        yield from _within(of.get("within"))
    else:
        yield f"component on {on}"
        yield from _after("component", of)
    asked = re.findall(r"\w+", " ".join(str(of.get(key)) for key in ("where", "pay", "keeps")))
    for key in ("where", "pay", "keeps"):
        read = [measures[word] for word in re.findall(r"\w+", str(of.get(key))) if word in measures]
        yield from (f"{measure['per']}'s measure in {key}" for measure in read if "per" in measure)
    yield from ["measure on events"] if on != "period" and set(asked) & set(measures) else []
    if "split_by" in of:
        measure = measures.get(of["split_by"])
        yield "shared by agreement" if measure is None else "shared by sum" if "sum" in measure else "shared by count"
    if isinstance(kept, dict):
        yield from _of_part("tiers", kept["tiers"])
        yield from _tiers(kept["tiers"], scheme)


def _within(within: dict | None) -> Iterator[str]:
    if within is None:
        yield "no window"
        return
    unit = "days" if "days" in within else "months"
    yield from _of_part("within", within)
    yield f"within {unit} {within.get('since', 'event')}"
    yield from [f"{unit} not counting suspension"] if "not_counting" in within else []


def _depth(of: dict, components: dict) -> int:
    return 1 + max((_depth(components[name], components) for name in of.get("claws_back", ())), default=-1)


def _tiers(tiers: dict, scheme: dict) -> Iterator[str]:
    by = "of" if "of" in tiers else "count" if tiers["by"] == "count" else "sum"
    counting, first = tiers["counting"], tiers["steps"][0]
    word, pays = first
    yield from (f"tiers {key} {counting}" for key in (by, pays))
    yield f"tiers {word} {by}"
    if by != "of":
        over = tiers.get("over", "period")
        yield f"tiers in order {over} {counting}" if tiers.get("in_order") else f"tiers over {over} {counting}"
        yield from ["tiers sum of numbers"] if by == "sum" and pays == "each" else []
    for step in tiers["steps"]:
        yield from (f"step: {key}" for key in step)
        yield f"rate by {_operand(step[pays], scheme)}"


def _operand(written: Any, scheme: dict) -> str:
    return next((kind[:-1] for kind in ("attributes", "terms") if written in scheme.get(kind, {})), "number")
