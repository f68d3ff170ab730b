"""The DAG files as Airflow reads them: light to import, thin, described, within their pools."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
FILES = sorted((PROJECT / "dags").glob("*.py"))
HEAVY = ("pandas", "pyarrow", "duckdb", "great_expectations", "psycopg", "dbt", "docx", "reportlab", "sqlglot")

_READ = """
import json, sys, importlib.util
from airflow.sdk import DAG, Asset, Param, PartitionedAssetTimetable, task  # Airflow's own start-up is not ours
from airflow.serialization.serialized_objects import DagSerialization
before = set(sys.modules)
spec = importlib.util.spec_from_file_location("dag_file", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
imported = sorted(set(sys.modules) - before)
dags = [value for value in vars(module).values() if isinstance(value, DAG)]
print(json.dumps({
    "imported": imported,
    "dags": [{
        "id": dag.dag_id, "doc": dag.doc_md, "catchup": dag.catchup, "tags": sorted(dag.tags),
        "params": {name: param.schema for name, param in dag.params.items_raw()} if hasattr(dag.params, "items_raw")
                  else {name: dag.params.get_param(name).schema for name in dag.params},
        "tasks": {one.task_id: {"pool": one.pool, "retries": one.retries, "owner": one.owner, "doc": one.doc_md or one.python_callable.__doc__}
                  for one in dag.tasks},
        "serialized": bool(DagSerialization.serialize_dag(dag)),
    } for dag in dags],
}))
"""


def read(path: Path) -> dict:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _READ, str(path)], cwd=PROJECT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def read_files() -> dict[str, dict]:
    return {path.stem: read(path) for path in FILES}


def test_there_is_a_file_for_each_step_of_the_way():
    assert {path.stem for path in FILES} == {
        "load_files",
        "calculate_rewards",
        "publish_reports",
        "send_documents",
        "roll_back_rewards",
        "post_rewards",
        "fall_due",
        "prepare_payouts",
        "post_penalties",
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_thin_and_has_one_dag_of_its_name(path, read_files):
    assert len(path.read_text(encoding="utf-8").splitlines()) < 100
    assert [dag["id"] for dag in read_files[path.stem]["dags"]] == [path.stem]
    assert not path.stem.startswith("dbt_"), "dbt's plugin discovery would import it"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_importing_a_file_brings_nothing_heavy(path, read_files):
    found = read_files[path.stem]
    heavy = [name for name in found["imported"] if name.partition(".")[0] in HEAVY]
    assert heavy == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_dag_says_who_owns_it_and_what_to_do_when_it_fails(path, read_files):
    [dag] = read_files[path.stem]["dags"]
    assert "**Owner:**" in dag["doc"] and "**If it fails:**" in dag["doc"]
    assert not dag["catchup"] and dag["tags"] and dag["serialized"]
    for name, task in dag["tasks"].items():
        assert task["doc"], f"{name} does not say what it does"
        assert task["retries"] == 2
        assert task["owner"] not in ("", "airflow")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_parameter_is_typed_titled_and_explained(path, read_files):
    [dag] = read_files[path.stem]["dags"]
    assert dag["params"]
    for name, schema in dag["params"].items():
        assert schema.get("type") and schema.get("title") and schema.get("description_md"), name
        assert schema.get("examples") or schema["type"] == "boolean", name
        if name == "period":
            assert schema["pattern"] == r"^\d{4}-(0[1-9]|1[0-2])$"


def test_heavy_work_waits_for_a_slot_in_a_pool_that_is_set_up(read_files):
    from scheduling.stack import POOLS

    pools = {
        name: task["pool"] for one in read_files.values() for dag in one["dags"] for name, task in dag["tasks"].items()
    }
    assert pools["calculate"] == pools["roll_back"] == "calculation"
    assert pools["publish"] == pools["send"] == "documents"
    assert {pool for pool in pools.values() if pool != "default_pool"} == set(POOLS)
    assert POOLS["calculation"][0] == 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_page_names_every_dag_with_what_its_form_asks(path, read_files):
    page = (PROJECT / "docs" / "airflow.md").read_text(encoding="utf-8")
    [row] = [line for line in page.splitlines() if line.startswith(f"| `{path.stem}` |")]
    [dag] = read_files[path.stem]["dags"]
    assert [name for name in dag["params"] if f"`{name}`" not in row] == []
