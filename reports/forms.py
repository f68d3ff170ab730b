"""Forms: a folder each, with queries, a layout and words in two languages.

`layout.yaml` names the audience (`counterparty`: a document for each; `operator`: one for all; `reconciliation`: one
for each reconciliation) and the tables; a table's data is the query of the same name, which reads the analysts' views and nothing else.
`words.yaml` holds every word that is printed. A form is added by adding a folder.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from prm.errors import NotFoundError
from prm.words import Language

FOLDER = Path(__file__).parent / "forms"


@dataclass(frozen=True)
class Form:
    """A form as its folder describes it."""

    name: str
    layout: dict[str, Any]
    words: dict[str, dict[str, str]]
    queries: dict[str, str]
    content_hash: str

    @property
    def audience(self) -> str:
        """`counterparty`, `operator` or `reconciliation`."""
        return self.layout["audience"]

    def title(self, language: Language) -> str:
        """The form's title."""
        return self.words["title"][language]

    def text(self, key: str, language: Language) -> str:
        """A word or sentence of the form."""
        return self.words[key][language]


@cache
def forms() -> dict[str, Form]:
    """All forms, by name."""
    return {folder.name: _read(folder) for folder in sorted(FOLDER.iterdir()) if (folder / "layout.yaml").exists()}


def form(name: str) -> Form:
    """A form by name. Raises NotFoundError."""
    if name not in forms():
        raise NotFoundError(f"There is no form '{name}'.", hint=f"There are: {', '.join(forms())}.")
    return forms()[name]


def _read(folder: Path) -> Form:
    yaml = YAML(typ="safe")
    files = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".sql"))
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    common = yaml.load(FOLDER / "words.yaml")
    return Form(
        name=folder.name,
        layout=yaml.load(folder / "layout.yaml"),
        words=common | yaml.load(folder / "words.yaml"),
        queries={path.stem: path.read_text(encoding="utf-8") for path in files if path.suffix == ".sql"},
        content_hash=digest.hexdigest(),
    )
