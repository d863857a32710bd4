"""A browser without a window: Debian's Chromium, driven by W3C WebDriver (https://www.w3.org/TR/webdriver2/)."""

import contextlib
import json
import subprocess
import urllib.request

from running_shop import free_ports
from waiting import until

# As root, Chromium has no sandbox; it opens nothing but pages of the shop under test.
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"]


class Browser:
    """A window of the browser."""

    def __init__(self, url):
        self.url = url

    def open(self, url):
        """Opens a page, whose origin later scripts have."""
        self.call("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """Runs the body of an async function in the page. Returns what it returns."""
        script = f"const [done, ...given] = [[...arguments].pop(), ...arguments]; (async (...given) => {{ {script} }})(...given).then(done)"
        return self.call("POST", "/execute/async", {"script": script, "args": arguments})

    def call(self, method, path, body=None):
        return call(method, self.url + path, body)


@contextlib.contextmanager
def browser(folder):
    """Runs a browser during the `with` block."""
    [port] = free_ports(1)
    driver = f"http://127.0.0.1:{port}"
    log = folder / "chromedriver.log"
    process = subprocess.Popen(["chromedriver", f"--port={port}", f"--log-path={log}"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        until(f"chromedriver answers (see {log})", lambda: is_ready(driver))
        options = {"goog:chromeOptions": {"args": [*ARGUMENTS, f"--user-data-dir={folder / 'browser'}"]}}
        session = call("POST", f"{driver}/session", {"capabilities": {"alwaysMatch": options}})["sessionId"]
        window = Browser(f"{driver}/session/{session}")
        yield window
        window.call("DELETE", "")
    finally:
        process.terminate()
        process.wait()


def is_ready(driver):
    with contextlib.suppress(OSError):
        return call("GET", f"{driver}/status")["ready"]


def call(method, url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["value"]
