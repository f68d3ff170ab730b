"""A month, as the oracle calculates it: every event in turn, with Decimals, straight from files and scheme files."""

from __future__ import annotations

import calendar
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.oracle.clawbacks import Clawbacks, cuts, later, let_through
from tests.oracle.currencies import Rates
from tests.oracle.files import Load, live_loads
from tests.oracle.formulas import conditions, evaluate
from tests.oracle.tiers import places, ratio, tiered

AGES = {"activated_on", "months_since_activation", "days_since_activation"}
ZERO = Decimal(0)


@dataclass
class Month:
    """What a month comes to. lines and period lines are plain dictionaries; rewards by contract and component.

    volumes: what was counted and added up, by contract and measure; later months look back to it. taken: lines that take
    back, or give back. cuts: what caps let through of what they cut, by contract and component.
    """

    lines: list[dict[str, Any]] = field(default_factory=list)
    period_lines: list[dict[str, Any]] = field(default_factory=list)
    rewards: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    loads: dict[str, list[Load]] = field(default_factory=dict)
    volumes: dict[tuple[str, str], tuple[int, Decimal]] = field(default_factory=lambda: defaultdict(lambda: (0, ZERO)))
    taken: list[dict[str, Any]] = field(default_factory=list)
    cuts: dict[tuple[str, str], tuple[Decimal, Decimal]] = field(default_factory=dict)


def calculate(
    inbox: Path, library: Path, period: str, links: list = (), fraud_marks: list = (),  # type: ignore[assignment]
    earlier: dict[str, Month] | None = None, values: list = (),  # type: ignore[assignment]
) -> Month:  # fmt: skip
    """Calculates a period from an inbox and a folder of scheme files; earlier: months calculated before it.

    values: of attributes, given by hand: (level, holder, attribute, value, first day).
    """
    loads, schemes = live_loads(inbox), _schemes(library)
    return _Calculation(loads, schemes, period, list(links), list(fraud_marks), earlier or {}, list(values)).month()


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
        self, loads: dict[str, list[Load]], schemes: dict[str, list[dict]], period: str, links: list, marks: list,
        earlier: dict[str, Month], given: list,
    ):  # fmt: skip
        self.earlier, self.given = earlier, given
        self.of_subscribers: dict[str, dict[str, list[dict]]] = {}
        self.before: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)  # measured up to an event, in order
        self.totals: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
        self.loads, self.schemes, self.period = loads, schemes, period
        year, month = map(int, period.split("-"))
        self.first, self.last = date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        self.counterparties = {row["counterparty_id"]: row for row in self.rows("counterparties")}
        self.outlets = {row["outlet_id"]: row for row in self.rows("outlets")}
        self.groups = {row["product_id"]: row["product_group"] for row in self.rows("products")}
        self.contracts = sorted(self.rows("contracts"), key=lambda row: row["contract_id"])
        self.plans = {(row["counterparty_id"], row["plan"]): row["target"] for row in self.of_period("plans")}
        self.links = links
        self.rates = Rates(self.rows("exchange_rates"))
        self.marks: dict[str, list[tuple[date, date]]] = defaultdict(list)
        by_hand = [
            {"load_id": "by hand", "row_number": number, "data_set": "fraud_marks"} | row
            for number, row in enumerate(marks, 1)
        ]
        self.mark_rows = [*(row | {"data_set": "antifraud_marks"} for row in self.rows("antifraud_marks")), *by_hand]
        for row in self.mark_rows:
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

    def status(self, subscriber_id: str | None, day: date) -> str:
        """As reported by a day."""
        reported = [row["status"] for row in self.reports.get(subscriber_id or "", ()) if row["changed_on"] <= day]
        return reported[-1] if reported else "active"

    def suspended_days(self, subscriber_id: str | None, start: date, day: date) -> Decimal:
        """Days from the activation to the day before on which the subscriber was suspended, counted one by one."""
        if all(row["status"] != "suspended" for row in self.reports.get(subscriber_id or "", ())):
            return ZERO
        days = [start + timedelta(days=number) for number in range((day - start).days)]
        return Decimal([self.status(subscriber_id, each) for each in days].count("suspended"))

    def is_fraud(self, subscriber_id: str | None, day: date) -> bool:
        return any(first <= day <= last for first, last in self.marks.get(subscriber_id or "", ()))

    # --- the rules

    def version(self, contract: dict, day: date) -> dict | None:
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
        counterparty = self.counterparties[contract["counterparty_id"]]
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
        values = {}
        for name, of in (scheme.get("attributes") or {}).items():
            own = self.agreed(contract, name, day)
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
            own = {name.removeprefix("attribute:") for name in contract if contract[name] is not None and ":" in name}
            own |= {
                what for of, who, what, _, since in self.given
                if (of, who) == ("contract", contract["contract_id"]) and since <= day
            }  # fmt: skip
            if own - set(attributes):
                return True
            for name, of in attributes.items():
                value = self.agreed(contract, name, day)
                low, high = map(Decimal, of.get("between") or ("-1e15", "1e15"))
                if value is not None and not low <= Decimal(value) <= high:
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
        events = [
            *self.of_reports(), *self.charges(), *self.payments(), *self.operations(), *self.due(), *self.of_marks(),
        ]  # fmt: skip
        events.sort(key=lambda event: (event["event_date"], event["data_set"], event["load_id"], event["row_number"]))
        paid_on = [event for event in events if not event["is_only_for_clawbacks"]]
        for event in paid_on:
            self.measure(event)
        for event in paid_on:
            self.lines_of(event)
        self.result.taken = Clawbacks(self, events).lines()
        for line in [*self.result.lines, *self.result.taken]:
            self.totals[line["contract_id"], line["component"]] += line["amount"]
        self.of_period_as_a_whole()
        for line in [*self.result.lines, *self.result.taken, *self.result.period_lines]:
            if line["contract_id"] is not None:
                self.result.rewards[line["contract_id"], line["component"]] += line["amount"]
        self.result.cuts = cuts(self.result.period_lines, self.result.rewards)
        return self.result

    def event(self, stream: str, row: dict, day: date, **more: Any) -> dict:
        return {
            "stream": stream, "data_set": row.get("data_set") or _DATA_SETS[stream], "delay": None, "is_only_for_clawbacks": False, "load_id": row["load_id"], "row_number": row["row_number"], "event_date": day,
            "subscriber_id": row["subscriber_id"], "product_id": None, "tariff": None, "outlet_id": None,
            "counterparty_id": None, "activated_on": None, "amount": None, "currency": None, "charge_kind": None, "channel": None,
            "operation_kind": None, "old_tariff": None, "reason": None,
        } | more  # fmt: skip

    def of_reports(self) -> list[dict]:
        """Activations, churns, returns and changes of tariff: what the reports on subscribers tell of."""
        events = []
        for row in self.of_period("subscribers"):
            reports = self.reports[row["subscriber_id"]]
            number = next(i for i, report in enumerate(reports) if report is row)
            former = reports[number - 1] if number else None
            is_repeated = former is not None and former["changed_on"] == row["changed_on"]
            left = row["deactivated_on"] is not None and (former is None or former["deactivated_on"] is None)
            changed = former is not None and former["product_id"] != row["product_id"]
            returned = former is not None and former["deactivated_on"] is not None and row["deactivated_on"] is None
            if former is None or is_repeated or not (left or changed or returned):
                reason, day = None, row["changed_on"]
                if is_repeated:
                    reason = "repeated"
                elif number or row["activated_on"] > self.last:
                    reason = "not_an_activation"
                elif row["activated_on"] < self.first:
                    reason = "reported_late"
                if number == 0 and row["activated_on"] >= self.first:
                    day = row["activated_on"]
                events.append(self.of_report("activation", row, day, row["activated_on"], reason))
            if left and not is_repeated:
                gone = row["deactivated_on"]
                day = gone if self.first <= gone <= self.last else row["changed_on"]
                events.append(self.of_report("churn", row, day, day, None))
            if returned and not is_repeated:
                events.append(self.of_report("reactivation", row, row["changed_on"], row["changed_on"], None))
            if changed and not is_repeated:
                assert former is not None
                event = self.of_report("tariff_change", row, row["changed_on"], row["changed_on"], None)
                events.append(event | {"old_tariff": former["product_id"]})
        return events

    def of_report(self, stream: str, row: dict, day: date, owned_on: date, reason: str | None) -> dict:
        counterparty_id, outlet_id, link = self.owner(row["subscriber_id"], owned_on)
        return self.event(
            stream, row, day, product_id=row["product_id"], tariff=row["product_id"], outlet_id=outlet_id,
            counterparty_id=counterparty_id, activated_on=row["activated_on"],
            reason=reason or {"none": "no_kit", "conflict": "kit_conflict"}.get(link),
        )  # fmt: skip

    def due(self) -> list[dict]:
        """Activations of before that are as old in this period as a component of their owner's contracts waits for."""
        events = []
        for subscriber_id, reports in self.reports.items():
            first = reports[0]
            counterparty_id = self.owner(subscriber_id, first["activated_on"])[0]
            paid_on = {delay for of in self.paying_rules(counterparty_id) for delay in _delays(of)}
            for unit, count in {delay for of in self.all_rules() for delay in _delays(of)}:
                day = later(first["activated_on"], unit, count)
                if self.first <= day <= self.last:
                    event = self.of_report("activation", first, day, first["activated_on"], None)
                    events.append(event | {
                        "delay": (unit, count), "stream": f"activation_{count}{unit[0]}",
                        "is_only_for_clawbacks": (unit, count) not in paid_on,
                    })  # fmt: skip
        return events

    def all_rules(self) -> list[dict]:
        """The components and measures of all contracts of the period."""
        return [of for who in self.counterparties for of in self.rules_of(who)]

    def paying_rules(self, counterparty_id: str | None) -> list[dict]:
        """Those of a counterparty's contracts that are paid or measured, and take nothing back."""
        return [of for of in self.rules_of(counterparty_id) if "claws_back" not in of]

    def rules_of(self, counterparty_id: str | None) -> list[dict]:
        return [
            of
            for _, schemes in self.contracts_of({counterparty_id} if counterparty_id else set())
            for scheme in schemes
            for of in [*scheme["components"].values(), *(scheme.get("measures") or {}).values()]
        ]

    def of_marks(self) -> list[dict]:
        """The days on which subscribers come under marks; marks that overlap are one."""
        events, until = [], {}
        rows = sorted(self.mark_rows, key=lambda row: (
            row["valid_from"], row["valid_to"] or date.max, row["data_set"], row["load_id"], row["row_number"],
        ))  # fmt: skip
        for row in rows:
            subscriber_id, day = row["subscriber_id"], row["valid_from"]
            begins = day > until.get(subscriber_id, date.min)
            until[subscriber_id] = max(until.get(subscriber_id, date.min), row["valid_to"] or date.max)
            if not begins or not self.first <= day <= self.last or subscriber_id not in self.reports:
                continue
            reports = self.reports[subscriber_id]
            about = row | {"activated_on": reports[0]["activated_on"], "product_id": reports[-1]["product_id"]}
            event = self.of_report("fraud_mark", about, day, day, None)
            is_paid_on = any(of.get("on") == "fraud_mark" for of in self.paying_rules(event["counterparty_id"]))
            events.append(event | {"is_only_for_clawbacks": not is_paid_on})
        return events

    def operations(self) -> list[dict]:
        events, seen = [], set()
        for row in self.of_period("operations"):
            reason = "repeated" if row["operation_id"] in seen else None
            seen.add(row["operation_id"])
            reports = self.reports.get(row["subscriber_id"] or "")
            counterparty_id, outlet_id, link = None, row["outlet_id"], ""
            if row["outlet_id"]:
                counterparty_id = self.outlets.get(row["outlet_id"], {}).get("counterparty_id")
                reason = reason or (None if counterparty_id else "no_outlet")
            elif row["subscriber_id"] is None:
                reason = reason or "no_outlet"
            elif reports is None:
                reason = reason or "no_subscriber"
            else:
                counterparty_id, outlet_id, link = self.owner(row["subscriber_id"], row["performed_on"])
                reason = reason or {"none": "no_kit", "conflict": "kit_conflict"}.get(link)
            events.append(self.event(
                "operation", row, row["performed_on"], product_id=row["product_id"], amount=row["amount"], currency=row["currency"],
                operation_kind=row["operation_kind"], reason=reason, outlet_id=outlet_id,
                counterparty_id=counterparty_id, activated_on=reports[0]["activated_on"] if reports else None,
                tariff=reports[-1]["product_id"] if reports else None,
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
                "charge", row, row["charged_on"], product_id=row["product_id"], amount=row["amount"], currency=row["currency"],
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
                "payment", row, row["paid_on"], amount=row["amount"], currency=row["currency"], channel=row["channel"],
                reason=reason or (None if outlet else "no_outlet"),
                outlet_id=outlet and outlet["outlet_id"], counterparty_id=outlet and outlet["counterparty_id"],
                activated_on=reports[0]["activated_on"] if reports else None,
                tariff=reports[-1]["product_id"] if reports else None,
            ))  # fmt: skip
        return events

    # --- lines

    def rules_on(self, event: dict) -> tuple[list[tuple[dict, dict, str, dict]], bool]:
        """(contract, scheme, name, rule) of every component and measure on an event; whether a contract is in force."""
        contracts = self.in_force(event["counterparty_id"], event["event_date"])
        found = []
        for contract in contracts:
            scheme = self.version(contract, event["event_date"])
            assert scheme is not None
            rules = {**scheme["components"], **(scheme.get("measures") or {})}
            found += [
                (contract, scheme, name, of) for name, of in rules.items()
                if "claws_back" not in of and self.is_on(of, event)
            ]  # fmt: skip
        return found, bool(contracts)

    def in_currency(self, event: dict, scheme: dict) -> dict:
        """The event with its amount in the scheme's currency."""
        into = scheme["currency"]
        return event | {"amount": self.rates.converted(event["amount"], event["currency"], into, event["event_date"])}

    def is_on(self, of: dict, event: dict) -> bool:
        return (of.get("on") == event["stream"] and "after" not in of) or event["delay"] in _delays(of)

    def elapsed(self, start: date, day: date) -> Decimal:
        return whole_months(start, day)

    def rounded(self, amount: Decimal, scheme: dict, of: str) -> Decimal:
        return _rounded(amount, scheme, of)

    def why_not(self, event: dict) -> str | None:
        is_marked = event["stream"] != "fraud_mark" and self.is_fraud(event["subscriber_id"], event["event_date"])
        return event["reason"] or ("fraud" if is_marked else None)

    def measure(self, event: dict) -> None:
        """Adds an event to what is counted and added up."""
        if self.why_not(event):
            return
        for contract, scheme, name, of in self.rules_on(event)[0]:
            if not _is_measured(of):
                continue
            known = self.in_currency(event, scheme)
            values = self.of_events(event, contract, scheme, of)
            if (known["amount"] is None) == (event["amount"] is None) and self.failed(of, values) is None:
                count, total = self.result.volumes[contract["contract_id"], name]
                base = self.base(known, of, values) or ZERO
                self.result.volumes[contract["contract_id"], name] = (count + 1, total + base)

    def lines_of(self, event: dict) -> None:
        reason, rules, has_contract = self.why_not(event), [], False
        if reason is None:
            rules, has_contract = self.rules_on(event)
            if not rules:
                reason = "not_paid_on" if has_contract else "no_contract"
        if reason:
            self.line(event, None, None, outcome="not_eligible", reason=reason)
            return
        for contract, scheme, name, of in rules:
            self.line_of_rule(event, contract, scheme, name, of)

    def line_of_rule(self, event: dict, contract: dict, scheme: dict, name: str, of: dict) -> None:
        values, reported = self.of_events(event, contract, scheme, of), event["amount"]
        event = self.in_currency(event, scheme)
        if event["amount"] is None and reported is not None:
            base = self.base(event, of, values)
            self.line(event, contract, name, outcome="not_eligible", reason="no_exchange_rate", base_amount=base)
            return
        failed = self.failed(of, values)
        if failed is not None:
            number, condition = failed
            spoken = {
                word for word in self.names(event) if word in condition.replace("(", " ").replace(")", " ").split()
            }
            reason = "outside_window" if spoken and spoken <= AGES else "condition"
            base = self.base(event, of, values)
            self.line(
                event, contract, name, outcome="not_eligible", reason=reason, failed_condition=number, base_amount=base
            )
            return
        base = self.base(event, of, values)
        tiers = _tiers(of)
        if "pay" not in of or (tiers and not _event_by_event(tiers)):
            self.line(event, contract, name, outcome="counted", base_amount=base)
            return
        if tiers is None:
            amount = evaluate(str(of["pay"]), values)
        elif base is None and tiers["by"] != "count":
            amount = None
        else:
            own = Decimal(1) if tiers["by"] == "count" else base
            before = None
            if tiers.get("in_order"):
                key = (contract["contract_id"], name)
                before = self.before[key] + self.since(contract, name, tiers)
                self.before[key] += own
            amount = tiered(tiers, (before or ZERO) + own, before, own, values)
        if amount is None:
            self.line(event, contract, name, outcome="not_eligible", reason="unknown_amount", base_amount=base)
        else:
            self.line(event, contract, name, outcome="paid", amount=_rounded(amount, scheme, "line"), base_amount=base)

    def since(self, contract: dict, name: str, tiers: dict) -> Decimal:
        """What a component's events came to before this period, since its tiers begin to count."""
        if tiers.get("over", "period") == "period":
            return ZERO
        first = f"{self.first.year}-01" if tiers["over"] == "year" else ""
        return self.over(contract, name, tiers["by"] != "count", first, str(self.period), include_now=False)

    def over(
        self, contract: dict, name: str, is_sum: bool, first: str, last: str, *, include_now: bool = True
    ) -> Decimal:
        total = ZERO
        for period, month in {**self.earlier, self.period: self.result}.items():
            if first <= period <= last and (include_now or period != self.period):
                count, summed = month.volumes[contract["contract_id"], name]
                total += summed if is_sum else count
        return total

    def failed(self, of: dict, values: Any) -> tuple[int, str] | None:
        """The number and text of the first condition that is not met."""
        for number, condition in enumerate(conditions(of["where"]) if "where" in of else [], 1):
            if evaluate(condition, values) is not True:
                return number, condition
        return None

    def base(self, event: dict, of: dict, values: Any) -> Decimal | None:
        """What an event adds to a sum; its amount where nothing is added up."""
        tiers = _tiers(of)
        written = of.get("sum") if tiers is None else (tiers["by"]["sum"] if tiers["by"] != "count" else None)
        value = event["amount"] if written is None else evaluate(str(written), values)
        return None if value is None else places(value, 4)

    def of_events(self, event: dict, contract: dict, scheme: dict, of: dict) -> _Names:
        names = self.names(self.in_currency(event, scheme))
        if event["stream"].startswith("activation"):
            into = scheme["currency"]
            names["charged_within"] = lambda days: self.in_first_days(
                event, ("charges", "charge_id", "charged_on"), days, into
            )
            names["paid_within"] = lambda days: self.in_first_days(
                event, ("payments", "payment_id", "paid_on"), days, into
            )
        if event["delay"]:
            number, count = Decimal(_delays(of).index(event["delay"]) + 1), Decimal(len(_delays(of)))
            names |= {"instalment": number, "instalments": count}

            def due(total: Decimal | None, upto: Decimal) -> Decimal | None:
                part = ratio(upto, count)
                return None if total is None or part is None else _rounded(total * part, scheme, "line")

            def instalment_of(total: Decimal | None) -> Decimal | None:
                up_to, before = due(total, number), due(total, number - 1)
                return None if up_to is None or before is None else up_to - before

            names["instalment_of"] = instalment_of
        return _Names(self, contract, scheme, event["event_date"], names)

    def in_first_days(self, event: dict, facts: tuple[str, str, str], days: Decimal, into: str) -> Decimal:
        data_set, key, day = facts
        if data_set not in self.of_subscribers:
            self.of_subscribers[data_set], seen = defaultdict(list), set()
            for row in sorted(self.rows(data_set), key=lambda row: (row["load_id"], row["row_number"])):
                if row[day] <= self.last and row[key] not in seen:
                    seen.add(row[key])
                    self.of_subscribers[data_set][row["subscriber_id"]].append(row)
        return sum(
            (
                self.rates.converted(row["amount"], row["currency"], into, row[day]) or ZERO
                for row in self.of_subscribers[data_set][event["subscriber_id"]]
                if 0 <= (row[day] - event["activated_on"]).days < days
            ), ZERO,
        )  # fmt: skip

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
            "operation_kind": event["operation_kind"], "old_tariff": event["old_tariff"],
            "status": self.status(event["subscriber_id"], day),
            "suspended_days": self.suspended_days(event["subscriber_id"], start, day) if start else None,
            "months_since_activation": whole_months(start, day) if start else None,
            "days_since_activation": Decimal((day - start).days) if start else None,
        }  # fmt: skip

    def line(self, event: dict, contract: dict | None, component: str | None, **more: Any) -> None:
        self.result.lines.append({
            "load_id": event["load_id"], "row_number": event["row_number"], "stream": event["stream"],
            "data_set": event["data_set"], "subscriber_id": event["subscriber_id"], "outlet_id": event["outlet_id"],
            "scheme": contract and contract["scheme"], "counterparty_id": event["counterparty_id"] or "", "contract_id": contract and contract["contract_id"],
            "component": component, "event_date": event["event_date"], "amount": ZERO, "reason": None,
            "failed_condition": None, "base_amount": event["amount"],
        } | more)  # fmt: skip

    # --- the period as a whole

    def of_period_as_a_whole(self) -> None:
        """Every rule of the period by the terms of the last day on which the contract's scheme has it."""
        waiting: dict[tuple[str, str], tuple[dict, dict, date]] = {}
        for contract in self.contracts:
            day = max(contract["valid_from"], self.first)
            while day <= min(contract["valid_to"] or date.max, self.last):
                scheme = self.version(contract, day)
                if contract in self.by_counterparty[contract["counterparty_id"]] and scheme is not None:
                    for name in [*scheme["components"], *(scheme.get("limits") or {})]:
                        waiting[contract["contract_id"], name] = (contract, scheme, day)
                day += timedelta(days=1)
        while waiting:
            ready = [
                key for key, (contract, scheme, _) in waiting.items()
                if not any(other in waiting for other in self.waits_for(contract, scheme, key[1]) - {key})
            ]  # fmt: skip
            assert ready, waiting
            for key in ready:
                contract, scheme, day = waiting.pop(key)
                self.rule_of_period(contract, scheme, key[1], day)

    def waits_for(self, contract: dict, scheme: dict, name: str) -> set[tuple[str, str]]:
        """The totals a rule needs: of its own contract, and of others'."""
        found: set[tuple[str, str]] = set()
        for needed in self.needed(scheme, name):
            of = (scheme.get("measures") or {}).get(needed)
            if of:
                found |= set(self.totals_of_others(contract, of))
            else:
                found.add((contract["contract_id"], needed))
        return found

    def whose(self, counterparty_id: str, of: dict) -> set[str]:
        if of["whose"] == "whole_group":
            above = [counterparty_id]
            while (parent := self.counterparties[above[-1]]["parent_id"]) and parent not in above:
                above.append(parent)
            return self.whose(above[-1], {"whose": "group"})
        if of["whose"] == "group":
            found = {counterparty_id}
            while True:
                more = {c for c, row in self.counterparties.items() if row["parent_id"] in found} - found
                if not more:
                    return found
                found |= more
        found, seen = {counterparty_id}, {counterparty_id}
        for _ in range(of.get("level", 1)):
            found = {c for c, row in self.counterparties.items() if row["parent_id"] in found} - seen
            seen |= found
        return found

    def contracts_of(self, counterparties: set[str]) -> list[tuple[dict, list[dict]]]:
        """The usable contracts of counterparties in force in the period, with the schemes they are under in it."""
        found = []
        for counterparty_id in counterparties:
            for contract in self.by_counterparty.get(counterparty_id, ()):
                schemes, day = {}, max(contract["valid_from"], self.first)
                while day <= min(contract["valid_to"] or date.max, self.last):
                    scheme = self.version(contract, day)
                    assert scheme is not None
                    schemes[scheme["version"]] = scheme
                    day += timedelta(days=1)
                if schemes:
                    found.append((contract, list(schemes.values())))
        return found

    def totals_of_others(self, contract: dict, of: dict) -> list[tuple[str, str]]:
        """The totals that a measure of others' earnings adds up; what itself looks at others is not its own part."""
        found = []
        for other, schemes in self.contracts_of(self.whose(contract["counterparty_id"], of)):
            for scheme in schemes:
                names = (
                    [*scheme["components"], *(scheme.get("limits") or {})] if of["earned"] == "all" else of["earned"]
                )
                own = other["counterparty_id"] == contract["counterparty_id"]
                found += [(other["contract_id"], n) for n in names if not (own and self.looks_at_others(scheme, n))]
        return sorted(set(found))

    def looks_at_others(self, scheme: dict, name: str) -> bool:
        if name not in scheme["components"] and name not in (scheme.get("limits") or {}):
            return False
        measures = scheme.get("measures") or {}
        return any(
            needed in measures or (needed != name and self.looks_at_others(scheme, needed))
            for needed in self.needed(scheme, name)
        )

    def needed(self, scheme: dict, name: str) -> set[str]:
        """The components, limits and measures of others' totals that a rule needs, through named values too."""
        limit = (scheme.get("limits") or {}).get(name)
        of = limit or scheme["components"][name]
        texts = [str(of.get("where", "")), *(limit["of"] if limit else [])]
        tiers = _tiers(of)
        texts += [str(tiers.get("of", "")), str(tiers.get("applied_to", ""))] if tiers else [str(_pay(of) or "")]
        found: set[str] = set()
        waiting, seen = texts, set()
        while waiting:
            for word in re.findall(r"\w+", waiting.pop()):
                value = (scheme.get("values") or {}).get(word)
                if value and word not in seen:
                    seen.add(word)
                    waiting.append(str(value["formula"]))
                elif (
                    word in scheme["components"]
                    or word in (scheme.get("limits") or {})
                    or "earned" in ((scheme.get("measures") or {}).get(word) or {})
                ):
                    found.add(word)
        return found

    def rule_of_period(self, contract: dict, scheme: dict, name: str, day: date) -> None:
        values = _Names(self, contract, scheme, day, {})
        limit = (scheme.get("limits") or {}).get(name)
        if limit:
            if self.failed(limit, values) is None:
                totals = [values[each] for each in limit["of"]]
                if None in totals:
                    self.period_line(contract, name, ZERO, "not_eligible", "unknown_amount")
                    return
                total = sum(totals, ZERO)
                bound = _operand(limit.get("at_most", limit.get("at_least")), values)
                if "at_most" in limit and total > bound:
                    self.period_line(contract, name, bound - total, "capped")
                if "at_least" in limit and total < bound:
                    self.period_line(contract, name, bound - total, "guaranteed")
                drawn = self.drawn(contract, name) if limit.get("recoverable") else ZERO
                if "at_least" in limit and total > bound and drawn:
                    self.period_line(contract, name, -min(drawn, total - bound), "recovered")
            return
        of = scheme["components"][name]
        tiers = _tiers(of)
        if of["on"] != "period" and (tiers is None or _event_by_event(tiers)):
            total = self.totals[contract["contract_id"], name]
            if scheme["rounding"].get("each", "line") == "total" and _rounded(total, scheme, "total") != total:
                self.period_line(contract, name, _rounded(total, scheme, "total") - total, "rounded")
            return
        failed = self.failed(of, values) if of["on"] == "period" else None
        if "claws_back" in of:
            values.of_event["paid"] = self.left_of(contract, of)[1]
        if failed and "claws_back" in of:
            return
        if failed:
            self.period_line(contract, name, ZERO, "not_eligible", "condition", failed[0])
            return
        amount = self.paid_for_period(contract, name, of, tiers, values)
        if of.get("split_by") and isinstance(amount, Decimal):
            amount = self.part_of(amount, contract, scheme, of["split_by"])
        if "claws_back" in of:
            self.look_again(contract, scheme, name, of, amount)
        elif amount is not _NO_LINE:
            if amount is None:
                self.period_line(contract, name, ZERO, "not_eligible", "unknown_amount")
            else:
                self.period_line(contract, name, _rounded(amount, scheme, "total"), "paid")

    def part_of(self, whole: Decimal, contract: dict, scheme: dict, measure: str) -> Decimal | None:
        """A contract's part of what its group shares: due to all up to it, less what is due to those before."""
        is_sum = "sum" in scheme["measures"][measure]
        parts = []
        for other, schemes in self.contracts_of(self.whose(contract["counterparty_id"], {"whose": "whole_group"})):
            if any(each["scheme"] == scheme["scheme"] for each in schemes):
                parts.append((
                    (other["counterparty_id"], other["contract_id"]),
                    self.over(other, measure, is_sum, self.period, self.period),
                ))  # fmt: skip
        own = (contract["counterparty_id"], contract["contract_id"])
        of_all = sum((Decimal(part) for _, part in parts), ZERO)
        before = sum((Decimal(part) for who, part in parts if who < own), ZERO)
        up_to = sum((Decimal(part) for who, part in parts if who <= own), ZERO)
        shares = [ratio(of, of_all) for of in (up_to, before)]
        if shares[0] is None or shares[1] is None:
            return None
        due = [_rounded(whole * share, scheme, "total") for share in shares]
        return due[0] - due[1]

    def left_of(self, contract: dict, of: dict) -> tuple[str, Decimal]:
        """An earlier period, and what is left of what a component paid for it."""
        now = self.period
        year, month = divmod(int(now[:4]) * 12 + int(now[5:]) - 1 - of["months_ago"], 12)
        then, key = f"{year:04d}-{month + 1:02d}", (contract["contract_id"], of["claws_back"][0])
        if then not in self.earlier:
            return then, ZERO
        of_then = self.earlier[then]
        left = let_through(of_then.rewards.get(key, ZERO), of_then.cuts.get(key))
        for period, calculated in self.earlier.items():
            if period < now:
                left += sum((line["amount"] for line in calculated.period_lines if line["takes"] == (then, *key)), ZERO)
        return then, left

    def look_again(self, contract: dict, scheme: dict, name: str, of: dict, amount: Decimal | None) -> None:
        """Takes back what an earlier period was paid above an amount."""
        then, left = self.left_of(contract, of)
        takes = (then, contract["contract_id"], of["claws_back"][0])
        if amount is None and left:
            self.period_line(contract, name, ZERO, "not_eligible", "unknown_amount", takes=takes)
        elif amount is not None:
            kept = min(max(_rounded(amount, scheme, "total"), min(left, ZERO)), max(left, ZERO))
            if kept != left:
                self.period_line(contract, name, kept - left, "clawed_back", takes=takes)

    def drawn(self, contract: dict, name: str) -> Decimal:
        """What a draw has given so far and has not got back."""
        key = (contract["contract_id"], name)
        return sum(
            (month.rewards.get(key, ZERO) for period, month in self.earlier.items() if period < self.period), ZERO
        )

    def paid_for_period(self, contract: dict, name: str, of: dict, tiers: dict | None, values: Any) -> Any:
        if tiers is None:
            return evaluate(str(_pay(of) or "0"), values)
        if of["on"] == "period":
            own = evaluate(str(tiers["of"]), values)
            applied_to = evaluate(str(tiers["applied_to"]), values) if "applied_to" in tiers else None
            if own is None or ("applied_to" in tiers and applied_to is None):
                return None
            return tiered(tiers, own, None, own, values, applied_to)
        count, total = self.result.volumes[contract["contract_id"], name]
        if not count:
            return _NO_LINE
        own = Decimal(count) if tiers["by"] == "count" else total
        before = self.since(contract, name, tiers) if tiers.get("over", "period") != "period" else None
        return tiered(tiers, (before or ZERO) + own, before, own, values)

    def period_line(
        self, contract: dict, component: str, amount: Decimal, outcome: str, reason: str = "", failed: int = 0,
        takes: tuple[str, str, str] | None = None,
    ) -> None:  # fmt: skip
        self.totals[contract["contract_id"], component] += amount
        self.result.period_lines.append({
            "counterparty_id": contract["counterparty_id"], "contract_id": contract["contract_id"],
            "component": component, "amount": amount, "outcome": outcome, "reason": reason, "failed_condition": failed,
            "takes": takes, "scheme": self.version(contract, min(contract["valid_to"] or date.max, self.last)),
        })  # fmt: skip


class _Names:
    """The names of a formula, each found when it is asked for."""

    def __init__(self, calculation: _Calculation, contract: dict, scheme: dict, day: date, of_event: dict[str, Any]):
        self.calculation, self.contract, self.scheme, self.day, self.of_event = (
            calculation,
            contract,
            scheme,
            day,
            of_event,
        )

    def __contains__(self, name: str) -> bool:
        return name in self.of_event or any(name in (self.scheme.get(part) or {}) for part in ("attributes", "terms"))

    def __getitem__(self, name: str) -> Any:
        scheme, calculation = self.scheme, self.calculation
        if name in self.of_event:
            return self.of_event[name]
        if name in (scheme.get("tables") or {}):
            return lambda *keys: self.looked_up(scheme["tables"][name], keys)
        if name in (scheme.get("measures") or {}):
            return self.measured(name, scheme["measures"][name])
        if name in (scheme.get("values") or {}):
            of = scheme["values"][name]
            value = evaluate(str(of["formula"]), self)
            kept = {"money": 4, "share": 6, "number": 6}.get(of["type"])
            return value if kept is None or value is None else places(value, kept)
        if name in scheme["components"] or name in (scheme.get("limits") or {}):
            return calculation.totals[self.contract["contract_id"], name]
        return calculation.values(self.contract, scheme, self.day)[name]

    def measured(self, name: str, of: dict) -> Decimal | None:
        calculation = self.calculation
        if "earned" in of:
            return self.in_own_currency(
                (contract_id, calculation.totals[contract_id, name])
                for contract_id, name in calculation.totals_of_others(self.contract, of)
            )
        if "counted" in of:
            others = calculation.contracts_of(calculation.whose(self.contract["counterparty_id"], of))
            is_sum, now = of.get("type") == "money", calculation.period
            found = [
                (other["contract_id"], calculation.over(other, each, is_sum, now, now))
                for other, _ in others
                for each in of["counted"]
            ]
            return self.in_own_currency(found) if is_sum else sum((count for _, count in found), ZERO)
        if "plan" in of:
            return calculation.plans.get((self.contract["counterparty_id"], of["plan"]))
        now = calculation.period
        if of.get("months_ago"):
            year, month = divmod(int(now[:4]) * 12 + int(now[5:]) - 1 - of["months_ago"], 12)
            first = last = f"{year:04d}-{month + 1:02d}"
        else:
            first = {"period": now, "year": f"{now[:4]}-01", "contract": ""}[of.get("over", "period")]
            last = now
        return calculation.over(self.contract, name, "sum" in of, first, last)

    def in_own_currency(self, amounts: Iterable[tuple[str, Decimal]]) -> Decimal | None:
        """The sum of what contracts have, at the rates of the period's last day."""
        currencies = {contract["contract_id"]: contract["currency"] for contract in self.calculation.contracts}
        total, own = ZERO, self.scheme["currency"]
        for contract_id, amount in amounts:
            converted = self.calculation.rates.converted(amount, currencies[contract_id], own, self.calculation.last)
            if converted is None and amount:
                return None
            total += converted or ZERO
        return total

    def looked_up(self, table: dict, keys: tuple) -> Any:
        for row in table["rows"]:
            if tuple(str(row[key]) for key in table["keys"]) == keys:
                value = row["value"]
                if isinstance(value, dict):
                    held = [(start, dated) for start, dated in value.items() if start <= self.day]
                    if not held:
                        break
                    value = max(held, key=lambda one: one[0])[1]
                    value = value["value"] if isinstance(value, dict) else value
                return _typed(value, table["type"])
        return None if table["missing"] == "nothing" else _typed(table["missing"], table["type"])


def _delays(of: dict) -> list[tuple[str, int]]:
    """When a rule on activations is looked at, if not at once."""
    found = []
    for unit, counts in (of.get("after") or {}).items():
        if isinstance(counts, dict):
            counts = list(range(counts["from"], counts["to"] + 1))
        found += [(unit, count) for count in (counts if isinstance(counts, list) else [counts])]
    return found


_NO_LINE = object()
_DATA_SETS = {
    "activation": "subscribers", "churn": "subscribers", "reactivation": "subscribers",
    "tariff_change": "subscribers", "charge": "charges",
    "payment": "payments", "operation": "operations",
}  # fmt: skip


def _pay(of: dict) -> Any:
    """What a rule pays; of one that takes back, what is kept."""
    return of.get("keeps") if "claws_back" in of else of.get("pay")


def _tiers(of: dict) -> dict | None:
    """A rule's tiers, with what their rates are."""
    pay = _pay(of)
    if not isinstance(pay, dict):
        return None
    tiers = pay["tiers"]
    return tiers | {"pays": next(word for word in ("each", "share", "fixed") if word in tiers["steps"][0])}


def _event_by_event(tiers: dict) -> bool:
    return "by" in tiers and (tiers.get("over") == "event" or bool(tiers.get("in_order")))


def _is_measured(of: dict) -> bool:
    tiers = _tiers(of)
    if tiers is None:
        return "pay" not in of
    return not _event_by_event(tiers) or tiers.get("over") in ("year", "contract")


def _operand(written: object, values: Any) -> Decimal:
    return values[written] if str(written) in values else Decimal(str(written))


def _typed(raw: object, kind: str) -> Any:
    return Decimal(str(raw)) if kind in ("money", "share", "number") else raw


def _rounded(amount: Decimal, scheme: dict, of: str) -> Decimal:
    rounding = scheme["rounding"]
    if of == "line" and rounding.get("each", "line") == "total":
        return places(amount, 4)
    return places(amount, rounding["places"], rounding["mode"])
