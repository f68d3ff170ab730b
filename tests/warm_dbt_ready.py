"""Imported by the warm process as it starts, and only there: from then on it knows the project."""

import os
from pathlib import Path

from tests.warm_dbt import FOLDER, read_project

read_project(Path(os.environ[FOLDER]))
