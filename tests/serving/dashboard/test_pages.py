"""Pages in Chromium, beside what the API answers."""

import time

import httpx2 as httpx
import pytest
from playwright.sync_api import expect
from tests.serving.dashboard.conftest import log_in

from genre.serving.dashboard.parts import percent

PAGES = ("", "catalogue", "catalogue/f9", "users", "users/user-05", "models?user=user-05", "live")
SCRIPT = '<script>window.hacked = 1</script><img src="x" onerror="window.hacked = 1">'


def texts(page, selector):
    return [one.strip() for one in page.locator(selector).all_inner_texts()]


def show(page, site, path, title=None):
    page.goto(site.url(path))
    page.wait_for_selector("h1")
    if title is not None:
        assert page.inner_text("h1") == title


def ids(page, selector):
    """Of the items that links lead to."""
    return [one.get_attribute("href").rpartition("/")[2] for one in page.locator(f"{selector} a").all()]


def test_a_wrong_key_the_right_one_and_the_way_out(browser, site):
    context = browser.new_context()
    page = context.new_page()
    log_in(page, site, "gk_0_0")
    assert "no key that is valid now" in page.inner_text("[role=alert]")
    log_in(page, site, site.keys["admin"])
    page.wait_for_selector("h1 >> text=Overview")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert site.keys["admin"].split("_", 2)[2] not in kept and "genre_dashboard" not in kept
    page.click("button[aria-label='Log out']")
    page.wait_for_selector("#key")
    page.goto(site.url("models"))
    assert page.url.endswith("/dashboard/login")
    context.close()


def test_a_session_that_ends_takes_its_open_pages_along(browser, site):
    context = browser.new_context()
    first, second = context.new_page(), context.new_page()
    log_in(first, site, site.keys["admin"])
    first.wait_for_selector("h1 >> text=Overview")
    second.goto(site.url("users"))
    second.click("button[aria-label='Log out']")
    first.wait_for_selector("#key")
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_pages_fit_a_phone_and_can_be_heard(page, site, path):
    page.set_viewport_size({"width": 390, "height": 844})
    show(page, site, path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for link in page.locator("nav[aria-label=Pages] a").all():
        box = link.bounding_box()
        assert box["y"] + box["height"] <= 844 and box["x"] + box["width"] <= 390 and box["height"] >= 40
    nameless = """() => [...document.querySelectorAll("input, select, button, a, img")].filter(one =>
        one.tagName === "IMG" ? !one.hasAttribute("alt")
        : !(one.labels?.length || one.getAttribute("aria-label") || one.textContent.trim()))
        .map(one => one.outerHTML)"""
    assert page.evaluate(nameless) == []
    assert page.locator("h1").count() == 1 and page.get_attribute("html", "lang") == "en-US"


def test_the_keyboard_reaches_the_content(page, site):
    show(page, site, "catalogue")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("wedding")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=wedding**")


def test_the_overview_tells_what_the_api_tells(page, site):
    site.ask("POST", "/v1/recommend", {"user_id": "user-03"})
    told = httpx.get(f"{site.address}/metrics", headers={"authorization": f"Bearer {site.keys['admin']}"}).text
    (share,) = [float(line.split()[1]) for line in told.splitlines() if line.startswith("genre_coverage{")]
    assert share > 0
    show(page, site, "", "Overview")
    figures = page.locator(".figures").first
    for label, said in (
        ("Model", site.ask("GET", "/v1/models")["active"]),
        ("Items", f"{site.tenant.service.n_items}"),
        ("Users", "90"),
        ("Coverage", percent(share)),
    ):
        figure = figures.locator(".figure", has=page.locator(f".label:text-is('{label}')"))
        expect(figure.locator(".value")).to_have_text(said)
    assert page.locator(".status.good").count() >= 2
    page.wait_for_selector("td >> text=dashboard.login")


def test_the_catalogue_is_searched_filtered_and_turned(page, site):
    show(page, site, "catalogue", "Catalogue")
    assert page.locator(".tile").count() == 24 and "Page 1 of 3" in page.inner_text(".pager")
    first = ids(page, ".tiles")
    page.click(".pager >> text=Next")
    page.wait_for_url("**at=2**")
    page.wait_for_selector("text=Page 2 of 3")
    assert len(ids(page, ".tiles")) == 24 and not set(first) & set(ids(page, ".tiles"))
    page.fill("input[name=q]", "WEDDING")
    page.select_option("select[name=column]", "year")
    page.fill("input[name=value]", "1980-1999")
    page.select_option("select[name=order]", "id")
    page.click("button >> text=Show")
    page.wait_for_url("**q=WEDDING**")
    page.wait_for_selector(".tile")
    items = site.tenant.service.stock().items
    wanted = [
        row["item_id"]
        for row in items.to_dicts()
        if "wedding" in f"{row['title']} {row['description']}".lower() and 1980 <= row["year"] <= 1999
    ]
    assert ids(page, ".tiles") == wanted and wanted
    show(page, site, "catalogue?column=genres&value=award&order=id")
    assert ids(page, ".tiles") == [f"f{row}" for row in range(0, 60, 7)]
    show(page, site, "catalogue?q=no+such+film")
    assert "No item fits" in page.inner_text("main")
    show(page, site, "catalogue?column=year&value=soon", "This cannot be shown")
    assert "Write a value of the column's kind" in page.inner_text("[role=alert]")


def test_an_item_with_its_picture_and_its_kin(page, site):
    show(page, site, "catalogue/f9", site.ask("GET", "/v1/items/f9")["title"])
    facts = dict(zip(texts(page, ".facts dt"), texts(page, ".facts dd"), strict=True))
    assert facts["genres"] == "comedy" and facts["year"] == "1988"
    similar = site.ask("POST", "/v1/similar", {"items": ["f9"], "k": 12})["items"]
    assert ids(page, ".tiles") == [one["item_id"] for one in similar]
    page.wait_for_function("() => document.querySelector('.picture.large').naturalWidth === 320")
    show(page, site, "catalogue/f4")
    page.wait_for_function("() => document.querySelector('.picture.large').naturalWidth > 0")
    show(page, site, "catalogue/nowhere", "This cannot be shown")


def test_a_user_is_explained_as_the_api_explains(page, site):
    site.ask("POST", "/v1/events", {"events": [{"user_id": "user-05", "item_id": "f30", "type": "dislike"}]})
    answer = site.ask("POST", "/v1/recommend", {"user_id": "user-05", "k": 10, "explain": True})
    show(page, site, "users/user-05", "User user-05")
    assert ids(page, ".listed-head") == [one["item_id"] for one in answer["items"]]
    assert texts(page, ".listed-head .score") == [f"{one['score']:.3f}" for one in answer["items"]]
    origin = answer["origin"]
    counts = [int(one) for one in texts(page, ".how .legend strong")]
    assert counts == [*origin["candidates"].values(), sum(origin["removed"].values())]
    assert sum(counts) == origin["n_items"] and "1 removed by: disliked" in page.inner_text(".how")
    history = site.ask("GET", "/v1/users/user-05")["history"]
    assert ids(page, ".history") == ["f30", *reversed(history)]
    for place, one in enumerate(answer["items"][:3]):
        page.locator("summary").nth(place).click()
        why = page.locator(".why").nth(place)
        near = [link.get_attribute("href").rpartition("/")[2] for link in why.locator("a").all()]
        assert near == [like["item_id"] for like in one["why"]["because_of"]] and len(near) == 3
        said = dict(zip(why.locator("dt").all_inner_texts(), why.locator("dd").all_inner_texts(), strict=True))
        for name, likeness in one["why"]["modalities"].items():
            adds, whole = one["why"]["contributions"][name], one["why"]["likeness"]
            assert said[name].strip() == f"likeness {likeness:.2f}, adds {adds:.2f} of {whole:.2f}"


def test_a_user_whom_nobody_knows(page, site):
    show(page, site, "users?id=somebody+new", "User somebody new")
    assert "the list is what is popular" in page.inner_text(".how")
    assert "Nothing is known" in page.inner_text(".history") and page.locator(".listed > li").count() == 10


def test_scripts_in_titles_and_ids_are_text(page, site):
    odd = '<b>"odd"</b>&\'/?#`${1}'
    rows = [{"item_id": odd, "title": SCRIPT, "description": SCRIPT, "genres": ["</script>" + SCRIPT], "year": 2001}]
    site.ask("PUT", "/v1/items", {"items": rows})
    event = {"user_id": SCRIPT, "item_id": odd, "type": SCRIPT[:60]}
    site.ask("POST", "/v1/events", {"events": [event]})
    show(page, site, "catalogue?order=new", "Catalogue")
    assert texts(page, ".tile-title")[0] == SCRIPT
    page.locator(".tile").first.click()
    page.wait_for_selector(".facts")
    assert page.inner_text("h1") == SCRIPT and "</script>" + SCRIPT in page.inner_text(".facts")
    page.goto(site.url("users"))
    page.fill("input[name=id]", SCRIPT)
    page.keyboard.press("Enter")
    page.wait_for_selector(".history")
    assert page.inner_text("h1") == f"User {SCRIPT}" and texts(page, ".history .tile-title") == [SCRIPT]
    assert page.evaluate("window.hacked") is None
    site.tenant.service.delete_items([odd])


def test_a_version_is_activated_and_rolled_back_after_a_question(page, site):
    show(page, site, "models", "Models")
    rows = dict(zip(texts(page, "td:first-child"), texts(page, "tbody tr"), strict=True))
    for name, row in rows.items():
        if name.startswith("validation"):
            told = [site.tenant.bundles.facts(one)["metrics"][name] for one in ("2026-10", "2026-11")]
            assert row.split()[-2:] == [f"{value:.4g}" for value in told]
    page.click("text=Activate")
    page.click("[role=alertdialog] >> text=Cancel")
    page.wait_for_selector("[role=alertdialog]", state="detached")
    assert site.ask("GET", "/v1/models")["active"] == "2026-11"
    page.click("text=Activate")
    page.click("[role=alertdialog] >> text=Activate >> nth=-1")
    page.wait_for_selector("text=2026-10 answers now.")
    assert site.ask("POST", "/v1/recommend", {})["model_version"] == "2026-10"
    page.click("text=Roll back")
    page.click("[role=alertdialog] button.primary")
    page.wait_for_selector("text=2026-11 answers now.")
    assert site.ask("GET", "/v1/models")["active"] == "2026-11"
    notes = {note.action: note for note in site.tenant.store.audit.newest(3)}
    assert notes["models.activate"].subject == "2026-10" and notes["models.rollback"].subject == "2026-11"
    assert notes["models.activate"].detail == {"before": "2026-11", "by": "dashboard"}
    assert notes["models.activate"].key_id == site.keys["admin"].split("_")[1]


def test_lists_of_two_versions_side_by_side(page, site):
    show(page, site, "models?user=user-05&a=2026-11&b=2026-10")
    lists = page.locator(".pair section").all()
    shown = [[link.get_attribute("href").rpartition("/")[2] for link in one.locator("a").all()] for one in lists]
    assert shown[0] == [one["item_id"] for one in site.ask("GET", "/v1/recommend/user-05")["items"]]
    history = set(site.ask("GET", "/v1/users/user-05")["history"])
    assert len(shown[1]) == 10 and shown[1] != shown[0] and not history & set(shown[1])
    both = len(set(shown[0]) & set(shown[1]))
    assert f"{both} of 10 items are in both lists" in page.inner_text("main")
    assert page.locator(".pair >> text=only here").count() == 2 * (10 - both)


def test_live_figures_follow_what_happens(page, site):
    show(page, site, "live", "Live")
    chart = page.locator("svg[aria-label^='Events a minute']")
    before = chart.get_attribute("aria-label")
    for place in range(4):
        events = [{"user_id": f"u{one}", "item_id": "f1", "type": "view"} for one in range(25)]
        site.ask(
            "POST", "/v1/events", {"events": [{**one, "event_id": f"live-{place}-{one['user_id']}"} for one in events]}
        )
        site.ask("POST", "/v1/recommend", {"user_id": "user-03"})
        time.sleep(0.3)
    page.wait_for_function("was => document.querySelector(\"svg[aria-label^='Events']\").ariaLabel !== was", arg=before)
    page.wait_for_function(
        "document.querySelector(\"svg[aria-label^='Latency'] .curve\").getAttribute('d').length > 20"
    )
    latency = page.locator("section[aria-label=Latency] .legend strong").first.inner_text()
    assert latency.endswith(" ms") and float(latency.split()[0]) > 0


def test_light_and_dark(page, site):
    colour = "getComputedStyle(document.body).backgroundColor"
    show(page, site, "users")
    light = page.evaluate(colour)
    page.click("button[aria-label='Dark theme']")
    page.wait_for_selector("body.body--dark")
    assert page.url == site.url("users") and page.evaluate(colour) != light
    page.click("button[aria-label='Light theme']")
    page.wait_for_selector("body.body--light")
    assert page.evaluate(colour) == light
    page.click("button[aria-label='Theme of the system']")
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector("body.body--dark")


def test_a_tenant_sees_its_own_alone(browser, site):
    site.ask("POST", "/v1/events", {"events": [{"user_id": "mine", "item_id": "f1", "type": "view"}]})
    site.ask("PUT", "/v1/items", {"items": [{"item_id": "mine", "title": "Mine"}]})
    context = browser.new_context()
    page = context.new_page()
    log_in(page, site, site.keys["other"])
    show(page, site, "users/mine")
    assert "Nothing is known of this user" in page.inner_text(".history")
    show(page, site, "catalogue/mine", "This cannot be shown")
    show(page, site, "")
    assert page.inner_text(".leave .badge") == "other" and "models.activate" not in page.inner_text("main")
    context.close()
    site.tenant.service.delete_items(["mine"])
