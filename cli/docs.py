"""`prm docs`, `prm dictionary`: the data dictionary; the models' documentation and the Data Docs, as pages to open without a server."""

from __future__ import annotations

import runs
from cli import app
from loaders.quality import build_data_docs
from prm import database, dictionary
from prm.errors import PrmError
from prm.settings import get_settings


@app.command()
def docs() -> None:
    """Make dbt's documentation of the models, and the Data Docs of what is loaded."""
    settings = get_settings()
    folder = settings.home / "model_docs"
    # Parsed, not compiled: compiling asks a run's inputs, and there is no run here.
    for command in (["parse"], ["docs", "generate", "--static", "--no-compile", "--empty-catalog"]):
        done = runs.dbt(folder, *command, settings=settings)
        if done.returncode != 0:
            raise PrmError("dbt could not document the models.", hint=(done.stdout + done.stderr)[-1500:])
    print(f"models     {folder / 'dbt' / 'static_index.html'}")
    database.migrate(settings)
    print(f"Data Docs  {build_data_docs(settings).page}")


@app.command("dictionary")
def print_dictionary() -> None:
    """Print the data dictionary: every view for analysts and its columns, as Markdown."""
    print(dictionary.dictionary(), end="")
