"""From which day the contracts that demand notice come under a version that was added: not all of them on its first."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from prm.database import Connection
from prm.words import LANGUAGES, Words, format_day
from registry.concerned import contracts_of, versions_in_force
from registry.scheme_versions import scheme_versions

_NAMED = 5  # contracts that a message names; of others it says how many
_LATER = Words(
    en="contracts that demand notice come under it from {day}: {contracts}",
    ru="договоры, требующие уведомления, переходят на неё с {day}: {contracts}",
)
_NEVER = Words(
    en="contracts that never come under it, for a later version follows before their notice is over: {contracts}",
    ru="договоры, которые на неё не перейдут, — следующая версия наступит раньше, чем кончится уведомление: {contracts}",
)
_MORE = Words(en=" and {count} more", ru=" и ещё {count}")


def coming_later(connection: Connection, scheme: str, version: int) -> list[Words]:
    """Which active contracts come under an added version after its first day, and from when: a message a day.

    Nothing of contracts that begin later, or are over by then.
    """
    versions = scheme_versions(connection, {scheme})
    starts = next(of.valid_from for of in versions if of.version == version)
    later: dict[date | None, list[str]] = defaultdict(list)
    for contract in contracts_of(connection):
        is_under = contract["scheme"] == scheme and contract["status"] == "active"
        if not is_under or contract["notice_days"] is None or (contract["valid_to"] or date.max) < starts:
            continue
        ranges = versions_in_force(versions, contract, starts, date.max)
        since = next((first for first, _, of in ranges if of.version == version), None)
        if since is None or since > max(starts, contract["valid_from"]):
            later[since].append(contract["contract_id"])
    return [_told(day, later[day]) for day in sorted(later, key=lambda day: day or date.max)]


def _told(day: date | None, contracts: list[str]) -> Words:
    told = {}
    for language in LANGUAGES:
        named = ", ".join(contracts[:_NAMED])
        if len(contracts) > _NAMED:
            named += _MORE.text(language, count=len(contracts) - _NAMED)
        words = _NEVER if day is None else _LATER
        told[language] = words.text(language, contracts=named, day="" if day is None else format_day(day, language))
    return Words(en=told["en"], ru=told["ru"])
