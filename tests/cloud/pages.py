"""Judges the shop's pages in a browser: a program of tests/browser, against a `cargo dev` with its whole assortment."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

from running_shop import ROOT, running_shop
from waiting import until


def main(program, output):
    """Runs a program of tests/browser, which leaves what it has seen in a folder of `target`."""
    began = time.monotonic()
    seen = ROOT / "target" / output
    shutil.rmtree(seen, ignore_errors=True)
    seen.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder, running_shop(pathlib.Path(folder) / "shop.log", small=False) as shop:
        furnished = lambda: re.search(r"The shop has (\d+) products, with pictures\.", shop.log.read_text())
        products = int(until("the shop has its assortment", furnished, 300)[1])
        print(f"a shop with {products} products ({time.monotonic() - began:.0f} s)", flush=True)
        # Search knows them once the schedule has run that indexes them.
        request = urllib.request.Request(f"{shop.console_url}/schedules/index-catalogue/runs", method="POST")
        urllib.request.urlopen(request).close()
        judge = ["node", ROOT / "tests" / "browser" / program, shop.url, shop.console_url, seen]
        if code := subprocess.run(judge).returncode:
            sys.exit(code)
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
