"""A made-up month calculated by the product and by the oracle, in every way that must give the same."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import loaders
import registry
import runs
from prm import database
from prm.settings import Settings
from tests.conftest import fresh_home
from tests.operators import OCTOBER, Operator
from tests.oracle.books import Month
from tests.oracle.comparing import assert_equal
from tests.oracle.files import live_loads
from tests.oracle.made_up_month import MadeUpMonth
from tests.oracle.month import calculate
from tests.shuffled import assert_same_when_shuffled


@dataclass
class Agreed:
    """How much was compared: events and lines of months, by how many schemes; months calculated again in other ways."""

    events: int = 0
    lines: int = 0
    months: int = 0
    shuffled: int = 0
    hierarchies: int = 0
    schemes: set[str] = field(default_factory=set)

    def told(self) -> dict[str, int]:
        """The numbers, by what they count."""
        return {
            "events": self.events, "lines": self.lines, "months": self.months, "schemes": len(self.schemes),
            "months from shuffled inputs by one thread": self.shuffled,
            "counterparties or hierarchies by themselves": self.hierarchies,
        }  # fmt: skip

    def add(self, month: Month) -> None:
        self.events, self.months = self.events + month.events, self.months + 1
        self.lines += len(month.lines) + len(month.taken) + len(month.period_lines)


def agree(
    server: str, template: str, made_up: MadeUpMonth, subscribers: int, agreed: Agreed, *, in_other_ways: bool
) -> None:
    """September, then October, which looks back to it: equal to the kopeck, line for line.

    in_other_ways: October also from shuffled inputs by one thread, and each hierarchy of counterparties by itself.
    """
    folder = Path(tempfile.mkdtemp(prefix="prm-generated-"))
    with fresh_home(server, template, folder / "home") as home:
        made, by_hand = made_up.operator(subscribers), _ByHand(made_up)
        library = folder / "library"
        library.mkdir()
        for name, text in made_up.schemes.items():
            (library / f"{name}.yaml").write_text(text, encoding="utf-8")
        made.write(home.inbox)
        _register(home, made, by_hand, library)
        earlier: dict[str, Month] = {}
        loads = live_loads(home.inbox)
        for period in (OCTOBER.previous, OCTOBER):
            result = runs.calculate(period, allow_left_out=True, settings=home)
            month = calculate(loads, library, str(period), by_hand.links, by_hand.marks, earlier, by_hand.values)
            assert_equal(home, str(period), result.run_id, month)
            earlier[str(period)] = month
            agreed.add(month)
        agreed.schemes |= {hashlib.sha256(text.encode()).hexdigest() for text in made_up.schemes.values()}
        if in_other_ways:
            copy = folder / "again"
            shutil.copytree(home.runs / str(result.run_id), copy)
            assert_same_when_shuffled(copy, home.model_copy(update={"threads": 1}))
            agreed.shuffled += 1
            agreed.hierarchies += _assert_same_one_by_one(home, made)
    shutil.rmtree(folder)


class _ByHand:
    """What is decided by hand: a link, a fraud mark, and values of attributes."""

    def __init__(self, made_up: MadeUpMonth) -> None:
        self.links = [{"subscriber_id": "N00001", "outlet_id": "T1", "valid_from": made_up.link_from, "valid_to": None}]
        first = made_up.mark_from
        self.marks = [{"subscriber_id": "N00002", "valid_from": first, "valid_to": first + timedelta(days=3)}]
        self.values = made_up.values


def _register(home: Settings, made: Operator, by_hand: _ByHand, library: Path) -> None:
    """Adds the schemes, loads the files, and decides what is decided by hand."""
    with database.transaction(home) as connection:
        for path in sorted(library.glob("*.yaml")):
            registry.add_scheme(connection, path)
    refused = [result for result in loaders.load_inbox(home) if result.outcome != "accepted"]
    assert not refused, [(result.file_name, result.reasons) for result in refused]
    branches = {counterparty["branch"] for counterparty in made.counterparties}
    by_hand.values = [value for value in by_hand.values if value[0] != "branch" or value[1] in branches]
    with database.transaction(home) as connection:
        for link in by_hand.links:
            registry.link_subscriber(
                connection,
                link["subscriber_id"],
                link["outlet_id"],
                valid_from=link["valid_from"],
                reason="x",
                author="x",
            )
        for mark in by_hand.marks:
            registry.mark_fraud(
                connection, mark["subscriber_id"], valid_from=mark["valid_from"], valid_to=mark["valid_to"], reason="x", author="x"
            )  # fmt: skip
        for level, holder, attribute, value, day in by_hand.values:
            registry.set_attribute(connection, attribute, value, level=level, holder=holder, valid_from=day, author="x")


def _assert_same_one_by_one(home: Settings, made: Operator) -> int:
    """Each counterparty of October by itself, with those that depend on it: what is published is what it was.

    Gives the number of runs that it took: counterparties that depend on one another come in one.
    """
    before = _published(home)
    waiting = [row["counterparty_id"] for row in made.counterparties]
    taken = 0
    while waiting:
        one = runs.calculate(OCTOBER, [waiting[0]], force=True, allow_left_out=True, settings=home)
        taken += 1
        assert one.counterparties and waiting[0] in one.counterparties
        waiting = [who for who in waiting if who not in one.counterparties]
        versions = runs.current_versions(OCTOBER, settings=home)
        assert {versions[who]["run_id"] for who in one.counterparties if who in versions} == {one.run_id}
    assert _published(home) == before
    return taken


def _published(home: Settings) -> dict[str, str]:
    """The hash of all rows of each counterparty that has any (one that was asked for may have an empty version)."""
    versions = runs.current_versions(OCTOBER, settings=home)
    return {who: of["content_hash"] for who, of in versions.items() if of["lines"]}
