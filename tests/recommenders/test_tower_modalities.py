"""Modalities that alignments cannot take are named with their place and a mend."""

import pytest

from genre.alignment.cca import CcaAlignment, CcaConfig
from genre.alignment.contrastive import ContrastiveAlignment, ContrastiveConfig
from genre.recommenders._tower_modalities import Modalities, misplaced

THERE = Modalities(("text", "posters", "reviews"), True, frozenset({"reviews"}))


def contrastive(*between):
    return ContrastiveAlignment(ContrastiveConfig(between=between))


def cca(*between):
    return CcaAlignment(CcaConfig(between=between))


@pytest.mark.parametrize(
    ("alignment", "modalities", "words"),
    [
        (contrastive("text", "poster"), THERE, ["'poster' is not a feature", "Did you mean 'posters'?"]),
        (contrastive("text"), THERE, ["takes 2 or more modalities and gets 1 (text)", "text, posters, reviews, ids"]),
        (contrastive(), Modalities((), True), ["gets none"]),
        (contrastive("text", "text"), THERE, ["names 'text' twice"]),
        (contrastive("text", "ids"), Modalities(("text",), False), ["no id part", "recommender.ids"]),
        (cca("text", "ids"), THERE, ["'cca' does not take the id part"]),
        (cca("text", "reviews"), THERE, ["encoder of 'reviews' learns", "contrastive"]),
        (cca(), THERE, ["encoder of 'reviews' learns"]),
    ],
)
def test_faults(alignment, modalities, words):
    (fault,) = misplaced([alignment], modalities)
    assert fault.where == "alignment.0.between"
    assert all(word in str(fault) for word in words)


def test_what_fits_is_not_remarked():
    assert not list(misplaced([contrastive("text", "ids"), contrastive(), cca("posters", "text")], THERE))


def test_all_faults_come_at_once():
    faults = list(misplaced([contrastive("texts", "poster"), cca("text")], THERE))
    assert [fault.where for fault in faults] == ["alignment.0.between", "alignment.0.between", "alignment.1.between"]
