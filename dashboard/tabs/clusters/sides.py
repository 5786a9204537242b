"""Side by side: two to four segmentations of the same customers, how far they agree, and what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html
from dash.exceptions import PreventUpdate

from analytics.audiences import column_label
from analytics.request import request_from_json
from analytics.segmentation import Comparison, Pair, drop, pin_named
from analytics.segmentation.comparing import FEWEST
from analytics.shifts import verdict
from analytics.text import say
from dashboard import formats, results
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, note, swatch, table, term
from dashboard.errors import NOTICES, success
from dashboard.figures import sides as figures
from dashboard.figures.base import nothing
from dashboard.ids import CHANGE, PINS, REQUEST, THEME
from dashboard.people import opens_people
from dashboard.results import sides
from dashboard.results.sides import Listed
from dashboard.state import View, view_from_json
from dashboard.tabs.clusters.finding import READY, absent
from dashboard.theme import mode_of

CHOICE: Final = "clusters-sides"
TROUBLE: Final = "clusters-sides-trouble"
FLOWS: Final = "clusters-sides-flows"
FLOWS_BOX: Final = "clusters-sides-flows-box"
CROSS: Final = "clusters-sides-cross"
QUALITY: Final = "clusters-sides-quality"
KEPT: Final = "clusters-sides-kept"
DROP: Final = "clusters-sides-drop"
REFIT: Final = "clusters-sides-refit"
_AGREEMENT: Final = (
    (1.0 - 1e-9, "the same groups"),
    (0.9, "almost the same groups"),
    (0.65, "mostly the same groups"),
    (0.3, "partly the same groups"),
    (0.1, "little in common"),
    (-1.0, "no more in common than by chance"),
)
_WORDS: Final = {"stable": "stable", "moved": "moved", "changed": "changed: refit"}
_SIGNS: Final = {"stable": "●", "moved": "◐", "changed": "○"}


def layout(view: View) -> list[Any]:
    offered = sides.choices(view)
    control = dcc.Dropdown(
        id=CHOICE,
        options=[{"label": label, "value": name} for name, label in offered.items()],
        value=list(sides.chosen(view)),
        multi=True,
        clearable=False,
    )
    choice = html.Section(
        [
            html.Label(say("Two to four segmentations of the same customers"), htmlFor=CHOICE, className="field-label"),
            control,
            html.Div(id=TROUBLE),
        ],
        className="card-box",
    )
    flows = chart_card(
        FLOWS,
        say(
            "Each band is customers: who is together on the left, and where they are on the right. Click one to see who."
        ),
        height=460,
    )
    cross = chart_card(
        CROSS,
        say(
            "The first two of them. Each row is a segment of the first: the share of it that is in each of the second."
        ),
        height=440,
        table_name="cluster_sides",
    )
    quality = html.Section([html.H2(say("How good each is")), html.Div(id=QUALITY)], className="card-box")
    kept = html.Section([html.H2(say("What is kept")), html.Div(id=KEPT)], className="card-box")
    return [choice, html.Div(flows, id=FLOWS_BOX, className=flows_class(view)), cross, quality, kept]


def flows_class(view: View) -> str:
    """Three columns and more are wider than a phone: there they are pushed sideways, so that no name lies over another."""
    return "wide-chart many-sides" if len(sides.chosen(view)) > FEWEST else ""


def show_flows_box(told: Any) -> str:
    """How wide the bands are to be."""
    return flows_class(view_from_json(told))


def _found(told: Any, ready: Any) -> tuple[View, Comparison | None]:
    view = view_from_json(told)
    return view, sides.comparison(view) if ready and not sides.problem(view) else None


def show_trouble(told: Any, ready: Any) -> Any:
    """Why nothing is side by side, where that is so."""
    view = view_from_json(told)
    sentence = sides.problem(view)
    if not sentence and isinstance(ready, dict):
        sentence = str(ready.get("trouble") or "")
    return note(sentence, "warn") if sentence else None


def show_flows(told: Any, ready: Any, theme: Any) -> tuple[Any, ...]:
    view, found = _found(told, ready)
    mode = mode_of(theme)
    if found is None:
        return Chart(say("Where the customers of each are in the other"), nothing(mode, absent(ready)), None).outputs()
    columns = [sides.column_of(view, side.name) for side in found.sides]
    headings = [
        Heading(say("Segmentation")),
        Heading(say("Segment")),
        Heading(say("Customers"), is_number=True),
        Heading(say("Share"), is_number=True),
    ]
    rows = [
        [side.label, html.Span([swatch(figures.color_of(side, code, mode)), name]), formats.number(count),
         formats.share(count / max(found.customers, 1))]
        for side in found.sides
        for code, (name, count) in enumerate(zip(side.segments, side.customers, strict=True))
    ]  # fmt: skip
    labels = [side.label for side in found.sides]
    title = say(
        "How {n} customers run from {one} to {other}",
        n=formats.number(found.customers),
        one=labels[0],
        other=labels[-1],
    )
    return Chart(title, figures.flows(found, columns, mode), table(headings, rows)).outputs()


def show_cross(told: Any, ready: Any, theme: Any) -> tuple[Any, ...]:
    view, found = _found(told, ready)
    mode = mode_of(theme)
    if found is None:
        return Chart(say("Who is where in both"), nothing(mode, absent(ready)), None).outputs()
    pair = found.pairs[0]
    one, other = found.sides[0], found.sides[1]
    columns = [sides.column_of(view, side.name) for side in found.sides]
    headings = [Heading(one.label), *(Heading(name, is_number=True) for name in other.segments)]
    rows = [
        [name, *(_cell(int(count), float(share)) for count, share in zip(counts, shares, strict=True))]
        for name, counts, shares in zip(one.segments, pair.table, pair.row_shares, strict=True)
    ]
    title = say("They agree by {index}: {words}", index=formats.number(pair.adjusted_rand, 2), words=say(_words(pair)))
    return Chart(title, figures.crossed(found, pair, columns, mode), table(headings, rows)).outputs()


def _cell(count: int, share: float) -> str:
    return say("{n} ({share})", n=formats.number(count), share=formats.share(share, 0)) if count else "–"


def _words(pair: Pair) -> str:
    return next(words for least, words in _AGREEMENT if pair.adjusted_rand >= least)


def show_quality(told: Any, ready: Any) -> Any:
    """The segmentations' own figures, and how far every two of them agree."""
    _, found = _found(told, ready)
    if found is None:
        return html.P(absent(ready), className="muted")
    silhouette = term(
        say("Silhouette"),
        say("How much nearer customers are to their own group than to the next: 1 is best. The same space for all."),
    )
    headings = [
        Heading(say("Segmentation")),
        Heading(say("Groups"), is_number=True),
        Heading(silhouette, is_number=True),
        Heading(say("Smallest"), is_number=True),
        Heading(say("In no group"), is_number=True),
        Heading(say("Fit")),
    ]
    rows = [
        [
            side.label,
            formats.number(side.k),
            formats.number(side.silhouette, 3) if side.silhouette is not None else "–",
            formats.share(side.smallest_share),
            formats.share(side.noise_share),
            say("everyone") if side.exact else say("a sample"),
        ]
        for side in found.sides
    ]
    rand = term(say("Agreement"), say("Adjusted Rand index (Hubert and Arabie 1985): 1 is the same, 0 is chance."))
    information = term(
        say("Information"), say("Adjusted mutual information (Vinh and others 2010): 1 is the same, 0 is chance.")
    )
    pairs = [
        [
            say("{one} and {other}", one=found.sides[pair.one].label, other=found.sides[pair.other].label),
            formats.number(pair.adjusted_rand, 2),
            formats.number(pair.adjusted_mutual_information, 2),
            _in_words(pair),
        ]
        for pair in found.pairs
    ]
    agreement = [
        Heading(say("Between")), Heading(rand, is_number=True), Heading(information, is_number=True), Heading(say("In words"))
    ]  # fmt: skip
    space = ", ".join(column_label(name) for name in found.measured_by)
    measured = say(
        "Silhouettes are measured by {columns}; counts are of all customers, whatever is filtered.", columns=space
    )
    return [
        html.Div(table(headings, rows), className="table-scroll"),
        html.Div(table(agreement, pairs), className="table-scroll mt-2"),
        html.P(measured, className="small muted mt-2"),
    ]


def _in_words(pair: Pair) -> str:
    if pair.grouped is None:
        return say(_words(pair))
    return say(
        "{words}; {index} when only those in a group on both sides count",
        words=say(_words(pair)),
        index=formats.number(pair.grouped[1], 2),
    )


def show_kept(told: Any, _ready: Any) -> Any:
    """What is kept of the dataset, with how far its customers have moved since."""
    found = sides.kept(view_from_json(told))
    if not found:
        return html.P(
            say(
                "Nothing is kept yet. Keep the groups above, or open a number into its people and save them as a segment."
            ),
            className="muted",
        )
    headings = [
        Heading(say("Name")),
        Heading(say("Segments"), is_number=True),
        Heading(say("Made on")),
        Heading(
            term(
                say("Moved since"),
                say(
                    "Population stability index (Siddiqi 2006) of what moved most: below .1 stable, above .25 changed."
                ),
            )
        ),
        Heading(""),
    ]
    return html.Div(table(headings, [_listed(item) for item in found]), className="table-scroll")


def _listed(item: Listed) -> list[Any]:
    pin = item.pin
    made = say("{n} customers as of {day}", n=formats.number(pin.customers), day=formats.day(pin.as_of))
    drop_it = html.Button(say("Drop"), id={"type": DROP, "pin": pin.name}, className="button quiet", n_clicks=0)
    refit = html.Button(say("Refit"), id={"type": REFIT, "pin": pin.name}, className="button quiet", n_clicks=0,
                        title=say("Find the groups anew with the same settings on the present customers"))  # fmt: skip
    buttons = [drop_it] if pin.rule is not None else [refit, drop_it]
    return [pin.name, formats.number(len(pin.segments)), made, _moved(item), html.Span(buttons, className="row-line")]


def _moved(item: Listed) -> Any:
    if item.drift is None:
        return item.problem
    worst = [("", item.drift.segments), *item.drift.features]
    name, index = max(worst, key=lambda known: known[1])
    word = verdict(item.drift.most)
    told = say(
        "{sign} {word} ({index})", sign=_SIGNS[word], word=say(_WORDS[word]), index=formats.number(item.drift.most, 2)
    )
    where = column_label(name) if name else say("the segments' shares")
    every = [
        say("{name} {index}", name=column_label(column) if column else say("shares"), index=formats.number(value, 2))
        for column, value in worst
    ]
    moved = say("{told}, most in {where}", told=told, where=where) if index >= 0.1 else told
    return html.Span(moved, title=", ".join(every))


def choose_sides(names: Sequence[str] | None, told: Any) -> dict[str, Any]:
    """What was chosen becomes part of the link; the first two that the page chose itself do not."""
    view = view_from_json(told)
    if not names or len(names) < FEWEST or tuple(names) == sides.chosen(view):
        raise PreventUpdate
    return {"sides": list(names)}


def drop_kept(clicks: list[Any], told: Any, pressed: Any) -> tuple[Any, Any]:
    """Forget what is kept under the name of the button that was pressed."""
    if not any(clicks) or not isinstance(pressed, dict):  # the buttons were drawn, not pressed
        raise PreventUpdate
    request = view_from_json(told).request
    name = str(pressed.get("pin"))
    drop(results.version_of(request), name)
    return results.pins_stamp(request), [success(say("'{name}' is dropped.", name=name))]


def refit_kept(clicks: list[Any], told: Any, pressed: Any) -> dict[str, Any]:
    """Show the clustering of the button that was pressed, on the present customers."""
    if not any(clicks) or not isinstance(pressed, dict):
        raise PreventUpdate
    pin = pin_named(results.version_of(view_from_json(told).request), str(pressed.get("pin")))
    if pin is None:
        raise PreventUpdate
    asked = request_from_json(pin.request)
    return {
        "algorithm": asked.algorithm,
        "k": asked.k,
        "params": dict(asked.params),
        "metrics": list(asked.metrics),
        "attributes": list(asked.attributes),
        "scaling": asked.scaling,
        "seed": asked.seed,
        "clusters_part": "groups",
        "lay_out_anew": True,
    }


def _drop_kept(clicks: list[Any], told: Any) -> tuple[Any, Any]:
    """The wiring of `drop_kept`: which button was pressed."""
    return drop_kept(clicks, told, ctx.triggered_id)


def _refit_kept(clicks: list[Any], told: Any) -> dict[str, Any]:
    """The wiring of `refit_kept`: which button was pressed."""
    return refit_kept(clicks, told, ctx.triggered_id)


def register_callbacks(app: Dash) -> None:
    waited = (Input(REQUEST, "data"), Input(READY, "data"))
    app.callback(Output(TROUBLE, "children"), *waited)(show_trouble)
    app.callback(Output(FLOWS_BOX, "className"), Input(REQUEST, "data"))(show_flows_box)
    app.callback(*chart_outputs(FLOWS), *waited, Input(THEME, "data"))(show_flows)
    app.callback(*chart_outputs(CROSS), *waited, Input(THEME, "data"))(show_cross)
    app.callback(Output(QUALITY, "children"), *waited)(show_quality)
    app.callback(Output(KEPT, "children"), *waited)(show_kept)
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Input(CHOICE, "value"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(choose_sides)
    opens_people(app, FLOWS)
    opens_people(app, CROSS)
    app.callback(
        Output(PINS, "data", allow_duplicate=True),
        Output(NOTICES, "children", allow_duplicate=True),
        Input({"type": DROP, "pin": ALL}, "n_clicks"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(_drop_kept)
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Input({"type": REFIT, "pin": ALL}, "n_clicks"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(_refit_kept)
