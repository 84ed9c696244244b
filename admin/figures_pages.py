"""The page of figures, with its picture."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import figures_api
from admin.context import render
from support.figures import Column, Figures

RANGES = {7: "7 days", 30: "30 days", 90: "90 days", 365: "a year"}
# What a bar is made of, from the bottom.
PARTS = ("sent", "given_up", "off", "under_way")
WIDTH, HEIGHT = 720.0, 180.0
GAP = 0.2
# A line across at each of these counts, or at ten, a hundred … times as many.
STEPS = (1, 2, 5)
LINES = 4
LABELS = 8


@dataclass(frozen=True)
class Piece:
    """A part of a bar, in the picture's own units."""

    part: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Chart:
    """The picture. lines: height and count of each line across; labels: place and column."""

    pieces: list[Piece]
    lines: list[tuple[float, int]]
    labels: list[tuple[float, Column]]


def add_pages(pages: Blueprint) -> None:
    """With its address below /admin."""
    pages.add_route(show_figures, "/figures", methods=["GET"])


async def show_figures(request: Request) -> HTTPResponse:
    """Counts over time. Raises Refused: 422."""
    days, by = figures_api.asked(request)
    found = await asyncio.to_thread(figures_api.read, days, by)
    return render(
        request,
        "figures.html",
        found=found,
        chart=draw(found),
        days=days,
        ranges=RANGES,
        size=(WIDTH, HEIGHT),
    )


def draw(found: Figures) -> Chart:
    """A bar for each column, as high as there were asks."""
    most = max((column.asks.total for column in found.columns), default=0)
    step = _step(most)
    top = max(step, -(-most // step) * step)
    width = WIDTH / len(found.columns)
    pieces = []
    for number, column in enumerate(found.columns):
        y = HEIGHT
        for part in PARTS:
            height = getattr(column.asks, part) / top * HEIGHT
            y -= height
            if height:
                bar = (number * width + width * GAP / 2, y, width * (1 - GAP), height)
                pieces.append(Piece(part, *(round(value, 2) for value in bar)))
    counts = range(0, top + 1, step)
    every = -(-len(found.columns) // LABELS)
    return Chart(
        pieces,
        [(round(HEIGHT - count / top * HEIGHT, 2), count) for count in counts],
        [
            (round((number + 0.5) * width, 2), column)
            for number, column in enumerate(found.columns)
            if number % every == 0
        ],
    )


def _step(most: int) -> int:
    """The smallest round number of which LINES reach the highest bar."""
    scale = 1
    while True:
        for step in STEPS:
            if step * scale * LINES >= most:
                return step * scale
        scale *= 10
