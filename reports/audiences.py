"""Whose documents: counterparties as an entry of the schedule chooses them, and their values of attributes."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from datetime import date

from prm.database import Connection
from prm.errors import NotFoundError, Place, PrmError
from prm.period import Period
from prm.words import LANGUAGES, Language
from registry.document_attributes import BOTH, LANGUAGE
from reports.schedule import THEIRS, Choice, ScheduleEntry


def attribute_values(connection: Connection, attribute: str, day: date) -> dict[str, str]:
    """Counterparty → the value that an attribute has for it on a day: its own, otherwise its branch's."""
    rows = connection.execute(
        """with

        own as (
            select distinct on (counterparty_id) counterparty_id, value from reporting.counterparty_attributes
            where attribute = %(attribute)s and valid_from <= %(day)s order by counterparty_id, valid_from desc
        ),

        of_branch as (
            select distinct on (branch) branch, value from reporting.branch_attributes
            where attribute = %(attribute)s and valid_from <= %(day)s order by branch, valid_from desc
        )

        select counterparty_id, coalesce(own.value, of_branch.value) as value
        from reporting.counterparties
        left join own using (counterparty_id)
        left join of_branch using (branch)
        where coalesce(own.value, of_branch.value) is not null""",
        {"attribute": attribute, "day": day},
    ).fetchall()
    return {row["counterparty_id"]: row["value"] for row in rows}


def chosen(connection: Connection, choice: Choice, period: Period, place: Place | None) -> set[str] | None:
    """The counterparties of a choice; None: all. Raises NotFoundError for a counterparty or branch that there is none of.

    place: of the entry, for the error.
    """
    if choice == Choice():
        return None
    rows = connection.execute(
        "select counterparty_id, branch, kind, parent_id from reporting.counterparties"
    ).fetchall()
    known = {row["counterparty_id"]: row for row in rows}
    _known("counterparty", (*choice.ids, *choice.groups), known, place)
    _known("branch", choice.branches, {row["branch"] for row in rows}, place)
    found = set(known)
    if choice.ids:
        found &= set(choice.ids)
    if choice.groups:
        found &= _groups(choice.groups, {name: row["parent_id"] for name, row in known.items()})
    if choice.branches:
        found &= {name for name, row in known.items() if row["branch"] in choice.branches}
    if choice.kinds:
        found &= {name for name, row in known.items() if row["kind"] in choice.kinds}
    for attribute, values in choice.attributes.items():
        held = attribute_values(connection, attribute, period.end)
        found &= {name for name, value in held.items() if value in values}
    return found


class Languages:
    """In which languages an entry's documents are made, counterparty by counterparty."""

    def __init__(self, connection: Connection, period: Period):
        self.connection, self.period = connection, period
        self._own: dict[str, str] | None = None

    def of(self, entry: ScheduleEntry, counterparty_id: str) -> tuple[Language, ...]:
        """Raises PrmError where the counterparty's attribute names no language."""
        if entry.languages != THEIRS:
            return entry.languages  # type: ignore[return-value]
        if self._own is None:
            self._own = attribute_values(self.connection, LANGUAGE, self.period.end)
        value = self._own.get(counterparty_id, "ru").strip().lower()
        if value == BOTH:
            return LANGUAGES
        if value not in LANGUAGES:
            raise PrmError(
                f"The attribute {LANGUAGE} of {counterparty_id} is '{value}', which is no language of documents.",
                hint=f"It is ru, en or both: prm registry set-attribute {LANGUAGE} ru --counterparty {counterparty_id}",
            )
        return (value,)  # type: ignore[return-value]


def _groups(heads: tuple[str, ...], parents: dict[str, str | None]) -> set[str]:
    """The heads and all below them, however deep."""
    found = set(heads)
    while more := {name for name, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _known(what: str, given: Iterable[str], known: Collection[str], place: Place | None) -> None:
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else f"The registry has {len(known)} of other names."
            raise NotFoundError(f"There is no {what} '{name}'.", where=place, hint=hint)
