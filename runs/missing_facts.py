"""Months of subscribers' first days of which nothing was loaded: what was charged in them counted as nothing, and that
must be seen before a dealer asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from prm import duck
from prm.period import Period
from prm.settings import Settings
from prm.words import Language, Words, format_period
from runs.dbt_process import DATABASE
from runs.inputs import OF_FIRST_DAYS

_TOLD = {
    "charges": Words(
        en="no charges of {period} are loaded: they count as nothing in the first days of subscribers ({subscribers})",
        ru="начисления за {period} не загружены: в первых днях абонентов ({subscribers}) они учтены как ноль",
    ),
    "payments": Words(
        en="no payments of {period} are loaded: they count as nothing in the first days of subscribers ({subscribers})",
        ru="платежи за {period} не загружены: в первых днях абонентов ({subscribers}) они учтены как ноль",
    ),
}
_QUERY = """
select activity, strftime(month, '%Y-%m') as period, count(distinct subscriber_id) as subscribers
from (
    select activity, subscriber_id, unnest(generate_series(
        date_trunc('month', activated_on), least(activated_on + days - 1, period_end), interval 1 month
    )) as month
    from (
        select distinct asked.activity, asked.days, events.subscriber_id, events.activated_on, run.period_end
        from int_events as events
        inner join (select activity, stream, max(days) as days from inputs.activities group by all) as asked
            on events.stream = asked.stream
        cross join inputs.run
        where events.activated_on between ? and run.period_end
    )
)
group by all
order by all
"""


@dataclass(frozen=True)
class MissingFacts:
    """A month of which a data set has no load. period: `2026-03`. subscribers: how many lived some of their first days
    in it, of those that rules ask for them.
    """

    data_set: str
    period: str
    subscribers: int

    def text(self, language: Language) -> str:
        """In words."""
        period = format_period(Period.parse(self.period), language)
        return _TOLD[self.data_set].text(language, period=period, subscribers=self.subscribers)

    def as_json(self) -> dict[str, Any]:
        """As a run keeps it."""
        return asdict(self)


def missing_facts(folder: Path, manifest: Mapping[str, Any], settings: Settings) -> list[MissingFacts]:
    """What was not loaded in a run whose tables are built, by data set and month. folder, manifest: the run's."""
    first = Period.parse(manifest["first_days_from"])
    loaded = {
        (data_set, load["period"])
        for data_set in OF_FIRST_DAYS.values()
        for load in manifest["loads"][f"{data_set}_since"]
    }
    with duck.connect(folder / DATABASE, settings=settings, read_only=True) as connection:
        rows = connection.execute(_QUERY, [first.start]).fetchall()
    found = [MissingFacts(OF_FIRST_DAYS[activity], period, subscribers) for activity, period, subscribers in rows]
    return [of for of in found if (of.data_set, of.period) not in loaded]


def from_json(kept: Iterable[Mapping[str, Any]]) -> list[MissingFacts]:
    """What runs have kept of it."""
    return [MissingFacts(**of) for of in kept]
