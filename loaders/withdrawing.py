"""Withdrawing a load: its rows count no more, and nothing takes their place. Nothing is deleted; it can come back."""

from __future__ import annotations

from dataclasses import dataclass

import registry
from loaders import register
from loaders.looking_up import loads_named
from prm import database, logs
from prm.errors import NotFoundError, PrmError, RefusedError
from prm.settings import Settings


@dataclass(frozen=True)
class Withdrawn:
    """A load that was withdrawn. periods: those whose facts have changed by it."""

    load_id: str
    data_set: str
    file_name: str
    periods: tuple[str, ...]


def withdraw(name: str, *, reason: str, author: str, settings: Settings | None = None) -> Withdrawn:
    """Withdraws a live load, named by its number or its file's name; offered again by hand it is live again.

    Raises NotFoundError where there is none, RefusedError where it is not live or is reference data (the registry is what
    the last file of them says), PrmError without a reason or an author.

        withdraw("charges_2026-10_ural.csv", reason="sent by mistake", author="olga").periods  # ('2026-10',)
    """
    if not reason.strip() or not author.strip():
        raise PrmError("A withdrawal needs a reason and an author.", hint="Say in a few words why, and who decided it.")
    with database.transaction(settings) as connection:
        found = loads_named(connection, name)
        if not found:
            raise NotFoundError(f"No file '{name}' was ever offered.", hint="`prm loads` lists the files.")
        register.lock(connection, found[0]["load_id"], found[0]["slot"])
        load = loads_named(connection, found[0]["load_id"])[0]
        if load["state"] != "live":
            raise RefusedError(
                f"{load['file_name']} (load {load['load_id']}) is {load['state']}: its rows don't count."
            )
        if load["data_set"] in registry.REFERENCE_DATA_SETS:
            raise RefusedError(
                f"{load['file_name']} is reference data: the registry is what it says.", hint="Load a corrected file."
            )
        periods = register.withdraw(connection, load, reason.strip(), author.strip())
    logs.event("load withdrawn", load=load["load_id"], file=load["file_name"], author=author, reason=reason)
    return Withdrawn(load["load_id"], load["data_set"], load["file_name"], tuple(periods))
