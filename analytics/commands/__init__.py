"""The commands of `python -m analytics`, in the order of its help."""

from __future__ import annotations

import click

from analytics.commands.behaviour import sessions
from analytics.commands.choosing import choose_k
from analytics.commands.cohorts import cohorts
from analytics.commands.compare import compare, segmentations
from analytics.commands.data import datasets, erase, import_file
from analytics.commands.explore import explore
from analytics.commands.funnel import carts, funnel
from analytics.commands.models import models
from analytics.commands.paths import paths
from analytics.commands.predict import predict
from analytics.commands.segments import audience, rfm, segment
from analytics.commands.train import train
from analytics.commands.trends import trends

COMMANDS: tuple[click.Command, ...] = (
    import_file,
    datasets,
    trends,
    cohorts,
    rfm,
    segment,
    choose_k,
    compare,
    segmentations,
    audience,
    sessions,
    funnel,
    carts,
    paths,
    explore,
    train,
    models,
    predict,
    erase,
)
