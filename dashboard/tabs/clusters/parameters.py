"""Controls for an algorithm's parameters, made from what each may be; and what they say, read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import dcc, html

from analytics.clusters import Parameter, Value, algorithm
from analytics.errors import RequestError
from analytics.request import AnalysisRequest
from analytics.text import say
from dashboard.components.basics import term

PARAMETER: Final = "clusters-parameter"
PROPOSED: Final = "proposed"
"""The choice of no value of one's own, where the algorithm proposes one."""
_MOST_CHOICES: Final = 40


def parameter_controls(name: str, request: AnalysisRequest | None = None) -> list[Any]:
    """A control for each parameter of an algorithm, made from its range; with the request's values where it is the request's."""
    known = algorithm(name)
    told = request.settings() if request is not None and request.algorithm_used is known else {}
    return [
        _parameter_control(name, parameter, told.get(parameter.name, parameter.default))
        for parameter in known.parameters
    ]


def _parameter_control(name: str, parameter: Parameter, value: Value | None) -> html.Div:
    control_id = {"type": PARAMETER, "algorithm": name, "name": parameter.name}
    choices = _choices(parameter)
    if choices:
        if parameter.default is None:
            choices = [(PROPOSED, say(parameter.left_out)), *choices]
        control: Any = dcc.Dropdown(
            id=control_id,
            options=[{"label": label, "value": choice} for choice, label in choices],
            value=value if value is not None else PROPOSED,
            clearable=False,
            searchable=False,
        )
    else:
        control = dcc.Input(
            id=control_id,
            type="text",  # what is no number has to arrive, to be told
            inputMode="numeric" if parameter.kind == "whole" else "decimal",
            value="" if value is None else written(value),
            placeholder=say(parameter.left_out) if parameter.default is None else written(parameter.default),
            debounce=True,
            autoComplete="off",
            className="text-input",
        )
    label = html.Label(term(say(parameter.label), say(parameter.meaning)))
    return html.Div([label, control], className="field control", title=say(parameter.meaning))


def _choices(parameter: Parameter) -> list[tuple[Value, str]]:
    """What a parameter may be, where that is a list; empty where it is typed."""
    if parameter.kind == "choice":
        return [(value, say(label)) for value, label in parameter.choices]
    if parameter.kind == "whole" and parameter.high - parameter.low < _MOST_CHOICES:
        return [(number, str(number)) for number in range(int(parameter.low), int(parameter.high) + 1)]
    return []


def written(value: Value) -> str:
    """A value as one would type it: 0.5, 12, ward."""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def typed_values(name: str, ids: Sequence[Mapping[str, Any]], values: Sequence[Any]) -> dict[str, Value]:
    """What the controls of an algorithm say, as it takes them; what it is left to propose is left out.

    Raises:
        RequestError: a value is not possible; the sentence begins with the control's label.
    """
    known = algorithm(name)
    found: dict[str, Value] = {}
    for control, value in zip(ids, values, strict=True):
        if control.get("algorithm") != name or value in (None, "", PROPOSED):
            continue
        parameter = known.parameter(str(control.get("name")))
        text = value.strip() if isinstance(value, str) else value
        if text == "":
            continue
        try:
            found[parameter.name] = parameter.checked(_point(text))
        except RequestError as problem:
            raise RequestError(say("{label}: {problem}", label=say(parameter.label), problem=problem)) from None
    return found


def _point(value: Any) -> Any:
    """A number typed with a comma, as it is written in many countries, with a point."""
    return value.replace(",", ".") if isinstance(value, str) and value.count(",") == 1 and "." not in value else value
