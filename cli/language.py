"""The language in which a command speaks: one option, `--lang`, for all that have it, and for what they refuse."""

from __future__ import annotations

import typer

from prm.settings import get_settings
from prm.words import Language

_asked_for: Language | None = None


def _chosen(language: Language | None) -> Language:
    global _asked_for
    _asked_for = language
    return spoken()


def spoken() -> Language:
    """The language of this command, also of one that has no such option: then that of the settings."""
    return _asked_for or get_settings().language


Lang = typer.Option(None, "--lang", callback=_chosen, help="Without it, the language of the settings.")
"""Declared as `language: Language = Lang`: the language asked for, or else that of the settings."""
