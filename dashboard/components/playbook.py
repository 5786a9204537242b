"""A recommendation, as a card."""

from __future__ import annotations

from dash import html

from analytics.recommend import Play
from analytics.text import say


def play_card(play: Play, because: str) -> html.Div:
    """What to do with a segment, what to leave, and how to tell that it worked."""
    return html.Div(
        [
            html.H3(say(play.goal)),
            html.Dl(
                [
                    html.Dt(say("Do")),
                    html.Dd(say(play.action)),
                    html.Dt(say("Leave")),
                    html.Dd(say(play.avoid)),
                    html.Dt(say("Watch")),
                    html.Dd(say(play.measure)),
                ],
                className="mb-0",
            ),
            html.P(because, className="muted small"),
        ],
        className="play",
    )
