"""The dbt project itself: its own tests hold on a real month, its layers read downwards, its docs build."""

import json
import re
import shutil
from pathlib import Path

import duckdb
import pytest

import runs
from prm.settings import PROJECT, Settings
from schemes.streams import streams
from tests.operators import OCTOBER
from tests.shuffled import IN_NO_ORDER, assert_same_when_shuffled


@pytest.fixture
def folder(month: Settings, tmp_path: Path) -> Path:
    """A copy of the month's run, to do with as one likes."""
    run_id = runs.list_runs(OCTOBER, settings=month)[-1]["run_id"]
    copy = tmp_path / "run"
    shutil.copytree(month.runs / str(run_id), copy)
    return copy


def test_keys_grains_relationships_and_unit_tests_hold(folder, month):
    done = runs.dbt(folder, "build", settings=month)
    assert done.returncode == 0, done.stdout[-6000:]
    results = json.loads((folder / "dbt" / "run_results.json").read_text())["results"]
    kinds = [result["unique_id"].split(".")[0] for result in results]
    assert kinds.count("unit_test") >= 4 and kinds.count("test") >= 40
    assert {result["status"] for result in results} <= {"success", "pass"}


def test_docs_build_and_layers_read_downwards(folder, month):
    done = runs.dbt(folder, "docs", "generate", settings=month)
    assert done.returncode == 0, done.stdout[-3000:]
    assert (folder / "dbt" / "index.html").exists()
    nodes = json.loads((folder / "dbt" / "manifest.json").read_text())["nodes"].values()
    reads = {"staging": {"source"}, "intermediate": {"staging", "intermediate"}, "rewards": {"intermediate", "rewards"}}
    models = {node["unique_id"]: node for node in nodes if node["resource_type"] == "model"}
    for node in models.values():
        assert node["description"], f"{node['name']} has no description"
        for parent in node["depends_on"]["nodes"]:
            layer = models[parent]["fqn"][1] if parent in models else "source"
            assert layer in reads[node["fqn"][1]], f"{node['name']} reads {parent}"


def test_the_same_inputs_give_the_same_bytes_with_one_thread_or_two(folder, month):
    def digests() -> dict[str, bytes]:
        paths = {path.stem: path for path in (folder / "tables").glob("*.parquet")}
        return {name: path.read_bytes() for name, path in paths.items() if name not in IN_NO_ORDER}

    before = digests()
    assert before.keys() == set(runs.OUTPUTS) - IN_NO_ORDER
    assert runs.dbt(folder, "run", settings=month.model_copy(update={"threads": 1})).returncode == 0
    assert digests() == before


def test_the_order_of_input_rows_does_not_matter(folder, month):
    assert_same_when_shuffled(folder, month)


def test_formulas_may_use_exactly_the_columns_that_events_have(folder):
    with duckdb.connect(str(folder / "run.duckdb"), read_only=True) as connection:
        columns = {name for (name, *_) in connection.execute("describe int_events").fetchall()}
    macros = (PROJECT / "calc_models" / "macros" / "rules.sql").read_text(encoding="utf-8")
    made_where_read = set(re.findall(r" as (\w+)\n\s*\{%- endif %\}", macros))
    assert made_where_read == {"status", "suspended_days"}
    for stream in streams().values():
        assert set(stream.names) <= columns | made_where_read
