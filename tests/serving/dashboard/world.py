"""A made-up shop of films with drawn posters, so that pages have something to show."""

import math

import numpy as np
import polars as pl
from PIL import Image, ImageDraw

from genre.config.loading import load_recipe
from genre.pipeline.assemble import Prepared
from genre.pipeline.fit import fit_prepared
from genre.values import Catalog, Dataset, Interactions, Vocabulary

N_USERS, N_ITEMS = 90, 60
GENRES = {
    "space": ("star", "orbit", "robot", "signal", "comet"),
    "comedy": ("wedding", "cousin", "holiday", "mistake", "parrot"),
    "drama": ("letter", "winter", "harbour", "silence", "garden"),
    "mystery": ("key", "shadow", "clock", "witness", "lantern"),
}
FIRST = ("The Last", "A Distant", "Under the", "The Second", "Beyond the", "My", "One More", "The Quiet")
HUES = {"space": 232, "comedy": 38, "drama": 348, "mystery": 166}
RECIPE = {
    "name": "films",
    "data": {"source": {"type": "builtin"}, "splitter": "leave_one_out"},
    "features": [
        {"name": "text", "columns": ["description"], "encoder": "tfidf"},
        {"name": "genres", "encoder": "multi_hot"},
    ],
    "recommender": {"type": "content", "dim": 8, "l2": 2.0},
}


def genre_of(row):
    return list(GENRES)[row % len(GENRES)]


def title_of(row):
    words = GENRES[genre_of(row)]
    return f"{FIRST[(row * 3 + row // 8) % len(FIRST)]} {words[row // 4 % len(words)].title()}"


def items():
    rows = range(N_ITEMS)
    kinds = [[genre_of(row)] + (["award"] if row % 7 == 0 else []) for row in rows]
    words = [GENRES[genre_of(row)] for row in rows]
    return pl.DataFrame(
        {
            "item_id": [f"f{row}" for row in rows],
            "title": [title_of(row) for row in rows],
            "description": [
                f"A {own[row % 5]} and a {own[row // 5 % 5]} change a life." for row, own in enumerate(words)
            ],
            "genres": pl.Series(kinds, dtype=pl.List(pl.String)),
            "year": [1975 + (row * 7) % 50 for row in rows],
            "poster": [f"{genre_of(row)}/{row}.png" for row in rows],
        }
    )


def dataset():
    random = np.random.default_rng(4)
    table = items()
    users, ids = Vocabulary([f"user-{row:02d}" for row in range(N_USERS)]), Vocabulary(table["item_id"].to_list())
    pairs = []
    for user in range(N_USERS):
        taste = np.where(np.arange(N_ITEMS) % len(GENRES) == user % len(GENRES), 7.0, 1.0)
        chances = taste / (1 + np.arange(N_ITEMS) / 15)
        chosen = random.choice(N_ITEMS, 7 + user % 6, replace=False, p=chances / chances.sum())
        pairs += [(user, item) for item in chosen]
    rows = np.array(pairs, dtype=np.int32)[random.permutation(len(pairs))]
    times = np.arange(len(rows), dtype=np.int64) * 3_600_000
    catalog = Catalog(ids, users, table, None)
    return Dataset(Interactions(users, ids, rows[:, 0], rows[:, 1], timestamps=times), catalog, fingerprint="films")


def fitted(**recommender):
    recipe = {**RECIPE, "recommender": {**RECIPE["recommender"], **recommender}}
    return fit_prepared(Prepared(load_recipe(recipe), dataset()))


def draw_posters(folder):
    """A poster for each film but the fifth."""
    for row in range(N_ITEMS):
        if row != 4:
            path = folder / genre_of(row) / f"{row}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            poster(row).save(path)


def poster(row, width=320, height=240):
    hue = (HUES[genre_of(row)] + row * 5 % 40 - 20) % 360
    picture = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(picture)
    for y in range(height):
        draw.line([(0, y), (width, y)], fill=colour(hue + y / 8, 0.55, 0.25 + 0.45 * y / height))
    for place in range(5):
        angle, size = row * 1.7 + place * 1.3, 26 + (row * 13 + place * 29) % 62
        x, y = width / 2 + math.cos(angle) * 95, height / 2 + math.sin(angle * 1.4) * 70
        draw.ellipse([x - size, y - size, x + size, y + size], fill=colour(hue + 24 * place, 0.5, 0.5 + 0.08 * place))
    draw.polygon(
        [(0, height), (width * (0.3 + row % 5 / 10), height * 0.55), (width, height)], fill=colour(hue, 0.5, 0.2)
    )
    return picture


def colour(hue, saturation, lightness):
    return f"hsl({hue % 360:.0f}, {saturation * 100:.0f}%, {min(lightness, 0.9) * 100:.0f}%)"
