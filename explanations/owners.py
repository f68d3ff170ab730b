"""Whose subscriber it was on a line, and why a line is nobody's: what the run's ownership says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from explanations.wording import WORDS
from prm.words import Language, format_day
from runs import OpenedRun

_OPEN = date(9999, 12, 31)
_KEYS = {"charges": "charge_id", "payments": "payment_id", "operations": "operation_id"}


def whose(run: OpenedRun, line: Mapping[str, Any], event: Mapping[str, Any], language: Language) -> Iterator[str]:
    """By which link the line's subscriber is its counterparty's; nothing where the outlet decided."""
    owner = None if _is_of_outlet(run, line) else _owner(run, line, event.get("activated_on"))
    if owner is None:
        return
    if owner["link"] == "manual":
        day = format_day(owner["valid_from"], language)
        yield WORDS["owner_manual"].text(language, outlet=owner["outlet_id"], day=day)
    elif owner["link"] == "kit":
        yield WORDS["owner_kit"].text(
            language, outlet=owner["outlet_id"], iccid=owner["iccid"], day=format_day(owner["sold_on"], language),
            sale=owner["sale_id"],
        )  # fmt: skip


def why_nobody(
    run: OpenedRun, line: Mapping[str, Any], language: Language, file_of: Callable[[str], str]
) -> Iterator[str]:
    """What there is to say of a line that earned nothing for a reason that is not a scheme's."""
    reason = line["reason"]
    if reason in ("no_kit", "kit_conflict"):
        owner = _owner(run, line, None)
        if owner is None:
            return
        day = format_day(owner["activated_on"], language)
        yield WORDS["owner_none" if reason == "no_kit" else "owner_conflict"].text(
            language, iccid=owner["iccid"], day=day
        )
        for sale in run.rows(
            """select sales.sale_id, sales.sold_on, sales.outlet_id, outlets.counterparty_id
               from stg_kit_sales as sales left join stg_outlets as outlets on sales.outlet_id = outlets.outlet_id
               where sales.iccid = ? order by sales.sold_on, sales.sale_id""",
            [owner["iccid"]],
        ):
            yield "  " + WORDS["sale"].text(
                language, sale=sale["sale_id"], day=format_day(sale["sold_on"], language), outlet=sale["outlet_id"],
                counterparty=sale["counterparty_id"] or "—",
            )  # fmt: skip
    elif reason == "fraud":
        for mark in run.rows(
            "select valid_from, valid_to from stg_fraud_marks where subscriber_id = ? and ? between valid_from and valid_to",
            [line["subscriber_id"], line["event_date"]],
        ):
            first, last = format_day(mark["valid_from"], language), mark["valid_to"]
            if last is None or last >= _OPEN:
                yield WORDS["mark_open"].text(language, first=first)
            else:
                yield WORDS["mark"].text(language, first=first, last=format_day(last, language))
    elif reason == "repeated" and line["data_set"] in _KEYS:
        earlier = run.row(
            f"""select load_id, row_number from stg_{line["data_set"]}
                where {_KEYS[line["data_set"]]} = ? order by load_id, row_number""",
            [line["event_id"]],
        )
        if earlier:
            yield WORDS["repeated"].text(
                language, event=line["event_id"], file=file_of(earlier["load_id"]), row=earlier["row_number"]
            )


def _is_of_outlet(run: OpenedRun, line: Mapping[str, Any]) -> bool:
    """Whether it is its outlet's: a payment is, and an operation that names the outlet which carried it out."""
    if line["data_set"] != "operations":
        return line["data_set"] == "payments"
    row = run.row(
        "select outlet_id from stg_operations where load_id = ? and row_number = ?",
        [line["load_id"], line["row_number"]],
    )
    return row is not None and row["outlet_id"] is not None


def _owner(run: OpenedRun, line: Mapping[str, Any], activated_on: date | None) -> dict[str, Any] | None:
    """The subscriber's ownership on the day that decided: of an activation that is looked at later, its own."""
    day = activated_on if activated_on and str(line["stream"]).startswith("activation_") else line["event_date"]
    return run.row(
        "select * from int_ownership where subscriber_id = ? and ? between valid_from and valid_to",
        [line["subscriber_id"], day],
    )
