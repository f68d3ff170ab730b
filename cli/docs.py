"""`prm docs`: the models' documentation and the Data Docs, as pages to open without a server."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import runs
from cli import app
from loaders.quality import build_data_docs
from prm import database
from prm.errors import PrmError
from prm.settings import get_settings


@app.command()
def docs() -> None:
    """Make dbt's documentation of the models, and the Data Docs of what is loaded."""
    settings = get_settings()
    target = settings.home / "model_docs"
    # Parsed, not compiled: compiling asks a run's inputs, and there is no run here.
    _dbt(target, "parse")
    _dbt(target, "docs", "generate", "--static", "--no-compile", "--empty-catalog")
    print(f"models     {target / 'static_index.html'}")
    database.migrate(settings)
    print(f"Data Docs  {build_data_docs(settings).page}")


def _dbt(target: Path, *arguments: str) -> None:
    with tempfile.TemporaryDirectory() as work:
        command = [
            str(Path(sys.executable).with_name("dbt")), "--quiet", *arguments, "--project-dir", str(runs.MODELS),
            "--profiles-dir", str(runs.MODELS), "--target-path", str(target), "--log-path", str(target),
        ]  # fmt: skip
        values = {"PRM_RUN_DATABASE": f"{work}/docs.duckdb", "PRM_RUN_TABLES": work, "DO_NOT_TRACK": "1"}
        done = subprocess.run(command, env=os.environ | values, capture_output=True, text=True)
    if done.returncode != 0:
        raise PrmError("dbt could not document the models.", hint=(done.stdout + done.stderr)[-1500:])
