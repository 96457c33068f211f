"""A component is a config (each hyper-parameter once, with range and meaning) and a class with the slot's verbs."""

from __future__ import annotations

from typing import Any, ClassVar, get_type_hints

from pydantic import BaseModel, ConfigDict

from genre.core.artifacts import State


class ComponentConfig(BaseModel):
    """Base of every component's config: extra keys are refused, values are frozen and checked once."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, protected_namespaces=())

    @classmethod
    def type_name(cls) -> str:
        """The YAML word of the component: the name of the module that holds it."""
        return cls.__module__.rpartition(".")[2]


class Component:
    """Base of every component.

    A subclass annotates `config: ItsConfig`; that annotation is where the slot finds the config. `EXAMPLES` are
    configs that the contract tests build and run.
    """

    config: ComponentConfig
    is_exported: ClassVar[bool] = False
    """True where `genre export` makes it of a fitted component; recipes do not name it."""
    EXAMPLES: ClassVar[tuple[dict[str, Any], ...]] = ({},)

    def __init__(self, config: ComponentConfig | None = None) -> None:
        self.config = self.config_type()() if config is None else config

    @classmethod
    def config_type(cls) -> type[ComponentConfig]:
        """The class of this component's config."""
        hint: type[ComponentConfig] = get_type_hints(cls)["config"]
        return hint

    def state(self) -> State:
        """What `fit` learned, ready to be saved. Components that learn nothing keep this."""
        return State()

    def restore(self, state: State) -> None:
        """Take back what `state` gave."""
