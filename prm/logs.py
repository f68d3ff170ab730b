"""Structured logs: one event a line, as JSON, with what it is about (run, period, counterparty, file…)."""

from __future__ import annotations

import json
import logging

_log = logging.getLogger("prm")


def event(what: str, **about: object) -> None:
    """Logs one event: `event("published", run=12, period="2026-10", rows=2700000)`."""
    _log.info(json.dumps({"event": what, **about}, ensure_ascii=False, default=str))
