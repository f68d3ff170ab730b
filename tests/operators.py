"""Small operators for tests: rows in Python, written as the files of an inbox."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import loaders
import registry
from prm import database
from prm.period import Period
from prm.settings import Settings

OCTOBER = Period.parse("2026-10")
BRANCH = "ural"


@dataclass
class Operator:
    """The rows of an operator's files. Facts go into files of October 2026, whatever their rows say."""

    counterparties: list[dict[str, Any]] = field(default_factory=list)
    products: list[dict[str, Any]] = field(default_factory=list)
    outlets: list[dict[str, Any]] = field(default_factory=list)
    contracts: list[dict[str, Any]] = field(default_factory=list)
    kit_sales: list[dict[str, Any]] = field(default_factory=list)
    subscribers: list[dict[str, Any]] = field(default_factory=list)
    charges: list[dict[str, Any]] = field(default_factory=list)
    payments: list[dict[str, Any]] = field(default_factory=list)
    antifraud_marks: list[dict[str, Any]] = field(default_factory=list)
    operations: list[dict[str, Any]] = field(default_factory=list)
    plans: list[dict[str, Any]] = field(default_factory=list)
    exchange_rates: list[dict[str, Any]] = field(default_factory=list)
    penalties: list[dict[str, Any]] = field(default_factory=list)

    # --- rows with the values that a test does not care about

    def counterparty(self, counterparty_id: str, kind: str = "dealer", branch: str = BRANCH) -> None:
        self.counterparties.append({
            "counterparty_id": counterparty_id, "name": f"ООО «{counterparty_id}»", "kind": kind,
            "parent_id": self.counterparties[0]["counterparty_id"] if kind == "subdealer" else None,
            "branch": branch, "tax_number": "6600000000", "email": None,
        })  # fmt: skip

    def outlet(self, outlet_id: str, counterparty_id: str, kind: str = "own") -> None:
        self.outlets.append({
            "outlet_id": outlet_id, "counterparty_id": counterparty_id, "name": f"Салон {outlet_id}", "kind": kind,
            "region": "Пермь", "opened_on": date(2025, 1, 1), "closed_on": None,
        })  # fmt: skip

    def product(self, product_id: str, product_group: str) -> None:
        self.products.append({"product_id": product_id, "name": f"Тариф {product_id}", "product_group": product_group})

    def contract(self, contract_id: str, counterparty_id: str, scheme: str, **more: Any) -> None:
        self.contracts.append({
            "contract_id": contract_id, "counterparty_id": counterparty_id, "scheme": scheme,
            "valid_from": date(2026, 1, 1), "valid_to": None, "status": "active", "currency": "RUB",
            "vat_status": "payer", "settlement_level": "counterparty",
        } | more)  # fmt: skip

    def subscriber(
        self, number: int, outlet_id: str | None, product_id: str = "V1", activated_on: date = date(2026, 10, 5),
        changed_on: date | None = None, sold_on: date = date(2026, 10, 1),
    ) -> str:  # fmt: skip
        """A subscriber whose kit an outlet sold (or nobody, with None)."""
        subscriber_id, iccid = f"N{number:05d}", f"8970100000000{number:05d}"
        if outlet_id:
            self.sale(f"K{number:05d}", iccid, outlet_id, sold_on)
        self.subscribers.append({
            "subscriber_id": subscriber_id, "changed_on": changed_on or activated_on, "msisdn": f"7900{number:07d}",
            "iccid": iccid, "product_id": product_id, "branch": BRANCH, "activated_on": activated_on,
            "deactivated_on": None, "status": "active",
        })  # fmt: skip
        return subscriber_id

    def sale(self, sale_id: str, iccid: str, outlet_id: str, sold_on: date = date(2026, 10, 1)) -> None:
        self.kit_sales.append({
            "sale_id": sale_id, "iccid": iccid, "outlet_id": outlet_id, "product_id": "V1", "sold_on": sold_on,
            "price": Decimal("200.00"),
        })  # fmt: skip

    def charge(
        self,
        subscriber_id: str,
        amount: str,
        day: date = date(2026, 10, 20),
        product_id: str = "V1",
        kind: str = "monthly",
        **more: Any,
    ) -> None:
        self.charges.append({
            "charge_id": f"Z{len(self.charges) + 1:06d}", "subscriber_id": subscriber_id, "product_id": product_id,
            "charged_on": day, "amount": Decimal(amount), "charge_kind": kind,
        } | more)  # fmt: skip

    def payment(
        self, outlet_id: str | None, amount: str, subscriber_id: str | None = "N00001", channel: str = "cash",
        day: date = date(2026, 10, 10),
    ) -> None:  # fmt: skip
        self.payments.append({
            "payment_id": f"Y{len(self.payments) + 1:06d}", "subscriber_id": subscriber_id, "outlet_id": outlet_id,
            "paid_on": day, "amount": Decimal(amount), "channel": channel,
        })  # fmt: skip

    def mark(self, subscriber_id: str, valid_from: date, valid_to: date | None = None) -> None:
        self.antifraud_marks.append({
            "mark_id": f"M{len(self.antifraud_marks) + 1:05d}", "subscriber_id": subscriber_id,
            "valid_from": valid_from, "valid_to": valid_to, "reason": "проверка",
        })  # fmt: skip

    def report(
        self, number: int, changed_on: date, product_id: str = "V1", deactivated_on: date | None = None,
        status: str = "active",
    ) -> None:  # fmt: skip
        """A later report on a subscriber: another tariff, a suspension, its end, or its return."""
        first = next(row for row in self.subscribers if row["subscriber_id"] == f"N{number:05d}")
        self.subscribers.append(first | {
            "changed_on": changed_on, "product_id": product_id, "deactivated_on": deactivated_on,
            "status": "closed" if deactivated_on else status,
        })  # fmt: skip

    def operation(
        self, kind: str, outlet_id: str | None, amount: str | None = None, subscriber_id: str | None = None,
        day: date = date(2026, 10, 12), product_id: str | None = None,
    ) -> None:  # fmt: skip
        self.operations.append({
            "operation_id": f"X{len(self.operations) + 1:06d}", "subscriber_id": subscriber_id, "outlet_id": outlet_id,
            "product_id": product_id, "performed_on": day, "operation_kind": kind,
            "amount": None if amount is None else Decimal(amount),
        })  # fmt: skip

    def plan(self, counterparty_id: str, plan: str, target: str, starts_on: date = date(2026, 10, 1)) -> None:
        self.plans.append(
            {"counterparty_id": counterparty_id, "plan": plan, "starts_on": starts_on, "target": Decimal(target)}
        )

    def penalty(
        self, penalty_id: str, counterparty_id: str, amount: str, day: date = date(2026, 10, 17), kind: str = "penalty",
        **more: Any,
    ) -> None:  # fmt: skip
        self.penalties.append({
            "penalty_id": penalty_id, "counterparty_id": counterparty_id, "kind": kind, "dated_on": day,
            "amount": Decimal(amount), "reason": "поздний отчёт",
        } | more)  # fmt: skip

    def rate(self, currency: str, rate: str, day: date, units: int = 1, base_currency: str | None = None) -> None:
        self.exchange_rates.append({
            "rated_on": day, "currency": currency, "units": units, "rate": rate, "base_currency": base_currency,
        })  # fmt: skip

    # --- files

    def write(self, inbox: Path) -> None:
        """Writes the files; facts by the month of their day (subscribers by their day of change)."""
        inbox.mkdir(parents=True, exist_ok=True)
        for data_set in ("counterparties", "products", "outlets", "contracts"):
            _write(inbox / f"{data_set}.csv", getattr(self, data_set))
        days = {
            "kit_sales": "sold_on", "subscribers": "changed_on", "charges": "charged_on", "payments": "paid_on",
            "antifraud_marks": "valid_from", "operations": "performed_on", "plans": "starts_on",
            "penalties": "dated_on",
        }  # fmt: skip
        for data_set, day in days.items():
            months: dict[str, list[dict]] = {}
            for row in getattr(self, data_set):
                months.setdefault(row[day].strftime("%Y-%m"), []).append(row)
            for month, rows in months.items():
                _write(inbox / f"{data_set}_{month}_{BRANCH}.csv", rows)
        for month in sorted({row["rated_on"].strftime("%Y-%m") for row in self.exchange_rates}):
            rows = [row for row in self.exchange_rates if row["rated_on"].strftime("%Y-%m") == month]
            _write(inbox / f"exchange_rates_{month}.csv", rows)

    def load(self, settings: Settings) -> None:
        """Writes the files, loads them and adds the library; everything must be accepted."""
        self.write(settings.inbox)
        with database.transaction(settings) as connection:
            registry.add_library(connection)
        for result in loaders.load_inbox(settings):
            assert result.outcome == "accepted" and not result.reasons, (result, result.words)


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(["" if row.get(name) is None else row[name] for name in names] for row in rows)


def small_operator() -> Operator:
    """Two dealers, an agent, a partner; 30 activations, charges and payments; one kit sold twice, one mark."""
    operator = Operator()
    for counterparty_id, kind in (
        ("D00001", "dealer"),
        ("D00002", "dealer"),
        ("A00001", "agent"),
        ("P00001", "partner"),
    ):
        operator.counterparty(counterparty_id, kind)
        operator.outlet(f"T-{counterparty_id}", counterparty_id)
    operator.product("V1", "voice")
    operator.product("C1", "content")
    operator.contract("C-D00001", "D00001", "dealer_standard", **{"attribute:activation_fee": "310.00"})
    operator.contract("C-D00002", "D00002", "dealer_standard")
    operator.contract("C-A00001", "A00001", "agent_payments")
    operator.contract("C-P00001", "P00001", "partner_content")
    for number in range(1, 31):
        outlet_id = f"T-D0000{1 + number % 2}" if number <= 28 else "T-P00001"
        subscriber_id = operator.subscriber(number, outlet_id)
        operator.charge(subscriber_id, f"{100 + number}.35")
        operator.charge(subscriber_id, "45.50", product_id="C1", kind="usage")
        operator.payment("T-A00001", f"{700 + number}.15", subscriber_id)
    operator.charge("N00001", "-20.00")  # a credit note
    operator.charge("N00001", "5.00")  # below the smallest charge shared
    operator.charge("N99999", "60.00")  # nobody's
    operator.payment(None, "50.00")
    operator.subscriber(40, None)  # its kit was never sold
    operator.sale("K90000", "897010000000000002", "T-D00002", date(2026, 10, 2))  # N00002's kit, sold again
    operator.mark("N00003", date(2026, 10, 15))
    return operator
