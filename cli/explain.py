"""`prm explain`: why a line is what it is, how a reward adds up, what became of an input row."""

from __future__ import annotations

import typer
from rich.console import Console

import explanations
from cli import app
from cli.language import Lang
from prm.errors import PrmError
from prm.period import Period
from prm.words import Language

_HINT = "Give a line (2026-10/D00042/3f2a91c07be4), a month and a counterparty (2026-10 D00042), or FILE:ROW."
console = Console(highlight=False, soft_wrap=True)


@app.command()
def explain(
    what: str = typer.Argument(
        ...,
        metavar="WHAT",
        help="A line (2026-10/D00042/3f2a91c07be4), a month (2026-10, with a counterparty), or an input row (FILE:ROW).",
    ),
    counterparty: str = typer.Argument(None, help="With a month: whose reward."),
    component: str = typer.Option(None, help="With a month: only this component or limit."),
    contract: str = typer.Option(None, help="With a month: only this contract."),
    language: Language = Lang,
) -> None:
    """Say why a line is what it is: the rule, its values, where each came from, and the input row."""
    for line in explanations.as_text(_explained(what, counterparty, component, contract, language)):
        console.print(line, markup=False)


def _explained(
    what: str, counterparty: str | None, component: str | None, contract: str | None, language: Language
) -> explanations.Explanation:
    for given in (what, counterparty, component, contract):
        if given is not None and not (given.strip() and given.isprintable()):
            raise PrmError(f"{given!r} names nothing that can be explained.", hint=_HINT)
    if counterparty:
        return explanations.explain_reward(
            Period.parse(what), counterparty, language, contract_id=contract, component=component
        )
    if component or contract:
        raise PrmError(
            "--component and --contract go with a month and a counterparty.",
            hint="Such as prm explain 2026-10 D00042 --component charges.",
        )
    if "/" not in what and (row := explanations.parse_row(what)):
        return explanations.explain_row(*row, language)
    if "/" not in what:
        raise PrmError(f"'{what}' names nothing that can be explained.", hint=_HINT)
    return explanations.explain_line(what, language)
