"""What is taken back, as the oracle reckons it: every event meets every line that was paid for its subscriber."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.oracle.books import Books
from tests.oracle.caps import let_through
from tests.oracle.facts import later, whole_months
from tests.oracle.formulas import evaluate
from tests.oracle.lines import failed, names_of
from tests.oracle.rules import Rule, rounded
from tests.oracle.subscriber_caps import SubscriberCaps

ZERO = Decimal(0)
ROOT = ("period", "contract_id", "component", "stream", "data_set", "load_id", "row_number")
NOT_TO_BE_COUNTED = ("repeated", "not_an_activation", "reported_late")


@dataclass
class Balance:
    """What is left of a line that was paid: the line itself, and all that has taken of it or given back to it."""

    line: dict[str, Any]
    entries: list[dict[str, Any]]

    def of(self, family: set[str]) -> Decimal:
        return sum((entry["amount"] for entry in self.entries if entry["component"] in family), ZERO)


@dataclass
class Due:
    """An event that takes from a line by a component, and what the line keeps; None is unknown."""

    contract: dict
    scheme: dict
    component: str
    takes: str
    depth: int
    event: dict
    root: tuple
    paid: Decimal
    kept: Decimal | None

    @property
    def turn(self) -> tuple:
        event = self.event
        return (
            event["event_date"], event["data_set"], event["load_id"], event["row_number"], self.depth,
            self.contract["contract_id"], self.component, self.takes,
        )  # fmt: skip


def depth(scheme: dict, name: str) -> int:
    of = scheme["components"][name].get("claws_back", ())
    return 1 + max((depth(scheme, other) for other in of), default=0) if of else 1


def family(scheme: dict, name: str) -> set[str]:
    found = {name}
    while True:
        more = {
            other for other, of in scheme["components"].items() if set(of.get("claws_back", ())) & found
        } - found  # fmt: skip
        if not more:
            return found
        found |= more


class Clawbacks:
    """Of one month: its books, with the lines of its events, and all events."""

    def __init__(self, books: Books, events: list[dict]) -> None:
        self.books, self.facts, self.agreements = books, books.facts, books.agreements
        self.balances: dict[tuple, Balance] = {}
        self._takers: dict[tuple[str, int, str], list[Rule]] = {}
        self.events: dict[str, list[dict]] = defaultdict(list)
        for event in events:
            if event["reason"] not in NOT_TO_BE_COUNTED and event["subscriber_id"]:
                self.events[event["subscriber_id"]].append(event)
        caps = SubscriberCaps(books)
        for period, earlier in sorted(books.earlier.items()):
            for line in earlier.lines:
                if line["outcome"] == "paid":
                    amount = caps.let_through(line["contract_id"], line, earlier)
                    cut = earlier.cuts.get((line["contract_id"], line["component"]))
                    self._begin(period, line, let_through(amount, cut))
        for line in books.result.lines:
            self._begin(books.period, line, line["amount"])
        self.before: list[dict] = []
        for _, earlier in sorted(books.earlier.items()):
            for line in earlier.taken:
                if line["amount"]:
                    self.balances[line["root"]].entries.append(line)
                    self.before.append(line)

    def _begin(self, period: str, line: dict, amount: Decimal) -> None:
        if line["outcome"] == "paid" and line["amount"] and line["subscriber_id"]:
            root = tuple({**line, "period": period}[name] for name in ROOT)
            own = {**line, "amount": amount, "root": root}
            self.balances[root] = Balance(own, [own])

    def lines(self) -> list[dict]:
        dues: list[Due] = []
        for level in range(1, 4):
            taken = [
                {
                    "root": due.root, "component": due.component, "amount": due.paid, "scheme": due.contract["scheme"],
                    "counterparty_id": self.balances[due.root].line["counterparty_id"],
                    "outlet_id": due.event["outlet_id"], "subscriber_id": due.event["subscriber_id"],
                    "event_date": due.event["event_date"], "stream": due.event["stream"],
                    **{name: due.event[name] for name in ("data_set", "load_id", "row_number")},
                }
                for due in dues
            ]  # fmt: skip
            lines = [balance.line for balance in self.balances.values()] if level == 1 else [*self.before, *taken]
            dues += self._dues(lines, level)
        found = []
        for due in sorted(dues, key=lambda due: due.turn):
            found += self._taken(due)
        return found

    def _dues(self, lines: list[dict], level: int) -> list[Due]:
        found: dict[tuple, tuple[tuple, Due]] = {}
        for line in lines:
            for event in self.events[line["subscriber_id"]]:
                if event["event_date"] < line["event_date"]:
                    continue
                is_same_row = all(event[name] == line[name] for name in ("data_set", "load_id", "row_number"))
                if is_same_row and (level > 1 or event["stream"] == line["stream"]):
                    continue
                if level % 2 == 0 and event["stream"] != "fraud_mark" and self.facts.is_fraud(
                    line["subscriber_id"], event["event_date"]
                ):  # fmt: skip
                    continue  # nothing is given back for what a marked subscriber does
                for due in self._of_event(line, event, level):
                    key = (due.root, due.contract["contract_id"], due.component, due.takes, id(event))
                    latest = (line["event_date"], -line["amount"])
                    if key not in found or latest > found[key][0]:
                        found[key] = (latest, due)
        return [due for _, due in found.values()]

    def _of_event(self, line: dict, event: dict, level: int) -> list[Due]:
        found = []
        for contract in self.agreements.in_force(line["counterparty_id"], event["event_date"]):
            scheme = self.agreements.version(contract, event["event_date"])
            if contract["scheme"] != line["scheme"] or scheme is None:
                continue
            for rule in self._takers_of(scheme, line["component"], level):
                within = self._within(rule.of, line, event) if rule.is_on(event) else None
                if within is None:
                    continue
                at = event | {"counterparty_id": line["counterparty_id"], "outlet_id": line["outlet_id"]}
                at.pop("names", None)  # they are another owner's
                names = names_of(self.books, at, contract, scheme, rule)
                names.of_event |= {"paid": line["amount"], "elapsed": within[0], "window": within[1]}
                if failed(rule.conditions, names) is None:
                    kept = evaluate(rule.pay or "0", names)
                    kept = None if kept is None else rounded(kept, scheme, "line")
                    due = Due(
                        contract, scheme, rule.name, line["component"], level, event, line["root"], line["amount"], kept
                    )
                    found.append(due)
        return found

    def _takers_of(self, scheme: dict, takes: str, level: int) -> list[Rule]:
        """The rules that take back what a component paid, where that is so deep; level 1: it takes back nothing itself."""
        key = (scheme["scheme"], scheme["version"], takes)
        if key not in self._takers:
            self._takers[key] = [
                rule for rule in scheme["rules"].values() if takes in rule.claws_back and rule.of["on"] != "period"
            ]
        takers = self._takers[key]
        return takers if takers and depth(scheme, takes) == level else []

    def _within(self, of: dict, line: dict, event: dict) -> tuple[Decimal, Decimal | None] | None:
        """(what has elapsed of the window, how long it is) where the event is in it."""
        within, day = of.get("within") or {}, event["event_date"]
        begins = event["activated_on"] if within.get("since") == "activation" else line["event_date"]
        if begins is None:
            return None
        if within.get("not_counting"):
            begins += timedelta(days=self.facts.suspended_days(event["subscriber_id"], begins, day))
        unit = "months" if "months" in within else "days"
        elapsed = whole_months(begins, day) if unit == "months" else Decimal((day - begins).days)
        if unit not in within:
            return elapsed, None
        return (elapsed, Decimal(within[unit])) if day <= later(begins, unit, within[unit]) else None

    def _taken(self, due: Due) -> list[dict]:
        balance = self.balances[due.root]
        base = balance.of(family(due.scheme, due.takes))
        amount = ZERO if due.kept is None else min(max(due.kept, min(base, ZERO)), max(base, ZERO)) - base
        event, line = due.event, balance.line
        taken = {
            "counterparty_id": line["counterparty_id"], "contract_id": due.contract["contract_id"],
            "scheme": due.contract["scheme"], "component": due.component, "amount": amount, "base_amount": base,
            "outcome": "clawed_back" if due.depth % 2 else "reinstated", "reason": None, "root": due.root,
            "outlet_id": line["outlet_id"],
        } | {
            name: event[name] for name in ("stream", "data_set", "load_id", "row_number", "event_date", "subscriber_id")
        }  # fmt: skip
        if due.kept is None:
            return [taken | {"outcome": "not_eligible", "reason": "unknown_amount"}]
        balance.entries.append(taken)
        return [taken] if amount else []
