"""Values of attributes that people set and take away by hand, checked when they are entered.

A value that its scheme does not accept would leave the contract out of every calculation: whoever enters it is told
at once, and not the dealer at the end of the month. Every change is kept in `attribute_history`, which only grows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import schemes
from prm.database import Connection
from prm.errors import NotFoundError, RefusedError
from prm.words import format_share
from registry.by_hand import known
from registry.concerned import contracts_of, versions_in_force
from registry.document_attributes import check_document_attribute
from registry.scheme_versions import scheme_versions
from registry.tax_statuses import ATTRIBUTE as TAX_STATUS
from registry.tax_statuses import check_tax_status
from schemes import Attribute, Level, Scheme

HOLDERS: dict[Level, tuple[str, str, str]] = {
    "contract": ("contracts", "contract_id", "contract_attributes"),
    "counterparty": ("counterparties", "counterparty_id", "counterparty_attributes"),
    "branch": ("branches", "branch", "branch_attributes"),
}
"""Who may have a value of an attribute: the table of the holders, its key, and the table of the values."""
FROM_FILES = ("contract", "counterparty")
"""The levels whose values may come in files."""
_WRITTEN = {
    "money": "an amount of money such as 300.00", "share": "a share such as 0.05 (that is 5 %)",
    "number": "a number such as 12.5", "text": "text", "date": "a day such as 2026-10-01", "flag": "true or false",
}  # fmt: skip


@dataclass(frozen=True)
class Unset:
    """What became of a value. action: `removed` - it is gone, and what the holder had before holds again; `ended` -
    from that day on the holder has none of its own. value: which value it was. holds: the holder's own value from that
    day on, with its first day; None: it has none. is_of_scheme: a scheme of the contracts concerned has the attribute.
    """

    action: Literal["removed", "ended"]
    value: str
    holds: tuple[str, date] | None
    is_of_scheme: bool


def set_attribute(
    connection: Connection, attribute: str, value: str, *, level: Level, holder: str, valid_from: date, author: str,
    decided_on: date | None = None, reason: str | None = None,
) -> bool:  # fmt: skip
    """Gives a contract, a counterparty or a branch its value of an attribute from a day on.

    value: as it would stand in a file ("0.07"); it replaces one of the same day. holder: the contract, counterparty
    or branch. decided_on: when it was agreed; None: today. reason: why, where it reaches closed months
    (`runs.explained`). Returns whether a scheme of the contracts concerned has the attribute: counterparties and branches may
    also have attributes that no scheme knows. Raises NotFoundError for an unknown holder, RefusedError where a contract's
    scheme has no such attribute, or where a scheme does not accept the value.
    """
    holders, key, _ = HOLDERS[level]
    known(connection, holders, key, holder)
    is_of_scheme = _check(connection, attribute, value, level, holder, valid_from)
    former = _take_out(connection, level, holder, attribute, valid_from)
    _put_in(connection, level, holder, attribute, valid_from, value, author)
    _record(connection, level, holder, attribute, valid_from, "set", value, former, author, decided_on, reason)
    return is_of_scheme


def unset_attribute(
    connection: Connection, attribute: str, *, level: Level, holder: str, valid_from: date, author: str,
    decided_on: date | None = None, reason: str | None = None,
) -> Unset:  # fmt: skip
    """Takes a value away by hand.

    One that was set by hand and begins on that day is removed, and what the holder had before holds again (of the same
    day: the file's). Any other value that holds on that day is ended: from then on the holder has none of its own.
    decided_on, reason: as of `set_attribute`.
    Raises NotFoundError for an unknown holder, or where nothing holds on that day.
    """
    holders, key, table = HOLDERS[level]
    known(connection, holders, key, holder)
    held = _held(connection, level, holder, attribute, valid_from)
    if held is None:
        given = connection.execute(
            f"""select attribute, min(valid_from) as since from registry.{table}
                where {key} = %s and value is not null group by attribute order by attribute""",
            [holder],
        ).fetchall()
        listed = ", ".join(f"{row['attribute']} from {row['since']}" for row in given)
        raise NotFoundError(
            f"The {level} {holder} has no value of '{attribute}' on {valid_from}.",
            hint=f"It has: {listed}." if listed else "It has no values of its own.",
        )
    action: Literal["removed", "ended"] = "ended"
    if held["valid_from"] == valid_from and held["load_id"] is None:
        action = "removed"
    former = _take_out(connection, level, holder, attribute, valid_from)
    if action == "ended":
        _put_in(connection, level, holder, attribute, valid_from, None, author)
    else:
        _put_back(connection, level, holder, attribute, valid_from)
    _record(connection, level, holder, attribute, valid_from, action, None, former, author, decided_on, reason)
    now = _held(connection, level, holder, attribute, valid_from)
    of_schemes = scheme_versions(
        connection, {contract["scheme"] for contract in contracts_of(connection, level, holder)}
    )
    return Unset(
        action, held["value"], (now["value"], now["valid_from"]) if now else None,
        any(attribute in of.attributes for of in of_schemes),
    )  # fmt: skip


# --- what a scheme accepts


def _check(connection: Connection, attribute: str, value: str, level: Level, holder: str, day: date) -> bool:
    """Whether some scheme has the attribute; RefusedError where it, or the value, is not accepted."""
    if not value.strip():
        raise RefusedError("The value is empty.", hint="To take a value away: prm registry unset-attribute.")
    if attribute == TAX_STATUS:
        check_tax_status(value, level)
    check_document_attribute(attribute, value)
    _, key, table = HOLDERS[level]
    following = connection.execute(
        f"select min(valid_from) as day from registry.{table} where ({key}, attribute) = (%s, %s) and valid_from > %s",
        [holder, attribute, day],
    ).fetchone()
    until = (following["day"] if following else None) or date.max
    is_of_scheme = False
    contracts = contracts_of(connection, level, holder)
    versions: dict[str, list[Scheme]] = defaultdict(list)
    for of in scheme_versions(connection, {contract["scheme"] for contract in contracts}):
        versions[of.scheme].append(of)
    for contract in contracts:
        ranges = versions_in_force(versions[contract["scheme"]], contract, day, until)
        for scheme in sorted({of.version: of for _, _, of in ranges}.values(), key=lambda of: of.version):
            if known_as := scheme.attributes.get(attribute):
                is_of_scheme = True
                _accepted(known_as, value, scheme, contract)
            elif level == "contract":
                raise RefusedError(
                    f"Contract {holder} is under scheme '{scheme.scheme}', version {scheme.version}, "
                    f"which has no attribute '{attribute}'.",
                    hint=schemes.nearest(attribute, scheme.attributes).en if scheme.attributes else "It has none.",
                )
    return is_of_scheme


def _accepted(attribute: Attribute, value: str, scheme: Scheme, contract: Mapping[str, Any]) -> None:
    if schemes.is_acceptable(attribute, value):
        return
    range_of = ""
    if attribute.between:
        low, high = attribute.between
        range_of = f", from {low} to {high}"
        if attribute.type == "share":
            range_of += f" ({format_share(low, 'en')} to {format_share(high, 'en')})"
    raise RefusedError(
        f"'{value}' is no value of '{attribute.name}' that scheme '{scheme.scheme}', version {scheme.version} "
        f"(contract {contract['contract_id']}), accepts.",
        hint=f"Accepted: {_WRITTEN[attribute.type]}{range_of}.",
    )


# --- the rows


def _held(connection: Connection, level: Level, holder: str, attribute: str, day: date) -> dict[str, Any] | None:
    """The holder's own value on a day."""
    _, key, table = HOLDERS[level]
    load = "load_id" if level in FROM_FILES else "null as load_id"
    row = connection.execute(
        f"""select value, valid_from, {load} from registry.{table}
            where ({key}, attribute) = (%s, %s) and valid_from <= %s order by valid_from desc limit 1""",
        [holder, attribute, day],
    ).fetchone()
    return row if row and row["value"] is not None else None


def _take_out(connection: Connection, level: Level, holder: str, attribute: str, day: date) -> dict[str, Any]:
    """Deletes what begins on a day; returns it (an empty row where there was nothing)."""
    _, key, table = HOLDERS[level]
    load = "load_id" if level in FROM_FILES else "null as load_id"
    row = connection.execute(
        f"delete from registry.{table} where ({key}, attribute, valid_from) = (%s, %s, %s) returning value, {load}",
        [holder, attribute, day],
    ).fetchone()
    return row or {"value": None, "load_id": None}


def _put_in(
    connection: Connection, level: Level, holder: str, attribute: str, day: date, value: str | None, author: str
) -> None:
    _, key, table = HOLDERS[level]
    connection.execute(
        f"insert into registry.{table} ({key}, attribute, valid_from, value, author) values (%s, %s, %s, %s, %s)",
        [holder, attribute, day, value, author],
    )


def _put_back(connection: Connection, level: Level, holder: str, attribute: str, day: date) -> None:
    """The value of the holder's file that was set aside by hand, while that file's load is still the current one."""
    if level not in FROM_FILES:
        return
    holders, key, table = HOLDERS[level]
    connection.execute(
        f"""insert into registry.{table} ({key}, attribute, valid_from, value, author, load_id)
            select holder, attribute, attribute_history.valid_from, former_value, 'file', former_load_id
            from registry.attribute_history
            join registry.{holders} on {holders}.{key} = holder and {holders}.load_id = former_load_id
            where (level, holder, attribute, attribute_history.valid_from) = (%s, %s, %s, %s)
              and former_load_id is not null
            order by change_id desc limit 1""",
        [level, holder, attribute, day],
    )


def _record(
    connection: Connection, level: Level, holder: str, attribute: str, day: date, action: str, value: str | None,
    former: Mapping[str, Any], author: str, decided_on: date | None, reason: str | None,
) -> None:  # fmt: skip
    if decided_on and decided_on > date.today():
        raise RefusedError(
            f"{decided_on} is still to come: nothing was decided on it.", hint="Name the day of the decision."
        )
    connection.execute(
        """insert into registry.attribute_history
               (level, holder, attribute, valid_from, action, value, former_value, former_load_id, author, decided_on, reason)
           values (%s, %s, %s, %s, %s, %s, %s, %s, %s, coalesce(%s, current_date), %s)""",
        [
            level, holder, attribute, day, action, value, former["value"], former["load_id"], author,
            decided_on, reason,
        ],
    )  # fmt: skip
