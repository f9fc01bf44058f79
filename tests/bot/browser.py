"""The system's Chromium, asked through a pipe: one page, its scripts and its pictures."""

import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

#: Whichever is there.
NAMES: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS: Final = (
    "--headless",
    "--no-sandbox",  # it draws our own pages, as root in a container too
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--remote-debugging-pipe",
)
#: The browser reads from descriptor 3 and writes to 4, whatever those are here.
AS_THREE_AND_FOUR: Final = """
import fcntl, os, sys
reads, writes = (fcntl.fcntl(int(given), fcntl.F_DUPFD, 10) for given in sys.argv[1:3])
os.dup2(reads, 3)
os.dup2(writes, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
PATIENCE_S: Final = 60
END: Final = b"\0"
Json = Mapping[str, Any]


def path() -> str:
    """Of the browser; "" where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), "")


@dataclass
class Page:
    """One tab. What the browser says besides answers is passed over."""

    asks: int  #: file descriptors
    answers: int
    session: str = ""
    number: int = 0
    read: bytes = b""

    def call(self, method: str, **given: object) -> Json:
        self.number += 1
        asked = {"id": self.number, "method": method, "params": given}
        os.write(self.asks, orjson.dumps(asked | ({"sessionId": self.session} if self.session else {})) + END)
        while (said := self._next()).get("id") != self.number:
            pass
        assert "error" not in said, f"{method}: {said['error']}"
        result: Json = said["result"]
        return result

    def run(self, script: str) -> Any:  # noqa: ANN401 - whatever the script returns
        """The value of an expression, awaited if it is a promise."""
        said = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    def show(self, file: Path) -> None:
        """Loaded whole, its fonts and frames too."""
        self.call("Page.navigate", url=file.as_uri())
        self.run("new Promise((done) => document.readyState === 'complete' ? done() : addEventListener('load', done))")
        assert self.run("location.href") == file.as_uri()

    def resize(self, width: int, height: int) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def prefer(self, scheme: str) -> None:
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, scale: float) -> str:
        """All of it, as an address with the PNG in it."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": scale}
        whole = {"captureBeyondViewport": True, "optimizeForSpeed": True}
        taken = self.call("Page.captureScreenshot", format="png", clip=clip, **whole)
        return f"data:image/png;base64,{taken['data']}"

    def _next(self) -> dict[str, Any]:
        """What is said, until its end; what was read beyond that is kept."""
        pieces, waiting = [self.read], select.poll()
        waiting.register(self.answers, select.POLLIN)
        while END not in pieces[-1]:
            is_there = waiting.poll(PATIENCE_S * 1000)
            pieces.append(os.read(self.answers, 1 << 20) if is_there else b"")
            assert pieces[-1], "the browser says nothing any more"
        last, _, self.read = pieces[-1].partition(END)
        heard: dict[str, Any] = orjson.loads(b"".join([*pieces[:-1], last]))
        return heard


@contextmanager
def open_page(profile: Path) -> Iterator[Page]:
    """A browser with an empty tab, which ends with the block. ``profile`` is where it keeps its things."""
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    begun = [sys.executable, "-c", AS_THREE_AND_FOUR, str(theirs_in), str(theirs_out)]
    started = subprocess.Popen(
        [*begun, path(), *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        pass_fds=(theirs_in, theirs_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs_in)
    os.close(theirs_out)
    page = Page(ours_out, ours_in)
    try:
        tab = page.call("Target.createTarget", url="about:blank")["targetId"]
        page.session = page.call("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]
        yield page
        page.session = ""
        page.call("Browser.close")
    finally:
        os.close(ours_out)
        os.close(ours_in)
        started.terminate()
        started.wait(PATIENCE_S)
