"""Customers: give me the list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import dash_ag_grid as dag
import pandas as pd
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from analytics.audiences import column_label, describe
from analytics.customers import CustomerTable, summary
from analytics.errors import RequestError
from analytics.metrics import is_metric, metric
from analytics.predict.scoring.columns import unit_of
from analytics.rules import columns_of
from analytics.schema import SCORED
from analytics.selection import selected_rows
from analytics.text import say
from dashboard import formats, results
from dashboard.components.basics import empty, note
from dashboard.ids import CHANGE, REQUEST
from dashboard.people import export_links
from dashboard.state import View, grid_from_rule, rule_from_grid, view_from_json
from dashboard.tab import Tab

GRID = "customers-grid"
SEARCH = "customers-search"
COUNT = "customers-count"
EXPORTS = "customers-exports"
CLEAR = "customers-clear"
PAGE = 100
_FIRST = (
    "customer_id",
    "segment",
    "recency_days",
    "order_count",
    "revenue_total",
    "order_value_mean",
    "country",
    "cluster",
)


def layout(view: View) -> list[Any]:
    known = results.customers(view.request)
    try:
        selected_rows(view.request, known)
    except RequestError as problem:
        return [_nobody(problem)]
    filters = _grid_filters(view, known)
    return [
        html.Section(
            [
                html.Div(
                    [
                        dcc.Input(
                            id=SEARCH,
                            type="search",
                            value=view.request.search,
                            debounce=0.4,
                            placeholder=say("Search number, name, e-mail or phone"),
                            className="text-input",
                            style={"maxWidth": "340px"},
                            maxLength=200,
                        ),
                        html.Button(say("Clear filters"), id=CLEAR, className="button", n_clicks=0),
                        html.Div(id=EXPORTS, className="row-line"),
                    ],
                    className="row-line between mb-2",
                ),
                html.P(id=COUNT, className="small muted mb-2", role="status"),
                note(say("A rule chose these customers that columns cannot show. Clear filters to filter by column."))
                if filters is None
                else None,
                dag.AgGrid(
                    id=GRID,
                    rowModelType="infinite",
                    columnDefs=column_definitions(view, known, can_filter=filters is not None),
                    defaultColDef={
                        "sortable": True,
                        "resizable": True,
                        "floatingFilter": filters is not None,
                        "minWidth": 110,
                    },
                    dashGridOptions={
                        "initialState": {"filter": {"filterModel": filters or {}}},
                        "cacheBlockSize": PAGE,
                        "maxBlocksInCache": 10,
                        "infiniteInitialRowCount": PAGE,
                        "animateRows": False,
                        "suppressMultiSort": True,
                        "suppressCellFocus": False,
                        "enableCellTextSelection": True,
                        "tooltipShowDelay": 300,
                        "suppressFieldDotNotation": True,
                    },
                    className="grid-box",
                    style={"height": "min(68vh, 720px)", "minHeight": "380px", "width": "100%"},
                ),
            ],
            className="card-box",
        ),
        html.P(
            say("Exports hold exactly these rows, in this order, with every column."),
            className="small muted",
        ),
    ]


def _nobody(problem: RequestError) -> html.Div:
    """What stands in the place of a list that cannot be made: not everyone, and not a filter that silently went away."""
    clear = html.Button(say("Clear filters"), id=CLEAR, className="button primary", n_clicks=0)
    return empty(say("These customers cannot be listed"), str(problem), clear)


def column_definitions(view: View, known: CustomerTable, *, can_filter: bool = True) -> list[dict[str, Any]]:
    """A column of the grid per column of the customer table, with the filter that fits it."""
    names = list(known.frame.columns)
    asked = columns_of(view.request.where) if view.request.where is not None else ()
    first = dict.fromkeys(("customer_id", *asked, *_FIRST))
    ordered = [name for name in first if name in names] + [name for name in names if name not in first]
    columns = [_definition(name, known) for name in ordered]
    for column in columns:
        if not can_filter:
            column["filter"] = False
        if column["field"] == view.request.sort:
            column["sort"] = "desc" if view.request.descending else "asc"
    return columns


def _definition(name: str, known: CustomerTable) -> dict[str, Any]:
    values = known.frame[name]
    told: dict[str, Any] = {"field": name, "headerName": known.labels.get(name) or column_label(name)}
    told["filter"] = "agTextColumnFilter"
    if is_metric(name):
        unit = metric(name).unit
        told |= {
            "headerName": say("{label} (days)", label=column_label(name))
            if unit == "days" and "ays" not in column_label(name)
            else column_label(name),
            "headerTooltip": say(metric(name).meaning),
            "type": "rightAligned",
            "filter": "agNumberColumnFilter",
            "valueFormatter": {"function": _number_format(unit)},
            "width": 150,
        }
    elif pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        told |= {"type": "rightAligned", "filter": "agNumberColumnFilter", "width": 110}
        if name.startswith(SCORED):
            told |= {"valueFormatter": {"function": _number_format(unit_of(name))}, "width": 170}
    elif pd.api.types.is_datetime64_any_dtype(values.dtype):
        told |= {"filter": "agDateColumnFilter", "width": 140}
    else:
        told["width"] = 190 if name in ("email", "cluster") else 140
    if name == known.frame.columns[0]:
        told |= {"pinned": "left", "width": 140, "lockPinned": True}
    return told


def _grid_filters(view: View, known: CustomerTable) -> dict[str, Any] | None:
    """The view's rule as the grid's own filters, each of its column's kind; None where the grid cannot say it."""
    kinds = {"agNumberColumnFilter": "number", "agDateColumnFilter": "date", "agTextColumnFilter": "text"}
    return grid_from_rule(
        view.request.where, {name: kinds[_definition(name, known)["filter"]] for name in known.frame.columns}
    )


def _number_format(unit: str) -> str:
    """The function in assets/dashAgGridFunctions.js that writes a number of that unit."""
    return {"share": "clienteleShare(params.value)", "money": "clienteleMoney(params.value)"}.get(
        unit, "clienteleNumber(params.value)"
    )


def show_rows(asked: Any, told: Any) -> dict[str, Any]:
    """A page of the grid, with how many rows there are: the grid's own filters and order with the shell's."""
    if not isinstance(asked, Mapping):
        raise PreventUpdate
    view = _as_asked(view_from_json(told), asked)
    known = results.customers(view.request)
    rows = selected_rows(view.request, known)
    start = max(int(asked.get("startRow") or 0), 0)
    shown = known.frame.iloc[rows[start : min(start + PAGE * 5, int(asked.get("endRow") or start + PAGE))]]
    return {"rowData": _plain(known, shown), "rowCount": len(rows)}


def _as_asked(view: View, asked: Mapping[str, Any]) -> View:
    where = rule_from_grid(asked.get("filterModel"))
    if (
        where is None
        and view.request.where is not None
        and _grid_filters(view, results.customers(view.request)) is None
    ):
        where = view.request.where  # more than the grid can say, and still in force
    return replace(view, request=replace(view.request, where=where, **_order(asked)))


def _order(asked: Mapping[str, Any]) -> dict[str, Any]:
    order = asked.get("sortModel")
    if isinstance(order, list) and order and isinstance(order[0], Mapping):
        return {"sort": str(order[0].get("colId")), "descending": order[0].get("sort") == "desc"}
    return {"sort": "revenue_total", "descending": True}


def _plain(known: CustomerTable, shown: pd.DataFrame) -> list[dict[str, Any]]:
    frame = shown.copy()
    for name in frame.columns:
        if pd.api.types.is_datetime64_any_dtype(frame[name].dtype):
            frame[name] = frame[name].dt.strftime("%Y-%m-%d" if name in known.days() else "%Y-%m-%d %H:%M")
    cleaned = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in cleaned.to_dict("records")]


def choose_rows(asked: Any, told: Any) -> dict[str, Any]:
    """The grid's filters and order become part of the request, so that the link and the export have them."""
    if not isinstance(asked, Mapping):
        raise PreventUpdate
    view = view_from_json(told)
    meant = _as_asked(view, asked)
    if meant == view:
        raise PreventUpdate
    where = meant.request.where
    return {
        "where": where.to_json() if where is not None else None,
        "sort": meant.request.sort,
        "descending": meant.request.descending,
    }


def choose_search(words: str | None) -> dict[str, Any]:
    return {"search": words or ""}


def clear_filters(clicks: int, told: Any) -> dict[str, Any]:
    if not clicks:
        raise PreventUpdate
    request = view_from_json(told).request
    change: dict[str, Any] = {"where": None, "search": "", "countries": [], "segments": [], "lay_out_anew": True}
    if request.sort not in results.customers(request).frame.columns:
        change |= {"sort": "revenue_total", "descending": True}
    return change


def show_count(told: Any) -> tuple[str, Any]:
    view = view_from_json(told)
    known = results.customers(view.request)
    counted = summary(known.frame.iloc[selected_rows(view.request, known)])
    sentence = say(
        "{n} of {total} customers, {revenue} revenue. {rule}.",
        n=formats.number(counted["customers"]),
        total=formats.number(len(known)),
        revenue=formats.money(counted["revenue"], known.currency),
        rule=describe(view.request),
    )
    return sentence, export_links(view)


def register_callbacks(app: Dash) -> None:
    app.callback(Output(GRID, "getRowsResponse"), Input(GRID, "getRowsRequest"), State(REQUEST, "data"))(show_rows)
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Input(GRID, "getRowsRequest"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(choose_rows)
    app.callback(Output(CHANGE, "data", allow_duplicate=True), Input(SEARCH, "value"), prevent_initial_call=True)(
        choose_search
    )
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Input(CLEAR, "n_clicks"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(clear_filters)
    app.callback(Output(COUNT, "children"), Output(EXPORTS, "children"), Input(REQUEST, "data"))(show_count)
    app.clientside_callback(
        ClientsideFunction("clientele", "refresh_grid"),
        Output(GRID, "id"),
        Input(REQUEST, "data"),
        State(GRID, "id"),
        prevent_initial_call=True,
    )


TAB = Tab(
    "customers", "Customers", "/customers", "Act", "Who exactly? Take the list with you.", layout, register_callbacks
)
