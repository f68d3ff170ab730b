"""Which contracts count, the version of a scheme each is under on a day, and the values agreed for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.oracle.facts import Facts
from tests.oracle.rules import Rule, typed


class Agreements:
    """Contracts and their schemes in one period. given: values of attributes by hand, see `month.calculate`."""

    def __init__(self, facts: Facts, schemes: dict[str, list[dict]], given: list[tuple]) -> None:
        self.facts, self.schemes, self.given = facts, schemes, given
        self.contracts = sorted(facts.rows("contracts"), key=lambda row: row["contract_id"])
        self._versions: dict[tuple[str, date], dict | None] = {}
        self._values: dict[tuple[str, date], dict[str, Any]] = {}
        self._of_counterparties: dict[str, list[tuple[dict, list[dict]]]] = {}
        self.by_counterparty: dict[str, list[dict]] = defaultdict(list)
        for contract in self.contracts:
            if contract["status"] == "active" and not self._is_unusable(contract):
                self.by_counterparty[contract["counterparty_id"]].append(contract)

    def days(self, contract: dict) -> Iterator[date]:
        """The days of the period on which a contract is in force, in order."""
        day = max(contract["valid_from"], self.facts.first)
        while day <= min(contract["valid_to"] or date.max, self.facts.last):
            yield day
            day += timedelta(days=1)

    def in_force(self, counterparty_id: str | None, day: date) -> list[dict]:
        """The usable contracts of a counterparty on a day of the period."""
        return [
            contract for contract in self.by_counterparty.get(counterparty_id or "", ())
            if contract["valid_from"] <= day <= (contract["valid_to"] or date.max)
            and self.facts.first <= day <= self.facts.last
        ]  # fmt: skip

    def version(self, contract: dict, day: date) -> dict | None:
        """The version of its scheme that applies to a contract on a day, notice observed."""
        key = contract["contract_id"], day
        if key not in self._versions:
            self._versions[key] = self._version(contract, day)
        return self._versions[key]

    def _version(self, contract: dict, day: date) -> dict | None:
        versions, found = self.schemes.get(contract["scheme"], ()), None
        for scheme in versions:
            notice = contract["notice_days"]
            is_change = scheme is not versions[0] and scheme["valid_from"] > contract["valid_from"]
            told = scheme.get("announced_on") or scheme["valid_from"]
            is_told = notice is None or not is_change or (day - told).days >= notice
            if scheme["valid_from"] <= day and is_told:
                found = scheme
        return found

    def agreed(self, contract: dict, name: str, day: date) -> str | None:
        """The value agreed most specifically: the contract's, its counterparty's, its branch's; each by its day."""
        counterparty = self.facts.counterparties[contract["counterparty_id"]]
        for level, holder, row, since in (
            ("contract", contract["contract_id"], contract, contract["valid_from"]),
            ("counterparty", counterparty["counterparty_id"], counterparty, date(1900, 1, 1)),
            ("branch", counterparty["branch"], {}, None),
        ):
            days = {since: row[f"attribute:{name}"]} if row.get(f"attribute:{name}") is not None else {}
            days |= {
                first: value for of, who, what, value, first in self.given if (of, who, what) == (level, holder, name)
            }
            begun = [first for first in days if first <= day]
            if begun:
                return days[max(begun)]
        return None

    def values(self, contract: dict, scheme: dict, day: date) -> dict[str, Any]:
        """The attributes and terms of a contract on a day, under the version that applies to it then."""
        assert scheme is self.version(contract, day)
        key = contract["contract_id"], day
        if key not in self._values:
            values = {}
            for name, of in scheme["attributes"].items():
                own = self.agreed(contract, name, day)
                values[name] = typed(own if own is not None else of["default"], of["type"])
            for name, of in scheme["terms"].items():
                held = [(start, value) for start, value in of["values"].items() if start <= day]
                value = max(held, key=lambda one: one[0])[1]
                values[name] = typed(value["value"] if isinstance(value, dict) else value, of["type"])
            self._values[key] = values
        return self._values[key]

    def _is_unusable(self, contract: dict) -> bool:
        """Whether the contract names what its scheme does not allow, or lacks what it requires, on any day of the period."""
        for day in self.days(contract):
            scheme = self.version(contract, day)
            if scheme is None or scheme["currency"] != contract["currency"]:
                return True
            own = {name.removeprefix("attribute:") for name in contract if contract[name] is not None and ":" in name}
            own |= {
                what for of, who, what, _, since in self.given
                if (of, who) == ("contract", contract["contract_id"]) and since <= day
            }  # fmt: skip
            if own - set(scheme["attributes"]):
                return True
            for name, of in scheme["attributes"].items():
                value = self.agreed(contract, name, day)
                if value is None:
                    if of.get("required"):
                        return True
                elif not _is_allowed(value, of):
                    return True
        return False

    # --- what is asked of all contracts of a period

    def contracts_of(self, counterparties: set[str]) -> list[tuple[dict, list[dict]]]:
        """The usable contracts of counterparties in force in the period, with the schemes they are under in it."""
        found = []
        for counterparty_id in counterparties:
            if counterparty_id not in self._of_counterparties:
                self._of_counterparties[counterparty_id] = self._contracts_of(counterparty_id)
            found += self._of_counterparties[counterparty_id]
        return found

    def _contracts_of(self, counterparty_id: str) -> list[tuple[dict, list[dict]]]:
        found = []
        for contract in self.by_counterparty.get(counterparty_id, ()):
            schemes = {}
            for day in self.days(contract):
                scheme = self.version(contract, day)
                assert scheme is not None
                schemes[scheme["version"]] = scheme
            if schemes:
                found.append((contract, list(schemes.values())))
        return found

    def rules_of(self, counterparty_id: str | None) -> list[Rule]:
        """The components and measures of a counterparty's contracts in the period."""
        return [
            rule
            for _, schemes in self.contracts_of({counterparty_id} if counterparty_id else set())
            for scheme in schemes
            for rule in scheme["rules"].values()
        ]

    def paying_rules(self, counterparty_id: str | None) -> list[Rule]:
        """Those that are paid or measured, and take nothing back."""
        return [rule for rule in self.rules_of(counterparty_id) if not rule.claws_back]

    def all_rules(self) -> list[Rule]:
        """The components and measures of all contracts of the period."""
        return [rule for who in self.facts.counterparties for rule in self.rules_of(who)]


def _is_allowed(value: str, of: dict) -> bool:
    """Whether a value is of its attribute's type and inside its range."""
    try:
        read = typed(value, of["type"])
    except (ArithmeticError, ValueError, KeyError):
        return False
    return "between" not in of or Decimal(of["between"][0]) <= read <= Decimal(of["between"][1])
