"""An Airflow DAG for those who schedule outside of Databricks: each minute one run of the bundle's every-minute job,
whose own schedule stays paused (minute_status: PAUSED in databricks.yml).

Needs Airflow 3 with apache-airflow-providers-databricks, and the connection databricks_default as a service principal
that may start the job (CAN MANAGE RUN)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from airflow.providers.databricks.operators.databricks import DatabricksRunNowOperator
from airflow.sdk import DAG

TABLE = "orders"

with DAG(
    dag_id=f"penstock_{TABLE}",
    schedule="* * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),  # noqa: UP017 - Airflow still runs on Python 3.10
    catchup=False,  # a run reads all that has landed: minutes that were missed need no runs of their own
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=5),
    tags=["penstock"],
) as dag:
    DatabricksRunNowOperator(
        task_id="ingest",
        job_name=f"penstock {TABLE} every minute",
        polling_period_seconds=5,
        # The job retries three times itself, within its 50 seconds; what still fails is tried again in the next minute.
        retries=0,
        execution_timeout=timedelta(minutes=2),
        deferrable=True,
    )
