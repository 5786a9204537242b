"""A model in curves: how it ranks, what calling more cases brings, and whether its scores are honest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from analytics.predict.evaluation.curves import Calibration, Gains, PrecisionRecall, Residuals, Roc
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, typed
from dashboard.theme import Mode, tokens

_SHARES: Final = {"tickformat": ".0%", "range": [0, 1.005], "nticks": 6, "zeroline": False}
_MARGIN: Final = {"l": 8, "r": 14, "t": 14, "b": 8}
_LEGEND: Final = {"orientation": "h", "x": 0, "y": -0.2, "yanchor": "top"}


def roc_curve(shown: Roc, others: Mapping[str, Roc], at: float, mode: Mode) -> Figure:
    """The share found over the share called wrongly; the other models are thin, guessing is the diagonal."""
    if not np.isfinite(shown.area):
        return nothing(mode, say("All tested cases have the same answer: there is nothing to tell apart"))
    of = tokens(mode)
    hovers = [
        say(
            "cut-off {cut}<br>{found} of yes found<br>{wrong} of no called wrongly",
            cut=formats.share(float(cut)) if np.isfinite(cut) else say("above all scores"),
            found=formats.share(float(found)),
            wrong=formats.share(float(wrong)),
        )
        for cut, found, wrong in zip(shown.thresholds, shown.true_yes_rate, shown.false_yes_rate, strict=True)
    ]
    traces = [
        _thin(label, other.false_yes_rate, other.true_yes_rate, of) for label, other in others.items()
    ]  # fmt: skip
    traces.append(_bold(shown.false_yes_rate, shown.true_yes_rate, hovers, of))
    place = int(np.argmin(np.where(shown.thresholds >= at, shown.thresholds, np.inf)))
    traces.append(_mark(shown.false_yes_rate[place], shown.true_yes_rate[place], of))
    return _plot(traces, mode, say("of no, called yes"), say("of yes, found"), [_diagonal(of)])


def precision_recall_curve(shown: PrecisionRecall, at: float, mode: Mode) -> Figure:
    """Precision over recall; the dashed line is calling at random."""
    if not len(shown.recall) or not np.isfinite(shown.recall[-1]):
        return nothing(mode, say("No tested case is yes: there is nothing to find"))
    of = tokens(mode)
    hovers = [
        say(
            "cut-off {cut}<br>{right} of those called are yes<br>{found} of yes found",
            cut=formats.share(float(cut)),
            right=formats.share(float(right)),
            found=formats.share(float(found)),
        )
        for cut, right, found in zip(shown.thresholds, shown.precision, shown.recall, strict=True)
    ]
    line = _bold(shown.recall, shown.precision, hovers, of)
    line["line"] = {**line["line"], "shape": "vh"}
    called = shown.thresholds >= at
    place = int(np.flatnonzero(called)[-1]) if called.any() else 0
    guess = {"type": "line", "x0": 0, "x1": 1, "y0": shown.guessing, "y1": shown.guessing,
             "line": {"color": of["ink-3"], "dash": "dash", "width": 1}}  # fmt: skip
    traces = [line, _mark(shown.recall[place], shown.precision[place], of)]
    return _plot(traces, mode, say("of yes, found (recall)"), say("of those called, right (precision)"), [guess])


def calibration_curve(shown: Calibration, mode: Mode) -> Figure:
    """The share of yes over the mean score, by tenths of the cases; on the diagonal scores are honest."""
    if not len(shown.mean_score):
        return nothing(mode, say("There are no cases"))
    of = tokens(mode)
    high = min(1.0, 1.08 * float(max(shown.mean_score.max(), shown.high.max())))
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": typed(shown.mean_score, "f8"),
            "y": typed(shown.share_yes, "f8"),
            "line": {"color": of["accent"], "width": 2},
            "marker": {"size": 9, "color": of["accent"]},
            "error_y": _whiskers(shown.share_yes, shown.low, shown.high, of["ink-3"]),
            "hovertext": [
                say(
                    "{n} cases<br>mean score {score}<br>{share} are yes ({low} to {high})",
                    n=formats.number(float(cases)),
                    score=formats.share(float(score)),
                    share=formats.share(float(share)),
                    low=formats.share(float(low)),
                    high=formats.share(float(top)),
                )
                for cases, score, share, low, top in zip(
                    shown.cases, shown.mean_score, shown.share_yes, shown.low, shown.high, strict=True
                )
            ],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
    ]
    made = _plot(traces, mode, say("mean score of the tenth"), say("share that is yes"), [_diagonal(of)])
    made["layout"]["xaxis"]["range"] = made["layout"]["yaxis"]["range"] = [0, high]
    return made


def gains_curve(shown: Gains, mode: Mode) -> Figure:
    """The share found over the share taken, highest scores first; between chance and a model that knew everything."""
    if not np.isfinite(shown.share_found[-1]):
        return nothing(mode, say("There is nothing to find among the tested cases"))
    of = tokens(mode)
    hovers = [
        say("the best {taken}<br>hold {found}", taken=formats.share(float(taken)), found=formats.share(float(found)))
        for taken, found in zip(shown.share_taken, shown.share_found, strict=True)
    ]
    perfect = {
        "type": "scatter",
        "mode": "lines",
        "name": say("knowing everything"),
        "x": typed(shown.share_taken, "f8"),
        "y": typed(shown.perfect, "f8"),
        "line": {"color": of["ink-3"], "dash": "dot", "width": 1.5},
        "hoverinfo": "skip",
    }
    line = {**_bold(shown.share_taken, shown.share_found, hovers, of), "name": say("this model"), "showlegend": True}
    chance = {
        "type": "scatter",
        "mode": "lines",
        "name": say("at random"),
        "x": [0, 1],
        "y": [0, 1],
        "line": {"color": of["ink-3"], "dash": "dash", "width": 1},
        "hoverinfo": "skip",
    }
    made = _plot([perfect, line, chance], mode, say("of all cases, taken"), say("found among them"), [])
    made["layout"] |= {"showlegend": True, "legend": _LEGEND}
    return made


def lift_curve(shown: Gains, mode: Mode) -> Figure:
    """How many times more is found than by taking at random; 1 is chance."""
    kept = np.isfinite(shown.lift) & (shown.share_taken >= 0.01)
    if not kept.any():
        return nothing(mode, say("There is nothing to find among the tested cases"))
    of = tokens(mode)
    across, up = shown.share_taken[kept], shown.lift[kept]
    hovers = [
        say("the best {taken}<br>{times} times chance", taken=formats.share(float(one)), times=formats.number(two, 2))
        for one, two in zip(across, up, strict=True)
    ]
    chance = {"type": "line", "x0": 0, "x1": 1, "y0": 1, "y1": 1,
              "line": {"color": of["ink-3"], "dash": "dash", "width": 1}}  # fmt: skip
    made = _plot([_bold(across, up, hovers, of)], mode, say("of all cases, taken"), say("times chance"), [chance])
    made["layout"]["yaxis"] = {"title": {"text": say("times chance")}, "rangemode": "tozero", "nticks": 6}
    return made


def amounts_compared(shown: Residuals, unit: str, currency: str, mode: Mode) -> Figure:
    """What came against what was predicted: some cases as points, and the mean of each tenth with its interval."""
    if not len(shown.tenth_predicted):
        return nothing(mode, say("There are no cases"))
    of = tokens(mode)

    def written(value: float) -> str:
        return formats.in_unit(value, unit, currency)

    # A few cases lie far above all others: the frame is for the tenths, and those that it cuts off are in the other chart
    end = 1.05 * float(shown.predicted.max())
    low = min(0.0, float(shown.predicted.min()), float(shown.tenth_low.min()))
    top = max(1.6 * float(shown.tenth_high.max()), end, low + 1e-9)
    points = {
        "type": "scatter",
        "mode": "markers",
        "name": say("some cases"),
        "x": typed(shown.predicted),
        "y": typed(shown.actual),
        "marker": {"size": 5, "color": of["ink-3"], "opacity": 0.4},
        "hovertext": [
            say("predicted {predicted}<br>came {actual}", predicted=written(float(one)), actual=written(float(two)))
            for one, two in zip(shown.predicted, shown.actual, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    tenths = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": say("mean of each tenth"),
        "x": typed(shown.tenth_predicted, "f8"),
        "y": typed(shown.tenth_actual, "f8"),
        "line": {"color": of["accent"], "width": 2},
        "marker": {"size": 9, "color": of["accent"]},
        "error_y": _whiskers(shown.tenth_actual, shown.tenth_low, shown.tenth_high, of["accent"]),
        "hovertext": [
            say("predicted {predicted}<br>came {actual}", predicted=written(float(one)), actual=written(float(two)))
            for one, two in zip(shown.tenth_predicted, shown.tenth_actual, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    right = {"type": "line", "x0": low, "x1": end, "y0": low, "y1": end, "layer": "below",
             "line": {"color": of["ink-3"], "dash": "dash", "width": 1}}  # fmt: skip
    made = _plot([points, tenths], mode, say("predicted"), say("came"), [right])
    made["layout"]["xaxis"] = {"title": {"text": say("predicted")}, "range": [low, end], "nticks": 6}
    made["layout"]["yaxis"] = {"title": {"text": say("came")}, "range": [low, top], "nticks": 6}
    made["layout"] |= {"showlegend": True, "legend": _LEGEND}
    return made


def errors_histogram(shown: Residuals, unit: str, currency: str, mode: Mode) -> Figure:
    """How far off predictions are: right of 0 more came than was predicted."""
    if not len(shown.counts):
        return nothing(mode, say("There are no cases"))
    of = tokens(mode)
    middles = (shown.edges[:-1] + shown.edges[1:]) / 2
    bars = {
        "type": "bar",
        "x": typed(middles, "f8"),
        "y": typed(shown.counts, "f8"),
        "width": float(shown.edges[1] - shown.edges[0]) * 0.94,
        "marker": {"color": of["accent"]},
        "hovertext": [
            say(
                "{low} to {high}<br>{n} cases",
                low=formats.in_unit(float(low), unit, currency),
                high=formats.in_unit(float(high), unit, currency),
                n=formats.number(float(count)),
            )
            for low, high, count in zip(shown.edges[:-1], shown.edges[1:], shown.counts, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    zero = {"type": "line", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "yref": "paper",
            "line": {"color": of["ink-2"], "width": 1.5}}  # fmt: skip
    made = _plot([bars], mode, say("came less predicted"), say("cases"), [zero])
    made["layout"]["xaxis"] = {"title": {"text": say("came less predicted")}, "nticks": 7}
    made["layout"]["yaxis"] = {"title": {"text": say("cases")}, "nticks": 5}
    return made


def _plot(traces: list[dict[str, Any]], mode: Mode, across: str, up: str, shapes: list[dict[str, Any]]) -> Figure:
    return figure(
        traces,
        mode,
        showlegend=False,
        hovermode="closest",
        margin=_MARGIN,
        xaxis={**_SHARES, "title": {"text": across}},
        yaxis={**_SHARES, "title": {"text": up}},
        shapes=shapes,
    )


def _bold(across: Any, up: Any, hovers: list[str], of: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": typed(across, "f8"),
        "y": typed(up, "f8"),
        "line": {"color": of["accent"], "width": 2.5},
        "hovertext": hovers,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _thin(label: str, across: Any, up: Any, of: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": label,
        "x": typed(across, "f8"),
        "y": typed(up, "f8"),
        "line": {"color": of["segment-11"], "width": 1.2},
        "hovertemplate": f"{label}<extra></extra>",
    }


def _mark(across: float, up: float, of: dict[str, str]) -> dict[str, Any]:
    """Where the chosen cut-off is on the curve."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [float(across)],
        "y": [float(up)],
        "marker": {"size": 13, "color": of["surface"], "line": {"color": of["accent"], "width": 3}},
        "hovertemplate": say("the chosen cut-off") + "<extra></extra>",
    }


def _diagonal(of: dict[str, str]) -> dict[str, Any]:
    return {"type": "line", "x0": 0, "x1": 1, "y0": 0, "y1": 1, "layer": "below",
            "line": {"color": of["ink-3"], "dash": "dash", "width": 1}}  # fmt: skip


def _whiskers(middle: Any, low: Any, high: Any, color: str) -> dict[str, Any]:
    """Lines from the low to the high end of an interval around each point."""
    return {
        "type": "data",
        "symmetric": False,
        "array": typed(high - middle, "f8"),
        "arrayminus": typed(middle - low, "f8"),
        "color": color,
        "thickness": 1.2,
        "width": 3,
    }
