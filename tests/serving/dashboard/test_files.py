"""Pictures and sockets: what is not named, and who is not logged in, gets nothing."""

import io

import httpx2 as httpx
import pytest
from PIL import Image
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from genre.serving.dashboard.pictures import Album, albums, picture
from genre.serving.dashboard.settings import DashboardSettings


@pytest.fixture
def client(site):
    with httpx.Client(base_url=site.address, headers={"sec-fetch-site": "same-origin"}) as made:
        made.post("/dashboard/login", data={"key": site.keys["admin"]})
        yield made


def test_a_picture_is_drawn_anew_as_a_small_jpeg(site, client):
    answer = client.get("/dashboard/pictures/f1")
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff" and "private" in answer.headers["cache-control"]
    drawn = Image.open(io.BytesIO(answer.content))
    assert drawn.format == "JPEG" and drawn.size == (320, 240)
    original = Image.open(site.folder / "posters" / "comedy" / "1.png")
    assert max(abs(a - b) for a, b in zip(drawn.getpixel((5, 200)), original.getpixel((5, 200)), strict=True)) < 16
    assert httpx.get(f"{site.address}/dashboard/pictures/f1").status_code == 401


@pytest.mark.parametrize(
    "name",
    ["../secret.png", "comedy/../../secret.png", "{folder}/secret.png", "link.png", "page.png", "comedy", "none.png"],
)
def test_only_pictures_below_the_folder_are_shown(site, client, name):
    posters = site.folder / "posters"
    Image.new("RGB", (8, 8), "red").save(site.folder / "secret.png")
    (posters / "page.png").write_text("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    if not (posters / "link.png").is_symlink():
        (posters / "link.png").symlink_to(site.folder / "secret.png")
    row = {"item_id": "odd", "title": "Odd", "poster": name.format(folder=site.folder)}
    site.tenant.service.put_items([row])
    answer = client.get("/dashboard/pictures/odd")
    assert answer.status_code == 404 and answer.headers["content-type"] == "image/svg+xml"
    assert b"<path" in answer.content and b"onload" not in answer.content
    site.tenant.service.delete_items(["odd"])
    assert client.get("/dashboard/pictures/odd").status_code == 404


@pytest.mark.parametrize("path", ["../secret.png", "..%2Fsecret.png", "comedy/1.png", "%2Fetc%2Fpasswd", ""])
def test_addresses_name_items_and_never_files(client, path):
    answer = client.get(f"/dashboard/pictures/{path}")
    assert answer.status_code == 404 and answer.headers["content-type"] != "image/png"


def test_folders_are_those_of_the_settings_and_the_recipe(site):
    stock = site.tenant.service.stock()
    settings = DashboardSettings(pictures={"poster": site.folder / "posters", "cover": site.folder})
    assert albums(stock.shelf.model, settings) == (Album(("poster",), site.folder / "posters"),)
    assert Album(("genres", "item_id"), site.folder, "{item_id}.jpg").name(stock, 3) == "f3.jpg"
    assert picture(stock, DashboardSettings(), "f1") is None


def socket_address(site):
    return site.address.replace("http", "ws") + "/dashboard/_nicegui_ws/socket.io/?EIO=4&transport=websocket"


def test_sockets_open_to_sessions_of_this_site_alone(site, client):
    own, cookie = site.address, f"genre_dashboard={client.cookies['genre_dashboard']}"
    for origin, headers in (
        (own, {}),
        (own, {"cookie": "genre_dashboard=x.y"}),
        ("http://evil.example", {"cookie": cookie}),
        (None, {"cookie": cookie}),
    ):
        with pytest.raises(InvalidStatus) as refused:
            connect(socket_address(site), origin=origin, additional_headers=headers, proxy=None)
        assert refused.value.response.status_code == 403
    polled = client.get(
        "/dashboard/_nicegui_ws/socket.io/?EIO=4&transport=polling", headers={"origin": "http://localhost"}
    )
    assert polled.status_code == 403
    with connect(socket_address(site), origin=own, additional_headers={"cookie": cookie}, proxy=None) as opened:
        assert opened.recv(timeout=10).startswith("0{")
        client.post("/dashboard/logout")
        opened.send("40")
        with pytest.raises(Exception, match="1008"):
            opened.recv(timeout=10)
