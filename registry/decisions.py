"""When rules were decided, by whom and why: what is known of a scheme version and of an agreed value beside what they say.

A version is known from the day it was announced on; one that doesn't say when, from its first day, or, where it reached
closed months and so has a reason, from the day it was added. The first version of a scheme is always known. A value that was
agreed by hand is known from the day it was decided on, or recorded; what came in a file has no such day, and is always
known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import schemes
from prm.database import Connection
from prm.words import Language, Words, format_day
from registry.attributes import FROM_FILES, HOLDERS
from registry.scheme_versions import scheme_versions
from schemes import DecidedLater, Level, Scheme

_VERSION = Words(
    en="version {version} of scheme {scheme}, which holds from {day}, known since {known}{why}",
    ru="версия {version} схемы {scheme}, действует с {day}, известна с {known}{why}",
)
_VALUE = Words(
    en="{holder}: {attribute} {value} from {day}, decided on {known}{why}",
    ru="{attribute} {value} {holder} с {day}, решено {known}{why}",
)
_WITHOUT = {
    "ended": Words(en="none of its own", ru="без своего значения"),
    "removed": Words(en="as it was before", ru="прежнее значение"),
}


@dataclass(frozen=True)
class RuleDecision:
    """What is kept with a version or an agreed value. author: who entered it; None: not recorded. recorded_on: when.
    reason: why, where it reached closed months."""

    author: str | None
    recorded_on: date
    reason: str | None

    @property
    def why(self) -> str:
        """` (olga: the board's decision of 12 October)`; empty without a reason."""
        if not self.reason:
            return ""
        return f" ({self.author}: {self.reason})" if self.author else f" ({self.reason})"


def decision_on_version(connection: Connection, scheme: str, version: int) -> RuleDecision | None:
    """What is kept with a scheme version; None where it was not added."""
    row = connection.execute(
        """select added_by as author, added_at::date as recorded_on, reason from registry.scheme_versions
           where (scheme, version) = (%s, %s)""",
        [scheme, version],
    ).fetchone()
    return RuleDecision(**row) if row else None


def decision_on_value(
    connection: Connection, level: Level, holder: str, attribute: str, since: date, value: str | None = None
) -> RuleDecision | None:
    """What is kept with the last change by hand of what a holder has from a day on; None where there was none.

    value: only of a change that gave this value; None: of whatever change was the last.
    """
    row = connection.execute(
        """select author, recorded_at::date as recorded_on, reason from registry.attribute_history
           where (level, holder, attribute, valid_from) = (%s, %s, %s, %s) and (%s::text is null or value = %s)
           order by change_id desc limit 1""",
        [level, holder, attribute, since, value, value],
    ).fetchone()
    return RuleDecision(**row) if row else None


def versions_known_on(connection: Connection, day: date, of_schemes: Collection[str]) -> list[Scheme]:
    """The versions of schemes that were known on a day, as they were known: by scheme and version."""
    return [
        schemes.as_known_on(of, day)
        for of, known_since in _versions(connection, of_schemes)
        if known_since is None or known_since <= day
    ]


def values_known_on(connection: Connection, level: Level, day: date) -> list[dict[str, Any]]:
    """The agreed values of a level as they were known on a day: rows as in its table, in no order."""
    _, key, table = HOLDERS[level]
    load = "load_id" if level in FROM_FILES else "null as load_id"
    rows = {
        (row[key], row["attribute"], row["valid_from"]): row
        for row in connection.execute(
            f"select {key}, attribute, valid_from, value, author, {load} from registry.{table}"
        )
    }
    by_hand: dict[tuple[str, str, date], list[dict[str, Any]]] = {}
    for change in _changes(connection, level):
        by_hand.setdefault((change["holder"], change["attribute"], change["valid_from"]), []).append(change)
    for of, done in by_hand.items():
        present = rows.pop(of, None)
        known = [change for change in done if change["decided_on"] <= day]
        last = known[-1] if known else {"action": "removed"}
        if last["action"] != "removed":
            rows[of] = dict(zip((key, "attribute", "valid_from"), of, strict=True)) | {
                "value": last["value"], "author": last["author"],
            }  # fmt: skip
        elif present and present["load_id"]:  # what was set by hand is gone, and a file says something now
            rows[of] = present
        elif files := [change["former_value"] for change in done if change["is_of_the_file"]]:
            rows[of] = dict(zip((key, "attribute", "valid_from"), of, strict=True)) | {
                "value": files[-1], "author": "file",
            }  # fmt: skip
    return list(rows.values())


def decided_later(
    connection: Connection,
    day: date,
    until: date,
    of_schemes: Collection[str],
    attributes: Collection[str],
    counterparties: Collection[str] | None = None,
) -> list[DecidedLater]:
    """All that holds by a day (until) and was decided after another (day).

    attributes: those that are asked about. counterparties: whose agreements, and those of their contracts; None: all.
    """
    found = []
    for of, known_since in _versions(connection, of_schemes):
        if known_since is not None and known_since > day:
            decision = decision_on_version(connection, of.scheme, of.version)
            assert decision is not None
            told = _told(
                _VERSION, decision, of.valid_from, known_since, version=of.version, scheme=of.scheme
            )  # fmt: skip
            found.append(DecidedLater(told, of.valid_from, known_since))
        else:
            found += schemes.decided_later(of, day)
    for level in HOLDERS:
        for change in _changes(connection, level):
            if change["decided_on"] <= day or change["attribute"] not in attributes:
                continue
            if counterparties is not None and change["counterparty_id"] not in (None, *counterparties):
                continue
            decision = RuleDecision(change["author"], change["recorded_on"], change["reason"])
            whose = schemes.LEVELS[level]
            if level == "contract":
                whose = Words(en="contract {holder}", ru="договора {holder}")
            told = _told(
                _VALUE, decision, change["valid_from"], change["decided_on"], attribute=change["attribute"],
                holder=Words(
                    en=whose.text("en", holder=change["holder"]), ru=whose.text("ru", holder=change["holder"])
                ),
                value=_WITHOUT.get(change["action"], change["value"]),
            )  # fmt: skip
            found.append(DecidedLater(told, change["valid_from"], change["decided_on"]))
    return [of for of in found if of.valid_from <= until]


def _versions(connection: Connection, of_schemes: Collection[str]) -> Iterator[tuple[Scheme, date | None]]:
    """Versions, by scheme and version, and since when each is known; None: always."""
    begun: set[str] = set()
    for of in scheme_versions(connection, of_schemes):
        decision = decision_on_version(connection, of.scheme, of.version)
        assert decision is not None
        if of.scheme not in begun:
            known_since = None
        else:
            known_since = of.announced_on or (decision.recorded_on if decision.reason else of.valid_from)
        begun.add(of.scheme)
        yield of, known_since


def _changes(connection: Connection, level: Level) -> list[dict[str, Any]]:
    """All changes by hand, in their order. is_of_the_file: their former value is what the holder's present file says.
    counterparty_id: whose they are; None: a branch's."""
    holders, key, _ = HOLDERS[level]
    file = (
        f"exists (select from registry.{holders} where {key} = holder and load_id = former_load_id)"
        if level != "branch"
        else "false"
    )
    whose = {
        "contract": "(select counterparty_id from registry.contracts where contract_id = holder)",
        "counterparty": "holder", "branch": "null",
    }[level]  # fmt: skip
    return connection.execute(
        f"""select holder, {whose} as counterparty_id, attribute, valid_from, action, value, former_value, author, reason,
                   coalesce(decided_on, recorded_at::date) as decided_on, recorded_at::date as recorded_on,
                   {file} as is_of_the_file
            from registry.attribute_history where level = %s order by change_id""",
        [level],
    ).fetchall()


def _told(words: Words, decision: RuleDecision, valid_from: date, known: date, **values: Any) -> Words:
    def text(language: Language) -> str:
        given = {name: getattr(of, language) if isinstance(of, Words) else of for name, of in values.items()}
        return words.text(
            language, day=format_day(valid_from, language), known=format_day(known, language),
            why=decision.why, **given,
        )  # fmt: skip

    return Words(en=text("en"), ru=text("ru"))
