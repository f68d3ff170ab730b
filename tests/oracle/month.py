"""A month, as the oracle calculates it: every event in turn, with Decimals, straight from files and scheme files."""

from __future__ import annotations

import calendar
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.oracle.files import Load, live_loads
from tests.oracle.formulas import conditions, evaluate

AGES = {"activated_on", "months_since_activation", "days_since_activation"}
ZERO = Decimal(0)


@dataclass
class Month:
    """What a month comes to. lines and period lines are plain dictionaries; rewards by contract and component."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    period_lines: list[dict[str, Any]] = field(default_factory=list)
    rewards: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    loads: dict[str, list[Load]] = field(default_factory=dict)


def calculate(inbox: Path, library: Path, period: str, links: list = (), fraud_marks: list = ()) -> Month:  # type: ignore[assignment]
    """Calculates a period from an inbox and a folder of scheme files."""
    return _Calculation(live_loads(inbox), _schemes(library), period, list(links), list(fraud_marks)).month()


def _schemes(library: Path) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = defaultdict(list)
    for path in sorted(library.glob("*.yaml")):
        scheme = YAML(typ="safe").load(path)
        found[scheme["scheme"]].append(scheme)
    for versions in found.values():
        versions.sort(key=lambda scheme: (scheme["valid_from"], scheme["version"]))
    return found


def whole_months(start: date, day: date) -> Decimal:
    """Months that are over: each on the same day of the month as the start, or on the month's last day."""
    months = 0
    while True:
        year, month = divmod(start.year * 12 + start.month - 1 + months + 1, 12)
        anniversary = date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))
        if anniversary > day:
            return Decimal(months) if day >= start else _months_before(start, day)
        months += 1


def _months_before(start: date, day: date) -> Decimal:
    """For a day before the start, the product's own rule, which counts down past zero."""
    months = (day.year - start.year) * 12 + day.month - start.month
    last = calendar.monthrange(day.year, day.month)[1]
    return Decimal(months - (1 if day.day < min(start.day, last) else 0))


class _Calculation:
    def __init__(
        self, loads: dict[str, list[Load]], schemes: dict[str, list[dict]], period: str, links: list, marks: list
    ):
        self.loads, self.schemes, self.period = loads, schemes, period
        year, month = map(int, period.split("-"))
        self.first, self.last = date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        self.counterparties = {row["counterparty_id"]: row for row in self.rows("counterparties")}
        self.outlets = {row["outlet_id"]: row for row in self.rows("outlets")}
        self.groups = {row["product_id"]: row["product_group"] for row in self.rows("products")}
        self.contracts = sorted(self.rows("contracts"), key=lambda row: row["contract_id"])
        self.links = links
        self.marks: dict[str, list[tuple[date, date]]] = defaultdict(list)
        for row in [*self.rows("antifraud_marks"), *marks]:
            self.marks[row["subscriber_id"]].append((row["valid_from"], row["valid_to"] or date.max))
        self.sales: dict[str, list[dict]] = defaultdict(list)
        seen = set()
        for row in sorted(self.rows("kit_sales"), key=lambda row: (row["load_id"], row["row_number"])):
            if row["sale_id"] not in seen:
                seen.add(row["sale_id"])
                if row["outlet_id"] in self.outlets:
                    self.sales[row["iccid"]].append(row)
        self.reports: dict[str, list[dict]] = defaultdict(list)
        for row in self.rows("subscribers"):
            if row["changed_on"] <= self.last:
                self.reports[row["subscriber_id"]].append(row)
        for reports in self.reports.values():
            reports.sort(key=lambda row: (row["changed_on"], row["load_id"], row["row_number"]))
        self.result = Month(loads=loads)
        self.by_counterparty: dict[str, list[dict]] = defaultdict(list)
        for contract in self.contracts:
            if contract["status"] == "active" and not self.is_unusable(contract):
                self.by_counterparty[contract["counterparty_id"]].append(contract)

    def rows(self, data_set: str) -> list[dict]:
        return [row for load in self.loads[data_set] for row in load.rows]

    def of_period(self, data_set: str) -> list[dict]:
        rows = [row for load in self.loads[data_set] if load.period == self.period for row in load.rows]
        return sorted(rows, key=lambda row: (row["load_id"], row["row_number"]))

    # --- whose it is

    def owner(self, subscriber_id: str, day: date) -> tuple[str | None, str | None, str]:
        """(counterparty, outlet, link) of a known subscriber on a day."""
        for link in self.links:
            if link["subscriber_id"] == subscriber_id and link["valid_from"] <= day <= (link["valid_to"] or date.max):
                return self.outlets[link["outlet_id"]]["counterparty_id"], link["outlet_id"], "manual"
        first = self.reports[subscriber_id][0]
        sales = [sale for sale in self.sales[first["iccid"]] if sale["sold_on"] <= first["activated_on"]]
        if not sales:
            return None, None, "none"
        if len({self.outlets[sale["outlet_id"]]["counterparty_id"] for sale in sales}) > 1:
            return None, None, "conflict"
        sale = max(sales, key=lambda sale: (sale["sold_on"], sale["sale_id"]))
        return self.outlets[sale["outlet_id"]]["counterparty_id"], sale["outlet_id"], "kit"

    def is_fraud(self, subscriber_id: str | None, day: date) -> bool:
        return any(first <= day <= last for first, last in self.marks.get(subscriber_id or "", ()))

    # --- the rules

    def version(self, contract: dict, day: date) -> dict | None:
        begun = [scheme for scheme in self.schemes.get(contract["scheme"], ()) if scheme["valid_from"] <= day]
        return begun[-1] if begun else None

    def values(self, contract: dict, scheme: dict, day: date) -> dict[str, Any]:
        values = {}
        for name, of in (scheme.get("attributes") or {}).items():
            own = contract.get(f"attribute:{name}")
            values[name] = _typed(own if own is not None else of["default"], of["type"])
        for name, of in (scheme.get("terms") or {}).items():
            held = [(start, value) for start, value in of["values"].items() if start <= day]
            value = max(held)[1]
            values[name] = _typed(value["value"] if isinstance(value, dict) else value, of["type"])
        return values

    def is_unusable(self, contract: dict) -> bool:
        """Whether the contract names what its scheme does not allow, on any day it is in force in the period."""
        first, last = max(contract["valid_from"], self.first), min(contract["valid_to"] or date.max, self.last)
        day = first
        while day <= last:
            scheme = self.version(contract, day)
            if scheme is None or scheme["currency"] != contract["currency"]:
                return True
            attributes = scheme.get("attributes") or {}
            for name, value in contract.items():
                if name.startswith("attribute:") and value is not None:
                    of = attributes.get(name.removeprefix("attribute:"))
                    if of is None:
                        return True
                    low, high = map(Decimal, of.get("between") or ("-1e15", "1e15"))
                    if not low <= Decimal(value) <= high:
                        return True
            day += timedelta(days=1)
        return False

    def in_force(self, counterparty_id: str | None, day: date) -> list[dict]:
        return [
            contract for contract in self.by_counterparty.get(counterparty_id or "", ())
            if contract["valid_from"] <= day <= (contract["valid_to"] or date.max) and self.first <= day <= self.last
        ]  # fmt: skip

    # --- events

    def month(self) -> Month:
        for event in [*self.activations(), *self.charges(), *self.payments()]:
            self.lines_of(event)
        self.tiers_and_limits()
        for line in [*self.result.lines, *self.result.period_lines]:
            if line["contract_id"] is not None:
                self.result.rewards[line["contract_id"], line["component"]] += line["amount"]
        return self.result

    def event(self, stream: str, row: dict, day: date, **more: Any) -> dict:
        return {
            "stream": stream, "load_id": row["load_id"], "row_number": row["row_number"], "event_date": day,
            "subscriber_id": row["subscriber_id"], "product_id": None, "tariff": None, "outlet_id": None,
            "counterparty_id": None, "activated_on": None, "amount": None, "charge_kind": None, "channel": None,
            "reason": None,
        } | more  # fmt: skip

    def activations(self) -> list[dict]:
        events = []
        for row in self.of_period("subscribers"):
            reports = self.reports[row["subscriber_id"]]
            number = next(i for i, report in enumerate(reports) if report is row)
            counterparty_id, outlet_id, link = self.owner(row["subscriber_id"], row["activated_on"])
            reason = {"none": "no_kit", "conflict": "kit_conflict"}.get(link)
            day = row["changed_on"]
            if number and reports[number - 1]["changed_on"] == row["changed_on"]:
                reason = "repeated"
            elif number or row["activated_on"] > self.last:
                reason = "not_an_activation"
            elif row["activated_on"] < self.first:
                reason = "reported_late"
            if number == 0 and row["activated_on"] >= self.first:
                day = row["activated_on"]
            events.append(self.event(
                "activation", row, day, product_id=row["product_id"], tariff=row["product_id"], outlet_id=outlet_id,
                counterparty_id=counterparty_id, activated_on=row["activated_on"], reason=reason,
            ))  # fmt: skip
        return events

    def charges(self) -> list[dict]:
        events, seen = [], set()
        for row in self.of_period("charges"):
            reason = "repeated" if row["charge_id"] in seen else None
            seen.add(row["charge_id"])
            about: dict[str, Any] = {}
            if row["subscriber_id"] in self.reports:
                reports = self.reports[row["subscriber_id"]]
                counterparty_id, outlet_id, link = self.owner(row["subscriber_id"], row["charged_on"])
                reason = reason or {"none": "no_kit", "conflict": "kit_conflict"}.get(link)
                about = {
                    "counterparty_id": counterparty_id, "outlet_id": outlet_id,
                    "activated_on": reports[0]["activated_on"], "tariff": reports[-1]["product_id"],
                }  # fmt: skip
            else:
                reason = reason or "no_subscriber"
            events.append(self.event(
                "charge", row, row["charged_on"], product_id=row["product_id"], amount=row["amount"],
                charge_kind=row["charge_kind"], reason=reason, **about,
            ))  # fmt: skip
        return events

    def payments(self) -> list[dict]:
        events, seen = [], set()
        for row in self.of_period("payments"):
            reason = "repeated" if row["payment_id"] in seen else None
            seen.add(row["payment_id"])
            outlet = self.outlets.get(row["outlet_id"] or "")
            reports = self.reports.get(row["subscriber_id"] or "")
            events.append(self.event(
                "payment", row, row["paid_on"], amount=row["amount"], channel=row["channel"],
                reason=reason or (None if outlet else "no_outlet"),
                outlet_id=outlet and outlet["outlet_id"], counterparty_id=outlet and outlet["counterparty_id"],
                activated_on=reports[0]["activated_on"] if reports else None,
                tariff=reports[-1]["product_id"] if reports else None,
            ))  # fmt: skip
        return events

    # --- lines

    def lines_of(self, event: dict) -> None:
        day, counterparty_id = event["event_date"], event["counterparty_id"]
        reason = event["reason"] or ("fraud" if self.is_fraud(event["subscriber_id"], day) else None)
        components = []
        if reason is None:
            contracts = self.in_force(counterparty_id, day)
            for contract in contracts:
                scheme = self.version(contract, day)
                assert scheme is not None
                components += [
                    (contract, scheme, name, of)
                    for name, of in scheme["components"].items()
                    if of["on"] == event["stream"]
                ]
            if not components:
                reason = "not_paid_on" if contracts else "no_contract"
        if reason:
            self.line(event, None, None, outcome="not_eligible", reason=reason)
            return
        names = self.names(event)
        for contract, scheme, name, of in components:
            values = names | self.values(contract, scheme, day)
            self.line_of_component(event, contract, scheme, name, of, values)

    def line_of_component(self, event: dict, contract: dict, scheme: dict, name: str, of: dict, values: dict) -> None:
        for number, condition in enumerate(conditions(of["where"]) if "where" in of else [], 1):
            if evaluate(condition, values) is not True:
                spoken = {word for word in values if word in condition.replace("(", " ").replace(")", " ").split()}
                of_events = spoken - set(scheme.get("attributes") or {}) - set(scheme.get("terms") or {})
                reason = "outside_window" if of_events and of_events <= AGES else "condition"
                self.line(event, contract, name, outcome="not_eligible", reason=reason, failed_condition=number)
                return
        if isinstance(of["pay"], dict):
            by = of["pay"]["tiers"]["by"]
            base = event["amount"] if by == "count" else evaluate(str(by["sum"]), values)
            self.line(event, contract, name, outcome="counted", base_amount=base)
            return
        amount = evaluate(str(of["pay"]), values)
        if amount is None:
            self.line(event, contract, name, outcome="not_eligible", reason="unknown_amount")
        else:
            self.line(event, contract, name, outcome="paid", amount=_rounded(amount, scheme))

    def names(self, event: dict) -> dict[str, Any]:
        outlet = self.outlets.get(event["outlet_id"] or "", {})
        counterparty = self.counterparties.get(event["counterparty_id"] or "", {})
        start, day = event["activated_on"], event["event_date"]
        return {
            "event_date": day, "product_id": event["product_id"], "product_group": self.groups.get(event["product_id"]),
            "tariff": event["tariff"], "outlet_id": event["outlet_id"], "outlet_kind": outlet.get("kind"),
            "outlet_region": outlet.get("region"), "counterparty_kind": counterparty.get("kind"),
            "branch": counterparty.get("branch"), "activated_on": start, "amount": event["amount"],
            "charge_kind": event["charge_kind"], "channel": event["channel"],
            "months_since_activation": whole_months(start, day) if start else None,
            "days_since_activation": Decimal((day - start).days) if start else None,
        }  # fmt: skip

    def line(self, event: dict, contract: dict | None, component: str | None, **more: Any) -> None:
        self.result.lines.append({
            "load_id": event["load_id"], "row_number": event["row_number"], "stream": event["stream"],
            "counterparty_id": event["counterparty_id"] or "", "contract_id": contract and contract["contract_id"],
            "component": component, "event_date": event["event_date"], "amount": ZERO, "reason": None,
            "failed_condition": None, "base_amount": event["amount"],
        } | more)  # fmt: skip

    # --- the period as a whole

    def tiers_and_limits(self) -> None:
        totals: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
        counts: dict[tuple[str, str], int] = defaultdict(int)
        sums: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
        for line in self.result.lines:
            key = (line["contract_id"], line["component"])
            if line["outcome"] == "paid":
                totals[key] += line["amount"]
            elif line["outcome"] == "counted":
                counts[key] += 1
                sums[key] += line["base_amount"] or ZERO
        for contract in self.contracts:
            day = min(contract["valid_to"] or date.max, self.last)
            scheme = self.version(contract, day)
            if scheme is None:
                continue
            for name, of in scheme["components"].items():
                key = (contract["contract_id"], name)
                if isinstance(of["pay"], dict) and counts[key]:
                    values = self.values(contract, scheme, day)
                    amount = tiered(of["pay"]["tiers"], counts[key], sums[key], values)
                    self.period_line(contract, name, _rounded(amount, scheme), "paid")
                    totals[key] += self.result.period_lines[-1]["amount"]
            for name, of in (scheme.get("limits") or {}).items():
                total = sum((totals[contract["contract_id"], each] for each in of["of"]), ZERO)
                most = _operand(of["at_most"], self.values(contract, scheme, day))
                if total > most:
                    self.period_line(contract, name, most - total, "capped")

    def period_line(self, contract: dict, component: str, amount: Decimal, outcome: str) -> None:
        self.result.period_lines.append({
            "counterparty_id": contract["counterparty_id"], "contract_id": contract["contract_id"],
            "component": component, "amount": amount, "outcome": outcome,
        })  # fmt: skip


def tiered(tiers: dict, count: int, total: Decimal, values: dict[str, Any]) -> Decimal:
    """What tiers pay for a measure, unrounded: by walking the measure up through the steps."""
    by_count = tiers["by"] == "count"
    measure = Decimal(count) if by_count else total
    steps = []
    for step in tiers["steps"]:
        word = "from" if "from" in step else "above"
        threshold = Decimal(str(step[word]))
        if by_count and word == "from" and threshold > 0:
            threshold -= 1
        rate = _operand(step.get("each", step.get("share")), values)
        steps.append((threshold, word == "from" and not by_count, rate))
    if tiers["counting"] == "whole":
        reached = [rate for at, included, rate in steps if measure > at or (included and measure == at)]
        return measure * (reached[-1] if reached else steps[0][2])
    if measure <= 0:
        return measure * steps[0][2]
    amount = ZERO
    for index, (start, _, rate) in enumerate(steps):
        end = steps[index + 1][0] if index + 1 < len(steps) else measure
        if measure > start:
            amount += (min(measure, end) - start) * rate
    return amount


def _operand(written: object, values: dict[str, Any]) -> Decimal:
    return values[written] if str(written) in values else Decimal(str(written))


def _typed(raw: object, kind: str) -> Any:
    return Decimal(str(raw)) if kind in ("money", "share", "number") else raw


def _rounded(amount: Decimal, scheme: dict) -> Decimal:
    mode = ROUND_HALF_EVEN if scheme["rounding"]["mode"] == "half_even" else ROUND_HALF_UP
    return amount.quantize(Decimal(1).scaleb(-scheme["rounding"]["places"]), mode)
