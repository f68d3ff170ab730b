"""
### Load the operator's files

Looks through the inbox every ten minutes: each file is checked against its contract, loaded, or refused with the
reason. Bytes that were offered before change nothing. Then it tells which periods changed: the calculation follows
when a period has every file that is expected of it.

**Owner:** data engineering. **If it fails:** a refused *file* never fails this DAG; `prm loads --state refused` says
why it was refused, and a corrected file in the inbox supersedes it. A failed *task* is a defect or a database that is
away: look at its log, then clear it. Nothing is loaded twice.
"""

from datetime import timedelta

from airflow.sdk import DAG, Param, task

from scheduling.assets import COMPLETE, FACTS

with DAG(
    dag_id="load_files",
    schedule="*/10 * * * *",  # operators' billing exports arrive at any hour; looking costs a second
    catchup=False,
    max_active_runs=1,  # a second one would find the same files
    doc_md=__doc__,
    tags=["facts"],
    default_args={"owner": "data engineering", "retries": 2, "retry_delay": timedelta(seconds=30)},
    params={
        "files": Param(
            None,
            type=["null", "array"],
            items={"type": "string"},
            title="Files",
            description_md="Names of files in the inbox, one a line. Empty: every file of the inbox. A file named "
            "here is offered again even if its bytes are known: a superseded or withdrawn load is **reinstated**.",
            examples=["charges_2026-10_ural.csv"],
        ),
    },
) as dag:

    @task(outlets=[*FACTS.values(), COMPLETE])
    def load(**context):
        """Load the inbox; an event a data set and period that changed, and one a period that is complete."""
        from scheduling import tasks

        loaded = tasks.load(context)
        events = {FACTS[data_set]: periods for data_set, periods in loaded["changed"].items()}
        if loaded["complete"]:
            events[COMPLETE] = loaded["complete"]
        for asset, periods in events.items():
            context["outlet_events"][asset].add_partitions(periods)
        context["task"].outlets = list(events)  # an outlet without a partition would be an event about no period
        return loaded

    @task
    def data_docs(loaded):
        """Run Great Expectations' suites on what is live and write the Data Docs."""
        from scheduling import tasks

        return tasks.build_data_docs(loaded)

    data_docs(load())
