"""A line with all that is needed to tell of it: its rule and version, its contract, its event, its values.

Everything is taken from the line as published and from what its run pinned and made, never from how things are now.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import registry
import runs
import schemes
from explanations.taking_back import Taking
from explanations.values import Values
from explanations.wording import WORDS
from prm.database import Connection
from prm.errors import InvariantError
from prm.money import round_money
from prm.settings import Settings
from prm.words import Language, Words, format_day, format_number, format_sum
from schemes.model import Delay

Rule = schemes.Component | schemes.Measure | schemes.Limit


class LineContext:
    """A line with what is needed to tell of it."""

    def __init__(
        self,
        connection: Connection,
        run: runs.OpenedRun,
        line: Mapping[str, Any],
        language: Language,
        settings: Settings,
    ) -> None:
        self.connection, self.run, self.line, self.language, self.settings = connection, run, line, language, settings

    def say(self, key: str, **values: object) -> str:
        return WORDS[key].text(self.language, **values)

    def money(self, amount: Decimal) -> str:
        return self.values.say(amount, "money")

    # --- what it is about

    @cached_property
    def versions(self) -> list[schemes.Scheme]:
        """The versions of the line's scheme that the run knew, in the order of their first days."""
        known = registry.scheme_versions(self.connection, {self.line["scheme"]})
        pinned = [of for of in known if f"{of.scheme} v{of.version}" in self.run.manifest["schemes"]]
        return sorted(pinned, key=lambda of: (of.valid_from, of.version))

    @cached_property
    def scheme(self) -> schemes.Scheme:
        """The line's version. Raises InvariantError where it is not what the run pinned any more."""
        found = next(of for of in self.versions if of.version == self.line["scheme_version"])
        if schemes.content_hash(found) != self.pinned_hash:
            raise InvariantError(
                Words(
                    en=f"Version {found.version} of scheme '{found.scheme}' is not what the line was calculated with "
                    f"(hash {self.pinned_hash}).",
                    ru=f"Версия {found.version} схемы «{found.scheme}» — не то, по чему рассчитана строка "
                    f"(хеш {self.pinned_hash}).",
                ),
                hint=Words(
                    en=f"It was changed from outside: prm scheme show {self.version_name}, prm check.",
                    ru=f"Её изменили извне: prm scheme show {self.version_name}, prm check.",
                ),
            )
        return found

    @property
    def version_name(self) -> str:
        """The line's version as `prm scheme` takes it."""
        return f"{self.line['scheme']}:{self.line['scheme_version']}"

    @property
    def pinned_hash(self) -> str:
        """The hash of the line's version, as the run pinned it."""
        return self.run.manifest["schemes"][f"{self.line['scheme']} v{self.line['scheme_version']}"]

    @cached_property
    def rule(self) -> Rule:
        name = self.line["component"]
        return self.scheme.components.get(name) or self.scheme.measures.get(name) or self.scheme.limits[name]

    @cached_property
    def contract(self) -> dict[str, Any]:
        row = self.run.row("select * from inputs.contracts where contract_id = ?", [self.line["contract_id"]])
        assert row is not None
        return row

    @cached_property
    def event(self) -> dict[str, Any]:
        """The event's columns, with its status; empty for a line of the period."""
        line = self.line
        row = self.run.row(
            "select * from int_events where stream = ? and data_set = ? and load_id = ? and row_number = ?",
            [line["stream"], line["data_set"], line["load_id"], line["row_number"]],
        )
        if row is None:
            return {}
        status = self.run.row(
            "select status from int_states where subscriber_id = ? and ? between valid_from and valid_to",
            [row["subscriber_id"], row["event_date"]],
        )
        known = {"amount": self._amount_in_own_currency(row)} if self.line["original_currency"] else {}
        return row | known | {
            "status": status["status"] if status else "active", "suspended_days": self._suspended_days(row),
        }  # fmt: skip

    def _amount_in_own_currency(self, event: Mapping[str, Any]) -> Decimal | None:
        """The event's amount in the line's currency, by the rate that the line was reckoned with."""
        rate = self.line["exchange_rate"]
        return None if rate is None or event["amount"] is None else round_money(event["amount"] * rate, 4)

    def _suspended_days(self, event: Mapping[str, Any]) -> int | None:
        """How many of the days since the activation the subscriber was suspended; None without an activation."""
        if event["activated_on"] is None:
            return None
        row = self.run.row(
            """select coalesce(sum(least(valid_to, ? - 1) - greatest(valid_from, ?) + 1), 0) as days from int_states
               where subscriber_id = ? and status = 'suspended' and valid_from < ? and valid_to >= ?""",
            [
                event["event_date"],
                event["activated_on"],
                event["subscriber_id"],
                event["event_date"],
                event["activated_on"],
            ],
        )
        return row["days"] if row else 0

    @property
    def is_of_period(self) -> bool:
        return self.line["stream"] == schemes.PERIOD

    @cached_property
    def taking(self) -> Taking | None:
        """What it takes back; None where it doesn't."""
        rule = self.rule
        if isinstance(rule, schemes.Component) and rule.claws_back and self.line["outcome"] != "rounded":
            return Taking(self.connection, self.run, self.line, self.scheme, rule, rule.claws_back, self.language)
        return None

    @cached_property
    def values(self) -> Values:
        special, origins, event = {}, {}, self.event
        if self.taking and not self.is_of_period:
            special, origins, event = self.taking.special, self.taking.origins, self.taking.event(event)
        elif self.taking:
            special, origins = self.taking.special_of_period, self.taking.origins
        if self.line["original_currency"] and not self.is_of_period:
            origins = dict(origins) | {"amount": self.converted}
        if instalment := self.instalments:
            count, number = Decimal(len(instalment)), Decimal(self.number_of_instalment)
            special = {"instalment": number, "instalments": count}
            origins = origins | dict.fromkeys(special, self.say("of_instalment"))
        return Values(
            self.run, self.scheme, self.contract, schemes.PERIOD if self.is_of_period else self.rule.on,  # type: ignore[union-attr]
            self.last_day if self.is_of_period else self.line["event_date"], self.language, self.file_of,
            self.why_of, event, special, origins,
            () if self.is_of_period else schemes.windows(self.rule),  # type: ignore[arg-type]
        )  # fmt: skip

    def why_of(self, agreed: schemes.AgreedValue) -> str:
        """Why a value was agreed, as it was said when it was entered."""
        decision = registry.decision_on_value(
            self.connection, agreed.level, agreed.holder, agreed.attribute, agreed.since, agreed.value
        )  # fmt: skip
        return f" ({decision.reason})" if decision and decision.reason and agreed.author != "file" else ""

    @property
    def converted(self) -> str:
        """How the event's amount came into the line's currency."""
        line = self.line
        original = format_sum(line["original_amount"], line["original_currency"], self.language)
        if line["exchange_rate"] is None:
            return self.say("no_rate", original=original)
        rate = format_number(line["exchange_rate"], self.language)
        day = line["event_date"]
        quotes, of_one = self.run.quotes(line["original_currency"], line["currency"], day, self.settings)
        if of_one != line["exchange_rate"]:  # the files are gone
            return self.say("converted", original=original, rate=rate)
        told = "; ".join(
            self.say(
                "quoted", units=of.units, currency=of.currency, day=format_day(of.rated_on, self.language),
                rate=format_sum(of.rate, of.base_currency, self.language), file=self.file_of(of.load_id),
            )
            for of in quotes
        )  # fmt: skip
        key = "converted_by" if len(quotes) == 1 else "converted_through"
        return self.say(
            key, original=original, rate=rate, day=format_day(day, self.language), quotes=told,
            base=quotes[0].base_currency,
        )  # fmt: skip

    @property
    def instalments(self) -> tuple[Delay, ...]:
        return () if self.is_of_period else getattr(self.rule, "after", ())

    @property
    def number_of_instalment(self) -> int:
        return 1 + [delay.stream for delay in self.instalments].index(self.line["stream"])

    def applies_from(self, of: schemes.Scheme) -> date:
        return schemes.applies_from(
            of, self.versions[0], begins=self.contract["valid_from"], notice_days=self.contract["notice_days"]
        )

    @property
    def last_day(self) -> date:
        """The last of the contract's days in the period under this version: its terms rule the period's lines."""
        period = self.run.period
        day = min(self.contract["valid_to"] or date.max, period.end)
        while day > max(self.contract["valid_from"], period.start):
            begun = [of for of in self.versions if self.applies_from(of) <= day]
            if begun and begun[-1].version == self.scheme.version:
                break
            day -= timedelta(days=1)
        return day

    def file_of(self, load_id: str) -> str:
        row = self.connection.execute("select file_name from reporting.loads where load_id = %s", [load_id]).fetchone()
        return row["file_name"] if row else load_id
