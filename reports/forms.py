"""Forms: a folder each, with queries, a layout and words in two languages.

`layout.yaml` names the audience (`counterparty`: a document for each; `operator`: one for all; `reconciliation`: one
for each reconciliation) and the tables; a table's data is the query of the same name, which reads the analysts' views and nothing else.
`words.yaml` holds every word that is printed. A form is added by adding a folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from prm.errors import NotFoundError, PrmError
from prm.money import parse_decimal
from prm.period import Period
from prm.words import Language, format_period

FOLDER = Path(__file__).parent / "forms"


@dataclass(frozen=True)
class Form:
    """A form as its folder, or the file that somebody added, describes it.

    version: of a form that was added; 1 of the project's own. template: the bytes of a Word or Excel template, whose
    only format is the template's. fixed: values of its queries' parameters that the file chose.
    """

    name: str
    layout: dict[str, Any]
    words: dict[str, dict[str, str]]
    queries: dict[str, str]
    content_hash: str
    version: int = 1
    template: bytes | None = None
    fixed: dict[str, Any] = field(default_factory=dict)

    @property
    def audience(self) -> str:
        """`counterparty`, `operator` or `reconciliation`."""
        return self.layout["audience"]

    @property
    def about(self) -> str:
        """What it tells of: `results` of a calculation, the `services` accepted of them, `penalties` or `payouts`. It is made
        for those of whom there are any."""
        return self.layout.get("about", "results")

    @property
    def is_of_results(self) -> bool:
        """Whether it shows versions of results."""
        return self.about in ("results", "services")

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats that it is made in unless others are asked for."""
        return tuple(self.layout.get("formats", ("xlsx", "docx", "pdf")))

    @property
    def is_made_each_month(self) -> bool:
        """Whether it is made without being asked for by name."""
        return bool(self.layout.get("each_month"))

    @property
    def looks_at(self) -> frozenset[str]:
        """What else it shows than what it is about, of its own period: `other_periods`, `ledger`, `penalties`, `payouts`."""
        return frozenset(self.layout.get("looks_at", ()))

    def title(self, language: Language) -> str:
        """The form's title."""
        return self.words["title"][language]

    def told(self, period: Period, values: Mapping[str, Any], language: Language) -> dict[str, str]:
        """What titles may name, in words: the period, the one before it, and the values of the parameters."""
        told = {name: self._in_words(name, value, language) for name, value in values.items()}
        return told | {
            "period": format_period(period, language), "previous_period": format_period(period.previous, language)
        }  # fmt: skip

    def title_of(self, period: Period, given: Mapping[str, str], language: Language) -> str:
        """The title as a document of a period and of chosen parameters has it."""
        title = self.title(language)
        if "{" not in title:  # most name nothing
            return title
        return filled(title, self.told(period, self.parameters(period, given), language))

    def _in_words(self, name: str, value: Any, language: Language) -> str:
        if self.layout["parameters"][name]["kind"] == "period" and value:
            return format_period(Period.parse(value), language)
        return "" if value is None else str(value)

    def text(self, key: str, language: Language) -> str:
        """A word or sentence of the form."""
        return self.words[key][language]

    def parameters(self, period: Period, given: Mapping[str, str]) -> dict[str, Any]:
        """The values of its parameters: those given, as text, and otherwise their defaults.

        Raises PrmError for a value that is not of its parameter's kind.
        """
        values: dict[str, Any] = {}
        for name, of in self.layout.get("parameters", {}).items():
            text = given.get(name, of.get("default"))
            try:
                if text is None and of.get("is_needed"):
                    raise PrmError("It has no value.", hint=f"Give it one: --set {name}=…")
                values[name] = parameter_value(of["kind"], text, period)
            except PrmError as error:
                raise PrmError(f"Parameter '{name}' of form {self.name}: {error.message}", hint=error.hint) from None
        return values


def filled(text: str, told: Mapping[str, str]) -> str:
    """A title with what it names put in."""
    return text.format(**told) if "{" in text else text


@cache
def forms() -> dict[str, Form]:
    """The project's own forms, by name."""
    return {folder.name: _read(folder) for folder in sorted(FOLDER.iterdir()) if (folder / "layout.yaml").exists()}


@cache
def common_words() -> dict[str, dict[str, str]]:
    """The words that all forms share."""
    return YAML(typ="safe").load(FOLDER / "words.yaml")


def form(name: str) -> Form:
    """One of the project's own forms. Raises NotFoundError."""
    if name not in forms():
        raise NotFoundError(f"There is no form '{name}'.", hint=f"There are: {', '.join(forms())}.")
    return forms()[name]


def parameter_value(kind: str, value: Any, period: Period) -> Any:
    """A parameter's value from its text; `previous` is the month before the document's. Raises PrmError."""
    if value is None:
        return None
    if kind == "period":
        return str(period.previous if value == "previous" else Period.parse(str(value)))
    if kind == "number":
        if not str(value).lstrip("-").isdecimal():
            raise PrmError(f"'{value}' is not a whole number.", hint="Write one such as 20.")
        return int(value)
    if kind == "money":
        return parse_decimal(str(value))
    return str(value)


def _read(folder: Path) -> Form:
    yaml = YAML(typ="safe")
    files = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".sql"))
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return Form(
        name=folder.name,
        layout=yaml.load(folder / "layout.yaml"),
        words=common_words() | yaml.load(folder / "words.yaml"),
        queries={path.stem: path.read_text(encoding="utf-8") for path in files if path.suffix == ".sql"},
        content_hash=digest.hexdigest(),
    )
