"""Which modalities alignments may name, and what is wrong with those they do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from genre.alignment.base import IDS, Alignment, FittedAlignment
from genre.core.errors import Fault, near


@dataclass(frozen=True)
class Modalities:
    """What there is to align.

    Attributes:
        names: of the features, in order.
        has_ids: whether an id part comes after them.
        trained: those features whose encoder is trained with the tower.
    """

    names: tuple[str, ...]
    has_ids: bool
    trained: frozenset[str] = frozenset()

    @property
    def all(self) -> tuple[str, ...]:
        """Names by place, with the id part."""
        return (*self.names, IDS) if self.has_ids else self.names

    def offered(self, alignment: Alignment) -> tuple[str, ...]:
        """Those that an alignment may take."""
        names = self.all if alignment.takes_ids else self.names
        return tuple(name for name in names if not (joins_before(alignment) and name in self.trained))

    def chosen(self, alignment: Alignment) -> tuple[str, ...]:
        """Those that it names; all features where it names none."""
        return alignment.config.between or self.names


def joins_before(alignment: Alignment) -> bool:
    """Whether it brings modalities into one space before training."""
    return isinstance(alignment, FittedAlignment) and alignment.shares_space


def misplaced(alignments: Sequence[Alignment], modalities: Modalities) -> Iterator[Fault]:
    """Modalities that an alignment cannot take: unknown, named twice, too few or too many, learning themselves."""
    for place, alignment in enumerate(alignments):
        where, names = f"alignment.{place}.between", modalities.chosen(alignment)
        faults = [fault for name in dict.fromkeys(names) for fault in _unfit(where, name, alignment, modalities)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            faults.append(Fault(where, f"names '{twice[0]}' twice.", "Name each modality once."))
        yield from faults or _miscounted(where, alignment, modalities)


def _miscounted(where: str, alignment: Alignment, modalities: Modalities) -> Iterator[Fault]:
    fewest, most = alignment.n_modalities
    names = modalities.chosen(alignment)
    if len(names) < fewest or len(names) > (most or len(names)):
        count = f"{fewest}" if fewest == most else f"{fewest} or more" if most is None else f"{fewest} to {most}"
        got = f"{len(names)} ({', '.join(names)})" if names else "none"
        what = f"'{alignment.config.type_name()}' takes {count} modalities and gets {got}."
        yield Fault(where, what, f"There are: {', '.join(modalities.offered(alignment)) or 'none'}.")


def _unfit(where: str, name: str, alignment: Alignment, modalities: Modalities) -> Iterator[Fault]:
    """What speaks against one modality."""
    word = alignment.config.type_name()
    if name in modalities.offered(alignment):
        return
    if name in modalities.names:
        what = f"'{word}' is fitted before training, and the encoder of '{name}' learns in it."
        yield Fault(where, what, "Take an alignment that is a part of the loss, such as contrastive.")
    elif name != IDS:
        yield Fault(where, f"'{name}' is not a feature.", near(name, modalities.offered(alignment)))
    elif not alignment.takes_ids:
        yield Fault(where, f"'{word}' does not take the id part.", "Name features only.")
    else:
        yield Fault(where, "the tower has no id part.", "Name features only, or set recommender.ids to spectral.")
