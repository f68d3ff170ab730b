"""The canonical form of a scheme version: what is approved, hashed and pinned, free of layout and comments."""

from __future__ import annotations

import hashlib
import json
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from schemes.formula import Formula
from schemes.model import Scheme


def canonical(scheme: Scheme) -> dict[str, Any]:
    """The scheme as plain JSON values; decimals and days as text, formulas as their canonical text."""
    form = plain(scheme)
    assert isinstance(form, dict)
    return form


def content_hash(scheme: Scheme) -> str:
    """SHA-256 of the canonical form, in hex: two files that say the same have the same."""
    return text_hash(canonical_text(canonical(scheme)))


def canonical_text(form: dict[str, Any]) -> str:
    """A canonical form as the text that is hashed: JSON in one line, its keys sorted, letters as they are."""
    return json.dumps(form, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def text_hash(text: str) -> str:
    """SHA-256 of a text in UTF-8, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def _is_required(of: Field) -> bool:
    """Whether a field has no default."""
    return of.default is MISSING and of.default_factory is MISSING


def _is_default(of: Field, value: object) -> bool:
    """Whether a field says what it would say if it were not written: the language may grow, hashes stay."""
    return value == (of.default_factory() if of.default_factory is not MISSING else of.default)


def plain(value: object) -> object:
    """A part of a scheme as plain JSON values; parts that say the same have the same."""
    if isinstance(value, Formula):
        return value.text
    if is_dataclass(value):
        return {
            of.name: plain(getattr(value, of.name))
            for of in fields(value)
            if of.name not in ("place", "file") and (_is_required(of) or not _is_default(of, getattr(value, of.name)))
        }
    if isinstance(value, dict):
        return {name: plain(of) for name, of in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if isinstance(value, date):
        return value.isoformat()
    return value
