"""The admin server's page as a person sees it, in headless Chromium, at desktop and phone width."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import admin, browser
from tests.support.faultd import FaultServer
from tests.support.fleet import wait_until
from tests.support.penstock import Worker
from tests.support.role import MAKES_LEASE_TABLE

WIDTHS = {"desktop": (1280, 900), "phone": (375, 800)}
ARGUMENTS = ["--table", "orders", "--firehose", "orders", "--app", "orders-app", "--admin", "127.0.0.1:0"]

pytestmark = pytest.mark.skipif(browser.find() is None, reason="no Chromium: tests/support/setup browser")


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Browser]:
    with browser.Browser(tmp_path_factory.mktemp("chromium")) as running:
        yield running


def environment(server: FaultServer, home: Path) -> dict[str, str]:
    return server.environment({"PATH": os.environ["PATH"], "HOME": str(home)})


def rows(page: browser.Page) -> int:
    return int(page.evaluate("document.querySelectorAll('#shards tr').length"))


def fits(page: browser.Page) -> bool:
    """Nothing has to be scrolled sideways, in the document or in any part of it."""
    return bool(
        page.evaluate(
            """document.documentElement.scrollWidth <= innerWidth && ![...document.querySelectorAll('body *')].some(
                (part) => part.getClientRects().length > 0 && !part.closest('.hidden-words, thead') &&
                    part.getBoundingClientRect().right > innerWidth + 1)"""
        )
    )


# The contrast of every visible text with what is behind it, as WCAG 2.2 (1.4.3) computes it: the least.
CONTRAST = """(() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const part = (c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const color = parse(getComputedStyle(element).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  let least = [99, ""];
  for (const element of [...document.querySelectorAll('body *')].slice(0, 4000)) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "");
    if (!own || element.getClientRects().length === 0 || ['SCRIPT', 'STYLE'].includes(element.tagName)) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < least[0]) least = [contrast, element.textContent.slice(0, 40)];
  }
  return least;
})()"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_fleet_at_work(chromium: browser.Browser, tmp_path: Path, width: str, dark: bool) -> None:
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["orders"]) as server:
        server.create_stream(table="orders", shards=4, records=200)
        settings = environment(server, tmp_path)
        fleet = [*ARGUMENTS, "--failover", "10s", "--poll", "100ms", "--poll-idle", "200ms"]
        with Worker([*fleet, "--worker-id", "one"], settings, tmp_path / "state") as one:
            wait_until(lambda: admin.leases(one)["totals"]["held"] == 4, "one has all")
            with Worker([*fleet, "--worker-id", "two"], settings, tmp_path / "state") as two:
                wait_until(lambda: admin.leases(two)["totals"]["held"] == 2, "half each")
                server.roll(children=2, records=100)
                wait_until(
                    lambda: len(admin.leases(one)["leases"]) == 12, "four shards have two children each"
                )
                page = chromium.open(f"http://{one.admin}/", *WIDTHS[width], dark=dark)
                page.wait_for("document.querySelectorAll('#shards tr').length > 0")
                page.evaluate("document.getElementById('more-moves').click()")
                words = ["at the tip", "What is wrong now", "Nothing.", "Greatest lag", "handed over"]
                words += [one.worker_id, two.worker_id]
                for lease in admin.leases(one)["leases"]:
                    if lease["state"] != "finished":
                        words.append(lease["shard"].removeprefix("shardId-").lstrip("0"))
                page.wait_for_text(*words)
                assert fits(page)
                contrast, where = page.evaluate(CONTRAST)
                assert contrast >= 4.5, (contrast, where)
                page.evaluate("document.getElementById('with-finished').click()")
                page.wait_for_text("└")
                assert fits(page)
                landmarks = "['header', 'main', 'footer', 'h1'].every((name) => document.querySelector(name) !== null)"
                assert page.evaluate(landmarks)
                assert page.evaluate(
                    "[...document.querySelectorAll('section')].every((part) => part.ariaLabel || "
                    "document.getElementById(part.getAttribute('aria-labelledby')) !== null)"
                )
                assert page.errors == []


def test_what_is_wrong_is_said_and_an_old_answer_is_marked(chromium: browser.Browser, tmp_path: Path) -> None:
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["orders"]) as server:
        server.create_stream(table="orders", shards=2, records=100)
        settings = environment(server, tmp_path)
        server.add_rule(
            "error", service="firehose", code="InvalidArgumentException", message="no <b>such</b> thing"
        )
        with Worker(ARGUMENTS, settings, tmp_path / "state") as worker:
            page = chromium.open(f"http://{worker.admin}/", *WIDTHS["phone"])
            page.wait_for_text("Serious:", "at a record that cannot be delivered")
            assert "Serious:" in page.text() and fits(page)
            assert page.errors == []
            assert worker.kill() == -9
            page.wait_for_text("No answer for")
            assert fits(page)


def test_a_thousand_shards(chromium: browser.Browser, tmp_path: Path) -> None:
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["orders"]) as server:
        server.create_stream(table="orders", shards=1000, records=2)
        settings = environment(server, tmp_path)
        slow = [*ARGUMENTS, "--failover", "30s", "--poll", "5s", "--poll-idle", "10s"]
        with Worker(slow, settings, tmp_path / "state") as worker:
            wait_until(lambda: admin.leases(worker)["totals"]["held"] == 1000, "it holds them all")
            for width in WIDTHS:
                page = chromium.open(f"http://{worker.admin}/", *WIDTHS[width])
                page.wait_for("document.querySelectorAll('#shards tr').length === 1000")
                assert "Shards (1,000)" in page.text()
                assert fits(page)
                last = admin.leases(worker)["leases"][-1]["shard"]
                page.evaluate(f"document.getElementById('find').value = '{last[-8:]}'")
                page.evaluate("document.getElementById('find').dispatchEvent(new Event('input'))")
                page.wait_for("document.querySelectorAll('#shards tr').length === 1")
                assert page.errors == []
            assert len(admin.metrics(worker)) > 2000
            assert worker.term() == 0, worker.log_text()
