"""Active contracts that lack a value which their scheme requires: said when the last one goes, or the demand comes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any

import schemes
from prm.database import Connection
from prm.words import Language, Words
from registry.concerned import contracts_of, versions_in_force
from registry.scheme_versions import scheme_versions
from schemes import AgreedValues, Level, Scheme

_NAMED = 5  # contracts that a message names; of others it says how many
_CONTRACT = Words(en="{contract} from {day}", ru="{contract} с {day}")
_MORE = Words(en=" and {count} more", ru=" и ещё {count}")
_WITHOUT = Words(
    en="scheme '{scheme}', version {version}, requires a value of '{attribute}', and contracts without one are not "
    "calculated: {contracts}. Such as: prm registry set-attribute {attribute} VALUE --contract {first} --from {day}",
    ru="схема «{scheme}», версия {version}, требует значения «{attribute}», и договоры без него не рассчитываются: "
    "{contracts}. Например: prm registry set-attribute {attribute} ЗНАЧЕНИЕ --contract {first} --from {day}",
)


def without_required(
    connection: Connection, *, of_schemes: Collection[str] | None = None, attribute: str | None = None,
    level: Level | None = None, holder: str | None = None, since: date = date.min,
) -> list[Words]:  # fmt: skip
    """Which active contracts have no value of an attribute that their scheme requires, on some day that it does.

    A message a scheme version and attribute. of_schemes: only contracts under these. attribute: only of this one. level,
    holder: only contracts that this holder's value may hold for. since: only days from this one on.
    """
    versions = _requiring(connection, of_schemes)
    names = {name for of_scheme in versions.values() for of in of_scheme for name in of.required}
    names &= {attribute} if attribute else names
    if not names:
        return []
    contracts = [
        row for row in contracts_of(connection, level, holder)
        if row["status"] == "active" and row["scheme"] in versions and (row["valid_to"] or date.max) >= since
    ]  # fmt: skip
    agreed = _agreed(connection, contracts, names)
    found: dict[tuple[str, int, str], list[tuple[str, date]]] = defaultdict(list)
    for row in contracts:
        ranges = versions_in_force(versions[row["scheme"]], row, since, date.max)
        firsts: dict[tuple[str, int, str], date] = {}
        for missing in schemes.missing_values(ranges, agreed.of(row["contract_id"], row["counterparty_id"])):
            if missing.attribute in names:
                firsts.setdefault((missing.scheme.scheme, missing.scheme.version, missing.attribute), missing.day)
        for key, day in firsts.items():
            found[key].append((row["contract_id"], day))
    return [_words(*key, without) for key, without in sorted(found.items())]


def _requiring(connection: Connection, of_schemes: Collection[str] | None) -> dict[str, list[Scheme]]:
    """The versions of the schemes of which any requires a value; others are not even read."""
    rows = connection.execute(
        """select distinct scheme from registry.scheme_versions
           cross join jsonb_each(canonical -> 'attributes') as attributes (name, content)
           where content -> 'default' = 'null' and (%(names)s::text[] is null or scheme = any(%(names)s))""",
        {"names": None if of_schemes is None else list(of_schemes)},
    )
    found: dict[str, list[Scheme]] = defaultdict(list)
    for of in scheme_versions(connection, {row["scheme"] for row in rows}):
        found[of.scheme].append(of)
    return found


def _agreed(connection: Connection, contracts: list[dict[str, Any]], names: Collection[str]) -> AgreedValues:
    def rows(level: str, key: str, table: str) -> list[dict[str, Any]]:
        return connection.execute(
            f"""select {key}, attribute, valid_from, value, author from registry.{table}
                where attribute = any(%s) and {key} = any(%s)""",
            [list(names), list({row[key] for row in contracts})],
        ).fetchall()

    return AgreedValues(
        of_contracts=rows("contract", "contract_id", "contract_attributes"),
        of_counterparties=rows("counterparty", "counterparty_id", "counterparty_attributes"),
        of_branches=rows("branch", "branch", "branch_attributes"), counterparties=contracts,
    )  # fmt: skip


def _words(scheme: str, version: int, attribute: str, without: list[tuple[str, date]]) -> Words:
    (first, first_day), more = without[0], len(without) - _NAMED

    def said(language: Language) -> str:
        named = [_CONTRACT.text(language, contract=contract, day=day) for contract, day in without[:_NAMED]]
        return _WITHOUT.text(
            language, scheme=scheme, version=version, attribute=attribute, first=first, day=first_day,
            contracts=", ".join(named) + (_MORE.text(language, count=more) if more > 0 else ""),
        )  # fmt: skip

    return Words(en=said("en"), ru=said("ru"))
