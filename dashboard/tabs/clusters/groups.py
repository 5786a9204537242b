"""The groups themselves: where they lie, and a card for each that says who they are and what to do."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from analytics.clusters import can_map
from analytics.metrics import METRICS, is_metric, metric
from analytics.segmentation import Segmentation
from analytics.text import say, say_count
from dashboard import formats, results
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, swatch, table
from dashboard.components.controls import changes, option_dropdown, option_switch
from dashboard.components.playbook import play_card
from dashboard.figures.base import nothing
from dashboard.figures.cloud import cloud, drawing_order
from dashboard.figures.clusters import people_of
from dashboard.figures.points import Look, hover_metrics
from dashboard.ids import REQUEST, THEME
from dashboard.people import DRAWER, DRAWER_BODY, show_people
from dashboard.profiles import opens_examples, segment_words
from dashboard.results import drawing
from dashboard.state import View
from dashboard.tabs.clusters import choosing, mapping
from dashboard.tabs.clusters.finding import READY, absent, found_for
from dashboard.theme import cluster_color, mode_of

CLOUD: Final = "clusters-cloud"
CARDS: Final = "clusters-cards"
WORDS_OF: Final = "clusters-cards"
"""What the ids of the buttons in the cards begin with."""
WORDS: Final = "clusters-cloud-words"
WIDTH: Final = "clusters-width"
"""Whether the screen is `narrow` or `wide`, said by the browser before the picture is drawn for the first time."""
DIMENSIONS: Final = "clusters-dimensions"
CAMERA: Final = "clusters-camera"
"""Where the reader has turned the picture to: Plotly forgets it when a redraw brings other points."""
CLICKED: Final = "clusters-clicked"
"""The point that was clicked. In three dimensions Plotly takes the beginning of a turn for a click; this is none of those."""
AXES: Final = "clusters-axes"
AXES_BOX: Final = "clusters-axes-box"
SIZE: Final = "clusters-size"
ARROWS: Final = "clusters-arrows"
BY_HAND: Final = "clusters-by-hand"
_FURTHEST: Final = 1_000
_DIRECTIONS: Final = (
    "Customers do not differ in what they are grouped by.",
    "One direction holds {share} of the differences between customers.",
    "These two directions hold {share} of the differences between customers.",
    "These three directions hold {share} of the differences between customers.",
)


def layout(view: View) -> list[Any]:
    card = chart_card(
        CLOUD,
        html.Span("", id=WORDS),
        height=520,
        extra=_controls(view),
        table_name="cluster_components",
        tools=("lasso2d", "select2d"),
    )
    card.className = "card-box cloud"
    # What was chosen stands right above the picture that it was chosen in.
    card.children = [card.children[0], *choosing.layout(), *card.children[1:]]
    return [
        dcc.Store(id=WIDTH),
        dcc.Store(id=CLICKED),
        dcc.Store(id=CAMERA),
        card,
        html.Div(id=CARDS, className="columns"),
    ]


def _controls(view: View) -> html.Div:
    known = results.customers(view.request).metrics
    sizes = {item.name: say("Size: {metric}", metric=say(item.label)) for item in METRICS if item in known}
    draw = say("Draw around customers")
    pictures = {"3": say("3D"), "2": say("2D"), **({"umap": say("UMAP")} if can_map() else {})}
    return html.Div(
        [
            option_switch(DIMENSIONS, "clusters_dimensions", view, pictures),
            html.Div(
                option_switch(
                    AXES,
                    "clusters_axes",
                    view,
                    {key: say("PC{x} × PC{y}", x=x, y=y) for key, (x, y) in choosing.AXES.items()},
                ),
                id=AXES_BOX,
                style={"display": "none"},
            ),
            option_switch(ARROWS, "clusters_arrows", view, {"on": say("With arrows"), "off": say("Points only")}),
            option_dropdown(SIZE, "clusters_size", view, {**sizes, "same": say("Size: all alike")}),
            html.Button(draw, id=BY_HAND, className="button by-hand", n_clicks=0, **{"aria-pressed": "false"}),
        ],
        className="row-line cloud-choices",
    )


def show_cloud(told: Any, ready: Any, theme: Any, width: Any, area: Any = None, camera: Any = None) -> tuple[Any, ...]:
    """The picture with its title and its table, what it says in words, and whether components can be chosen."""
    view, found = found_for(told, ready)
    mode = mode_of(theme)
    is_narrow = width == "narrow"
    is_flat = is_narrow or view.one("clusters_dimensions") == "2"
    box = {"display": "block" if is_flat else "none"}
    if found is None or found.clustering is None:
        title = say("Customers in two dimensions") if is_flat else say("Customers in three dimensions")
        return (*Chart(title, nothing(mode, absent(ready)), None).outputs(), None, box)
    if drawing.shows_map(view):
        # Two columns of any places: which ones they are concerns components alone
        look = Look((1, 2), drawing.size_metric(view, found), with_arrows=False, is_narrow=is_narrow)
        chart, sentences = mapping.map_chart(view, found, look, mode)
        if chart.table is None:  # there is no map yet, and nothing on it that has a size
            return (*chart.outputs(), " ".join(sentences), {"display": "none"})
        said = [" ".join((*sentences, _size_words(found, look.size))), " ", _points_link()]
        return (*chart.outputs(), said, {"display": "none"})
    axes = choosing.AXES[view.one("clusters_axes")]
    keep = results.kept(view.request)
    most = drawing.MOST_NARROW if is_narrow else drawing.MOST_FLAT if is_flat else drawing.MOST_POINTS
    rows = drawing.drawn_rows(found, keep, most)
    size = drawing.size_metric(view, found)
    spread = drawing.size_spread(found, size)
    chosen = choosing.area_of(area, found) if is_flat else None
    look = Look(
        axes if is_flat else None,
        size,
        view.one("clusters_arrows") == "on",
        is_narrow,
        chosen.around if chosen is not None and chosen.axes == axes else (),
        camera_of(camera),
        choosing.basis_of(found, axes),
    )
    count = len(found.codes) if keep is None else int(keep.sum())
    title = say("{k} groups among {n} customers", k=found.k, n=formats.number(count))
    if count > len(rows):
        title = say("{k} groups; a fair sample of {n} customers", k=found.k, n=formats.number(count))
    drawn = cloud(found, rows, drawing.frame(found), spread, look, mode)
    return (*Chart(title, drawn, _components(found)).outputs(), words(found, look, len(rows), count), box)


def camera_of(told: Any) -> dict[str, dict[str, float]] | None:
    """What the browser says that the picture is seen from; None where that is nothing to see it from."""
    if not isinstance(told, dict):
        return None
    points = {name: told.get(name) for name in ("eye", "center", "up")}
    are_places = all(
        isinstance(at, dict)
        and all(isinstance(at.get(axis), int | float) and abs(at[axis]) <= _FURTHEST for axis in "xyz")
        for at in points.values()
    )
    return {name: {axis: at[axis] for axis in "xyz"} for name, at in points.items() if at} if are_places else None


def _components(found: Segmentation) -> Any:
    assert found.clustering is not None  # noqa: S101 - it is one
    projection, names = found.clustering.projection, found.clustering.space.names
    headings = [Heading(say("Component"))]
    headings += [Heading(say(metric(name).label) if is_metric(name) else name, is_number=True) for name in names]
    rows = [
        [say("PC{n} ({share})", n=place + 1, share=formats.share(projection.explained[place]))]
        + [formats.number(weight, 2) for weight in weights]
        for place, weights in enumerate(projection.loadings)
    ]
    return table(headings, rows)


def words(found: Segmentation, look: Look, drawn: int, count: int) -> list[Any]:
    """What the picture shows of the differences, what size and arrows mean, who is drawn, and what one can do with it."""
    assert found.clustering is not None  # noqa: S101 - it is one
    explained = found.clustering.projection.explained
    shown = explained if look.axes is None else [explained[axis - 1] for axis in look.axes if axis <= len(explained)]
    told = _DIRECTIONS[sum(share > 0 for share in shown)]  # of two features there are no three directions
    sentences = [say(told, share=formats.share(sum(shown), 0))]
    sentences += [_size_words(found, look.size)]
    if look.with_arrows:
        sentences.append(say("An arrow points to where its metric is high."))
    if drawn < count:
        said = say(
            "{n} of them are drawn, every group in proportion and with fifty customers where it has them;"
            " what you draw around counts everyone.",
            n=formats.number(drawn),
        )
        sentences.append(said)
        if len(hover_metrics(found, look.size, drawn)) < len({look.size, "revenue_total", *found.metrics} - {""}):
            sentences.append(say("Cards show two metrics, so that the page stays quick."))
    if look.axes is not None:
        sentences.append(say("Draw around customers to choose them; click a point to see its group."))
    else:
        sentences.append(say("Drag to turn; click a point to see its group. In 2D you can draw around customers."))
    return [" ".join(sentence for sentence in sentences if sentence), " ", _points_link()]


def _points_link() -> html.A:
    link = "/export/table/cluster_points.csv"
    return html.A(say("Points as CSV"), href=link, download="", **{"data-table": link})


def _size_words(found: Segmentation, size: str) -> str:
    spread = drawing.size_spread(found, size)
    if spread is None:
        return ""
    known = metric(size)
    low, high = (formats.in_unit(value, known.unit, found.table.currency) for value in (spread.low, spread.high))
    if known.unit == "days":
        low, high = say("{n} days", n=low), say("{n} days", n=high)
    told = say("Larger points have more {metric}: from {low} to {high}.", metric=say(known.label), low=low, high=high)
    return f"{told} {say('Without it they are smallest.')}" if spread.has_missing else told


def show_group(clicked: Any, told: Any, ready: Any) -> tuple[Any, bool]:
    """Open the drawer on the people of the clicked point's group."""
    points = clicked.get("points") if isinstance(clicked, dict) else None
    first = points[0] if isinstance(points, list) and points else None
    place = first.get("curveNumber") if isinstance(first, dict) else None
    _, found = found_for(told, ready)
    if found is None or not isinstance(place, int) or not 0 <= place < len(found.segments):
        raise PreventUpdate
    group = found.segments[drawing_order(found.segments)[place]]
    return show_people({"points": [{"customdata": people_of(group.name)}]}, told)


def show_cards(told: Any, ready: Any, theme: Any) -> list[Any]:
    """A card per group: who they are, what they bring, what to do."""
    view, found = found_for(told, ready)
    if found is None:
        return []
    mode = mode_of(theme)
    keep = results.kept(view.request)
    counts, revenues = _shown(found, keep)
    cards = []
    for code, group in enumerate(found.segments):
        figures_line = say_count(
            int(counts[code]),
            "{n} customer · {share} of revenue · {mean}",
            "{n} customers · {share} of revenue · {mean} each",
            share=formats.share(revenues[code] / (revenues.sum() or 1.0), 0),
            mean=formats.money(revenues[code] / max(counts[code], 1), found.table.currency),
        )
        because = say("By its typical scores this group stands where {segment} do.", segment=say(group.play.segment))
        cards.append(
            html.Section(
                [
                    html.H2([swatch(cluster_color(code, mode)), group.name]),
                    html.P(figures_line, className="muted small mb-2"),
                    html.P(group.meaning, className="mb-2"),
                    html.P(group.sentence, className="mb-2") if group.is_noise else None,
                    html.Details(
                        [
                            html.Summary(say("How to find them, and who is typical")),
                            *segment_words(group, view, WORDS_OF),
                        ],
                        className="behind",
                    ),
                    html.Details(
                        [
                            html.Summary(say("What to do: {goal}", goal=say(group.play.goal))),
                            play_card(group.play, because),
                        ],
                        className="behind",
                    ),
                ],
                className="card-box",
            )
        )
    return cards


def _shown(found: Segmentation, keep: np.ndarray[Any, Any] | None) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Customers and revenue of each group, of those that the filters keep."""
    chosen: Any = slice(None) if keep is None else keep
    codes, revenue = found.codes[chosen], found.table.frame["revenue_total"].to_numpy()[chosen]
    count = len(found.segments)
    return np.bincount(codes, minlength=count), np.bincount(codes, revenue, count)


def register_callbacks(app: Dash) -> None:
    app.clientside_callback(ClientsideFunction("cloud", "measure"), Output(WIDTH, "data"), Input(CLOUD, "id"))
    app.callback(
        *chart_outputs(CLOUD),
        Output(WORDS, "children"),
        Output(AXES_BOX, "style"),
        Input(REQUEST, "data"),
        Input(READY, "data"),
        Input(THEME, "data"),
        Input(WIDTH, "data"),
        State(choosing.AREA, "data"),
        State(CAMERA, "data"),
    )(show_cloud)
    app.clientside_callback(
        ClientsideFunction("cloud", "take_camera"),
        Output(CAMERA, "data"),
        Input(CLOUD, "relayoutData"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("cloud", "take_click"),
        Output(CLICKED, "data"),
        Input(CLOUD, "clickData"),
        prevent_initial_call=True,
    )
    app.callback(
        Output(DRAWER_BODY, "children", allow_duplicate=True),
        Output(DRAWER, "is_open", allow_duplicate=True),
        Input(CLICKED, "data"),
        State(REQUEST, "data"),
        State(READY, "data"),
        prevent_initial_call=True,
    )(show_group)
    app.clientside_callback(
        ClientsideFunction("cloud", "draw_by_hand"),
        Output(BY_HAND, "className"),
        Input(BY_HAND, "n_clicks"),
        State(CLOUD, "id"),
        prevent_initial_call=True,
    )
    for control, name in (
        (DIMENSIONS, "clusters_dimensions"),
        (AXES, "clusters_axes"),
        (SIZE, "clusters_size"),
        (ARROWS, "clusters_arrows"),
    ):
        changes(app, control, name)
    opens_examples(app, WORDS_OF)
    choosing.register_callbacks(app, CLOUD)
    app.callback(
        Output(CARDS, "children"),
        Input(REQUEST, "data"),
        Input(READY, "data"),
        Input(THEME, "data"),
    )(show_cards)
