"""What the page's own script asks the shell for when a control is used, and when it keeps silent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser

VIEW = {
    "request": {"dataset": "sample", "period": "90"},
    "options": {"measure": ["revenue"], "compare": ["Loyal", "New"]},
}
PERIOD = {"name": "period", "is_option": False, "usual": "auto", "lay_out_anew": False}
MEASURE = {"name": "measure", "is_option": True, "usual": "customers", "lay_out_anew": False}
COMPARE = {"name": "compare", "is_option": True, "usual": "", "lay_out_anew": True}


def asked(visitor: Visitor, *choices: tuple[dict[str, Any], Any], answered: int = 0) -> list[Any]:
    """What each choice asks the shell for, one after the other; None where it keeps silent."""
    page = visitor.open("/data?dataset=sample")
    return page.evaluate(
        """([view, choices, answered]) => {
        const dash = window.dash_clientside, kept = dash.set_props;
        let told;
        dash.set_props = (id, props) => { told = props.data; };
        try {
            return choices.map(([control, value]) => {
                told = null;
                dash.callback_context = { triggered: [{ prop_id: "one.value", value: value }] };
                dash.clientele.choose(value, view, answered, { one: control }, control.unasked);
                return told;
            });
        } finally { dash.set_props = kept; }
        }""",
        [VIEW, [list(one) for one in choices], answered],
    )


def changes(found: list[Any]) -> list[Any]:
    return [None if one is None else one["change"] for one in found]


def test_choices_are_gathered_until_they_are_answered(visitor: Visitor) -> None:
    """Each new value is asked for, together with what was not answered yet; a new layout only where the control wants one."""
    found = asked(visitor, (PERIOD, "30"), (MEASURE, "customers"), (COMPARE, ["New"]))
    first = {"period": "30"}
    second = {**first, "measure": "customers"}
    assert changes(found) == [first, second, {**second, "compare": ["New"], "lay_out_anew": True}]
    numbers = [one["number"] for one in found]
    assert numbers == list(range(numbers[0], numbers[0] + 3))


def test_what_is_so_already_is_not_asked_for(visitor: Visitor) -> None:
    """A tab that is laid out fires its controls; the view does not change by that."""
    assert asked(visitor, (PERIOD, "90"), (MEASURE, "revenue"), (COMPARE, ["Loyal", "New"])) == [None, None, None]


def test_the_usual_value_is_none(visitor: Visitor) -> None:
    """Nothing chosen, an empty text and the default are the same."""
    shape = {**MEASURE, "name": "explore_shape", "usual": "histogram"}
    assert asked(visitor, (shape, None), (shape, ""), (shape, "histogram"), (shape, [])) == [None] * 4
    assert changes(asked(visitor, (COMPARE, None), (COMPARE, []), (MEASURE, None))) == [
        {"compare": None, "lay_out_anew": True},
        None,
        {"compare": None, "lay_out_anew": True, "measure": None},
    ]


def test_a_choice_taken_back_before_it_was_answered_is_asked_for(visitor: Visitor) -> None:
    """Who presses one button and at once the one before it has the one before it."""
    assert changes(asked(visitor, (PERIOD, "30"), (PERIOD, "90"), (PERIOD, "90"))) == [
        {"period": "30"},
        {"period": "90"},
        None,
    ]


def test_what_was_answered_is_forgotten(visitor: Visitor) -> None:
    """A later choice does not ask again for what the shell has done."""
    assert changes(asked(visitor, (PERIOD, "30"), (MEASURE, "customers"), answered=10**9)) == [
        {"period": "30"},
        {"measure": "customers"},
    ]


def test_what_is_shown_unasked_is_no_choice(visitor: Visitor) -> None:
    """Where the data decides what is shown unless chosen, that is not asked for; another is, and so is going back to none."""
    feature = {**MEASURE, "name": "why_feature", "usual": "", "unasked": "pages"}
    assert changes(asked(visitor, (feature, "pages"), (feature, None), (feature, "device"), (feature, "pages"))) == [
        None,
        None,
        {"why_feature": "device"},
        {"why_feature": None},
    ]
