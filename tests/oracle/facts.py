"""What the files tell by the end of a period: who there is, what was reported, and whose a subscriber is on a day."""

from __future__ import annotations

import calendar
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from tests.oracle.currencies import Rates
from tests.oracle.files import Load

ZERO = Decimal(0)


@cache
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


def later(day: date, unit: str, count: int) -> date:
    """So many days or months later; a month ends on the same day, or on the last of a shorter one."""
    if unit == "days":
        return day + timedelta(days=count)
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


class Facts:
    """The live loads as seen at a period's end, with what was linked and marked by hand."""

    def __init__(self, loads: dict[str, list[Load]], period: str, links: list[dict], marks: list[dict]) -> None:
        self.loads, self.period, self.links = loads, period, links
        year, month = map(int, period.split("-"))
        self.first, self.last = date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        self.counterparties = {row["counterparty_id"]: row for row in self.rows("counterparties")}
        self.outlets = {row["outlet_id"]: row for row in self.rows("outlets")}
        self.groups = {row["product_id"]: row["product_group"] for row in self.rows("products")}
        self.plans = {(row["counterparty_id"], row["plan"]): row["target"] for row in self.of_period("plans")}
        self.rates = Rates(self.rows("exchange_rates"))
        self.sales = self._sales()
        self.reports = self._reports()
        by_hand = [
            {"load_id": "by hand", "row_number": number, "data_set": "fraud_marks"} | row
            for number, row in enumerate(marks, 1)
        ]
        self.mark_rows = [*(row | {"data_set": "antifraud_marks"} for row in self.rows("antifraud_marks")), *by_hand]
        self.marks: dict[str, list[tuple[date, date]]] = defaultdict(list)
        for row in self.mark_rows:
            self.marks[row["subscriber_id"]].append((row["valid_from"], row["valid_to"] or date.max))
        self._suspended: dict[str | None, list[date]] = {}
        self._of_subscribers: dict[str, dict[str, list[dict]]] = {}

    def rows(self, data_set: str) -> list[dict]:
        return [row for load in self.loads[data_set] for row in load.rows]

    def of_period(self, data_set: str) -> list[dict]:
        rows = [row for load in self.loads[data_set] if load.period == self.period for row in load.rows]
        return sorted(rows, key=lambda row: (row["load_id"], row["row_number"]))

    def of_subscriber(self, subscriber_id: str, data_set: str, key: str, day: str) -> list[dict]:
        """Charges or payments up to the period's end; of one that is told twice, the first."""
        if data_set not in self._of_subscribers:
            found, seen = defaultdict(list), set()
            for row in sorted(self.rows(data_set), key=lambda row: (row["load_id"], row["row_number"])):
                if row[day] <= self.last and row[key] not in seen:
                    seen.add(row[key])
                    found[row["subscriber_id"]].append(row)
            self._of_subscribers[data_set] = found
        return self._of_subscribers[data_set].get(subscriber_id, [])

    def _sales(self) -> dict[str, list[dict]]:
        """The sales of known outlets by kit; of one that is told twice, the first."""
        sales, seen = defaultdict(list), set()
        for row in sorted(self.rows("kit_sales"), key=lambda row: (row["load_id"], row["row_number"])):
            if row["sale_id"] not in seen:
                seen.add(row["sale_id"])
                if row["outlet_id"] in self.outlets:
                    sales[row["iccid"]].append(row)
        return sales

    def _reports(self) -> dict[str, list[dict]]:
        """What was reported of each subscriber up to the period's end, in order."""
        found = defaultdict(list)
        for row in self.rows("subscribers"):
            if row["changed_on"] <= self.last:
                found[row["subscriber_id"]].append(row)
        for reports in found.values():
            reports.sort(key=lambda row: (row["changed_on"], row["load_id"], row["row_number"]))
        return dict(found)

    # --- of a subscriber on a day

    def owner(self, subscriber_id: str, day: date) -> tuple[str | None, str | None, str]:
        """(counterparty, outlet, link) of a known subscriber on a day."""
        for link in self.links:
            if link["subscriber_id"] == subscriber_id and link["valid_from"] <= day <= (link["valid_to"] or date.max):
                return self.outlets[link["outlet_id"]]["counterparty_id"], link["outlet_id"], "manual"
        first = self.reports[subscriber_id][0]
        sales = [sale for sale in self.sales.get(first["iccid"], ()) if sale["sold_on"] <= first["activated_on"]]
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

    def suspended_days(self, subscriber_id: str | None, start: date, day: date) -> int:
        """Days from a start to the day before a day on which the subscriber was suspended, counted one by one."""
        if subscriber_id not in self._suspended:
            self._suspended[subscriber_id] = self._days_suspended(subscriber_id)
        return sum(1 for each in self._suspended[subscriber_id] if start <= each < day)

    def _days_suspended(self, subscriber_id: str | None) -> list[date]:
        reports = self.reports.get(subscriber_id or "", [])
        if all(row["status"] != "suspended" for row in reports):
            return []
        begins = reports[0]["changed_on"]
        days = [begins + timedelta(days=number) for number in range((self.last - begins).days + 1)]
        return [each for each in days if self.status(subscriber_id, each) == "suspended"]

    def is_fraud(self, subscriber_id: str | None, day: date) -> bool:
        return any(first <= day <= last for first, last in self.marks.get(subscriber_id or "", ()))

    # --- hierarchies

    def whose(self, counterparty_id: str, of: dict) -> set[str]:
        """The counterparties that a measure looks at: those below, the group, or the whole group."""
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
