"""How a line is named, and found by its name: `2026-10/D00042/3f2a91c07be4`, the same in every version.

The last part is the column `line` of `reporting.reward_lines`, and of the statement. It is made from the line's key:
contract, component, stream, input row, and the line that it takes back; of a cap per subscriber, the subscriber too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prm.database import Connection
from prm.errors import NotFoundError, PrmError, RefusedError
from prm.period import Period
from prm.words import Words

NOBODY = "nobody"
_HINT = Words(
    "A line is named like 2026-10/D00042/3f2a91c07be4: period, counterparty, and the line's code in the statement.",
    "Строку называют так: 2026-10/D00042/3f2a91c07be4 — период, контрагент и код строки из отчёта агента.",
)
_KEY = ("contract_id", "component", "stream", "load_id", "row_number", "subscriber_id")


@dataclass(frozen=True)
class LineAddress:
    """The name of a line. counterparty_id: empty where it is nobody's."""

    period: Period
    counterparty_id: str
    line: str

    def __str__(self) -> str:
        return f"{self.period}/{self.counterparty_id or NOBODY}/{self.line}"

    @classmethod
    def parse(cls, text: str) -> LineAddress:
        """Reads `PERIOD/COUNTERPARTY/LINE`. Raises PrmError for anything else."""
        period, _, rest = text.strip().partition("/")
        counterparty_id, _, line = rest.rpartition("/")
        if not (period and counterparty_id and line):
            raise PrmError(Words(f"'{text}' does not name a line.", f"«{text}» не называет строку."), hint=_HINT)
        return cls(Period.parse(period), "" if counterparty_id == NOBODY else counterparty_id, line.lower())


def address_of(row: Mapping[str, Any]) -> str:
    """The name of a row of `reporting.reward_lines`."""
    return str(LineAddress(Period.parse(row["period"]), row["counterparty_id"], row["line"]))


def find_line(connection: Connection, address: LineAddress) -> dict[str, Any]:
    """The line as it is published now. The code may be cut short, while it still means one line.

    Raises NotFoundError where there is none, RefusedError where there are several.
    """
    rows = connection.execute(
        """select * from reporting.reward_lines
           where period = %s and counterparty_id = %s and starts_with(line, %s) limit 3""",
        [str(address.period), address.counterparty_id, address.line],
    ).fetchall()
    if not rows:
        raise NotFoundError(
            Words(
                f"There is no line {address} in the current results.", f"В текущих результатах нет строки {address}."
            ),
            hint=_what_there_is(connection, address),
        )
    if len(rows) > 1:
        named = ", ".join(row["line"] for row in rows)
        raise RefusedError(
            Words(f"{address} names several lines: {named}.", f"{address} — это несколько строк: {named}."),
            hint=Words("Give more of the line's code.", "Укажите больше знаков кода строки."),
        )
    return rows[0]


def _what_there_is(connection: Connection, address: LineAddress) -> Words:
    version = connection.execute(
        "select run_id from reporting.versions where is_shown and period = %s and counterparty_id = %s",
        [str(address.period), address.counterparty_id],
    ).fetchone()
    if version is None:
        whose = address.counterparty_id or NOBODY
        return Words(
            f"{whose} has no results of {address.period}; `prm runs` lists the runs.",
            f"У {whose} нет результатов за {address.period}; расчёты: `prm runs`.",
        )
    return Words(
        f"The column `line` of reporting.reward_lines lists them. {_HINT.en}",
        f"Они стоят в столбце `line` представления reporting.reward_lines. {_HINT.ru}",
    )


def lines_by_key(
    connection: Connection, period: str, counterparty_id: str, *, most: int = 1000, **key: Any
) -> list[dict[str, Any]]:
    """The current lines of a counterparty's period with some values of their keys (None: without such a value).

    most: how many at the most.
    """
    return connection.execute(
        f"select * {_lines_of(key)} order by event_date, contract_id, component, line limit {most}",
        {**key, "of_period": period, "whose": counterparty_id},
    ).fetchall()


def count_by_key(connection: Connection, period: str, counterparty_id: str, **key: Any) -> int:
    """How many there are."""
    row = connection.execute(
        f"select count(*) as n {_lines_of(key)}", {**key, "of_period": period, "whose": counterparty_id}
    ).fetchone()
    return row["n"] if row else 0


def _lines_of(key: Mapping[str, Any]) -> str:
    unknown = set(key) - {*_KEY, "outcome", *(f"taken_{part}" for part in ("period", *_KEY))}
    assert not unknown, unknown
    conditions = "".join(f" and {name} is not distinct from %({name})s" for name in key)
    return f"from reporting.reward_lines where period = %(of_period)s and counterparty_id = %(whose)s {conditions}"
