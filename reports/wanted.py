"""What a month asks for: each document by form, counterparty, language, format and parameters, and where it goes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from prm.database import Connection, Row
from prm.errors import NotFoundError, RefusedError
from prm.period import Period
from prm.settings import Settings
from prm.words import Language
from reports.audiences import Languages, chosen
from reports.forms import Form
from reports.kept import all_forms, known_form
from reports.schedule import ALL, Entry, Send

OPERATOR = "_operator"
"""Folder of the documents that are for the operator."""
_UNSAFE = re.compile(r"[^\w.-]")


@dataclass(frozen=True)
class Wanted:
    """A document that is asked for. counterparty_id: empty for the operator. parameters: those that were chosen."""

    form: Form
    period: Period
    counterparty_id: str
    language: Language
    format: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    sends: tuple[Send, ...] = ()

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What the registry of documents knows it by, beside its parameters."""
        return (self.form.name, str(self.period), self.counterparty_id, self.language, self.format)

    def path(self, settings: Settings) -> Path:
        """The file that it is: one path for one document, whatever it says."""
        folder = settings.documents / str(self.period) / (self.counterparty_id or OPERATOR)
        said = "".join(f"_{name}-{_UNSAFE.sub('-', value)}" for name, value in sorted(self.parameters.items()))
        return folder / f"{self.form.name}_{self.period}_{self.language}{said}.{self.format}"


def wanted(
    connection: Connection, entries: Sequence[Entry], period: Period, versions: Mapping[str, Row],
    counterparties: Sequence[str] | None, *, formats: Sequence[str] | None = None,
    languages: Sequence[Language] | None = None, parameters: Mapping[str, str] | None = None,
) -> list[Wanted]:  # fmt: skip
    """All that entries ask for, each document once, with all the places it goes to.

    versions: counterparty → what is shown of the period. counterparties: only these; of the operator's documents all.
    formats, languages, parameters: in place of what the entries say. Raises NotFoundError for an unknown form or
    parameter, RefusedError for a form that is not of a period, PrmError for a value that its parameter does not take.
    """
    own, parameters = Languages(connection, period), parameters or {}
    of_forms = [(entry, _forms(connection, entry.forms)) for entry in entries]
    known = sorted({name for _, of in of_forms for form in of for name in form.layout.get("parameters", {})})
    for name in parameters:
        if name not in known:
            raise NotFoundError(f"There is no parameter '{name}'.", hint=f"There are: {', '.join(known)}.")
    found: dict[tuple, Wanted] = {}
    for entry, of in of_forms:
        if languages is not None:
            entry = replace(entry, languages=tuple(languages))
        whose = chosen(connection, entry.choice, period, entry.place)
        for form in of:
            given = {name: value for name, value in {**entry.parameters, **parameters}.items()
                     if name in form.layout.get("parameters", {})}  # fmt: skip
            form.parameters(period, given)  # refuses a wrong value before anything is made
            asked = [format for format in formats or entry.formats or form.formats
                     if not form.template or format in form.formats]  # fmt: skip
            for who in _audience(form, versions, counterparties, whose):
                for language in own.of(entry, who):
                    for format in asked:
                        one = Wanted(form, period, who, language, format, given, entry.sends)
                        key = (*one.key, *sorted(given.items()))
                        if key in found:
                            one = replace(one, sends=tuple(dict.fromkeys((*found[key].sends, *entry.sends))))
                        found[key] = one
    return list(found.values())


def _audience(
    form: Form, versions: Mapping[str, Row], counterparties: Sequence[str] | None, whose: set[str] | None
) -> Iterator[str]:
    if form.audience == "operator":
        yield from [""] if versions else []
        return
    for name, version in versions.items():
        if not name or not version["lines"] or (whose is not None and name not in whose):
            continue
        if counterparties is None or name in counterparties:
            yield name


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
