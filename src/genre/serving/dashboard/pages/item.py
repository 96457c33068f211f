"""One item: its columns, how popular it is, and what is like it."""

from __future__ import annotations

from anyio import to_thread

from genre.core.errors import GenreError
from genre.serving.answers import Answer
from genre.serving.api.tenants import no_item
from genre.serving.dashboard.faces import Faces, facts
from genre.serving.dashboard.layout import frame, page
from genre.serving.dashboard.parts import card, figure, moment, part, plain
from genre.serving.dashboard.visit import Visit
from genre.serving.questions import SimilarQuestion

N_SIMILAR = 12


@page("/catalogue/{item_id:path}")
async def item(visit: Visit, item_id: str) -> None:
    """Item"""
    stock = await to_thread.run_sync(visit.service.stock)
    row = stock.row(item_id)
    if row is None:
        raise no_item()
    similar = await to_thread.run_sync(_similar, visit, item_id)
    faces = Faces.of(visit, stock)
    with frame(visit, "catalogue", faces.name(row), f"Item {item_id}"):
        with part("div", "", "columns item"):
            with part("div", "", "card poster"):
                faces.picture(row, "picture large")
            with card("What is known of it", "grow"), part("dl", "", "facts"):
                for name, value in facts(stock.rows([row])[0]):
                    part("dt", name)
                    part("dd", plain(value))
        with part("div", "", "figures small"):
            figure("Place by popularity", f"{stock.place(row):,}", f"of {stock.n_listed:,}")
            figure("Share of what is touched", f"{100 * stock.popularity[row] / stock.popularity.sum():.2f} %", "now")
            arrived = float(stock.shelf.arrived[row])
            is_first = arrived == float("-inf")
            figure("Came", "with the model" if is_first else moment(arrived), "" if is_first else "UTC")
        with card("Similar items"):
            if similar is None:
                part("p", "Nothing can be said of what is like it: the model holds no vector of this item.", "quiet")
                return
            with part("div", "", "tiles"):
                for one in similar.items:
                    faces.tile(int(stock.shelf.rows([one.item_id])[0]), f"likeness {one.score:.2f}")


def _similar(visit: Visit, item_id: str) -> Answer | None:
    try:
        return visit.service.similar(SimilarQuestion(items=(item_id,), k=N_SIMILAR))
    except GenreError:
        return None
