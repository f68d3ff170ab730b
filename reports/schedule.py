"""The schedule of documents: which forms a month asks for, of whom, in which formats and languages, and where they go.

A YAML file (the setting PRM_DOCUMENT_SCHEDULE, otherwise `documents.yaml` in the project's home), kept by people.
docs/sending.md has an example. Without the file a month asks for the forms that are made each month, in Russian, and
nothing is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

import schemes
from prm import database
from prm.errors import NotFoundError, Place, PrmError
from prm.period import Period
from prm.settings import Settings, get_settings
from prm.words import LANGUAGES, Language
from registry import is_address
from reports.forms import Form
from reports.kept import all_forms
from reports.renderers import RENDERERS

ALL = "all"
"""Named as a form: all of them."""
THEIRS = "counterparty"
"""In place of languages or an e-mail address: each counterparty's own."""
When = Literal["calculated", "approved", "closed"]
WHEN: tuple[When, ...] = ("calculated", "approved", "closed")
"""The states of a month from which its documents may go out, one after the other."""
KINDS = ("dealer", "subdealer", "agent", "partner")

_KEYS = ("forms", "counterparties", "formats", "languages", "parameters", "when", "send")
_ARCHIVE_KEYS = ("language", "when", "send")
_CHOICE_KEYS = ("ids", "group", "branch", "kind", "attribute")
_PAGE = "docs/sending.md has an example."


def may_go(when: When, state: str) -> bool:
    """Whether what goes from a state of the month on may go in a state; it never does before anything is calculated."""
    return state in WHEN and WHEN.index(when) <= WHEN.index(state)


@dataclass(frozen=True)
class Send:
    """Where documents go. to: an e-mail address, `counterparty` for its own, or a folder's path or URL. when: from which
    state of the month."""

    channel: Literal["email", "folder"]
    to: str
    when: When = "approved"


@dataclass(frozen=True)
class Choice:
    """Which counterparties: those of whom everything holds that is named. ids, groups (a counterparty and all below it),
    branches and kinds: any of them. attributes: name → any of the values, as of the month's last day."""

    ids: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class ScheduleEntry:
    """What is asked for together. forms: None - those that are made each month. formats: None - each form's own.
    languages: `counterparty` - each counterparty's. place: where it stands in the file."""

    forms: tuple[str, ...] | None = None
    choice: Choice = field(default_factory=Choice)
    formats: tuple[str, ...] | None = None
    languages: tuple[Language, ...] | Literal["counterparty"] = ("ru",)
    parameters: Mapping[str, str] = field(default_factory=dict)
    sends: tuple[Send, ...] = ()
    place: Place | None = None


@dataclass(frozen=True)
class ArchiveEntry:
    """That a month's documents are also put into one archive. language: of its index."""

    language: Language = "ru"
    sends: tuple[Send, ...] = ()


@dataclass(frozen=True)
class Schedule:
    """All that a month asks for. file: None where there is none. archive: None where none is asked for."""

    entries: tuple[ScheduleEntry, ...] = (ScheduleEntry(),)
    archive: ArchiveEntry | None = None
    file: Path | None = None

    @property
    def sends(self) -> list[Send]:
        """Everything that is to be sent somewhere, of whichever entry."""
        of_archive = self.archive.sends if self.archive else ()
        return [*(send for entry in self.entries for send in entry.sends), *of_archive]


def schedule_file(settings: Settings | None = None) -> Path:
    """Where the schedule is looked for."""
    settings = settings or get_settings()
    return settings.document_schedule or settings.home / "documents.yaml"


def read_schedule(settings: Settings | None = None, *, known: Mapping[str, Form] | None = None) -> Schedule:
    """The schedule; the usual one where there is no file. Raises PrmError, the first of what is wrong with the file.

    known: all forms by name, where the caller has read them already.

        read_schedule().entries[0].forms  # ('statement', 'acceptance_certificate')
    """
    settings = settings or get_settings()
    path = schedule_file(settings)
    if not path.exists():
        if settings.document_schedule:
            raise NotFoundError(f"PRM_DOCUMENT_SCHEDULE: there is no file {path}.", hint=_PAGE)
        return Schedule()
    reading = _read(path, settings, known)
    if reading.problems:
        raise reading.problems[0]
    return reading.schedule


def check_schedule(path: Path, settings: Settings | None = None) -> tuple[Schedule, list[PrmError]]:
    """A schedule's file as far as it can be read, and everything that is wrong with it, each with its place."""
    if not path.exists():
        raise NotFoundError(f"There is no file {path}.", hint=_PAGE)
    reading = _read(path, settings, None)
    return reading.schedule, reading.problems


def _read(path: Path, settings: Settings | None, known: Mapping[str, Form] | None) -> _Reading:
    if known is None:
        with database.transaction(settings) as connection:
            known = all_forms(connection)
    return _Reading(path, known)


class _Reading:
    """A file being read: what is wrong with it, and the schedule as far as it can be read."""

    def __init__(self, path: Path, known: Mapping[str, Form]):
        self.path, self.known = path, known
        self.problems: list[PrmError] = []
        self.schedule = Schedule((), file=path)
        try:
            read = YAML().load(path.read_text(encoding="utf-8-sig"))
        except (MarkedYAMLError, UnicodeDecodeError) as error:
            mark = getattr(error, "problem_mark", None)
            self._add(f"This is not YAML in UTF-8: {getattr(error, 'problem', error)}.", _PAGE,
                      mark.line if mark else 0, mark.column if mark else 0)  # fmt: skip
            return
        if not isinstance(read, CommentedMap) or not isinstance(read.get("documents"), CommentedSeq):
            self._wrong(read, None, "A schedule has a list `documents`.", _PAGE)
            return
        self._keys(read, ("documents", "archive"), "a schedule")
        entries = [self._entry(read["documents"], index) for index in range(len(read["documents"]))]
        archive = self._archive(read) if "archive" in read else None
        self.schedule = Schedule(tuple(entries), archive, path)

    # --- an entry

    def _entry(self, documents: CommentedSeq, index: int) -> ScheduleEntry:
        node = documents[index]
        if not isinstance(node, CommentedMap):
            self._wrong(documents, index, "An entry is a list of `name: value`.", f"Its names: {', '.join(_KEYS)}.")
            return ScheduleEntry()
        self._keys(node, _KEYS, "an entry")
        forms = self._forms(node)
        of_operator = any(form.audience == "operator" for form in forms)
        choice = self._choice(node)
        if "counterparties" in node and of_operator:
            named = next(form.name for form in forms if form.audience == "operator")
            self._wrong(node, "counterparties", f"Form '{named}' is the operator's: it is made once, of everybody.",
                        "Name the forms for the operator in an entry without `counterparties`.")  # fmt: skip
        formats = tuple(self._names(node, "formats", tuple(RENDERERS))) or None
        for form in forms if formats else ():
            if form.template and not set(form.formats) & set(formats or ()):
                self._wrong(node, "formats", f"Form '{form.name}' is a template and has none of these formats.",
                            f"It has: {', '.join(form.formats)}.")  # fmt: skip
        languages: Any = THEIRS
        if node.get("languages") != THEIRS:
            languages = tuple(self._names(node, "languages", (*LANGUAGES,), also=THEIRS)) or ("ru",)
        line, column = documents.lc.item(index)
        return ScheduleEntry(
            forms=tuple(str(name) for name in _listed(node.get("forms"))) or None,
            choice=choice,
            formats=formats,
            languages=languages,
            parameters=self._parameters(node, forms),
            sends=tuple(self._sends(node, has_counterparties=not of_operator or not forms)),
            place=Place(str(self.path), line + 1, column + 1),
        )

    def _forms(self, node: CommentedMap) -> list[Form]:
        """The forms that the entry names; of those that each month has nothing is asked here."""
        found = []
        known = [name for name, form in self.known.items() if form.audience != "reconciliation"]
        for name in self._names(node, "forms", (*known, ALL)):
            found += [self.known[name]] if name != ALL else []
        if len({form.audience for form in found}) > 1:
            of = {form.audience: form.name for form in found}
            self._wrong(node, "forms", f"'{of['operator']}' is the operator's and '{of['counterparty']}' for "
                        "counterparties.", "Put them into two entries.")  # fmt: skip
        return found

    def _choice(self, node: CommentedMap) -> Choice:
        if "counterparties" not in node:
            return Choice()
        given = node["counterparties"]
        if not isinstance(given, CommentedMap) or not given:
            self._wrong(node, "counterparties", "Counterparties are chosen by `name: value`.",
                        f"Names: {', '.join(_CHOICE_KEYS)}; without `counterparties`: all of them.")  # fmt: skip
            return Choice()
        self._keys(given, _CHOICE_KEYS, "`counterparties`")
        for key in given:
            if key in _CHOICE_KEYS and given[key] in (None, "", [], {}):  # it is not everybody that is meant
                self._wrong(given, key, f"'{key}' chooses nobody.", "Name some, or leave it out.")
        attributes = given.get("attribute") or {}
        if not isinstance(attributes, dict) or any(isinstance(value, dict) for value in attributes.values()):
            self._wrong(given, "attribute", "Attributes are chosen by `name: value`.", 'Such as {edo: "yes"}.')
            attributes = {}
        for name in attributes:
            if attributes[name] in (None, "", []):
                self._wrong(attributes, name, f"'{name}' chooses nobody.", "Write the values that are meant.")
        return Choice(
            ids=_texts(given.get("ids")),
            groups=_texts(given.get("group")),
            branches=_texts(given.get("branch")),
            kinds=tuple(self._names(given, "kind", KINDS)),
            attributes={str(name): _texts(value) for name, value in attributes.items()},
        )

    def _parameters(self, node: CommentedMap, forms: list[Form]) -> dict[str, str]:
        given = node.get("parameters", {})
        if not isinstance(given, CommentedMap):
            if "parameters" in node:
                self._wrong(node, "parameters", "Parameters are a list of `name: value`.", 'Such as {with: "2026-07"}.')
            return {}
        known = {name for form in forms for name in form.layout.get("parameters", {})}
        for name in given:
            if name not in known:
                self._wrong(given, name, f"None of these forms has a parameter '{name}'.", _nearest(name, known))
            elif isinstance(given[name], float):
                self._wrong(given, name, f"{given[name]} is not exact.", f'Write it in quotes: "{given[name]}".')
        values = {str(name): str(value) for name, value in given.items()}
        for form in forms:
            own = {name: value for name, value in values.items() if name in form.layout.get("parameters", {})}
            try:
                form.parameters(Period(2026, 1), own)
            except PrmError as error:
                self._wrong(node, "parameters" if own else "forms", error.message, error.hint or _PAGE)
        return values

    # --- where it goes

    def _archive(self, read: CommentedMap) -> ArchiveEntry:
        node = read["archive"] if read["archive"] is not None else CommentedMap()
        if not isinstance(node, CommentedMap):
            self._wrong(read, "archive", "An archive is a list of `name: value`.",
                        f"Its names: {', '.join(_ARCHIVE_KEYS)}; or {{}}, for one that stays here.")  # fmt: skip
            return ArchiveEntry()
        self._keys(node, _ARCHIVE_KEYS, "an archive")
        [language] = self._names(node, "language", (*LANGUAGES,))[:1] or ["ru"]
        return ArchiveEntry(language, tuple(self._sends(node, has_counterparties=False)))  # type: ignore[arg-type]

    def _sends(self, node: CommentedMap, *, has_counterparties: bool) -> Iterable[Send]:
        [when] = self._names(node, "when", WHEN)[:1] or ["approved"]
        given = node.get("send")
        listed = given if isinstance(given, CommentedSeq) else [given] if given is not None else []
        for index, one in enumerate(listed):
            where: tuple[Any, Any] = (given, index) if isinstance(given, CommentedSeq) else (node, "send")
            if not isinstance(one, CommentedMap) or len(one) != 1 or next(iter(one)) not in ("email", "folder"):
                self._wrong(where[0], where[1], "It is not said where to send to.",
                            "Write `email: counterparty`, `email: name@operator.example` or `folder: s3://bucket/path`.")  # fmt: skip
                continue
            [(channel, to)] = one.items()
            if not isinstance(to, str) or not to.strip():
                self._wrong(one, channel, f"'{to}' is not where something can be sent.", _PAGE)
            elif channel == "email" and to == THEIRS and not has_counterparties:
                self._wrong(one, channel, "What is the operator's has no counterparty to be sent to.",
                            "Name an address of the operator's own.")  # fmt: skip
            elif channel == "email" and to != THEIRS and not is_address(to):
                self._wrong(one, channel, f"'{to}' is no e-mail address.",
                            "Write `counterparty`, for each one's own, or one such as name@operator.example.")  # fmt: skip
            elif channel == "folder" and (trouble := _folder_trouble(to)):
                self._wrong(one, channel, trouble[0], trouble[1])
            else:
                yield Send(channel, to.strip(), when)  # type: ignore[arg-type]

    # --- what every part needs

    def _names(self, node: CommentedMap, key: str, known: tuple[str, ...], also: str | None = None) -> list[str]:
        """Names out of those known, one or a list of them; what is not known is a problem, with the nearest that is."""
        given = node.get(key)
        found = []
        for index, name in enumerate(_listed(given)):
            if name in known:
                found.append(str(name))
            else:
                where: tuple[Any, Any] = (given, index) if isinstance(given, CommentedSeq) else (node, key)
                what = {"languages": "language", "forms": "form", "formats": "format"}.get(key, key)
                self._wrong(
                    where[0],
                    where[1],
                    f"There is no {what} '{name}'.",
                    _nearest(name, (*known, *([also] if also else []))),
                )
        return found

    def _keys(self, node: CommentedMap, known: tuple[str, ...], what: str) -> None:
        for key in node:
            if key not in known:
                self._wrong(node, key, f"There is no '{key}' in {what}.", _nearest(key, known))

    def _wrong(self, node: Any, key: Any, message: str, hint: str) -> None:
        line, column = 0, 0
        if isinstance(node, CommentedMap):
            line, column = node.lc.key(key) if key in node else (node.lc.line, node.lc.col)
        elif isinstance(node, CommentedSeq) and key is not None:
            line, column = node.lc.item(key)
        self._add(message, hint, line, column)

    def _add(self, message: str, hint: str, line: int, column: int) -> None:
        self.problems.append(PrmError(message, where=Place(str(self.path), line + 1, column + 1), hint=hint))


def _folder_trouble(to: str) -> tuple[str, str] | None:
    from fsspec import available_protocols

    protocol, colon, _ = to.partition("://")
    if not colon or protocol in ("file", "s3", "memory"):
        return None
    if protocol not in available_protocols():
        return f"There is no storage '{protocol}://'.", _nearest(protocol, ("file", "s3"))
    return None


def _listed(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list) else [] if given is None else [given]


def _texts(given: Any) -> tuple[str, ...]:
    """Values as files and people write them: yes and no of YAML are the attributes' true and false."""
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in _listed(given))


def _nearest(name: Any, known: Iterable[str]) -> str:
    """The nearest known name, or all of them."""
    listed = list(known)
    return schemes.nearest(str(name), listed).en if listed else "There is none."
