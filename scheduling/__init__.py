"""Airflow's side of the house: its environment, its processes, its REST API, and what its tasks call.

Airflow decides when; the rooms below do the work and keep the results. Every DAG file imports `scheduling.assets`
at each parse, so nothing is imported here; others take what they need from the module that owns it:
`scheduling.stack` (`up`, `down`, `running`), `scheduling.rest` (`Airflow`), `scheduling.environment`,
`scheduling.keys` (`Partition`, `periods_between`) and `scheduling.tasks` (inside the DAGs' tasks).
"""
