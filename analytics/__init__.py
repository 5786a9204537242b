"""Clientele's analytics: from a shop's orders to segments that people can trust and act on.

    from analytics import AnalysisRequest, import_orders, open_source, segment

    import_orders(Path("orders.csv"), name="shop")
    found = segment(AnalysisRequest("shop"), open_source("shop"))
    for group in found.segments:
        print(group.name, group.customers, group.revenue)

A result is a pure function of a request and a version of a dataset: no clock, no globals, no order of rows. The names
below are the public ones; each is imported when it is first used, so that asking for one does not load the rest.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analytics.audiences import AUDIENCE_FORMATS, AudienceManifest, audience, write_audience
    from analytics.clusters import ALGORITHMS
    from analytics.cohorts import COHORT_KINDS, Cohorts
    from analytics.customers import CustomerTable, customer_table
    from analytics.datasets import erase_dataset, list_datasets, list_versions, open_version
    from analytics.errors import AnalyticsError
    from analytics.exploration import completeness, correlations, demographics, distribution, geography, pivot
    from analytics.intake import (
        import_customers,
        import_events,
        import_labelled,
        import_orders,
        import_sessions,
        preview,
    )
    from analytics.manifest import Manifest
    from analytics.metrics import METRICS, Metric
    from analytics.predict import (
        LEARNERS,
        PROBLEMS,
        Training,
        TrainingRequest,
        keep_training,
        open_training,
        train,
    )
    from analytics.predict.scoring.scores import score_file
    from analytics.recommend import PLAYBOOK
    from analytics.request import AnalysisRequest, request_from_json
    from analytics.rfm import PRESETS
    from analytics.rules import rule_from_json
    from analytics.segmentation import Segment, Segmentation, cohort_table, panel, segment
    from analytics.selection import selected_rows
    from analytics.sessions import SessionSummary, session_summary
    from analytics.sources import Source, open_source
    from analytics.trends import (
        anomalies,
        concentration,
        item_sales,
        key_figures,
        monthly_orders,
        orders_by,
        period_orders,
        revenue_bridge,
        seasonality,
    )

_HOME = {
    "ALGORITHMS": "clusters",
    "AUDIENCE_FORMATS": "audiences",
    "AnalysisRequest": "request",
    "AnalyticsError": "errors",
    "AudienceManifest": "audiences",
    "COHORT_KINDS": "cohorts",
    "Cohorts": "cohorts",
    "CustomerTable": "customers",
    "LEARNERS": "predict",
    "METRICS": "metrics",
    "Manifest": "manifest",
    "Metric": "metrics",
    "PLAYBOOK": "recommend",
    "PRESETS": "rfm",
    "PROBLEMS": "predict",
    "Segment": "segmentation",
    "Segmentation": "segmentation",
    "SessionSummary": "sessions",
    "Source": "sources",
    "Training": "predict",
    "TrainingRequest": "predict",
    "anomalies": "trends",
    "audience": "audiences",
    "cohort_table": "segmentation",
    "completeness": "exploration",
    "concentration": "trends",
    "correlations": "exploration",
    "customer_table": "customers",
    "demographics": "exploration",
    "distribution": "exploration",
    "erase_dataset": "datasets",
    "geography": "exploration",
    "import_customers": "intake",
    "import_events": "intake",
    "import_labelled": "intake",
    "import_orders": "intake",
    "import_sessions": "intake",
    "item_sales": "trends",
    "keep_training": "predict",
    "key_figures": "trends",
    "list_datasets": "datasets",
    "list_versions": "datasets",
    "monthly_orders": "trends",
    "open_source": "sources",
    "open_training": "predict",
    "open_version": "datasets",
    "orders_by": "trends",
    "panel": "segmentation",
    "period_orders": "trends",
    "pivot": "exploration",
    "preview": "intake",
    "request_from_json": "request",
    "revenue_bridge": "trends",
    "rule_from_json": "rules",
    "score_file": "predict.scoring.scores",
    "seasonality": "trends",
    "segment": "segmentation",
    "selected_rows": "selection",
    "session_summary": "sessions",
    "train": "predict",
    "write_audience": "audiences",
}

__all__ = [
    "ALGORITHMS",
    "AUDIENCE_FORMATS",
    "COHORT_KINDS",
    "LEARNERS",
    "METRICS",
    "PLAYBOOK",
    "PRESETS",
    "PROBLEMS",
    "AnalysisRequest",
    "AnalyticsError",
    "AudienceManifest",
    "Cohorts",
    "CustomerTable",
    "Manifest",
    "Metric",
    "Segment",
    "Segmentation",
    "SessionSummary",
    "Source",
    "Training",
    "TrainingRequest",
    "anomalies",
    "audience",
    "cohort_table",
    "completeness",
    "concentration",
    "correlations",
    "customer_table",
    "demographics",
    "distribution",
    "erase_dataset",
    "geography",
    "import_customers",
    "import_events",
    "import_labelled",
    "import_orders",
    "import_sessions",
    "item_sales",
    "keep_training",
    "key_figures",
    "list_datasets",
    "list_versions",
    "monthly_orders",
    "open_source",
    "open_training",
    "open_version",
    "orders_by",
    "panel",
    "period_orders",
    "pivot",
    "preview",
    "request_from_json",
    "revenue_bridge",
    "rule_from_json",
    "score_file",
    "seasonality",
    "segment",
    "selected_rows",
    "session_summary",
    "train",
    "write_audience",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"analytics has no {name}")
    return getattr(import_module(f"analytics.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
