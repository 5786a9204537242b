"""The wiring: every callback's ids are on the page, and every callback answers, whatever it is sent."""

from __future__ import annotations

import base64
import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from dash import Dash
from dash.development.base_component import Component
from flask.testing import FlaskClient

from analytics.errors import RequestError
from analytics.predict import TrainingRequest, keep_training, train_on
from analytics.predict.cases import Cases, features
from analytics.predict.store.trainings import drop_training, in_use, take_out_of_use
from analytics.request import AnalysisRequest
from analytics.rules import rule_from_json
from analytics.segmentation import panel, segment
from analytics.sources import open_source
from dashboard.errors import NOTICES
from dashboard.ids import REQUEST, THEME
from dashboard.jobs import SpawnedJobs
from dashboard.options import is_option, option
from dashboard.people import export_links
from dashboard.server import CALLBACKS
from dashboard.shell import PLACE, URL, shell
from dashboard.state import View, changed
from dashboard.tab import Tab
from dashboard.tabs import TABS, clusters, customers, models
from dashboard.tabs.clusters import choosing, finding, form, groups, number, profiling
from dashboard.tabs.data import importing, inside, loading
from tests.dashboard.trainings import made_up

VIEW = View(AnalysisRequest("small"))
SAMPLE = View(AnalysisRequest("sample"))
TOLD = VIEW.to_json()
SEGMENT_RULE = json.dumps({"column": "segment", "is": "equal to", "value": "Champions"})

# What a browser would send where the layout does not say it yet
REALISTIC: dict[tuple[str, str], Any] = {
    (REQUEST, "data"): TOLD,
    (PLACE, "data"): {"path": "/", "epoch": 0},
    (THEME, "data"): "light",
    (URL, "pathname"): "/",
    (URL, "search"): "",
    ("clusters-ready", "data"): {"k": 2, "metrics": ["recency_days"], "names": ["a", "b"]},
    ("clusters-compare", "value"): ["a"],
    ("clusters-one", "value"): "a",
    ("rfm-ready", "data"): {"preset": "grid"},
    ("rfm-needed", "data"): {"request": TOLD["request"]},
    ("clusters-curves", "clickData"): {"points": [{"customdata": 3}]},
    ("clusters-clicked", "data"): {"points": [{"curveNumber": 0}]},
    ("clusters-needed", "data"): {"request": TOLD["request"], "panel": True, "click": 1},
    ("customers-grid", "getRowsRequest"): {
        "startRow": 0,
        "endRow": 100,
        "filterModel": {"country": {"filterType": "text", "type": "equals", "filter": "Spain"}},
        "sortModel": [{"colId": "recency_days", "sort": "asc"}],
    },
    ("data-upload", "contents"): "data:text/csv;base64," + base64.b64encode(b"a,b\n1,2\n").decode(),
    ("data-upload", "filename"): "orders.csv",
    ("data-uploaded", "data"): {"token": "0" * 32, "label": "orders.csv", "columns": ["a", "b"]},
    ("data-name", "value"): "shop",
    ("data-order", "data"): {"token": "0" * 32, "label": "x.csv", "name": "shop", "currency": "", "rules": {}},
    ("data-done", "data"): {"dataset": "small", "version": "1"},
    ("models-cases", "contents"): "data:text/csv;base64," + base64.b64encode(b"pages,device\n1,phone\n").decode(),
    ("models-cases", "filename"): "cases.csv",
    ("models-cases-scored", "data"): {"label": "cases.csv", "problem": "The file lacks a column."},
    ("models-why-needed", "data"): {"model": "small.classification.0001.logistic", "dataset": "small", "version": None},
}

ABSURD: list[Any] = [
    None,
    0,
    -1e308,
    True,
    "",
    "x" * 10_000,
    "../../etc/passwd",
    "2024-99-99",
    [],
    [None],
    [[[]]],
    {},
    {"request": None},
    {"request": {"dataset": "../../etc"}},
    {"request": {"dataset": "no-such-shop"}},
    {"request": {"dataset": "small", "version": "../../x"}},
    {"request": {"dataset": "small", "as_of": "1900-01-01"}},
    {"request": {"dataset": "small", "k": 1e9}},
    {"request": {"dataset": "small", "where": {"not": {}}}},
    {"request": {"dataset": "small", "where": {"column": "revenue_total", "is": "above", "value": "x"}}},
    {"request": {"dataset": "small", "sort": "__class__"}},
    {"request": {"dataset": "one", "algorithm": "kmeans"}},
    {"points": [{}]},
    {"points": [{"customdata": "{"}]},
    {"points": [{"customdata": json.dumps({"column": "x", "is": "known"})}]},
    {"points": {"0": 1}},
    {"startRow": "a", "endRow": -5, "filterModel": 3, "sortModel": "x"},
    {"startRow": 10**30, "endRow": None, "filterModel": {"x": {}}, "sortModel": [{"colId": {}}]},
    {"path": None, "epoch": "x"},
    {"token": "../../../etc/passwd", "label": None},
    {"dataset": "small", "version": "../.."},
    {"dataset": "\ud800", "nonsense": 1},
]


def view_for(tab: Tab) -> View:
    """The small shop's view, or the sample shop's where the tab needs a table that the small one does not have."""
    return VIEW if set(tab.needs) <= {"orders"} else SAMPLE


def pages_of(tab: Tab) -> list[tuple[str, View]]:
    """The parts of a tab, each with a view that shows it; of most tabs there is one without a name."""
    name = f"{tab.id}_part"
    if not is_option(name):
        return [("", view_for(tab))]
    return [(part, changed(view_for(tab), {name: part})) for part in option(name).allowed]


def forget(model: str) -> None:
    """Drop a training, also where a button that was pressed has put it in use."""
    if any(one.training == model for one in in_use(model.partition(".")[0])):
        take_out_of_use(model)
    drop_training(model)


@pytest.fixture(scope="module")
def model(workspace: Path) -> Iterator[str]:
    """A training of the small shop, so that every control of the Models tab is there; dropped afterwards."""
    random = np.random.default_rng(0)
    pages = random.integers(0, 9, 300).astype(float)
    frame = features(pd.DataFrame({"pages": pages, "device": random.choice(["desktop", "phone"], 300)}))
    bought = (pages + random.normal(0, 1, 300) > 5).astype(float)
    cases = Cases(frame, bought, pd.Series([f"v{number:03d}" for number in range(300)]))
    asked = TrainingRequest("small", problem="classification", target="bought", models=("logistic",))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIENTELE_HOME", str(workspace))
        training = keep_training(train_on(cases, asked, "EUR", made_at="2026-03-01T10:00:00+00:00"))
        yield training.id
        forget(training.id)


@pytest.fixture(scope="module")
def layouts(workspace: Path, model: str) -> dict[str, list[Any]]:
    """The shell and every tab, as the browser gets them; with clusters and a model found, so that every control is there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIENTELE_HOME", str(workspace))
        panel(AnalysisRequest("small", algorithm="kmeans"), open_source("small"))
        segment(AnalysisRequest("small", algorithm="kmeans"), open_source("small"))
        amounts = keep_training(made_up("regression")).id
        laid: dict[str, list[Any]] = {"shell": [shell()]}
        for tab in TABS:
            for part, view in pages_of(tab):
                made = tab.layout(view)
                laid[f"{tab.id} {part}".strip()] = made if isinstance(made, list) else [made]
        for name in ("hdbscan", "dbscan"):  # whose part on how many there are has other charts
            view = changed(VIEW, {"algorithm": name, "clusters_part": "number"})
            laid[f"clusters number {name}"] = clusters.TAB.layout(view)
        laid["models card"] = models.TAB.layout(changed(VIEW, {"models_part": "kept", "model_card": "on"}))
        more = made_up("classification")
        more = keep_training(replace(more, request=replace(more.request, dataset="small")))
        laid["models compared"] = models.TAB.layout(changed(VIEW, {"models_part": "kept"}))  # which takes two of them
        forget(more.id)
        laid["models curves amounts"] = models.TAB.layout(changed(SAMPLE, {"model": amounts, "models_part": "curves"}))
        laid["export links"] = export_links(VIEW)
        yield laid
        forget(amounts)


def ids(trees: list[Any]) -> list[str]:
    """The ids of all components in a layout; of one of many the type, then what tells it from the others."""
    return [
        " ".join([part.id["type"], *(f"{name}={part.id[name]}" for name in sorted(part.id) if name != "type")])
        if isinstance(part.id, dict)
        else str(part.id)
        for tree in trees
        if isinstance(tree, Component)
        for part in (tree, *tree._traverse())
        if isinstance(part, Component) and hasattr(part, "id")
    ]


def plain(name: str) -> str:
    """An output's name without the mark of a duplicate."""
    return name.partition("@")[0]


def is_one(name: str) -> bool:
    """Whether an id is that of one component: a pattern stands for as many as there are at the time, perhaps none."""
    return not name.startswith("{")


def callbacks(app: Dash) -> list[dict[str, Any]]:
    """Every callback, as the browser is told of them."""
    app._setup_server()
    return list(app._callback_list)


def outputs(callback: dict[str, Any]) -> list[tuple[str, str]]:
    """The (id, property) pairs that a callback writes."""
    told = callback["output"]
    names = told.strip(".").split("...") if told.startswith("..") else [told]
    return [(name.rsplit(".", 1)[0], plain(name.rsplit(".", 1)[1])) for name in names]


def on_server(app: Dash) -> list[dict[str, Any]]:
    return [item for item in callbacks(app) if not item["clientside_function"]]


# The contract


def test_every_id_is_on_the_page(app: Dash, layouts: dict[str, list[Any]]) -> None:
    """What a callback reads and writes exists: in the shell, or in the layout of the one tab that it belongs to."""
    known = {place: set(ids(tree)) for place, tree in layouts.items()}
    for callback in callbacks(app):
        wanted = {name for name, _ in outputs(callback) if is_one(name)} | {
            item["id"] for item in (*callback["inputs"], *callback["state"]) if is_one(item["id"])
        }
        homes = [place for place in known if wanted <= known[place] | known["shell"]]
        assert homes, f"{callback['output']} needs {wanted - set().union(*known.values())}"


def test_every_property_exists(app: Dash, layouts: dict[str, list[Any]]) -> None:
    """A callback reads and writes properties that the component has."""
    known = {
        part.id: part
        for trees in layouts.values()
        for tree in trees
        for part in (tree, *tree._traverse())
        if isinstance(part, Component) and isinstance(getattr(part, "id", None), str)
    }
    for callback in callbacks(app):
        read = [
            (item["id"], item["property"]) for item in (*callback["inputs"], *callback["state"]) if is_one(item["id"])
        ]
        for name, prop in [*(pair for pair in outputs(callback) if is_one(pair[0])), *read]:
            assert prop in known[name].available_properties, f"{name}.{prop}"


def test_ids_are_unique_on_every_page(layouts: dict[str, list[Any]]) -> None:
    """No two components of the shell and a tab share an id."""
    around = ids(layouts["shell"])
    for place, laid in layouts.items():
        if place != "shell":
            names = [*around, *ids(laid)]
            assert sorted(set(names)) == sorted(names), place


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.id)
def test_ids_say_which_tab_they_are_of(tab: Tab, layouts: dict[str, list[Any]]) -> None:
    """An id begins with the name of its tab, so that tabs cannot meet."""
    laid = [tree for place, trees in layouts.items() if place.split()[0] == tab.id for tree in trees]
    assert ids(laid)
    assert all(name.startswith(f"{tab.id}-") for name in ids(laid))


@pytest.mark.parametrize("field", ["id", "label", "path", "question"])
def test_tabs_can_be_told_apart(field: str) -> None:
    """No two tabs share an id, a label, a path or a question."""
    values = [getattr(tab, field) for tab in TABS]
    assert all(values)
    assert len(set(values)) == len(values)


def test_tabs_say_what_they_answer() -> None:
    """A tab's path is its own and its question is a sentence; tabs of one group stand together."""
    groups = [tab.group for tab in TABS]
    assert [group for place, group in enumerate(groups) if group not in groups[:place]] == [
        group for place, group in enumerate(groups) if place == 0 or groups[place - 1] != group
    ]
    for tab in TABS:
        assert re.fullmatch(r"/[a-z]*", tab.path)
        assert re.search(r"[.?]$", tab.question)


def test_the_page_goes_on_while_a_job_runs(app: Dash) -> None:
    """What the shell's callbacks set off never leads back to them: Dash would hold them back until no job runs at all."""
    known = callbacks(app)
    leads: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for one in known:
        for item in one["inputs"]:
            leads.setdefault((item["id"], item["property"]), set()).update(outputs(one))
    for name in ("shell-request", "shell-content"):
        shell = next(one for one in known if name in {written for written, _ in outputs(one)})
        todo, reached = list(outputs(shell)), set(outputs(shell))
        while todo:
            new = leads.get(todo.pop(), set()) - reached
            reached |= new
            todo += new
        own = set(outputs(shell))
        assert not {(item["id"], item["property"]) for item in shell["inputs"]} & reached - own, name


def test_callbacks_are_ordinary_functions() -> None:
    """A tab's callbacks are functions of its module with names that say what they do; none is a closure."""
    for module in (choosing, finding, form, groups, number, profiling, customers, importing, inside, loading):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if name.startswith(("show_", "choose_")):
                assert function.__closure__ is None, name


# Answers


def values_in(layouts: dict[str, list[Any]]) -> dict[tuple[str, str], Any]:
    """The values that the page's controls have when they come up."""
    found: dict[tuple[str, str], Any] = {}
    for trees in layouts.values():
        for tree in trees:
            for part in (tree, *tree._traverse()):
                if isinstance(part, Component) and hasattr(part, "id"):
                    props = part.to_plotly_json()["props"]
                    found |= {(str(part.id), name): value for name, value in props.items()}
    return found


class Page:
    """Posts callbacks as the page does."""

    def __init__(self, app: Dash, client: FlaskClient, layouts: dict[str, list[Any]]) -> None:
        self.client = client
        self.values = values_in(layouts)
        config = re.search(r'id="_dash-config"[^>]*>(.*?)</script>', client.get("/").text)
        assert config
        self.end_id = json.loads(config[1])["end_id"]

    def value(self, item: dict[str, str]) -> Any:
        key = (item["id"], item["property"])
        if key in REALISTIC:
            return REALISTIC[key]
        if key in self.values:
            return 1 if item["property"] == "n_clicks" else self.values[key]
        if item["property"] == "clickData":
            return {"points": [{"customdata": SEGMENT_RULE}]}
        return None

    def post(self, callback: dict[str, Any], given: Any = ..., only: str = "") -> Any:
        """Call a callback with realistic values, or with one value for all inputs, or for one of them only."""

        needed = [item["id"] for item in (*callback["inputs"], *callback["state"])] + [callback["output"]]
        tab = next((known for known in TABS if any(f"{known.id}-" in name for name in needed)), None)

        def told(item: dict[str, str]) -> Any:
            if not is_one(item["id"]):
                return []
            replaced = given is not ... and only in ("", item["id"])
            is_view = (item["id"], item["property"]) == (REQUEST, "data") and tab is not None
            value = view_for(tab).to_json() if is_view and tab is not None else self.value(item)
            return {**item, "value": given if replaced else value}

        name = callback["output"]
        parts = name.strip(".").split("...") if name.startswith("..") else [name]
        pairs: list[Any] = [  # of a pattern, as many as there are: none
            {"id": part.rsplit(".", 1)[0], "property": part.rsplit(".", 1)[1]} if is_one(part) else [] for part in parts
        ]
        first = callback["inputs"][0]
        body = {
            "output": name,
            "outputs": pairs if name.startswith("..") else pairs[0],
            "inputs": [told(item) for item in callback["inputs"]],
            "state": [told(item) for item in callback["state"]],
            "changedPropIds": [f"{first['id']}.{first['property']}"],
        }
        return self.client.post(CALLBACKS, json=body, query_string={"endId": self.end_id})


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The jobs that were asked for; none of them runs."""
    jobs: list[Any] = []

    def start(_self: object, key: str, _job: object, args: Any, _context: object, *_: object, **__: object) -> str:
        jobs.append(args)
        return key

    monkeypatch.setattr(SpawnedJobs, "call_job_fn", start)
    return jobs


@pytest.fixture
def page(app: Dash, client: FlaskClient, layouts: dict[str, list[Any]], started: list[Any]) -> Page:
    return Page(app, client, layouts)


def test_every_callback_answers(app: Dash, page: Page, started: list[Any]) -> None:
    """With what a browser really sends, every callback answers, and none complains."""
    asked = on_server(app)
    assert len(asked) >= 30
    for callback in asked:
        if outputs(callback)[0][0].endswith("-cancel"):
            continue  # Dash's own, which answers a job's id
        reply = page.post(callback)
        assert reply.status_code in {200, 204}, callback["output"]
        assert "sideUpdate" not in (reply.json or {}), (callback["output"], reply.text)
    assert len(started) == sum(1 for item in asked if item.get("background"))


def test_callbacks_that_draw_give_what_they_promise(app: Dash, page: Page) -> None:
    """Every callback that fills a part of the page fills it.

    A 204, which changes nothing, is for unchanged choices, and for the look at a job that is none or has ended as it should.
    """
    silent = {
        outputs(item)[0]
        for item in on_server(app)
        if not item.get("background")
        and not outputs(item)[0][0].endswith("-cancel")
        and any(is_one(known["id"]) for known in item["inputs"])
        and page.post(item).status_code == 204
    }
    assert silent <= {
        ("shell-change", "data"),
        ("clusters-ready", "data"),
        ("rfm-ready", "data"),
        ("data-tested", "data"),
        ("models-running", "children"),
    }


def test_absurd_input_gives_a_sentence_and_no_traceback(app: Dash, page: Page) -> None:
    """Whatever arrives in place of all inputs, or of one, no callback fails with status 500 or shows its inside."""
    for callback in on_server(app):
        items = (*callback["inputs"], *callback["state"])
        for given in ABSURD:
            for only in {
                "",
                *(item["id"] for item in items if len(items) > 1 and (item["id"] == REQUEST or given is None)),
            }:
                reply = page.post(callback, given, only)
                said = f"{callback['output']} given {str(given)[:80]} for {only or 'all'}: {reply.text[:300]}"
                assert reply.status_code < 500, said
                assert "Traceback" not in reply.text, said
                assert not re.search(r'File \\?"|\.py\b', reply.text), said


ONE = {"output": "rfm-table.children", "outputs": {"id": "rfm-table", "property": "children"}}


@pytest.mark.parametrize(
    "body",
    [
        3,
        [],
        {},
        {"output": None, "inputs": {}},
        {"output": "nothing.data", "outputs": {"id": "nothing", "property": "data"}, "inputs": []},
        {"output": "..a.b...c.d..", "inputs": []},
        {**ONE, "inputs": [], "changedPropIds": []},
        {**ONE, "inputs": 3},
        {**ONE, "inputs": [1, 2]},
        {**ONE, "inputs": [{"id": "shell-request"}] * 2},
        {**ONE, "inputs": [{"id": "x", "property": "y"}] * 2, "outputs": []},
        {**ONE, "inputs": [{"id": "x", "property": "y"}] * 2, "outputs": "x"},
        {**ONE, "inputs": [{"id": "x", "property": "y"}] * 2, "changedPropIds": None},
        {**ONE, "inputs": [{"id": "x", "property": "y"}] * 2, "changedPropIds": [{}]},
    ],
    ids=str,
)
def test_what_is_no_call_is_refused(body: Any, client: FlaskClient) -> None:
    """A request that no page of ours sends is refused in a sentence, and is not taken for a failure of ours."""
    reply = client.post(CALLBACKS, json=body)
    assert (reply.status_code, reply.text) == (400, "That is not what this page sends. Reload it.")


def test_a_body_that_is_no_json_is_refused(client: FlaskClient) -> None:
    """Bytes that are not JSON, or do not say that they are, are refused as well."""
    assert client.post(CALLBACKS, data=b"{", content_type="application/json").status_code == 400
    assert client.post(CALLBACKS, data=b"{}", content_type="text/plain").status_code == 400
    assert client.post(CALLBACKS).status_code == 400


@pytest.mark.parametrize("token", ["../../etc/passwd", "/etc/passwd", "", "0" * 31, "g" * 32, None, 7])
def test_an_import_reads_uploads_only(token: Any, home: Path) -> None:
    """What the import job is told is a token of an upload, never a path to another file."""
    order = {
        "token": token,
        "label": "x.csv",
        "kind": "orders",
        "mapping": {},
        "name": "shop",
        "currency": "",
        "rules": {},
    }
    with pytest.raises((RequestError, TypeError)):
        importing.import_upload(lambda *_: None, order)


# Every address


@pytest.mark.parametrize("path", [*(tab.path for tab in TABS), "/no-such-page", "/health", "/_dash-layout"])
def test_every_address_answers_with_the_policy(path: str, client: FlaskClient) -> None:
    """Each page can be opened by its address, and carries the policy against foreign and evaluated scripts."""
    reply = client.get(path)
    assert reply.status_code == 200
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy


def test_the_page_loads_nothing_from_elsewhere(client: FlaskClient) -> None:
    """Every script and style sheet of the page is at an address of ours, and is there."""
    found = re.findall(r'(?:src|href)="([^"]+)"', client.get("/").text)
    assert len(found) > 5
    for address in found:
        assert address.startswith("/")
        assert not address.startswith("//")
        assert client.get(address).status_code == 200


def test_rules_that_charts_carry_are_rules() -> None:
    """The rule that the tests click on is one that a chart could carry."""
    assert rule_from_json(json.loads(SEGMENT_RULE)).to_json() == json.loads(SEGMENT_RULE)


def notices(reply: Any) -> Iterator[str]:
    for child in (reply.json or {}).get("sideUpdate", {}).get(NOTICES, {}).get("children", []):
        yield child["props"]["children"]


def test_a_dataset_by_a_path_is_refused_in_a_sentence(app: Dash, page: Page) -> None:
    """Every callback that is asked for a dataset outside the workspace says that this is not a dataset's name."""
    refused = 0
    for callback in on_server(app):
        if callback.get("background") or REQUEST not in {item["id"] for item in callback["inputs"]}:
            continue
        said = list(notices(page.post(callback, {"request": {"dataset": "../../etc"}}, REQUEST)))
        assert said
        assert said[0].startswith("'../../etc' cannot be a dataset's name")
        refused += 1
    assert refused >= 10
