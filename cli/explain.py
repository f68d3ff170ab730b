"""`prm explain`: why a line is what it is, how a reward or a payout adds up, what became of an input row."""

from __future__ import annotations

import typer
from rich.console import Console

import explanations
from cli import app
from cli.language import Lang
from prm.errors import PrmError
from prm.period import Period
from prm.words import Language, Words

_HINT = Words(
    "Give a line (2026-10/D00042/3f2a91c07be4), a month and a counterparty (2026-10 D00042), a payout (PRM-1-2), or FILE:ROW.",
    "Укажите строку (2026-10/D00042/3f2a91c07be4), месяц и контрагента (2026-10 D00042), выплату (PRM-1-2) или ФАЙЛ:СТРОКА.",
)
_NAMES_NOTHING = Words(
    "'{what}' names nothing that can be explained.", "«{what}» не называет ничего, что можно объяснить."
)
console = Console(highlight=False, soft_wrap=True)


@app.command()
def explain(
    what: str = typer.Argument(
        ...,
        metavar="WHAT",
        help="A line (2026-10/D00042/3f2a91c07be4), a month (2026-10, with a counterparty), a payout (PRM-1-2: number 2 of "
        "batch 1), or an input row (FILE:ROW).",
    ),
    counterparty: str = typer.Argument(None, help="With a month: whose reward."),
    component: str = typer.Option(None, help="With a month: only this component or limit."),
    contract: str = typer.Option(None, help="With a month: only this contract."),
    language: Language = Lang,
) -> None:
    """Say why a line is what it is: the rule, its values, where each came from, and the input row.

    Of a reward or a payout: how it adds up, with the commands that go deeper.
    """
    for line in explanations.as_text(_explained(what, counterparty, component, contract, language)):
        console.print(line, markup=False)


def _explained(
    what: str, counterparty: str | None, component: str | None, contract: str | None, language: Language
) -> explanations.Explanation:
    for given in (what, counterparty, component, contract):
        if given is not None and not (given.strip() and given.isprintable()):
            raise _names_nothing(given)
    if counterparty:
        return explanations.explain_reward(
            Period.parse(what), counterparty, language, contract_id=contract, component=component
        )
    if component or contract:
        raise PrmError(
            Words(
                "--component and --contract go with a month and a counterparty.",
                "--component и --contract — только с месяцем и контрагентом.",
            ),
            hint=Words(
                "Such as prm explain 2026-10 D00042 --component charges.",
                "Например, prm explain 2026-10 D00042 --component charges.",
            ),
        )
    if payout := explanations.parse_payout(what):
        return explanations.explain_payout(payout, language)
    if "/" not in what and (row := explanations.parse_row(what)):
        return explanations.explain_row(*row, language)
    if "/" not in what:
        raise _names_nothing(what)
    return explanations.explain_line(what, language)


def _names_nothing(what: str) -> PrmError:
    shown = what if what.isprintable() else repr(what)[1:-1]
    return PrmError(Words(_NAMES_NOTHING.text("en", what=shown), _NAMES_NOTHING.text("ru", what=shown)), hint=_HINT)
