"""Features are fitted on training rows, and missing columns are named together."""

from dataclasses import replace

import polars as pl
import pytest

from genre.config.loading import load_recipe
from genre.core.errors import RecipeError
from genre.pipeline._unfit import missing_columns
from genre.pipeline.assemble import Prepared, prepare
from genre.testing.data import tiny_split


def test_missing_columns_are_named_together_with_near_matches(prepared):
    recipe = load_recipe(
        prepared.recipe,
        ["features.0.columns=[texts, year]", "features.1.columns=[genre]"],
    )
    faults = list(missing_columns(recipe, prepared.dataset))
    assert [fault.where for fault in faults] == ["features.0.columns", "features.1.columns"]
    assert faults[0].mend == "Did you mean 'text'?" and faults[1].mend == "Did you mean 'genres'?"


def test_what_is_held_out_changes_no_feature(prepared):
    """The text of items that training never saw must not move the vectors of the others."""
    dataset, split = prepared.dataset, tiny_split()
    unseen = pl.Series(split.train.popularity() == 0)
    assert unseen.any()
    changed = dataset.catalog.items.with_columns(
        text=pl.when(unseen).then(pl.lit("quite other words here")).otherwise(pl.col("text"))
    )
    other = Prepared(prepared.recipe, replace(dataset, catalog=replace(dataset.catalog, items=changed)))
    for mine, theirs in zip(prepared.task(split).features, other.task(split).features, strict=True):
        kept = ~unseen.to_numpy()
        assert (mine.embeddings.vectors[kept] == theirs.embeddings.vectors[kept]).all()


def test_the_task_comes_without_the_test_part(prepared):
    assert len(prepared.task(tiny_split()).split.test) == 0


def test_a_task_refuses_a_test_part(prepared):
    task = prepared.task(tiny_split())
    with pytest.raises(ValueError, match="never receives the test part"):
        replace(task, split=tiny_split())


def test_alignments_of_unknown_features_are_refused_before_anything_is_encoded(prepared):
    changes = ["recommender=tower", "alignment=[{type: contrastive, between: [text, genre]}]"]
    with pytest.raises(RecipeError, match=r"alignment\.0\.between: 'genre' is not a feature. Did you mean 'genres'?"):
        prepare(load_recipe(prepared.recipe, changes), prepared.dataset)
    ignored = load_recipe(prepared.recipe, changes[1:])
    assert prepare(ignored, prepared.dataset).recipe.alignment


def test_the_task_says_whether_lists_hide_what_was_seen(prepared):
    repeating = replace(prepared, recipe=load_recipe(prepared.recipe, ["ranking=[]"]))
    assert [one.task(tiny_split()).hides_seen for one in (prepared, repeating)] == [True, False]
