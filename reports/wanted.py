"""What a month asks for: each document by form, counterparty, language, format and parameters, and where it goes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from prm.database import Connection
from prm.errors import NotFoundError, RefusedError
from prm.period import Period
from prm.settings import Settings
from prm.words import Language
from reports.audiences import Languages, chosen
from reports.forms import Form
from reports.kept import all_forms, known_form
from reports.registering import Key
from reports.schedule import ALL, ScheduleEntry, Send
from reports.shown import Shown

OPERATOR = "_operator"
"""Folder of the documents that are for the operator."""
_UNSAFE = re.compile(r"[^\w.-]")
_NO_NAME = re.compile(r"[%/\\\x00-\x1f]")


@dataclass(frozen=True)
class Wanted:
    """A document that is asked for. counterparty_id: empty for the operator. parameters: those that were chosen. sends:
    where it goes."""

    form: Form
    period: Period
    counterparty_id: str
    language: Language
    format: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    sends: tuple[Send, ...] = ()

    @property
    def key(self) -> Key:
        """What the register knows it by."""
        return (self.form.name, self.counterparty_id, self.language, self.format, frozenset(self.parameters.items()))

    def path(self, settings: Settings) -> Path:
        """The file that it is: one path for one document, whatever it says."""
        folder = settings.documents / str(self.period) / folder_of(self.counterparty_id)
        said = "".join(f"_{name}-{_UNSAFE.sub('-', value)}" for name, value in sorted(self.parameters.items()))
        return folder / f"{self.form.name}_{self.period}_{self.language}{said}.{self.format}"


def folder_of(counterparty_id: str) -> str:
    """The name of the folder of a counterparty's documents, whatever signs its id has: one folder, no other's, here."""
    if not counterparty_id:
        return OPERATOR
    name = _NO_NAME.sub(lambda found: f"%{ord(found[0]):02X}", counterparty_id)
    return name if name[0] not in "._" else f"%{ord(name[0]):02X}{name[1:]}"


def wanted(
    shown: Shown, entries: Sequence[ScheduleEntry], counterparties: Sequence[str] | None, *,
    formats: Sequence[str] | None = None, languages: Sequence[Language] | None = None,
    parameters: Mapping[str, str] | None = None,
) -> list[Wanted]:  # fmt: skip
    """All that entries ask for, form by form and counterparty by counterparty; each document once, with all the places it
    goes to.

    shown: what there is of the period. counterparties: only these; of the operator's documents all. formats, languages,
    parameters: in place of what the entries say. Raises NotFoundError for an unknown form or parameter, RefusedError for a
    form that is not of a period, PrmError for a value that its parameter does not take.
    """
    connection, period, parameters = shown.source.connection, shown.period, parameters or {}
    own = Languages(connection, period)
    of_forms = [(entry, _forms(connection, entry.forms)) for entry in entries]
    known = sorted({name for _, of in of_forms for form in of for name in form.layout.get("parameters", {})})
    for name in parameters:
        if name not in known:
            raise NotFoundError(f"There is no parameter '{name}'.", hint=f"There are: {', '.join(known)}.")
    given = [
        {
            form.name: {name: value for name, value in {**entry.parameters, **parameters}.items()
                        if name in form.layout.get("parameters", {})}
            for form in of
        }
        for entry, of in of_forms
    ]  # fmt: skip
    for (_, of), values in zip(of_forms, given, strict=True):
        for form in of:
            form.parameters(period, values[form.name])  # refuses a wrong value before anything is made
    found: dict[Key, Wanted] = {}
    for (entry, of), values in zip(of_forms, given, strict=True):
        if languages is not None:
            entry = replace(entry, languages=tuple(languages))
        whose = chosen(connection, entry.choice, period, entry.place)
        for form in of:
            asked = [
                one for one in formats or entry.formats or form.formats if not form.template or one in form.formats
            ]
            for who in shown.audience(form):
                if whose is not None and who not in whose:  # the operator's documents are of no counterparty
                    continue
                if who and counterparties is not None and who not in counterparties:
                    continue
                for language in own.of(entry, who):
                    for format in asked:
                        one = Wanted(form, period, who, language, format, values[form.name], entry.sends)
                        if former := found.get(one.key):
                            one = replace(one, sends=tuple(dict.fromkeys((*former.sends, *one.sends))))
                        found[one.key] = one
    return list(found.values())


def _forms(connection: Connection, names: Sequence[str] | None) -> list[Form]:
    if names and ALL not in names:
        named = [known_form(connection, name) for name in names]
        for form in named:
            if form.audience == "reconciliation":
                raise RefusedError(
                    f"'{form.name}' is not of a period.", hint="It is made by: prm reconcile --format pdf."
                )
        return named
    every = [form for form in all_forms(connection).values() if form.audience != "reconciliation"]
    return [form for form in every if names or form.is_made_each_month]
