"""The library: every scheme has its pages and its worked cases, and these are sums that add up."""

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from io import StringIO

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

import cli.scheme
import schemes
from prm.words import LANGUAGES
from schemes.worked import CASES, result
from tests.oracle.formulas import evaluate

LIBRARY = {scheme.scheme: scheme for scheme in map(schemes.read, sorted(schemes.LIBRARY.glob("*.yaml")))}
WRITTEN = schemes.pages()


def test_every_scheme_has_cases_and_there_are_no_others():
    assert {path.stem for path in CASES.iterdir()} == set(LIBRARY) and len(LIBRARY) >= 18


@pytest.mark.parametrize("scheme", LIBRARY.values(), ids=list(LIBRARY))
def test_a_case_reckons_right_and_every_component_earns_or_takes_back_in_some_case(scheme):
    moved = set()
    for case in schemes.worked(scheme.scheme).cases:
        moved |= {component for _, component in case.amounts()}
        for components in case.comes_to.values():
            assert set(components) <= {*scheme.components, *scheme.limits}
            for reckoning in components.values():
                sum_of = reckoning.rpartition("=")[0].replace("×", "*").replace("−", "-")
                reckoned = evaluate(sum_of, {}).quantize(Decimal("0.01"), ROUND_HALF_UP)
                assert reckoned == result(reckoning), reckoning
        assert set(case.values) <= set(scheme.attributes)
    assert set(scheme.components) <= moved


def test_the_pages_are_what_the_schemes_and_their_cases_say(tmp_path):
    folder = tmp_path / "pages"
    run = CliRunner().invoke(cli.scheme.group, ["pages", str(folder)])
    assert run.exit_code == 0 and run.stdout == f"{2 * len(LIBRARY) + 1} pages in {folder}\n"
    written, kept = (
        {path.relative_to(of).as_posix(): path.read_text(encoding="utf-8") for path in of.rglob("*.md")}
        for of in (folder, schemes.PAGES)
    )
    assert set(written) == set(kept)
    stale = [name for name, text in written.items() if text != kept[name]]
    assert stale == [], "prm scheme pages writes them anew"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scheme", LIBRARY.values(), ids=list(LIBRARY))
def test_a_page_has_the_rules_as_explained_the_ranges_and_every_case(scheme, language):
    page = WRITTEN[f"{language}/{scheme.scheme}.md"]
    of = schemes.worked(scheme.scheme)
    assert all(f"\n- {sentence}\n" in page for sentence in schemes.explain(scheme, language, LIBRARY.values()))
    assert all(f"(`{name}`)" in page for name in scheme.attributes)
    assert getattr(of.about, language) in page and page.count("\n### ") == len(of.cases)
    assert "{" not in page and "None" not in page


_WORDS = {"and", "or", "not", "in", "is", "null", "between", "date", "count"}


def misspelt(node, in_formula: bool = False) -> Iterator[str]:
    """Misspells each name of a component's or limit's formulas, one at a time; the tree is as before afterwards."""
    for key in list(node) if isinstance(node, dict) else range(len(node)):
        of, formula = node[key], in_formula or key in ("where", "pay", "keeps", "at_most", "at_least")
        if isinstance(of, dict | list):
            yield from misspelt(of, formula)
        elif formula and isinstance(of, str) and key not in ("counting", "over"):
            for name in re.finditer(r"\w+|'[^']*'", of):
                if re.fullmatch("[a-z_]{2,}", name[0]) and name[0] not in _WORDS:
                    node[key] = f"{of[: name.end()]}{name[0][-1]}{of[name.end() :]}"
                    yield node[key]
            node[key] = of


@pytest.mark.parametrize("file", sorted(schemes.LIBRARY.glob("*.yaml")), ids=lambda file: file.stem)
def test_one_misspelt_name_is_one_problem(file):
    yaml = YAML()
    tree = yaml.load(file.read_text(encoding="utf-8"))
    found = {}
    for section in ("components", "limits"):
        for written in misspelt(tree.get(section, {})):
            out = StringIO()
            yaml.dump(tree, out)
            try:
                schemes.parse(out.getvalue(), file.name)
                found[written] = []
            except schemes.SchemeError as error:
                found[written] = [problem.text("en") for problem in error.problems]
    assert found and {written: told for written, told in found.items() if len(told) != 1} == {}
