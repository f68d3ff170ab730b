"""What can go wrong with a run, beyond what every room knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prm.errors import PrmError, RefusedError
from prm.period import Period
from prm.words import Language, Words
from schemes import ContractProblem

if TYPE_CHECKING:
    from runs.closing import Missing
    from runs.dependencies import Dependent

_SHOWN = 20


class NothingToCalculateError(RefusedError):
    """What a calculation needs is not there yet."""


class BuildError(PrmError):
    """A model failed; the message names it and the log."""


class LockedError(RefusedError):
    """Another run has the partition."""


class NotClosableError(RefusedError):
    """A period cannot be closed yet. missing: all that keeps it from being closed."""

    def __init__(self, period: Period, missing: Sequence[Missing], language: Language):
        self.missing = list(missing)
        head = Words(en="{period} can't be closed:", ru="{period} нельзя закрыть:").text(language, period=period)
        super().__init__("\n".join([head, *(f"  - {one.words.text(language)}" for one in missing)]))


class DependedOnError(RefusedError):
    """A rollback of what current versions stand on. dependents: those versions, and by what each stands on it."""

    def __init__(self, period: Period, dependents: Sequence[Dependent], language: Language):
        self.dependents = list(dependents)
        head = Words(
            en="{period} is not rolled back: something later depends on it. With --chain all of it goes back, and is "
            "calculated again:",
            ru="{period} не откатывается: от него зависят более поздние расчёты. С --chain откатываются и "
            "рассчитываются заново и они:",
        ).text(language, period=period)
        super().__init__("\n".join([head, *(f"  - {one.words.text(language)}" for one in dependents)]))


class LeftOutError(RefusedError):
    """Contracts would be left out of the calculation, and so earn nothing. problems: which, and why."""

    def __init__(self, problems: Sequence[ContractProblem]) -> None:
        self.problems = list(problems)
        listed = "; ".join(f"{of.contract_id} ({of.counterparty_id}): {of.message.en}" for of in problems[:_SHOWN])
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        super().__init__(
            f"Nothing was published: contracts would be left out and earn nothing. {listed}{more}.",
            hint="Correct their values or their scheme, or allow it (--allow-left-out; allow_left_out in the form).",
        )
