"""The form of the Clusters tab: what it offers, what it sends, and what it says of what cannot be sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from dash import no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from analytics.clusters import ALGORITHMS, SCALINGS, Algorithm, Parameter
from analytics.clusters.feature_sets import FEATURE_SETS
from analytics.errors import RequestError
from analytics.metrics import RFM_METRICS
from analytics.request import AnalysisRequest
from dashboard import results
from dashboard.state import View, changed, from_query, to_query, view_from_json
from dashboard.tabs.clusters import form, parameters
from tests.dashboard.visible import told

pytestmark = pytest.mark.usefixtures("home")
SAMPLE = View(AnalysisRequest("sample"))
each = pytest.mark.parametrize("entry", ALGORITHMS, ids=lambda entry: entry.name)
PARTS = [(entry, parameter) for entry in ALGORITHMS for parameter in entry.parameters]
each_parameter = pytest.mark.parametrize(
    ("entry", "parameter"), PARTS, ids=[f"{entry.name}-{parameter.name}" for entry, parameter in PARTS]
)


def controls_of(tree: Any) -> dict[str, Component]:
    """The controls of a form: by id, a parameter's by its algorithm and name."""
    parts: Iterator[Any] = (part for part in tree._traverse() if isinstance(part, Component) and hasattr(part, "id"))
    return {
        f"{part.id['algorithm']} {part.id['name']}" if isinstance(part.id, dict) else part.id: part for part in parts
    }


def sent(view: View, controls: dict[str, Component] | None = None, **typed: Any) -> dict[str, Any]:
    """What the form's button sends where somebody has typed something."""
    made = controls or controls_of(form.layout(view))
    values = {name: typed.get(name, getattr(control, "value", None)) for name, control in made.items()}
    mine = [control for control in made.values() if isinstance(control.id, dict)]
    return form.choose_all(
        1,
        values[form.METRIC_CHOICE],
        values[form.ATTRIBUTE_CHOICE],
        values[form.SCALING],
        values[form.ALGORITHM],
        values[form.SEED],
        [control.id for control in mine],
        [values[f"{control.id['algorithm']} {control.id['name']}"] for control in mine],
        view.to_json(),
    )


def other_value(parameter: Parameter) -> Any:
    """A value that is possible and not the default."""
    if parameter.kind == "choice":
        return next(value for value, _ in parameter.choices if value != parameter.default)
    return next(value for value in (parameter.high, parameter.low) if value != parameter.default)


# What is offered


def test_the_form_offers_what_the_data_has() -> None:
    """Metrics with their meaning, attributes that are suitable and no other, sets that the data allows, and one's own."""
    controls = controls_of(form.layout(SAMPLE))
    known = results.customers(SAMPLE.request)
    assert [item["value"] for item in controls[form.METRIC_CHOICE].options] == [item.name for item in known.metrics]
    assert all(item["title"].endswith(".") for item in controls[form.METRIC_CHOICE].options)
    offered = [item["value"] for item in controls[form.ATTRIBUTE_CHOICE].options]
    assert {"gender", "age_band", "country", "signed_up_on"} <= set(offered)
    assert not {"email", "phone", "last_name", "segment", "recency_score", "has_email_consent"} & set(offered)
    assert [item["value"] for item in controls[form.FEATURE_SET].options] == [
        *(item.name for item in FEATURE_SETS),
        form.OWN,
    ]
    small = controls_of(form.layout(View(AnalysisRequest("small"))))
    assert "behaviour" not in [item["value"] for item in small[form.FEATURE_SET].options]


@pytest.mark.parametrize("name", [item.name for item in FEATURE_SETS])
def test_a_set_fills_in_what_it_stands_for(name: str) -> None:
    """Choosing a set fills in metrics and attributes; those, in any order, say which set they are, and others are one's own."""
    filled = form.choose_features(name, ["order_count"], [], SAMPLE.to_json(), form.FEATURE_SET)
    assert filled[0] == name
    backwards = filled[1][::-1], filled[2][::-1]
    assert form.choose_features(form.OWN, *backwards, SAMPLE.to_json(), form.METRIC_CHOICE)[0] == name
    other = form.choose_features(name, ["order_count"], [], SAMPLE.to_json(), form.METRIC_CHOICE)
    assert other == (form.OWN, no_update, no_update)


def test_ones_own_choice_fills_in_nothing() -> None:
    """Choosing to choose leaves what is chosen."""
    assert form.choose_features(form.OWN, [], [], SAMPLE.to_json(), form.FEATURE_SET) == (
        form.OWN,
        no_update,
        no_update,
    )


@each
def test_controls_follow_from_the_parameters(entry: Algorithm) -> None:
    """Every parameter of every algorithm has a control with its label, its meaning and its value."""
    controls = form.parameter_controls(entry.name)
    assert len(controls) == len(entry.parameters)
    for control, parameter in zip(controls, entry.parameters, strict=True):
        assert parameter.label in told(control)
        assert control.title == parameter.meaning


@each
def test_one_method_is_shown_and_all_are_there(entry: Algorithm) -> None:
    """Choosing a method shows its parameters in place of the others', which stay as they were typed, and says what it does."""
    shown = form.show_method(entry.name, "log", SAMPLE.to_json())
    assert [style == {} for style in shown[2:]] == [item is entry for item in ALGORITHMS]
    text = " ".join(told(part) for part in shown[0])
    assert entry.meaning in text
    assert entry.placing in text
    assert f"{entry.exact_up_to:,}" in text
    assert SCALINGS[0].meaning in told(shown[1])


@each
def test_help_says_what_happens_with_very_many(entry: Algorithm) -> None:
    """Above the largest number that is fitted exactly the help says so, below it that everybody takes part."""
    few, many = (
        " ".join(told(part) for part in form.method_help(entry.name, count)) for count in (100, entry.exact_up_to + 1)
    )
    assert "All 100 customers take part in the fit." in few
    assert "more than it fits exactly" in many


# What is sent


def test_an_untouched_form_changes_nothing() -> None:
    """Pressing the button without touching anything asks for the same groups."""
    for view in (
        SAMPLE,
        View(AnalysisRequest("sample", algorithm="kmeans", k=5, attributes=("gender",), scaling="robust", seed=7)),
    ):
        assert changed(view, sent(view)) == view


def test_the_form_applies_all_of_itself() -> None:
    """The button sends every choice; what is as the algorithm has it anyway is left out, so that links stay short."""
    view = View(AnalysisRequest("small", k=2))
    change = sent(
        view,
        **{
            form.METRIC_CHOICE: ["order_count"],
            form.ATTRIBUTE_CHOICE: ["country"],
            form.SCALING: "robust",
            form.SEED: "12",
            "kmeans k": 3,
        },
    )
    assert change == {
        "k": 3,
        "params": {},
        "metrics": ["order_count"],
        "attributes": ["country"],
        "scaling": "robust",
        "seed": 12,
    }
    asked = changed(view, change)
    assert asked.request.attributes == ("country",)
    assert from_query(to_query(asked), "other") == asked
    with pytest.raises(PreventUpdate):
        form.choose_all(0, [], [], "log", "kmeans", "", [], [], view.to_json())


@each_parameter
def test_a_value_typed_comes_back(entry: Algorithm, parameter: Parameter) -> None:
    """A value that is typed, as text, is in the request, in its link and in its store, and the form shows it again."""
    value = other_value(parameter)
    typed = value if parameter.kind == "choice" else parameters.written(value)
    change = sent(SAMPLE, **{form.ALGORITHM: entry.name, f"{entry.name} {parameter.name}": typed})
    view = changed(SAMPLE, change)
    assert view.request.settings() == {parameter.name: value}
    assert from_query(to_query(view), "other") == view
    assert view_from_json(json.loads(json.dumps(view.to_json()))) == view
    again = controls_of(form.layout(view))
    assert again[form.ALGORITHM].value == entry.name
    shown = again[f"{entry.name} {parameter.name}"].value
    assert parameter.checked(shown) == value
    assert changed(view, sent(view, again)) == view


@each_parameter
def test_a_value_left_open_is_the_algorithms(entry: Algorithm, parameter: Parameter) -> None:
    """Nothing, spaces or `as proposed` leave a parameter to the algorithm."""
    ids = [{"type": form.PARAMETER, "algorithm": entry.name, "name": parameter.name}]
    for nothing in (None, "", "  ", parameters.PROPOSED):
        assert parameters.typed_values(entry.name, ids, [nothing]) == {}


@each_parameter
@pytest.mark.parametrize("value", ["a lot", "-1e9", "nan", "inf", "1e400", [], {}, True])
def test_a_value_that_cannot_be_is_told(entry: Algorithm, parameter: Parameter, value: Any) -> None:
    """What is not possible is told by the parameter's label before anything is sent, and is not sent."""
    ids = [{"type": form.PARAMETER, "algorithm": entry.name, "name": parameter.name}]
    said = form.show_problem(entry.name, "0", ["order_count"], [], [value], ids)
    assert said.startswith(f"{parameter.label}: ")
    assert said.endswith(".")
    with pytest.raises(RequestError, match=r"\.$"):
        form.choose_all(1, ["order_count"], [], "log", entry.name, "0", ids, [value], SAMPLE.to_json())


def test_a_decimal_comma_is_a_point() -> None:
    """A number typed as 0,5 is a half."""
    ids = [{"type": form.PARAMETER, "algorithm": "kmeans", "name": "k"}]
    assert parameters.typed_values("kmeans", ids, ["4,0"]) == {"k": 4}


@pytest.mark.parametrize(
    ("seed", "metrics", "attributes", "sentence"),
    [
        ("x", ["order_count"], [], "Seed: use a whole number from 0 to 4294967295."),
        ("-1", ["order_count"], [], "Seed: use a whole number from 0 to 4294967295."),
        ("4294967296", ["order_count"], [], "Seed: use a whole number from 0 to 4294967295."),
        ("0", [], [], "Choose one metric or attribute at least to group customers by."),
        ("0", "order_count", [], "What is chosen on the page is not readable. Choose it again."),
        ("0", [1], [], "What is chosen on the page is not readable. Choose it again."),
    ],
)
def test_a_form_that_cannot_be_sent_says_why(seed: str, metrics: Any, attributes: Any, sentence: str) -> None:
    """A sentence under the form says what is wrong with it; a form in order says nothing."""
    assert form.show_problem("kmeans", seed, metrics, attributes, [], []) == sentence
    assert form.show_problem("kmeans", "7", ["order_count"], [], [], []) == ""
    assert form.show_problem("kmeans", None, [], ["country"], [], []) == ""


def test_attributes_alone_can_be_sent() -> None:
    """Customers may be grouped by who they are alone."""
    view = changed(SAMPLE, sent(SAMPLE, **{form.METRIC_CHOICE: [], form.ATTRIBUTE_CHOICE: ["gender", "age_band"]}))
    assert (view.request.metrics, view.request.attributes) == ((), ("gender", "age_band"))
    assert from_query(to_query(view), "other") == view


# What is shown again


def test_the_form_follows_the_view() -> None:
    """Where a link, a chart or a button changed the view, the form shows it; the head says it in a few words."""
    before = controls_of(form.layout(SAMPLE))[form.APPLIED].data
    view = changed(SAMPLE, {"algorithm": "kmeans", "k": 4, "metrics": ["order_count", "tenure_days"], "seed": 3})
    applied, summary, metrics, attributes, scaled, name, seed, *controls = form.show_applied(view.to_json(), before)
    assert (metrics, attributes, scaled, name, seed) == (["order_count", "tenure_days"], [], "log", "kmeans", "3")
    assert summary == "2 features, with K-Means"
    assert [children is not no_update for children in controls] == [item.name == "kmeans" for item in ALGORITHMS]
    again = form.show_applied(view.to_json(), json.loads(json.dumps(applied)))
    assert again[0] == applied
    assert all(value is no_update for value in again[2:])


def test_a_filter_leaves_what_was_typed() -> None:
    """A change that does not concern the groups leaves the form as somebody has typed it."""
    before = controls_of(form.layout(SAMPLE))[form.APPLIED].data
    view = changed(SAMPLE, {"countries": ["France"]})
    assert all(value is no_update for value in form.show_applied(view.to_json(), before)[2:])


def test_the_head_says_what_is_chosen() -> None:
    """Folded, the form still says by what and how: the name of a set, or how many features."""
    assert told(controls_of(form.layout(SAMPLE))[form.SUMMARY]) == "RFM, with K-Means"
    view = changed(SAMPLE, {"metrics": list(RFM_METRICS[:1])})
    assert told(controls_of(form.layout(view))[form.SUMMARY]) == "one feature, with K-Means"
