"""The examples of the page on schemes: each is calculated, by the product and by the oracle, for a whole hierarchy."""

import re
from datetime import date
from random import Random

import loaders
import registry
import runs
import schemes
from prm import database
from prm.settings import Settings
from tests.operators import OCTOBER, Operator
from tests.oracle.books import Month
from tests.oracle.comparing import assert_equal
from tests.oracle.files import live_loads
from tests.oracle.made_up_operator import operator
from tests.oracle.month import calculate
from tests.schemes.rich import EXAMPLES

AGREED = {"agreed_share": "0.03"}
"""The values of attributes that an example requires: every contract under it has agreed to the same."""
KINDS = ["terminal_sale", "port_in", "port_out"]


def of_the_page() -> dict[str, str]:
    """The examples as schemes of their own names, all in force in October."""
    found = {}
    for number, text in enumerate(EXAMPLES):
        text = text if "currency:" in text else text.replace("#", "currency: RUB", 1)
        text = re.sub(r"^scheme: \w+", f"scheme: example_{number}", text)
        text = re.sub(r"^version: 2", "version: 1", text, flags=re.MULTILINE)
        text = text.replace("valid_from: 2026-11-01\nannounced_on: 2026-10-15", "valid_from: 2026-01-01")
        found[f"example_{number}"] = text
    return found


def made_for(texts: dict[str, str]) -> Operator:
    """An operator with a contract under every example for each of its counterparties."""
    random, made = Random(7), operator(7, texts["example_0"], subscribers=45)
    made.product("V2", "data")
    for row in made.subscribers:
        row["product_id"] = row["product_id"].replace("C1", "V2")
    for row in made.operations:
        row["operation_kind"] = random.choice(KINDS)
    owners = [row["counterparty_id"] for row in made.counterparties]
    made.contracts.clear()
    for name, text in texts.items():
        scheme = schemes.parse(text, name)
        agreed = {f"attribute:{required}": AGREED[required] for required in scheme.required}
        for owner in owners:
            made.contract(
                f"{owner}-{name}", owner, name, valid_from=date(2026, 5, 1), currency=scheme.currency, **agreed
            )
    return made


def test_every_example_of_the_page_is_calculated_and_equal_to_the_kopeck(home: Settings, tmp_path) -> None:
    texts, library = of_the_page(), tmp_path / "library"
    library.mkdir()
    made_for(texts).write(home.inbox)
    with database.transaction(home) as connection:
        for name, text in texts.items():
            (library / f"{name}.yaml").write_text(text, encoding="utf-8")
            registry.add_scheme(connection, library / f"{name}.yaml")
    refused = [result for result in loaders.load_inbox(home) if result.outcome != "accepted"]
    assert not refused, [(result.file_name, result.reasons) for result in refused]
    earlier: dict[str, Month] = {}
    paid: set[tuple[str, str]] = set()
    for period in (OCTOBER.previous, OCTOBER):
        result = runs.calculate(period, settings=home)
        assert result.problems == []
        month = calculate(live_loads(home.inbox), library, str(period), earlier=earlier)
        assert_equal(home, str(period), result.run_id, month)
        earlier[str(period)] = month
        paid |= {
            (contract.split("-")[1], component) for (contract, component), amount in month.rewards.items() if amount
        }
    assert len(texts) >= 20 and {name for name, _ in paid} == set(texts), set(texts) - {name for name, _ in paid}
