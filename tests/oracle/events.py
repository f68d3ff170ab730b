"""The events of a period, from the rows that tell of them: one dictionary each, with the reason where it can't count."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.oracle.agreements import Agreements
from tests.oracle.facts import Facts, later

DATA_SETS = {
    "activation": "subscribers", "churn": "subscribers", "reactivation": "subscribers",
    "tariff_change": "subscribers", "charge": "charges", "payment": "payments", "operation": "operations",
}  # fmt: skip
NO_OWNER = {"none": "no_kit", "conflict": "kit_conflict"}


class Events:
    """Makes the events of one period."""

    def __init__(self, facts: Facts, agreements: Agreements) -> None:
        self.facts, self.agreements = facts, agreements

    def all(self) -> list[dict]:
        """Every event, by day, then by row."""
        events = [
            *self.of_reports(), *self.charges(), *self.payments(), *self.operations(), *self.due(), *self.of_marks(),
        ]  # fmt: skip
        events.sort(key=lambda event: (event["event_date"], event["data_set"], event["load_id"], event["row_number"]))
        return events

    def event(self, stream: str, row: dict, day: date, **more: Any) -> dict:
        return {
            "stream": stream, "data_set": row.get("data_set") or DATA_SETS[stream], "load_id": row["load_id"],
            "row_number": row["row_number"], "event_date": day, "delay": None, "is_only_for_clawbacks": False,
            "subscriber_id": row["subscriber_id"], "product_id": None, "tariff": None, "outlet_id": None,
            "counterparty_id": None, "activated_on": None, "amount": None, "currency": None, "charge_kind": None,
            "channel": None, "operation_kind": None, "old_tariff": None, "reason": None,
        } | more  # fmt: skip

    def of_reports(self) -> list[dict]:
        """Activations, churns, returns and changes of tariff: what the reports on subscribers tell of."""
        first, last, events = self.facts.first, self.facts.last, []
        for row in self.facts.of_period("subscribers"):
            reports = self.facts.reports[row["subscriber_id"]]
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
                elif number or row["activated_on"] > last:
                    reason = "not_an_activation"
                elif row["activated_on"] < first:
                    reason = "reported_late"
                if number == 0 and row["activated_on"] >= first:
                    day = row["activated_on"]
                events.append(self.of_report("activation", row, day, row["activated_on"], reason))
            if left and not is_repeated:
                gone = row["deactivated_on"]
                day = gone if first <= gone <= last else row["changed_on"]
                events.append(self.of_report("churn", row, day, day, None))
            if returned and not is_repeated:
                events.append(self.of_report("reactivation", row, row["changed_on"], row["changed_on"], None))
            if changed and not is_repeated:
                assert former is not None
                event = self.of_report("tariff_change", row, row["changed_on"], row["changed_on"], None)
                events.append(event | {"old_tariff": former["product_id"]})
        return events

    def of_report(self, stream: str, row: dict, day: date, owned_on: date, reason: str | None) -> dict:
        counterparty_id, outlet_id, link = self.facts.owner(row["subscriber_id"], owned_on)
        return self.event(
            stream, row, day, product_id=row["product_id"], tariff=row["product_id"], outlet_id=outlet_id,
            counterparty_id=counterparty_id, activated_on=row["activated_on"], reason=reason or NO_OWNER.get(link),
        )  # fmt: skip

    def due(self) -> list[dict]:
        """Activations of before that are as old in this period as a component of their owner's contracts waits for."""
        waited_for = {delay for rule in self.agreements.all_rules() for delay in rule.delays}
        paid_on = {
            owner: {delay for rule in self.agreements.paying_rules(owner) for delay in rule.delays}
            for owner in [None, *self.facts.counterparties]
        }
        events = []
        for subscriber_id, reports in self.facts.reports.items():
            first = reports[0]
            owner = self.facts.owner(subscriber_id, first["activated_on"])[0]
            for unit, count in waited_for:
                day = later(first["activated_on"], unit, count)
                if self.facts.first <= day <= self.facts.last:
                    event = self.of_report("activation", first, day, first["activated_on"], None)
                    events.append(event | {
                        "delay": (unit, count), "stream": f"activation_{count}{unit[0]}",
                        "is_only_for_clawbacks": (unit, count) not in paid_on[owner],
                    })  # fmt: skip
        return events

    def of_marks(self) -> list[dict]:
        """The days on which subscribers come under marks; marks that overlap are one."""
        events, until = [], {}
        rows = sorted(self.facts.mark_rows, key=lambda row: (
            row["valid_from"], row["valid_to"] or date.max, row["data_set"], row["load_id"], row["row_number"],
        ))  # fmt: skip
        for row in rows:
            subscriber_id, day = row["subscriber_id"], row["valid_from"]
            begins = day > until.get(subscriber_id, date.min)
            until[subscriber_id] = max(until.get(subscriber_id, date.min), row["valid_to"] or date.max)
            in_period = self.facts.first <= day <= self.facts.last
            if not begins or not in_period or subscriber_id not in self.facts.reports:
                continue
            reports = self.facts.reports[subscriber_id]
            about = row | {"activated_on": reports[0]["activated_on"], "product_id": reports[-1]["product_id"]}
            event = self.of_report("fraud_mark", about, day, day, None)
            paying = self.agreements.paying_rules(event["counterparty_id"])
            is_paid_on = any(rule.of.get("on") == "fraud_mark" for rule in paying)
            events.append(event | {"is_only_for_clawbacks": not is_paid_on})
        return events

    def operations(self) -> list[dict]:
        events, seen = [], set()
        for row in self.facts.of_period("operations"):
            reason = "repeated" if row["operation_id"] in seen else None
            seen.add(row["operation_id"])
            counterparty_id, outlet_id = None, row["outlet_id"]
            if row["outlet_id"]:
                counterparty_id = self.facts.outlets.get(row["outlet_id"], {}).get("counterparty_id")
                reason = reason or (None if counterparty_id else "no_outlet")
            elif row["subscriber_id"] is None:
                reason = reason or "no_outlet"
            elif row["subscriber_id"] not in self.facts.reports:
                reason = reason or "no_subscriber"
            else:
                counterparty_id, outlet_id, link = self.facts.owner(row["subscriber_id"], row["performed_on"])
                reason = reason or NO_OWNER.get(link)
            events.append(self.event(
                "operation", row, row["performed_on"], product_id=row["product_id"], amount=row["amount"],
                currency=row["currency"], operation_kind=row["operation_kind"], reason=reason, outlet_id=outlet_id,
                counterparty_id=counterparty_id, **self.about(row["subscriber_id"]),
            ))  # fmt: skip
        return events

    def charges(self) -> list[dict]:
        events, seen = [], set()
        for row in self.facts.of_period("charges"):
            reason = "repeated" if row["charge_id"] in seen else None
            seen.add(row["charge_id"])
            counterparty_id, outlet_id = None, None
            if row["subscriber_id"] in self.facts.reports:
                counterparty_id, outlet_id, link = self.facts.owner(row["subscriber_id"], row["charged_on"])
                reason = reason or NO_OWNER.get(link)
            else:
                reason = reason or "no_subscriber"
            events.append(self.event(
                "charge", row, row["charged_on"], product_id=row["product_id"], amount=row["amount"],
                currency=row["currency"], charge_kind=row["charge_kind"], reason=reason, outlet_id=outlet_id,
                counterparty_id=counterparty_id, **self.about(row["subscriber_id"]),
            ))  # fmt: skip
        return events

    def payments(self) -> list[dict]:
        events, seen = [], set()
        for row in self.facts.of_period("payments"):
            reason = "repeated" if row["payment_id"] in seen else None
            seen.add(row["payment_id"])
            outlet = self.facts.outlets.get(row["outlet_id"] or "")
            events.append(self.event(
                "payment", row, row["paid_on"], amount=row["amount"], currency=row["currency"], channel=row["channel"],
                reason=reason or (None if outlet else "no_outlet"), outlet_id=outlet and outlet["outlet_id"],
                counterparty_id=outlet and outlet["counterparty_id"], **self.about(row["subscriber_id"]),
            ))  # fmt: skip
        return events

    def about(self, subscriber_id: str | None) -> dict[str, Any]:
        """What an event tells of a known subscriber."""
        reports = self.facts.reports.get(subscriber_id or "")
        if not reports:
            return {}
        return {"activated_on": reports[0]["activated_on"], "tariff": reports[-1]["product_id"]}
