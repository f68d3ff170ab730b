"""Why a line earned nothing, in words that its counterparty reads."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from prm.words import Words

REASONS = Path(__file__).with_name("reasons.yaml")


@cache
def reasons() -> dict[str, Words]:
    """The words of each reason's code."""
    return {code: Words(**of) for code, of in YAML(typ="safe").load(REASONS).items()}
