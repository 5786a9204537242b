"""The import itself: what the job is told, the job, and what is said when it ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dash.exceptions import PreventUpdate

from analytics.datasets import discard_upload, now_text, upload_path
from analytics.errors import RequestError
from analytics.intake import kind_named, rules_of
from analytics.manifest import Manifest
from analytics.text import say
from dashboard.components.basics import HIDDEN
from dashboard.errors import success
from dashboard.jobs import Report
from dashboard.tabs.data.columns import chosen_mapping

CURRENCIES = ("EUR", "GBP", "USD", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "CAD", "AUD", "JPY", "INR", "BRL")


def order_import(
    _clicks: int,
    uploaded: Any,
    kind: str,
    chosen: list[Any],
    ids: list[Any],
    target: str | None,
    name: str | None,
    currency: str | None,
    gap_minutes: Any,
    rules: list[str] | None,
    tested: Any = None,
) -> dict[str, Any]:
    """What the import job is told."""
    if not isinstance(uploaded, dict):
        raise PreventUpdate
    asked = set(rules or ())
    return {
        "token": uploaded["token"],
        "label": uploaded["label"],
        "kind": kind,
        "mapping": chosen_mapping(chosen, ids),
        "name": target or (name or "").strip(),
        "currency": currency or "",
        "gap_minutes": gap_minutes,
        "test": {name: tested[name] for name in ("token", "label")} if isinstance(tested, dict) else None,
        "rules": {rule.name: rule.name in asked or not rule.is_optional for rule in rules_of(kind)},
    }


def import_upload(report: Report, order: Any) -> dict[str, str]:
    """The job: import the file, publish it, and compute its customer table, so that the first look is quick."""
    from analytics.customers import customer_table
    from analytics.sources import open_source

    published = _import(order, report)
    if published.has_orders:
        report(0.92, say("Computing customers"))
        customer_table(open_source(published.dataset, published.version))
    for upload in (order, order["test"] or {}):
        if "token" in upload:
            discard_upload(upload["token"])
    return {"dataset": published.dataset, "version": published.version}


def _import(order: Mapping[str, Any], report: Report) -> Manifest:
    from analytics import intake

    if order["currency"] not in ("", *CURRENCIES):
        raise RequestError(f"'{order['currency']}' is not a currency of the list. Choose one of it.")
    file = upload_path(order["token"])
    options: dict[str, Any] = {
        "name": order["name"],
        "label": order["label"],
        "mapping": order["mapping"],
        "created_at": now_text(datetime.now(UTC)),
        "progress": lambda share, sentence: report(share * 0.9, sentence),
    }
    kind = kind_named(order["kind"]).name
    if kind == "events":
        return intake.import_events(file, rules=order["rules"], gap_minutes=order["gap_minutes"], **options)
    if kind == "sessions":
        return intake.import_sessions(file, rules=order["rules"], **options)
    if kind == "customers":
        return intake.import_customers(file, **options)
    if kind == "labelled":
        test = order["test"]
        if test is None:
            return intake.import_labelled(file, **options)
        return intake.import_labelled(file, test=upload_path(test["token"]), test_label=test["label"], **options)
    return intake.import_orders(file, rules=order["rules"], currency=order["currency"], **options)


def show_imported(done: Any) -> tuple[dict[str, Any], dict[str, str], Any, Any]:
    """Turn the whole dashboard to the dataset that was just imported."""
    if not done:
        raise PreventUpdate
    return (
        {"dataset": done["dataset"], "version": done["version"]},
        HIDDEN,
        None,
        [success(say("Dataset '{name}' is ready and shown on every tab.", name=done["dataset"]))],
    )


def show_cancelled(clicks: int | None) -> list[Any]:
    """Say that nothing was published: the form is still there, for another try."""
    if not clicks:
        raise PreventUpdate
    return [success(say("The import was cancelled. Nothing was changed, and the file is still here."))]
