"""`genre serve --dashboard`."""

import httpx2
import pytest

from genre.core.errors import RecipeError
from genre.serving.server.plan import read_plan


def test_it_is_served_to_holders_of_an_admin_key(serve, bundle):
    one = serve(bundle, "--dashboard")
    assert one.began["dashboard"].endswith("/dashboard")
    with httpx2.Client(base_url=one.url, headers={"sec-fetch-site": "same-origin"}) as client:
        assert client.get("/dashboard/users/secret-user").status_code == 401
        assert client.post("/dashboard/login", data={"key": "gk_0_0"}).status_code == 401
        assert client.post("/dashboard/login", data={"key": one.keys[0]}).status_code == 303
        shown = client.get("/dashboard/users/secret-user")
        assert shown.status_code == 200 and "secret-user" in shown.text
    assert one.stop() == 0
    assert not [word for word in ("Traceback", "secret-user", one.keys[0]) if word in one.err]


def test_without_being_asked_for_it_is_not_there(serve, bundle):
    assert serve(bundle).ask("GET", "/dashboard/login").status_code == 404


def test_several_workers_are_refused_before_anything_starts(bundle):
    with pytest.raises(RecipeError, match=r"works with one worker, and there are 2: .*one process more"):
        read_plan(bundle, given={"dashboard": True, "workers": 2})
    assert read_plan(bundle, given={"dashboard": False, "workers": 2}).settings.dashboard is None
    assert read_plan(bundle, overrides=["dashboard.session_hours=1"]).settings.dashboard.session_hours == 1
