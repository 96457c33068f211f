"""What encoders share that can learn on: their frozen vectors, whitened, say where training starts."""

from __future__ import annotations

from typing import Any

from genre.core.artifacts import State
from genre.core.errors import NotFittedError
from genre.encoders._tuned_config import TunedConfig
from genre.encoders.base import Encoder
from genre.nets.whitening import Whitening
from genre.values import Embeddings, World


class TunedEncoder(Encoder):
    """With `tune: none` it only encodes; else `network` begins with the whitened vectors."""

    config: TunedConfig

    _bundled: dict[str, Any] | None = None
    """Which files a bundle's vectors came from."""
    _fitted: Whitening | None = None
    _seed: int = 42

    @property
    def is_trained(self) -> bool:
        return self.config.tune != "none"

    @property
    def gives_vectors(self) -> bool:
        return True

    def observe(self, world: World) -> None:
        super().observe(world)
        self._seed = world.seed

    def _fit_whitening(self, frozen: Embeddings) -> None:
        self._fitted = Whitening.fit(frozen, frozen.present, self.config.whiten_dim)

    def _require_fitted(self) -> None:
        """Refuse to go on before `fit`.

        Raises:
            NotFittedError: nothing was fitted yet.
        """
        if self._fitted is None:
            raise NotFittedError(f"{self.config.type_name()} with tune encodes only after fit")

    @property
    def _whitening(self) -> Whitening:
        """That of the frozen vectors of training rows."""
        self._require_fitted()
        assert self._fitted is not None
        return self._fitted

    def _learned_state(self, origin: dict[str, str | None]) -> State:
        """The state of an encoder whose model's files are `origin`."""
        fitted = self._fitted
        return State(origin, {} if fitted is None else {"mean": fitted.mean, "axes": fitted.axes})

    def restore(self, state: State) -> None:
        """Take back which files the vectors came from; they are looked for and checked when something is encoded."""
        self._bundled = state.meta
        if state.arrays:
            self._fitted = Whitening(state.arrays["mean"], state.arrays["axes"])
