"""A headless Chromium, driven by the DevTools protocol over a pipe: no driver, no further package.

with Browser(folder) as browser:
    page = browser.open(f"http://{address}/", width=375, height=800)
    page.wait_for("document.querySelector('#shards tr') !== null")
    assert page.errors == []
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.support import processes

HANG_SECONDS = 120.0
FLAGS = [
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",  # tests may run as root, where Chromium refuses its sandbox
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
]


def find() -> str | None:
    """The browser's program, or None when this machine has none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Page:
    """One tab. `errors` gathers what the page's console and the network complained of."""

    def __init__(self, browser: Browser, session: str) -> None:
        self.browser, self.session = browser, session
        self.errors: list[str] = []

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.browser.call(method, parameters, self.session)

    def resize(self, width: int, height: int, dark: bool = False) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        done = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def wait_for(self, expression: str, seconds: float = HANG_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not self.evaluate(expression):
            assert time.monotonic() < deadline, f"not true in {seconds} s: {expression}; {self.errors}"
            time.sleep(0.05)

    def text(self) -> str:
        """All that stands on the page, what has to be scrolled to included."""
        parts = "[...document.querySelectorAll('header, main, footer')].map((part) => part.textContent)"
        return " ".join(self.evaluate(parts))

    def wait_for_text(self, *words: str, seconds: float = HANG_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while missing := [one for one in words if one not in self.text()]:
            assert time.monotonic() < deadline, f"not there in {seconds} s: {missing}:\n{self.text()}"
            time.sleep(0.05)

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def note(self, method: str, event: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(event["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and event["type"] in ("error", "assert", "warning"):
            self.errors.append(json.dumps(event["args"]))
        elif method == "Log.entryAdded" and event["entry"]["level"] in ("error", "warning"):
            self.errors.append(f"{event['entry']['text']} {event['entry'].get('url', '')}")


class Browser:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pages: dict[str, Page] = {}
        self.last_id = 0
        self.pending = b""
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Browser:
        program = find()
        assert program, "no Chromium: tests/support/setup browser"
        # The browser reads commands from descriptor 3 and answers on 4; ours get numbers above, whatever is free.
        pairs = [os.pipe(), os.pipe()]
        high = [[fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in pair] for pair in pairs]
        for pair in pairs:
            for end in pair:
                os.close(end)
        (to_read, self.write_end), (self.read_end, from_write) = high
        self.process = subprocess.Popen(
            [
                "bash",
                "-c",
                f'exec "$@" 3<&{to_read} 4>&{from_write} {to_read}<&- {from_write}>&-',
                "bash",
                program,
                *FLAGS,
                f"--user-data-dir={self.folder / 'browser'}",
                "about:blank",
            ],
            pass_fds=(to_read, from_write),
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=processes.die_with_parent,
        )
        os.close(to_read)
        os.close(from_write)
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process
        with contextlib.suppress(AssertionError, OSError):
            self.call("Browser.close", {}, None)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.write_end)
        os.close(self.read_end)

    def open(self, url: str, width: int, height: int, dark: bool = False) -> Page:
        target = self.call("Target.createTarget", {"url": "about:blank"}, None)["targetId"]
        attached = self.call("Target.attachToTarget", {"targetId": target, "flatten": True}, None)
        page = Page(self, attached["sessionId"])
        self.pages[page.session] = page
        for domain in ("Runtime", "Log", "Page"):
            page.call(f"{domain}.enable")
        page.resize(width, height, dark)
        page.call("Page.navigate", url=url)
        page.wait_for(f"location.href === {json.dumps(url)} && document.readyState === 'complete'")
        return page

    def call(self, method: str, parameters: dict[str, Any], session: str | None) -> dict[str, Any]:
        self.last_id += 1
        message: dict[str, Any] = {"id": self.last_id, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + HANG_SECONDS
        while True:
            answer = self._next(deadline)
            if answer.get("id") == self.last_id:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return dict(answer["result"])
            if page := self.pages.get(answer.get("sessionId", "")):
                page.note(answer["method"], answer["params"])

    def _next(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self.pending:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self.read_end], [], [], max(0.0, left))
            assert ready, "the browser does not answer"
            got = os.read(self.read_end, 1 << 20)
            assert got, "the browser is gone"
            self.pending += got
        one, _, self.pending = self.pending.partition(b"\0")
        return dict(json.loads(one))
