"""Limits on the length of templates, so that a service's template can be read as a whole, and a function at a glance."""

import re

from root_template import ROOT

MOST_LINES = {"template.yaml": 440, "functions/*/template.yaml": 450}
MOST_LINES_OF_A_FUNCTION = 14
# A function's block: its name, and all that is indented below it.
FUNCTION = re.compile(r"^  (\w+Function):\n((?:    .*\n)+)", re.MULTILINE)


def shape():
    for pattern, most in MOST_LINES.items():
        for path in sorted(ROOT.glob(pattern)):
            yield from problems(path.relative_to(ROOT), path.read_text(), most)


def problems(path, text, most):
    if (lines := text.count("\n")) > most:
        yield f"{path}: {lines} lines, over {most}"
    for name, body in FUNCTION.findall(text):
        if (lines := body.count("\n") + 1) > MOST_LINES_OF_A_FUNCTION:
            yield f"{path}: {name} has {lines} lines, over {MOST_LINES_OF_A_FUNCTION}"
