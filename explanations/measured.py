"""What a measure was made of: whose totals, which outlets or subscribers, how many events of which periods, which rows of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import schemes
from explanations.wording import WORDS

if TYPE_CHECKING:
    from explanations.values import Values

_MOST_DETAILS = 12


class Measured:
    """What the measures of a rule on one line were made of. values: of that rule."""

    def __init__(self, values: Values) -> None:
        self.values = values

    def details(self, measure: schemes.Measure) -> tuple[str, ...]:
        """Who brought what of a measure of others; how many events a measure of one's own counted."""
        if measure.per:
            own = self.of_own(measure)
            return (self._of_one(own, measure) if own else WORDS[f"no_{measure.per}"].text(self.values.language),)
        table, _, column = self.values.slots.measure(measure).partition(".")
        slot = int(column.rpartition("_")[2])
        if table == "totals":
            parts = [
                f"{who}, «{self._title_of(component)}»: {self.values.say(amount, 'money')}"
                for who, component, amount in self.of_others(slot)
            ]
        elif measure.plan is not None:
            return self._rows_of_plan(measure.plan)
        elif measure.counts_by is not None:
            by = self.values.scheme.measures[measure.counts_by]
            reaching = self._reaching(slot)
            return self._cut([self._of_one(row, by) for row in reaching], reaching[0]["reached"] if reaching else 0)
        else:
            parts = [self._counted(row) for row in self._volumes(slot)]
        return self._cut(parts, len(parts))

    def _cut(self, parts: list[str], several: int) -> tuple[str, ...]:
        """The first of so many parts, and how many more there are."""
        shown = tuple(parts[:_MOST_DETAILS])
        more = several - len(shown)
        return (*shown, WORDS["more"].text(self.values.language, n=more)) if more else shown

    def of_own(self, measure: schemes.Measure) -> dict[str, Any] | None:
        """What of a measure was counted of the event's outlet, or subscriber; None where the event has none."""
        per_id = self.values.event.get(f"{measure.per}_id")
        if per_id is None:
            return None
        row = self.values.run.row(
            """select per_id, base_count, base_amount from int_volumes_of_each
               where contract_id = ? and component = ? and per = ? and per_id = ?""",
            [self.values.contract["contract_id"], measure.name, measure.per, per_id],
        )
        return row or {"per_id": per_id, "base_count": 0, "base_amount": Decimal(0)}

    def _reaching(self, slot: int) -> list[dict[str, Any]]:
        """Of the outlets, or subscribers, that a measure counts those with the most, and what each came to.

        Each row says how many there are in all (`reached`).
        """
        return self.values.run.rows(
            """select volumes.per_id, volumes.base_count, volumes.base_amount, count(*) over () as reached
               from inputs.measures as slots
               inner join int_volumes_of_each as volumes
                   on slots.contract_id = volumes.contract_id and slots.measure = volumes.component
                   and slots.per = volumes.per
                   and case when slots.is_sum then volumes.base_amount else volumes.base_count end >= slots.at_least
               where slots.contract_id = ? and slots.scheme_version = ? and slots.slot = ?
               order by case when slots.is_sum then volumes.base_amount else volumes.base_count end desc, per_id
               limit ?""",
            [self.values.contract["contract_id"], self.values.scheme.version, slot, _MOST_DETAILS],
        )

    def _of_one(self, row: Mapping[str, Any], by: schemes.Measure) -> str:
        words = WORDS[f"{'summed' if by.sum else 'counted'}_of_{by.per}"]
        return words.text(
            self.values.language,
            per_id=row["per_id"],
            n=row["base_count"],
            sum=self.values.say(row["base_amount"], by.type),
        )

    def of_others(self, slot: int) -> list[tuple[str, str, Decimal]]:
        """What others earned of a slot of totals: counterparty, component, amount."""
        rows = self.values.run.rows(
            """with
               earned as (
                   select rewards.counterparty_id, rewards.contract_id, rewards.component, slots.currency, slots.of_currency,
                          sum(rewards.amount) as amount
                   from inputs.totals as slots
                   inner join rewards on slots.of_contract_id = rewards.contract_id and slots.component = rewards.component
                   where slots.contract_id = ? and slots.scheme_version = ? and slots.slot = ?
                   group by all
               )
               select earned.counterparty_id, earned.component, sum(case
                   when earned.currency = earned.of_currency then earned.amount
                   else cast(earned.amount * conversions.rate as decimal(18, 4))
               end) as amount
               from earned
               cross join inputs.run
               left join inputs.conversions
                   on earned.of_currency = conversions.currency and earned.currency = conversions.into_currency
                   and run.period_end between conversions.valid_from and conversions.valid_to
               group by all order by all""",
            [self.values.contract["contract_id"], self.values.scheme.version, slot],
        )
        return [(row["counterparty_id"], row["component"], row["amount"]) for row in rows]

    def _title_of(self, component: str) -> str:
        """The title of another's component, where this scheme has one of the name."""
        known = self.values.scheme.components.get(component) or self.values.scheme.limits.get(component)
        return getattr(known.title, self.values.language) if known else component

    def _rows_of_plan(self, plan: str) -> tuple[str, ...]:
        rows = self.values.run.rows(
            "select load_id, row_number from inputs.plans where counterparty_id = ? and plan = ? order by all",
            [self.values.contract["counterparty_id"], plan],
        )
        return tuple(
            WORDS["row"].text(self.values.language, file=self.values.file_of(row["load_id"]), row=row["row_number"])
            for row in rows
        )

    def _volumes(self, slot: int) -> list[dict[str, Any]]:
        return self.values.run.rows(
            """select volumes.period, volumes.contract_id, volumes.component, volumes.base_count, volumes.base_amount,
                      slots.is_sum
               from inputs.measures as slots
               inner join (
                   select run.period, contract_id, component, base_count, base_amount from int_volumes cross join inputs.run
                   union all
                   select period, contract_id, component, base_count, base_amount from inputs.earlier_volumes
               ) as volumes
                   on slots.of_contract_id = volumes.contract_id and slots.measure = volumes.component
                   and volumes.period between slots.first_period and slots.last_period
               where slots.contract_id = ? and slots.scheme_version = ? and slots.slot = ?
               order by all""",
            [self.values.contract["contract_id"], self.values.scheme.version, slot],
        )

    def _counted(self, row: Mapping[str, Any]) -> str:
        words = WORDS["summed" if row["is_sum"] else "counted"]
        return words.text(
            self.values.language, period=row["period"], contract=row["contract_id"],
            n=row["base_count"], sum=self.values.say(row["base_amount"], "number"),
        )  # fmt: skip
