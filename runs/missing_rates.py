"""What a calculation could not convert: it was paid as nothing, and that must be seen before a dealer asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from prm import duck
from prm.settings import Settings
from prm.words import Language, Words, format_day
from runs.dbt_process import DATABASE

_WHAT = {
    "events": Words(en="input rows not paid and counted in no measure: {rows}", ru="входных строк не оплачено и не учтено в показателях: {rows}"),
    "first_days": Words(en="charges or payments of subscribers' first days not counted: {rows}", ru="начислений или платежей первых дней абонентов не учтено: {rows}"),
    "others": Words(en="contracts for which earnings or measures of others are not known: {rows}", ru="договоров, по которым неизвестны показатели других: {rows}"),
}  # fmt: skip
_TOLD = Words(en="no rate of {currency} in {into_currency}, {days}: {what}", ru="нет курса {currency} к {into_currency}, {days}: {what}")  # fmt: skip
_FROM_TO = Words(en="{first} to {last}", ru="{first} — {last}")
_QUERY = """
select currency, into_currency, min(day) as first_day, max(day) as last_day, cast(count(distinct key) as bigint) as rows, concerns
from (
    select original_currency as currency, currency as into_currency, event_date as day,
        concat_ws('|', data_set, load_id, row_number) as key, 'events' as concerns
    from int_event_lines
    where reason = 'no_exchange_rate'
    union all
    select needed.currency, needed.into_currency, facts.happened_on, concat_ws('|', facts.activity, facts.event_id), 'first_days'
    from int_first_days_facts as facts
    cross join inputs.run
    inner join inputs.foreign_currencies as needed on coalesce(facts.event_currency, run.currency) = needed.currency
    semi join inputs.activities
        on needed.into_currency = activities.currency and facts.activity = activities.activity
        and facts.day < activities.days
    anti join inputs.conversions
        on needed.currency = conversions.currency and needed.into_currency = conversions.into_currency
        and facts.happened_on between conversions.valid_from and conversions.valid_to
    union all
    select slots.of_currency, slots.currency, run.period_end, slots.contract_id, 'others'
    from (
        select contract_id, of_currency, currency from inputs.totals
        union all
        select contract_id, of_currency, currency from inputs.measures
    ) as slots
    cross join inputs.run
    anti join inputs.conversions
        on slots.of_currency = conversions.currency and slots.currency = conversions.into_currency
        and run.period_end between conversions.valid_from and conversions.valid_to
    where slots.of_currency <> slots.currency
)
group by currency, into_currency, concerns
order by concerns, currency, into_currency
"""


@dataclass(frozen=True)
class MissingRate:
    """A currency that had no rate into another on some days. concerns: `events` - rows: input rows that were not paid;
    `first_days` - charges or payments that did not count; `others` - contracts that lack what others earned.
    """

    currency: str
    into_currency: str
    first_day: date
    last_day: date
    rows: int
    concerns: str

    def text(self, language: Language) -> str:
        """In words."""
        first, last = format_day(self.first_day, language), format_day(self.last_day, language)
        return _TOLD.text(
            language, currency=self.currency, into_currency=self.into_currency,
            days=first if first == last else _FROM_TO.text(language, first=first, last=last),
            what=_WHAT[self.concerns].text(language, rows=self.rows),
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """As a run keeps it."""
        return asdict(self) | {"first_day": self.first_day.isoformat(), "last_day": self.last_day.isoformat()}


def missing_rates(folder: Path, settings: Settings) -> list[MissingRate]:
    """What had no rate in a run whose tables are built. folder: the run's."""
    with duck.connect(folder / DATABASE, settings=settings, read_only=True) as connection:
        return [MissingRate(*row) for row in connection.execute(_QUERY).fetchall()]


def from_json(kept: Iterable[Mapping[str, Any]]) -> list[MissingRate]:
    """What runs have kept of it."""
    return [
        MissingRate(**(dict(of) | {name: date.fromisoformat(of[name]) for name in ("first_day", "last_day")}))
        for of in kept
    ]
