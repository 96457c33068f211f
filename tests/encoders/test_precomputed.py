import numpy as np
import polars as pl
import pytest
from safetensors.numpy import save_file

from genre.core.artifacts import load_state, save_state
from genre.core.errors import BundleError, DataError, NotFittedError
from genre.encoders.precomputed.precomputed import PrecomputedConfig, PrecomputedEncoder
from genre.pipeline.check import check
from genre.testing import checks
from genre.testing.data import tiny_dataset

IDS = ["7", "8", "9", "10"]
VECTORS = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
TABLE = pl.DataFrame({"item_id": ["9", "8", None, "77", "7"]})
EXPECTED = np.stack([VECTORS[2], VECTORS[1], np.zeros(3), np.zeros(3), VECTORS[0]])


def encoder(table=TABLE, **config):
    made = PrecomputedEncoder(PrecomputedConfig(**config))
    made.fit(table)
    return made


def written(folder, kind, ids=IDS, vectors=VECTORS):
    """A file of one kind, and what the config says about it."""
    path = folder / f"vectors.{kind}"
    numbers = {f"v{place}": vectors[:, place] for place in range(vectors.shape[1])}
    if kind == "npy":
        np.save(path, vectors)
        (folder / "ids.txt").write_text("\n".join(ids) + "\n")
        return {"path": path, "ids": folder / "ids.txt"}
    if kind == "npz":
        np.savez(path, vectors=vectors, ids=np.array(ids))
    elif kind == "safetensors":
        save_file({"vectors": vectors, "ids": np.array(ids, dtype=np.int64)}, path)
    elif kind == "parquet":
        pl.DataFrame({"item_id": ids, "vector": vectors.tolist()}).write_parquet(path)
    else:
        pl.DataFrame({"item_id": ids, **numbers}).write_csv(path)
    return {"path": path}


@pytest.mark.parametrize("kind", ["npy", "npz", "safetensors", "parquet", "csv"])
def test_files_of_every_kind_say_the_same_in_any_order(tmp_path, kind):
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        config = written(tmp_path, kind, [IDS[place] for place in order], VECTORS[order])
        fitted = encoder(**config)
        found = fitted.encode(TABLE)
        np.testing.assert_allclose(found.vectors, EXPECTED, rtol=1e-6)
        assert found.present.tolist() == [True, True, False, False, True]
        assert fitted.width == 3 and not fitted.needs_columns and not fitted.is_trained


def test_other_shapes_of_files(tmp_path):
    np.save(tmp_path / "half.npy", VECTORS.astype(np.float16))
    np.save(tmp_path / "ids.npy", np.array([7, 8, 9, 10]))
    found = encoder(path=tmp_path / "half.npy", ids=tmp_path / "ids.npy").encode(TABLE).vectors
    np.testing.assert_allclose(found, EXPECTED, atol=1e-3)
    columns = {f"v{place}": VECTORS[:, place] for place in range(3)}
    pl.DataFrame({**columns, "film": [7.0, 8.0, 9.0, 10.0]}).write_parquet(tmp_path / "wide.parquet")
    found = encoder(path=tmp_path / "wide.parquet", id_column="film").encode(TABLE).vectors
    np.testing.assert_array_equal(found, EXPECTED.astype(np.float32))
    save_file({"weight": VECTORS}, tmp_path / "one.safetensors")
    found = encoder(path=tmp_path / "one.safetensors", ids=tmp_path / "ids.npy").encode(TABLE).vectors
    np.testing.assert_array_equal(found, EXPECTED.astype(np.float32))


def text_file(folder, *rows):
    path = folder / "v.csv"
    path.write_text("\n".join(["item_id,a,b", *rows]) + "\n")
    return path


def test_numbers_of_a_csv_are_not_guessed_from_its_first_rows(tmp_path):
    late = text_file(tmp_path, *(f"other{row},0,1" for row in range(200)), "7,0.5,1e-3", "8, 2 ,-.25")
    found = encoder(path=late).encode(TABLE)
    np.testing.assert_allclose(found.vectors[[4, 1]], [[0.5, 0.001], [2, -0.25]], rtol=1e-6)


def test_numbers_of_a_csv_that_are_not_finite_or_empty_are_no_content(tmp_path):
    path = text_file(tmp_path, "7,1.5,2", "8,nan,2", "9,NaN,-INF", "10,1.5,Infinity", "11,,2", "12,inf,")
    fitted = encoder(path=path)
    table = pl.DataFrame({"item_id": ["7", "8", "9", "10", "11", "12"]})
    assert fitted.encode(table).present.tolist() == [True, False, False, False, False, False]
    np.testing.assert_array_equal(fitted.encode(table).vectors[0], [1.5, 2])
    told = {remark.what.partition(":")[0]: remark.n_rows for remark in fitted.remarks(table)}
    assert told == {"vectors that are not finite": 3, "rows without a vector": 2}


def test_ids_of_a_csv_stay_text(tmp_path):
    path = text_file(tmp_path, "000,1,2", "007,3,4", "7,5,6")
    table = pl.DataFrame({"item_id": ["007", "7", "000", "0"]})
    np.testing.assert_array_equal(encoder(table, path=path).encode(table).vectors, [[3, 4], [5, 6], [1, 2], [0, 0]])
    floats = text_file(tmp_path, "7.0,1,2", "8.0,3,4")
    np.testing.assert_array_equal(encoder(path=floats).encode(TABLE).vectors[[4, 1]], [[1, 2], [3, 4]])


def test_a_value_of_a_csv_that_is_no_number_is_named_with_its_row_and_column(tmp_path):
    path = text_file(tmp_path, "7,1,2", "8,1,2", "9,1,1_000")
    with pytest.raises(DataError) as caught:
        encoder(path=path)
    (fault,) = caught.value.faults
    assert fault.where == f"{path}, column 'b', row 3"
    assert fault.what == "'1_000' is not a number."


def test_a_csv_is_learned_from_saved_and_read_again(tmp_path):
    fitted = encoder(**written(tmp_path, "csv"))
    save_state(fitted.state(), tmp_path / "state")
    again = PrecomputedEncoder(fitted.config)
    again.restore(load_state(tmp_path / "state"))
    assert again.width == 3
    np.testing.assert_allclose(again.encode(TABLE).vectors, EXPECTED, rtol=1e-6)
    np.testing.assert_array_equal(again.encode(TABLE).vectors, fitted.encode(TABLE).vectors)


def test_a_list_column_of_the_table():
    lists = [[1.0, 2.0], None, [], [float("nan"), 1.0], [3.0, None], [3.0, 4.0]]
    table = pl.DataFrame({"vector": lists})
    fitted = encoder(table)
    found = fitted.encode(table)
    assert fitted.needs_columns
    assert found.present.tolist() == [True, False, False, False, False, True]
    np.testing.assert_array_equal(found.vectors[[0, 5]], [[1, 2], [3, 4]])
    assert [remark.n_rows for remark in fitted.remarks(table)] == [1]
    array = pl.DataFrame({"vector": pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int32, 2))})
    np.testing.assert_array_equal(encoder(array).encode(array).vectors, [[1, 2], [3, 4]])
    flat = pl.DataFrame({"x": [1.5, None], "y": [2, 3]})
    found = encoder(flat).encode(flat)
    np.testing.assert_array_equal(found.vectors, [[1.5, 2], [0, 0]])
    assert found.present.tolist() == [True, False]


def test_vectors_of_length_one(tmp_path):
    found = encoder(**written(tmp_path, "npz"), normalize=True).encode(TABLE).vectors
    np.testing.assert_allclose(
        found[[0, 1, 4]], EXPECTED[[0, 1, 4]] / np.linalg.norm(EXPECTED[[0, 1, 4]], axis=1)[:, None], rtol=1e-5
    )


def test_what_is_not_finite_counts_as_missing_and_is_told(tmp_path):
    vectors = VECTORS.astype(np.float64)
    vectors[2, 1] = np.nan
    vectors[1, 0] = 1e300  # too large for a 32-bit number
    fitted = encoder(**written(tmp_path, "npz", vectors=vectors))
    assert fitted.encode(TABLE).present.tolist() == [False, False, False, False, True]
    told = {remark.what.partition(":")[0]: remark for remark in fitted.remarks(TABLE)}
    assert {word: remark.n_rows for word, remark in told.items()} == {
        "vectors that are not finite": 2,
        "rows without a vector": 2,
        "vectors without a row": 1,
    }
    assert told["vectors that are not finite"].examples["item_id"].to_list() == ["9", "8"]
    assert told["vectors without a row"].examples["id"].to_list() == ["10"]


def broken(folder, case):  # noqa: PLR0912
    """A file with something wrong, and the config that names it."""
    path = folder / "v.npz"
    if case == "twice":
        return written(folder, "npz", ids=["7", "8", "7", "9"])
    if case == "fewer ids":
        return written(folder, "npy", ids=IDS[:3])
    if case == "no ids":
        np.save(folder / "v.npy", VECTORS)
        return {"path": folder / "v.npy"}
    if case == "pickled":
        np.save(folder / "v.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
        return {"path": folder / "v.npy"}
    if case == "one dimension":
        np.savez(path, vectors=VECTORS[:, 0], ids=IDS)
    elif case == "no such array":
        np.savez(path, vector=VECTORS[:, 0], ids=IDS)
    elif case == "words":
        pl.DataFrame({"item_id": IDS, "v": ["a"] * 4}).write_csv(folder / "v.csv")
        return {"path": folder / "v.csv"}
    elif case == "ragged":
        pl.DataFrame({"id": IDS, "v": [[1.0, 2.0], [1.0], [1.0, 2.0], None]}).write_parquet(folder / "v.parquet")
        return {"path": folder / "v.parquet"}
    elif case == "no such column":
        return {**written(folder, "parquet"), "id_column": "item"}
    elif case == "no id":
        pl.DataFrame({"id": ["7", None], "v": [1.0, 2.0]}).write_parquet(folder / "v.parquet")
        return {"path": folder / "v.parquet"}
    elif case == "other ids":
        return written(folder, "npz", ids=["a", "b", "c", "d"])
    elif case == "all infinite":
        return written(folder, "npz", vectors=np.full((4, 3), np.inf))
    else:
        names = {"cut": "v.npz", "cut npy": "v.npy", "cut tensors": "v.safetensors", "cut table": "v.parquet"}
        path = folder / names[case]
        path.write_bytes(b"PK\x03\x04 and no more")
    return {"path": path}


@pytest.mark.parametrize(
    ("case", "what"),
    [
        ("twice", r"1 ids stand there more than once \('7'\)"),
        ("fewer ids", "names 3 ids for 4 vectors"),
        ("no ids", "does not say whose vectors these are. Name in 'ids' a text file"),
        ("pickled", "holds pickled objects, which are never read"),
        ("one dimension", "holds float32 4, not a table of numbers"),
        ("no such array", "has no array 'vectors'. Did you mean 'vector'"),
        ("words", "v.csv, column 'v', row 1: 'a' is not a number, as 4 values of the column"),
        ("ragged", "row 2 has 1 numbers, others have 2"),
        ("no such column", "has no column 'item'. Did you mean 'item_id'"),
        ("no id", "1 vectors have no id"),
        ("other ids", r"none of \d training rows has a vector there \(rows are '9', '8', vectors 'a', 'b'\)"),
        ("all infinite", r"none of the \d vectors of training rows is finite"),
        ("cut", "cannot be read"),
        ("cut npy", "cannot be read"),
        ("cut tensors", "cannot be read"),
        ("cut table", "cannot be read"),
    ],
)
def test_broken_files(tmp_path, case, what):
    config = broken(tmp_path, case)
    with pytest.raises(DataError, match=what) as caught:
        encoder(**config)
    assert str(tmp_path) in caught.value.faults[0].where
    assert PrecomputedEncoder(PrecomputedConfig(**config)).lacks(TABLE) == caught.value.faults


def test_refusals(tmp_path):
    with pytest.raises(NotFittedError):
        PrecomputedEncoder().encode(TABLE)
    with pytest.raises(DataError, match="there is no such file; relative paths count from"):
        encoder(path="nowhere.npy")
    with pytest.raises(DataError, match="is a folder"):
        (tmp_path / "v.npz").mkdir()
        encoder(path=tmp_path / "v.npz")
    with pytest.raises(DataError, match=r"do not end in '.txt'. Known: .csv"):
        encoder(path=tmp_path / "v.txt")
    with pytest.raises(DataError, match=r"column vector: column 'vector' holds List\(String\), not lists of numbers"):
        encoder(pl.DataFrame({"vector": [["a"]]}))
    with pytest.raises(DataError, match="2 columns with lists among them"):
        encoder(pl.DataFrame({"vector": [[1.0]], "other": [1.0]}))
    with pytest.raises(DataError, match="none of 2 training rows has a vector"):
        encoder(pl.DataFrame({"vector": pl.Series([None, []], dtype=pl.List(pl.Float32))}))
    with pytest.raises(DataError, match="vectors have 3 numbers, those learned from had 2"):
        encoder(pl.DataFrame({"vector": [[1.0, 2.0]]})).encode(pl.DataFrame({"vector": [[1.0, 2.0, 3.0]]}))


def test_a_bundle_reads_new_vectors_and_knows_its_file(tmp_path):
    fitted = encoder(**written(tmp_path, "npz"))
    save_state(fitted.state(), tmp_path / "state")

    def restored():
        again = PrecomputedEncoder(fitted.config)
        again.restore(load_state(tmp_path / "state"))
        return again

    written(tmp_path, "npz", ["11", *IDS[::-1]], np.concatenate([[[1, 2, 3]], VECTORS[::-1]]).astype(np.float32))
    new = restored().encode(pl.DataFrame({"item_id": ["11", "7"]}))
    np.testing.assert_array_equal(new.vectors, [[1, 2, 3], VECTORS[0]])
    written(tmp_path, "npz", vectors=VECTORS + 1)
    with pytest.raises(BundleError, match="does not hold the vectors that the bundle learned from"):
        restored().encode(TABLE)
    fitted.config.path.unlink()
    assert restored().width == 3
    with pytest.raises(DataError, match="there is no such file"):
        restored().encode(TABLE)


@pytest.mark.parametrize("check_", checks("encoders"), ids=lambda one: one.__name__)
def test_contract_with_a_file(tmp_path, check_):
    ids = tiny_dataset().catalog.item_vocabulary.ids.to_list()[::-1]
    vectors = np.random.default_rng(1).normal(size=(len(ids), 3)).astype(np.float32)
    check_(PrecomputedEncoder, {"path": str(written(tmp_path, "npz", ids, vectors)["path"])})


def test_check_tells(tmp_path):
    dataset = tiny_dataset()
    dataset.interactions.to_frame().write_parquet(tmp_path / "interactions.parquet")
    dataset.catalog.items.write_parquet(tmp_path / "items.parquet")
    ids = dataset.catalog.item_vocabulary.ids.to_list()
    path = str(written(tmp_path, "npz", ids[:20], np.eye(20, 2, dtype=np.float32) + 1)["path"])
    tables = {name: str(tmp_path / f"{name}.parquet") for name in ("interactions", "items")}
    recipe = {
        "data": {"source": {"type": "parquet", **tables}},
        "features": [{"name": "made", "encoder": {"type": "precomputed", "path": path}}],
        "recommender": "content",
    }
    found = [one for one in check(recipe).findings if one.where.startswith("features.0")]
    assert [(one.level, one.what.partition(":")[0]) for one in found] == [("WARN", "rows without a vector")]
    recipe["features"][0]["encoder"]["path"] = str(tmp_path / "other.npz")
    found = [one for one in check(recipe).findings if one.where.startswith("features.0")]
    assert [one.level for one in found] == ["FAIL"] and "there is no such file" in found[0].what
