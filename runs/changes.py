"""What differs between two runs' pinned inputs, in words, and whose results it may change.

Facts are compared row by row, whatever files they came in; ranges of days by what they cover of the period. Rules as they
were compiled are not compared: attributes, contracts and scheme versions, of which they are made, are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

import registry
from prm import duck
from prm.database import Connection
from prm.period import Period
from prm.settings import Settings
from prm.words import Words
from runs.pinned_facts import PinnedFacts
from schemes import Level

_NAMED = 5  # things that are named one by one before the rest are counted


@dataclass(frozen=True)
class Side:
    """One of the two: a run's manifest and its folder. number: the run's; None: what would be pinned now."""

    number: int | None
    manifest: dict[str, Any]
    folder: Path

    @property
    def is_there(self) -> bool:
        """Whether its folder still has what was pinned."""
        return (self.folder / "inputs").is_dir()


@dataclass(frozen=True)
class Change:
    """One thing that differs. kind: facts, links, fraud marks, attributes, contracts, registry, schemes, look-back, rates,
    settings or code. counterparties: whose results it may change ('': nobody's events); None: anybody's."""

    kind: str
    words: Words
    counterparties: frozenset[str] | None


def changes(connection: Connection, before: Side, after: Side, settings: Settings) -> list[Change]:
    """All that differs from one side's inputs to the other's and may tell on the period.

    connection: for the names of files and the schemes' days. Where a folder is gone, what its manifest says must do: it
    differs, and whom it concerns is not known.
    """
    period = Period.parse(before.manifest["period"])
    found = [*_of_the_code(before, after)]
    if not (before.is_there and after.is_there and (before.folder / "tables").is_dir()):
        return [*found, *_of_manifests(before, after)]
    with duck.connect(settings=settings) as engine:
        facts = PinnedFacts(engine, before.manifest, after.manifest, before.folder, after.folder, period, settings)
        found += _of_facts(connection, facts)
        found += _of_the_registry(connection, engine, facts, before, after, period)
        found += _of_schemes(connection, facts, before, after, period)
        found += _of_what_came_before(facts)
    return found


def _of_the_code(before: Side, after: Side) -> Iterator[Change]:
    if (before.manifest["code"], before.manifest["engine"]) != (after.manifest["code"], after.manifest["engine"]):
        yield Change(
            "code",
            Words(
                en=f"the models or the engine ({before.manifest['engine']}, {after.manifest['engine']})",
                ru=f"модели расчёта или версия движка ({before.manifest['engine']}, {after.manifest['engine']})",
            ),
            None,
        )
    if before.manifest["currency"] != after.manifest["currency"]:
        of = f"{before.manifest['currency']}, {after.manifest['currency']}"
        yield Change("settings", Words(en=f"the operator's currency: {of}", ru=f"валюта оператора: {of}"), None)


def _of_manifests(before: Side, after: Side) -> Iterator[Change]:
    names = [
        *(name for name in sorted(after.manifest["loads"])
          if _loads(before, name) != _loads(after, name)),
        *(name for name, of in sorted(after.manifest["snapshot"].items()) if before.manifest["snapshot"].get(name) != of),
        *(name for name, of in sorted(after.manifest["schemes"].items()) if before.manifest["schemes"].get(name) != of),
    ]  # fmt: skip
    if names:
        listed = some(names)
        yield Change(
            "registry",
            Words(
                en=f"{listed}; whom it concerns is not known, for what run {before.number or after.number} left is gone",
                ru=f"{listed}; кого касается, неизвестно: файлы расчёта {before.number or after.number} удалены",
            ),
            None,
        )


def _loads(side: Side, data_set: str) -> list[tuple]:
    return [(load["load_id"], load["period"]) for load in side.manifest["loads"].get(data_set, [])]


def _of_facts(connection: Connection, facts: PinnedFacts) -> Iterator[Change]:
    for data_set in facts.data_sets:
        gone, come = facts.files(data_set)
        rows = facts.differing(data_set)
        whose = facts.owners_of_differing(data_set) if rows else frozenset()
        if not whose:
            continue
        names = {
            row["load_id"]: row["file_name"]
            for row in connection.execute(
                "select load_id, file_name from loads.loads where load_id = any(%s)", [sorted(gone | come)]
            )
        }
        was, now = (some(sorted(names.get(one, one) for one in of)) for of in (gone, come))
        what = Words(
            en=f"{was} replaced by {now}" if was and now else f"{now} came" if now else f"{was} was taken back",
            ru=f"{was} заменён на {now}" if was and now else f"появился {now}" if now else f"отозван {was}",
        )
        yield Change(
            "facts",
            Words(en=f"{what.en}: {rows:,} rows differ", ru=f"{what.ru}: различаются строк: {rows}"),
            whose,
        )
    if facts.rates_differ():
        yield Change("rates", Words(en="exchange rates", ru="курсы валют"), None)


def _of_the_registry(
    connection: Connection, engine: duckdb.DuckDBPyConnection, facts: PinnedFacts, before: Side, after: Side,
    period: Period,
) -> Iterator[Change]:  # fmt: skip
    def rows(table: str, columns: str, where: str = "true") -> list[tuple]:
        """Rows that only one side has, each once."""
        sides = [
            f"(select {columns} from read_parquet({duck.quote(side.folder / 'inputs' / f'{table}.parquet')}) where {where})"
            for side in (before, after)
        ]
        return engine.execute(
            f"select distinct * from (({sides[0]} except {sides[1]}) union all ({sides[1]} except {sides[0]})) order by all"
        ).fetchall()

    for table, kind, named in (
        ("links", "links", Words(en="links by hand of", ru="привязки вручную:")),
        ("fraud_marks", "fraud marks", Words(en="fraud marks by hand on", ru="отметки фрода вручную:")),
    ):
        subscribers = facts.subscribers_by_hand(table)
        if subscribers:
            listed = some(sorted(subscribers))
            yield Change(
                kind,
                Words(en=f"{named.en} {listed}", ru=f"{named.ru} {listed}"),
                facts.owners(subscribers, after=True, accepting=table == "fraud_marks"),
            )
    contracts = rows(
        "contracts", "contract_id, counterparty_id, scheme, valid_from, valid_to, status, currency, notice_days",
        f"valid_from <= date '{period.end}' and coalesce(valid_to, date '9999-12-31') >= date '{period.start}'",
    )  # fmt: skip
    if contracts:
        listed = some(sorted({row[0] for row in contracts}))
        yield Change("contracts", Words(en=f"contracts {listed}", ru=f"договоры {listed}"), _set(contracts, 1))
    known = _attributes(connection)
    levels: tuple[tuple[str, str, Level, Words], ...] = (
        ("contract_attributes", "contract_id", "contract", Words(en="of contracts", ru="договоров")),
        (
            "counterparty_attributes",
            "counterparty_id",
            "counterparty",
            Words(en="of counterparties", ru="контрагентов"),
        ),
        ("branch_attributes", "branch", "branch", Words(en="of branches", ru="филиалов")),
    )
    for table, key, level, of_level in levels:
        values = rows(table, f"{key}, attribute, valid_from, value", f"valid_from <= date '{period.end}'")
        values = [row for row in values if row[1] in known]
        if values:
            listed = some(
                sorted(
                    {
                        f"{name} ({holder}){_why(registry.decision_on_value(connection, level, holder, name, since))}"
                        for holder, name, since, _ in values
                    }
                )
            )
            yield Change(
                "attributes",
                Words(en=f"values {of_level.en}: {listed}", ru=f"значения {of_level.ru}: {listed}"),
                facts.holders(key, {row[0] for row in values}),
            )
    for table, columns, named in (
        ("counterparties", "counterparty_id, kind, parent_id, branch", Words(en="counterparties", ru="контрагенты")),
        ("outlets", "outlet_id, counterparty_id, kind, region, opened_on, closed_on", Words(en="outlets", ru="точки")),
        ("products", "product_id, product_group", Words(en="products", ru="продукты")),
    ):
        differing = rows(table, columns)
        if not differing:
            continue
        ids = {row[0] for row in differing}
        whose = (
            facts.owners_of_products(ids) if table == "products" else _set(differing, 1 if table == "outlets" else 0)
        )
        if whose:
            yield Change(
                "registry", Words(en=f"{named.en} {some(sorted(ids))}", ru=f"{named.ru} {some(sorted(ids))}"), whose
            )


def _of_schemes(
    connection: Connection, facts: PinnedFacts, before: Side, after: Side, period: Period
) -> Iterator[Change]:
    differing = {
        name for name in {**before.manifest["schemes"], **after.manifest["schemes"]}
        if before.manifest["schemes"].get(name) != after.manifest["schemes"].get(name)
    }  # fmt: skip
    names = {name.rpartition(" v")[0] for name in differing}
    for of in registry.scheme_versions(connection, names):
        name = f"{of.scheme} v{of.version}"
        whose = facts.holders("scheme", {of.scheme})
        if name in differing and of.valid_from <= period.end and whose:
            why = _why(registry.decision_on_version(connection, of.scheme, of.version))
            yield Change("schemes", Words(en=f"scheme {name}{why}", ru=f"схема {name}{why}"), whose)


def _of_what_came_before(facts: PinnedFacts) -> Iterator[Change]:
    for periods, whose in facts.earlier_that_differ():
        listed = some(sorted(periods))
        yield Change(
            "look-back",
            Words(en=f"results of {listed} that it looks back at", ru=f"результаты за {listed}, которые он учитывает"),
            whose,
        )


def _attributes(connection: Connection) -> set[str]:
    """The attributes that some scheme knows; others have no effect."""
    rows = connection.execute("select distinct scheme from registry.contracts")
    versions = registry.scheme_versions(connection, {row["scheme"] for row in rows})
    return {name for scheme in versions for name in scheme.attributes}


def _why(decision: registry.RuleDecision | None) -> str:
    """The reason that was given for it, and by whom; empty without."""
    return decision.why if decision else ""


def _set(rows: Iterable[tuple], at: int) -> frozenset[str]:
    return frozenset(row[at] for row in rows)


def some(names: list[str]) -> str:
    """The first few names, and how many more there are."""
    more = f" (+{len(names) - _NAMED})" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
