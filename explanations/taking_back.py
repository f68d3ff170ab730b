"""Lines that take back, or give back: of which line, when and for what that was paid, and how much of it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

import schemes
from explanations.addresses import address_of, lines_by_key
from explanations.model import Reckoned, Related
from explanations.wording import WORDS
from prm.database import Connection
from prm.period import Period
from prm.words import Language, format_day, format_period
from runs import OpenedRun
from schemes.taking_back import NOTHING_KEPT

_TAKEN = ("taken_period", "taken_contract_id", "taken_component", "taken_stream", "taken_load_id", "taken_row_number")
Money = Callable[[Decimal], str]


class Taking:
    """What a line of a component with `claws_back` takes back."""

    def __init__(
        self, connection: Connection, run: OpenedRun, line: Mapping[str, Any], scheme: schemes.Scheme,
        component: schemes.Component, of: schemes.Clawback, language: Language,
    ) -> None:  # fmt: skip
        self.connection, self.run, self.line, self.scheme = connection, run, line, scheme
        self.component, self.of, self.language = component, of, language

    def say(self, key: str, **values: object) -> str:
        return WORDS[key].text(self.language, **values)

    def day(self, of: Any) -> str:
        return format_day(of, self.language)

    @property
    def is_of_period(self) -> bool:
        return self.line["stream"] == schemes.PERIOD

    @property
    def gives_back(self) -> bool:
        """Whether it gives back what another component took."""
        return any(self.scheme.components[name].claws_back for name in self.of.of)

    @cached_property
    def due(self) -> dict[str, Any]:
        """The run's row of what was kept, by which window."""
        names = ("contract_id", "component", "stream", "data_set", "load_id", "row_number", *_TAKEN)
        row = self.run.row(
            f"select * from int_clawbacks where {' and '.join(f'{name} = ?' for name in names)}",
            [self.line[name] for name in names],
        )
        assert row is not None, self.line
        return row

    @cached_property
    def taken(self) -> dict[str, Any] | None:
        """The line that was paid, as it is published now; None where it is there no more."""
        line = self.line
        if line["taken_period"] is None:
            return None
        key = {
            "contract_id": line["taken_contract_id"], "component": line["taken_component"], "taken_period": None,
            "stream": line["taken_stream"] or schemes.PERIOD,
        }  # fmt: skip
        if not self.is_of_period:
            key |= {"load_id": line["taken_load_id"], "row_number": line["taken_row_number"]}
        found = lines_by_key(self.connection, line["taken_period"], line["counterparty_id"], **key)
        return next((row for row in found if row["outcome"] != "rounded"), None)

    @cached_property
    def given(self) -> list[dict[str, Any]]:
        """The lines that took back what this one gives back, by their days."""
        period, found = Period.parse(self.line["taken_period"]), []
        key = {name: self.line[name] for name in _TAKEN} | {"component": self.due["takes"]}
        for each in period.until(self.run.period):
            found += lines_by_key(self.connection, str(each), self.line["counterparty_id"], **key)
        return [row for row in found if row["event_date"] <= self.line["event_date"]]

    # --- for its formulas

    @property
    def special(self) -> dict[str, schemes.Value | None]:
        """What was paid, and how much of the window is over."""
        due = self.due
        found: dict[str, schemes.Value | None] = {"paid": due["of_paid"]}
        if "of_elapsed" in due:
            found |= {"elapsed": Decimal(due["of_elapsed"]), "window": Decimal(due["of_window"])}
        return found

    @property
    def special_of_period(self) -> dict[str, schemes.Value | None]:
        """What is left of the pay of the period that is looked at again."""
        return {"paid": self._left_of_period}

    @property
    def _left_of_period(self) -> Decimal:
        row = self.run.row(
            "select sum(amount) as found from inputs.earlier_totals where contract_id = ? and component = ? and of_period = ?",
            [self.line["contract_id"], self.of.of[0], str(self.run.period.shifted(-self.of.months_ago))],
        )
        return (row["found"] if row else None) or Decimal(0)

    @property
    def origins(self) -> dict[str, str]:
        """Where these values came from."""
        if self.is_of_period:
            ago = format_period(self.run.period.shifted(-self.of.months_ago), self.language)
            return {"paid": self.say("of_period_before", period=ago)}
        found = {"paid": self.say("paid"), "window": self.say("window")}
        if "begins_on" in self.due:
            found["elapsed"] = self.say("elapsed", day=self.day(self.due["begins_on"]))
        return found

    def event(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The event as the rule sees it: outlet and counterparty are those of the line that was paid."""
        outlet = self.run.row(
            "select outlet_kind, outlet_region from stg_outlets where outlet_id = ?", [self.due["outlet_id"]]
        ) or {"outlet_kind": None, "outlet_region": None}
        counterparty = self.run.row(
            "select counterparty_kind, branch from stg_counterparties where counterparty_id = ?",
            [self.due["counterparty_id"]],
        ) or {"counterparty_kind": None, "branch": None}
        whose = {"outlet_id": self.due["outlet_id"], "counterparty_id": self.due["counterparty_id"]}
        return {**event, **outlet, **counterparty, **whose}

    # --- in words

    def story(self, money: Money, amount: Decimal) -> Iterator[str]:
        """What is taken back, why now, and how much of it is kept."""
        line = self.line
        if line["taken_period"] is None:
            return
        period = format_period(Period.parse(line["taken_period"]), self.language)
        title = getattr(self.scheme.components[line["taken_component"]].title, self.language)
        if self.is_of_period:
            yield self.say("taken_total", component=title, period=period)
            yield self.say("taken_amount_same", paid=money(self._left_of_period))
            return
        due, taken = self.due, self.taken
        key = "given_of" if self.gives_back else "taken"
        if self.gives_back and self.given:
            what = getattr(self.scheme.components[due["takes"]].title, self.language)
            yield self.say("given", component=what, day=self.day(self.given[-1]["event_date"]))
        event = schemes.explain_stream(line["taken_stream"], self.language)
        if taken is None:
            yield self.say("taken_gone", period=period)
        else:
            yield self.say(key, component=title, period=period, event=event, day=self.day(taken["event_date"]))
            if not self.gives_back:
                same = taken["amount"] == due["of_paid"]
                yield self.say(
                    "taken_amount_same" if same else "taken_amount",
                    amount=money(taken["amount"]),
                    paid=money(due["of_paid"]),
                )
        by = schemes.explain_stream(line["stream"], self.language)
        yield self.say("given_by" if self.gives_back else "taken_by", event=by, day=self.day(line["event_date"]))
        if self.of.within and "begins_on" in due:
            yield self.say(
                f"window_{self.of.within.unit}", day=self.day(due["begins_on"]), elapsed=due["of_elapsed"],
                window=due["of_window"],
            )  # fmt: skip
        if line["outcome"] != "not_eligible":
            left = line["base_amount"]
            if self.gives_back:
                yield self.say("left_given", left=money(-left), kept=money(-left - amount), amount=money(amount))
            else:
                yield self.say("left", left=money(left), kept=money(left + amount), amount=money(-amount))

    def reckoned(self, told: str, exact: Decimal | None, kept: Decimal | None, money: Money) -> Reckoned:
        """What is kept by the formula, and whether the line follows from it."""
        line = self.line
        if exact is None or kept is None:
            return Reckoned(self.say("reckoned_unknown", formula=told), None, line["amount"])
        paid = self._left_of_period if self.is_of_period else line["base_amount"]
        is_kept = min(max(kept, min(paid, Decimal(0))), max(paid, Decimal(0)))
        sentence = self.say("given_in_full") if self.gives_back else self.say("kept", formula=told, kept=money(kept))
        if not self.gives_back and self.component.pay == NOTHING_KEPT:
            sentence = self.say("kept_nothing")
        return Reckoned(sentence, exact, line["amount"], is_kept - paid == line["amount"])

    def related(self, money: Money) -> Iterator[Related]:
        """The line that is taken back; and the lines that took back what is given back."""
        if self.taken:
            key = "paid_line" if self.gives_back else "taken_line"
            yield self._line(self.taken, key, money)
        if self.gives_back:
            for row in self.given:
                yield self._line(row, "given_line", money)

    def _line(self, row: Mapping[str, Any], key: str, money: Money) -> Related:
        title = getattr(self.scheme.components[row["component"]].title, self.language)
        return Related(address_of(row), self.say(key, component=title, amount=money(row["amount"])), row["amount"])
