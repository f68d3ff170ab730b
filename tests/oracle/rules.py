"""Scheme files as the oracle reads them: each a dictionary, with its rules made ready once under "rules"."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.oracle.formulas import conditions
from tests.oracle.tiers import places


@dataclass
class Rule:
    """A component or a measure as it is written (`of`), and what is asked of it again and again.

    pay: a formula; None where it is tiers, or nothing (a measure, a full clawback). of each_event: every event earns
    by itself. is_measured: its events are counted or added up.
    """

    name: str
    of: dict[str, Any]
    conditions: list[str]
    delays: list[tuple[str, int]]
    tiers: dict[str, Any] | None
    pay: str | None

    @property
    def claws_back(self) -> list[str]:
        return self.of.get("claws_back", [])

    @property
    def of_each_event(self) -> bool:
        tiers = self.tiers
        return tiers is not None and "by" in tiers and (tiers.get("over") == "event" or bool(tiers.get("in_order")))

    @property
    def is_measured(self) -> bool:
        if self.tiers is None:
            return "pay" not in self.of
        return not self.of_each_event or self.tiers.get("over") in ("quarter", "year", "contract")

    @property
    def summed(self) -> str | None:
        """The formula of what each event adds to a sum."""
        if self.tiers is None:
            return self.of.get("sum")
        return self.tiers["by"]["sum"] if self.tiers["by"] != "count" else None

    def is_on(self, event: dict) -> bool:
        return (self.of.get("on") == event["stream"] and "after" not in self.of) or event["delay"] in self.delays


def read_schemes(library: Path) -> dict[str, list[dict]]:
    """The versions of each scheme of a folder, by their first day."""
    found: dict[str, list[dict]] = defaultdict(list)
    for path in sorted(library.glob("*.yaml")):
        scheme = _scheme(path.read_text(encoding="utf-8"))
        found[scheme["scheme"]].append(scheme)
    for versions in found.values():
        versions.sort(key=lambda scheme: (scheme["valid_from"], scheme["version"]))
    return found


@cache
def _scheme(text: str) -> dict:
    scheme = YAML(typ="safe").load(text)
    for section in ("attributes", "terms", "tables", "measures", "values", "limits"):
        scheme[section] = scheme.get(section) or {}
    scheme["rules"] = {name: _rule(name, of) for name, of in {**scheme["components"], **scheme["measures"]}.items()}
    return scheme


def _rule(name: str, of: dict) -> Rule:
    pay = of.get("keeps") if "claws_back" in of else of.get("pay")
    tiers = None
    if isinstance(pay, dict):
        tiers, pay = pay["tiers"], None
        tiers = tiers | {"pays": next(word for word in ("each", "share", "fixed") if word in tiers["steps"][0])}
    where = conditions(of["where"]) if "where" in of else []
    return Rule(name, of, where, _delays(of), tiers, None if pay is None else str(pay))


def _delays(of: dict) -> list[tuple[str, int]]:
    """When a rule on activations is looked at, if not at once."""
    found = []
    for unit, counts in (of.get("after") or {}).items():
        if isinstance(counts, dict):
            counts = list(range(counts["from"], counts["to"] + 1))
        found += [(unit, count) for count in (counts if isinstance(counts, list) else [counts])]
    return found


def typed(raw: object, kind: str) -> Any:
    """A value of a scheme, or of a file, as its type says."""
    if kind in ("money", "share", "number"):
        return Decimal(str(raw))
    if kind == "date":
        return raw if isinstance(raw, date) else date.fromisoformat(str(raw))
    if kind == "flag":
        return raw if isinstance(raw, bool) else {"true": True, "false": False}[str(raw)]
    return raw


def rounded(amount: Decimal, scheme: dict, of: str) -> Decimal:
    """A line, or a total, as the scheme rounds it."""
    rounding = scheme["rounding"]
    if of == "line" and rounding.get("each", "line") == "total":
        return places(amount, 4)
    return places(amount, rounding["places"], rounding["mode"])


def operand(written: object, names: Any) -> Decimal:
    """A number as it is written, or what a name stands for."""
    return names[written] if str(written) in names else Decimal(str(written))
