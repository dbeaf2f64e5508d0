"""Every page on its own: cold deep links to a server nobody has visited, languages, themes, a narrow screen."""

from __future__ import annotations

import pytest

from screen import FINDING, HAN, PAGES, finding, settle, start, visit, whole

NAVIGATION = '[data-testid="stTopNavLink"], [data-testid="stSidebarNavLink"]'


@pytest.fixture
def fresh_server(sample_folder, tmp_path):
    """A server that has answered nobody yet."""

    with start(sample_folder, tmp_path) as running:
        yield running


@pytest.mark.parametrize("name", PAGES)
def test_a_cold_deep_link_shows_the_page(fresh_server, page, name):
    visit(page, f"{fresh_server.url}/{name}")
    assert page.locator(FINDING).is_visible()
    assert page.locator(NAVIGATION).count() == len(PAGES)
    assert page.url.split("?")[0].rstrip("/").endswith(name) or name == "overview"
    assert "Traceback" not in fresh_server.output()


def marked(page) -> list[str]:
    """The menu items that stand for the page on screen."""
    return page.locator('[data-testid="stTopNavLink"][aria-current="page"]').all_inner_texts()


@pytest.mark.parametrize("path", ["", "overview", "satisfaction"])
def test_the_menu_marks_the_page_and_a_cold_link_keeps_its_filters(fresh_server, page, path):
    visit(page, f"{fresh_server.url}/{path}?lang=zh&city=苏州&period=3")
    assert marked(page) == ["满意度" if path == "satisfaction" else "总览"]
    assert "lang=zh" in page.url and "city=" in page.url and "period=3" in page.url
    if path == "satisfaction":
        assert page.locator(".st-key-period input").input_value() == "近 3 个月"


@pytest.mark.parametrize("name", PAGES)
def test_both_languages(server, page, name):
    visit(page, f"{server.url}/{name}?lang=en")
    assert page.evaluate("document.documentElement.lang") == "en"
    english = page.locator(NAVIGATION).all_inner_texts()
    assert not any(HAN.search(text) for text in english), english
    assert finding(page).strip() and not HAN.search(finding(page)), finding(page)

    visit(page, f"{server.url}/{name}?lang=zh")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert all(HAN.search(text) for text in page.locator(NAVIGATION).all_inner_texts())
    assert HAN.search(finding(page)), finding(page)


def test_the_browser_chooses_the_language(chromium, server):
    for locale, lang in (("zh-CN", "zh-CN"), ("de-DE", "en")):
        context = chromium.new_context(locale=locale)
        page = context.new_page()
        visit(page, server.url)
        assert page.evaluate("document.documentElement.lang") == lang
        context.close()


@pytest.mark.parametrize("name", PAGES)
def test_dark(chromium, server, name):
    context = chromium.new_context(color_scheme="dark", locale="en-GB")
    page = context.new_page()
    visit(page, f"{server.url}/{name}")
    colour = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert max(int(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3]) < 60, colour
    context.close()


def test_filters_live_in_the_address(server, context):
    page = context.new_page()
    visit(page, f"{server.url}/satisfaction?lang=en")
    everywhere = finding(page)
    box = page.locator(".st-key-city input")
    box.click()
    page.get_by_role("option").nth(1).click()
    page.wait_for_function("before => document.querySelector('h1.sqm-finding')?.innerText !== before", arg=everywhere)
    settle(page)
    whole(page)
    somewhere = finding(page)
    assert "city=" in page.url
    other = context.new_page()
    visit(other, page.url)
    assert finding(other) == somewhere != everywhere


def test_the_menu_keeps_what_was_chosen_and_back_takes_it_away(server, page):
    def choose(key: str, place: int) -> str:
        before = finding(page)
        page.locator(f".st-key-{key} input").click()
        page.get_by_role("option").nth(place).click()
        return changed(before)

    def changed(before: str) -> str:
        page.wait_for_function("before => document.querySelector('h1.sqm-finding')?.innerText !== before", arg=before)
        settle(page)
        whole(page)
        return finding(page)

    def menu(name: str) -> str:
        before = finding(page)
        page.locator(NAVIGATION).get_by_text(name, exact=True).click()
        return changed(before)

    def shown(key: str) -> str:
        return page.locator(f".st-key-{key} input").input_value()

    visit(page, server.url)
    everywhere = menu("Satisfaction")
    menu("Stores")
    assert shown("period") == "6 months"
    assert menu("Satisfaction") == everywhere and shown("period") == "6 months"
    element = choose("element", 4)
    both = choose("city", 2)
    page.go_back()
    assert changed(both) == element and "city=" not in page.url
    page.go_back()
    assert changed(element) == everywhere
    page.go_forward()
    assert changed(everywhere) == element
    both = choose("city", 2)
    city = shown("city")
    stores = menu("Stores")
    assert shown("city") == city and "city=" in page.url
    page.go_back()
    assert changed(stores) == both and shown("city") == city, "one step back is the page before, with its filters"


def test_back_takes_a_change_of_language_back(server, page):
    visit(page, f"{server.url}/satisfaction")
    english = finding(page)

    def now(text: str, equal: bool) -> None:
        page.wait_for_function(f"text => (document.querySelector('h1.sqm-finding')?.innerText === text) === {str(equal).lower()}", arg=text)
        settle(page)

    page.locator(".st-key-lang button").filter(has_text="中文").click()
    now(english, False)
    assert "lang=zh" in page.url
    page.go_back()
    now(english, True)
    page.go_forward()
    now(english, False)
    page.locator(NAVIGATION).get_by_text("营业厅", exact=True).click()
    page.wait_for_function("document.querySelector('h1.sqm-finding')?.innerText.includes('家厅')")


def test_a_tile_and_a_card_lead_on_without_loading_the_app_again(server, page):
    loads = []
    page.on("load", lambda _: loads.append(page.url))
    visit(page, server.url)
    overview = finding(page)

    def click(what: str) -> str:
        before = finding(page)
        page.locator(what).first.click()
        page.wait_for_function("before => document.querySelector('h1.sqm-finding')?.innerText !== before", arg=before)
        settle(page)
        whole(page)
        return finding(page)

    city = page.locator("a.tile .top b").first.inner_text()
    assert city in click("a.tile") and marked(page) == ["Satisfaction"] and "city=" in page.url
    page.go_back()
    page.wait_for_function("before => document.querySelector('h1.sqm-finding')?.innerText === before", arg=overview)
    settle(page)
    # The Overview shows no city: none is kept behind the reader's back, and one step leads back to it.
    click(f"{NAVIGATION} >> text=Satisfaction")
    assert page.locator(".st-key-city input").input_value() == "All cities" and "city=" not in page.url
    page.go_back()
    page.wait_for_function("before => document.querySelector('h1.sqm-finding')?.innerText === before", arg=overview)
    settle(page)
    # The card is of all cities, and so is what it leads to, although one was chosen before.
    click("a.sqm-card")
    assert marked(page) == ["Satisfaction"] and page.locator(".st-key-city input").input_value() == "All cities"
    page.go_back()
    page.wait_for_function("before => document.querySelector('h1.sqm-finding')?.innerText === before", arg=overview)
    settle(page)
    # A card leads to the block that shows its number.
    for name, block in (("Repeat complaints", "handling"), ("Net promoter score", "block_nps")):
        click(f"a.sqm-card:has-text('{name}')")
        page.wait_for_function(
            "key => { const at = document.querySelector('.st-key-' + key)?.getBoundingClientRect(); return at && at.top >= 0 && at.bottom <= innerHeight; }",
            arg=block)
        page.go_back()
        page.wait_for_function("before => document.querySelector('h1.sqm-finding')?.innerText === before", arg=overview)
        settle(page)
    assert len(loads) == 1, loads
    # So does an address that is opened cold, although the page writes the choice in it anew.
    page.goto(f"{server.url}/satisfaction?lang=en&period=12#block_nps")
    page.wait_for_function(
        "() => { const at = document.querySelector('.st-key-block_nps')?.getBoundingClientRect(); return at && at.top >= 0 && at.bottom <= innerHeight; }")


def test_on_a_phone_the_menu_makes_room_for_the_page_chosen(chromium, server):
    context = chromium.new_context(locale="en-GB", viewport={"width": 390, "height": 844})
    page = context.new_page()
    visit(page, server.url)
    before = finding(page)
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Stores").click()
    page.wait_for_function("before => document.querySelector('h1.sqm-finding')?.innerText !== before", arg=before)
    settle(page)
    page.wait_for_function("document.elementFromPoint(195, 150)?.closest('[data-testid=stMain]')")
    context.close()


def test_a_change_to_dark_draws_the_charts_again(server, context):
    page = context.new_page()
    page.emulate_media(color_scheme="light")
    visit(page, f"{server.url}/complaints?lang=en")

    def ink() -> set[str]:
        return set(page.evaluate("""() => [...document.querySelectorAll('.st-key-block_matrix svg text')]
            .filter(text => text.textContent === 'Xuzhou').map(text => getComputedStyle(text).fill)"""))

    assert ink() == {"rgb(27, 35, 48)"}
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("""() => [...document.querySelectorAll('.st-key-block_matrix svg text')]
        .some(text => getComputedStyle(text).fill === 'rgb(231, 234, 238)')""")
    settle(page)
    whole(page)
    assert ink() == {"rgb(231, 234, 238)"}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_head_stays_low_on_a_small_laptop(chromium, server, lang):
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, locale="en-GB")
    page = context.new_page()
    for name in PAGES:
        visit(page, f"{server.url}/{name}?lang={lang}")
        lines = page.locator(FINDING).bounding_box()["height"] / 30
        assert lines <= 2 and page.locator(".st-key-chips").bounding_box()["height"] < 40, (name, lines)
    context.close()


def test_a_phone_needs_no_sideways_scrolling(chromium, server):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
    page = context.new_page()
    for name in ("overview", "satisfaction", "data"):
        visit(page, f"{server.url}/{name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 400, name
    context.close()
