"""Events from files: what is an event is kept once, what is none is set aside with its row and a reason."""

import json
import threading
import time
from datetime import UTC, datetime

import polars as pl
import pytest
from tests.serving.stream.conftest import kept
from tests.waiting import eventually

from genre.core.errors import DataError, StoreError
from genre.serving.records import Event
from genre.serving.stream.files import FileIntake
from genre.serving.stream.rows import RowRules

T = 1_700_000_000
CSV = f"""user_id,item_id,type,at,value,extra
u1,i1,view,{T},,x
u2,i2,buy,{T + 1},2.5,x
,i3,view,{T},,x
u4,,view,{T},,x
u5,i5,view,soon,,x
u6,i6,view,,,x
u7,i7,view,{T},much,x
u8,i8,view,{T + 10**9},,x
u1,i1,view,{T},,x
"""


@pytest.fixture
def write(tmp_path):
    def write(text, name="events.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def told(store):
    return [(event.user_id, event.item_id, event.type, event.at, event.value) for event in kept(store)]


def test_a_table_with_faults(store, write):
    found = FileIntake(store, write(CSV)).run()
    assert told(store) == [
        ("u1", "i1", "view", T, None),
        ("u2", "i2", "buy", T + 1, 2.5),
        ("u1", "i1", "view", T, None),  # two rows that say the same are two events
    ]
    assert {one.reason: one.rows["row"].to_list() for one in found.quarantine} == {
        "user id is missing": [4],
        "item id is missing": [5],
        "time cannot be read": [6],
        "time is missing": [7],
        "value is not a finite number": [8],
        "time lies in the future": [9],
    }
    assert (found.n_rows, found.n_new, found.n_known, found.n_refused) == (9, 3, 0, 6)


def test_a_file_that_comes_again_changes_nothing(store, write):
    path = write(CSV)
    FileIntake(store, path, most=2).run()
    before = kept(store)
    path.write_text(CSV + f"u9,i9,view,{T},,x\n")
    found = FileIntake(store, path).run()
    assert (found.n_new, found.n_known) == (1, 3) and kept(store)[:3] == before


def test_all_kinds_of_files_say_the_same(store, tmp_path, write):
    moments = [datetime.fromtimestamp(T + n, UTC) for n in range(3)]
    table = pl.DataFrame({"event_id": ["a", "b", "c"], "user_id": [1, 2, 3], "item_id": [1.0, 2.0, 3.0], "at": moments})
    table.write_parquet(tmp_path / "e.parquet")
    table.write_ndjson(tmp_path / "e.jsonl")
    table.write_csv(tmp_path / "e.csv")
    expected = [Event("abc"[n], str(n + 1), str(n + 1), "view", float(T + n)) for n in range(3)]
    assert FileIntake(store, tmp_path / "e.parquet").run().n_new == 3 and kept(store) == expected
    for name in ("e.jsonl", "e.csv"):
        assert FileIntake(store, tmp_path / name).run().n_known == 3
    assert kept(store) == expected


def test_columns_of_other_names(store, write):
    path = write("visitor;film;when;stars\nu;i;05.03.2024 12:30;4\n", "e.csv")
    columns = {"user_id": "visitor", "item_id": "film", "at": "when", "value": "stars"}
    FileIntake(store, path, RowRules(columns, "rating", time_format="%d.%m.%Y %H:%M")).run()
    assert told(store) == [("u", "i", "rating", datetime(2024, 3, 5, 12, 30, tzinfo=UTC).timestamp(), 4.0)]


def test_tables_that_models_are_fitted_on_are_events(store, write):
    FileIntake(store, write(f"user_id,item_id,rating,timestamp\nu,i,3,{T}000\n"), RowRules(type="rating")).run()
    assert told(store) == [("u", "i", "rating", T, 3.0)]


def test_rows_that_cannot_be_taken_apart_and_ids_that_cannot_be_kept(store, write):
    long = {"user_id": "u" * 600, "item_id": "i", "at": T}
    lines = [json.dumps({"user_id": "u", "item_id": "i", "at": T}), "{", "[1]", json.dumps(long)]
    found = FileIntake(store, write("\n".join(lines), "e.jsonl")).run()
    assert found.n_new == 1 and len(told(store)) == 1
    (broken, refused) = found.quarantine
    assert (broken.rows["row"].to_list(), broken.rows["line"].to_list()) == ([2, 3], ["{", "[1]"])
    assert refused.rows["row"].to_list() == [4] and refused.reason.startswith("user_id: is not a text that can be kept")


@pytest.mark.parametrize(
    "name, text, columns, said",
    [
        ("e.csv", "user,item_id,at\nu,i,1\n", {}, "has no column 'user_id'. Name the one.*user, item_id, at"),
        ("e.csv", "user_id,item_id,at\n", {"usr_id": "x"}, "--column usr_id: is no field.*Did you mean 'user_id'"),
        ("e.csv", "user_id,item_id,at\n", {"at": "when"}, "has no column 'when'"),
        ("e.txt", "", {}, "is of no known kind"),
        ("e.jsonl", "", {}, "is empty"),
    ],
)
def test_files_that_are_of_no_use(store, write, name, text, columns, said):
    with pytest.raises(DataError, match=said):
        FileIntake(store, write(text, name), RowRules(columns)).run()
    assert store.head() == 0


def test_places_in_an_order_are_no_moments(store, write):
    (one,) = FileIntake(store, write("user_id,item_id,at\nu,i,1\nu,i,2\n")).run().quarantine
    assert one.reason == "time is a place in an order, not a moment" and one.n_rows == 2


def line(n):
    return json.dumps({"user_id": f"u{n}", "item_id": "i", "at": T + n}) + "\n"


def test_a_file_that_grows_is_cut_and_is_replaced(store, write, monkeypatch):
    monkeypatch.setattr("genre.serving.stream.files.LOOK_S", 0.01)
    path, stop, seen = write(line(0), "log.jsonl"), threading.Event(), []
    thread = threading.Thread(target=FileIntake(store, path).follow, args=[stop, seen.append], daemon=True)
    thread.start()

    def expect(n):
        eventually(lambda: len(kept(store)) == n)

    try:
        expect(1)
        with path.open("a") as file:
            file.write(line(1) + "{\n" + line(2)[:9])
            file.flush()
            expect(2)
            file.write(line(2)[9:] + line(3))
        expect(4)
        write(line(4), "new.jsonl").replace(path)
        expect(5)
        path.write_text("")
        time.sleep(0.1)
        path.write_text(line(5) + line(6))
        expect(7)
    finally:
        stop.set()
        thread.join(10)
    assert [event.user_id for event in kept(store)] == [f"u{n}" for n in range(7)]
    assert seen[-1].n_new == 7 and [one.rows["row"].to_list() for one in seen[-1].quarantine] == [[3]]


def test_a_file_is_followed_past_a_store_that_is_away(store, write, monkeypatch):
    monkeypatch.setattr("genre.serving.stream.files.AGAIN_S", 0.01)
    answers = iter([False, False, True])

    class Moody:
        def add_events(self, events):
            if not next(answers):
                raise StoreError("away")
            return store.add_events(events)

    stop = threading.Event()
    found = FileIntake(Moody(), write(line(0) + line(1), "log.jsonl")).follow(stop, lambda _: stop.set())
    assert found.n_new == 2 and len(kept(store)) == 2


def test_what_cannot_be_followed(store, write, tmp_path):
    for path in (write(CSV), tmp_path / "none.jsonl"):
        with pytest.raises(DataError, match=r"cannot be (followed|read)"):
            FileIntake(store, path).follow(threading.Event())
    assert [path.name for path in tmp_path.iterdir()] == ["events.csv"]
