"""Two attributes that say how a counterparty has its documents: where they are mailed to, and in which language.

A counterparty has them from a day on, like any attribute; a branch may have them for all of its counterparties.
"""

from __future__ import annotations

import re

from prm.errors import RefusedError
from prm.words import LANGUAGES

EMAIL = "document_email"
"""One or more e-mail addresses, separated by commas."""
LANGUAGE = "document_language"
"""`ru`, `en` or `both`."""
BOTH = "both"

_ADDRESS = re.compile(r"[^@\s<>,;:\"()]+@[^@\s<>,;:\"()]+\.[^@\s<>,;:\"().]+")
_BETWEEN = re.compile(r"[,;\s]+")


def is_address(text: str) -> bool:
    """Whether a text is an e-mail address, and nothing but one."""
    return _ADDRESS.fullmatch(text) is not None


def addresses_in(text: str) -> list[str]:
    """The parts of a value of `document_email`, as written.

    >>> addresses_in("books@dealer.example, head@dealer.example")
    ['books@dealer.example', 'head@dealer.example']
    """
    return [part for part in _BETWEEN.split(text) if part]


def check_document_attribute(attribute: str, value: str) -> None:
    """Raises RefusedError for a value that documents could not go by; says nothing of other attributes."""
    if attribute == LANGUAGE and value.strip().lower() not in (*LANGUAGES, BOTH):
        raise RefusedError(f"'{value}' is no language of documents.", hint=f"Accepted: {', '.join(LANGUAGES)}, {BOTH}.")
    if attribute == EMAIL:
        for part in addresses_in(value):
            if not is_address(part):
                raise RefusedError(
                    f"'{part}' is no e-mail address.",
                    hint="Write one such as books@dealer.example, or several, with commas.",
                )
