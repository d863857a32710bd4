"""Limits on the length of templates, so that what surrounds a service's functions can be read as a whole, and a function at a glance.

How many functions a service has is not limited here."""

import re

from root_template import ROOT

MOST_LINES = {"template.yaml": 440, "functions/*/template.yaml": 320}
MOST_LINES_OF_A_FUNCTION = 14
# A function's block: its name, and all that is indented below it.
FUNCTION = re.compile(r"^  (\w+Function):\n((?:    .*\n)+)", re.MULTILINE)


def shape():
    for pattern, most in MOST_LINES.items():
        for path in sorted(ROOT.glob(pattern)):
            yield from problems(path.relative_to(ROOT), path.read_text(), most)


def problems(path, text, most):
    functions = {name: body.count("\n") + 1 for name, body in FUNCTION.findall(text)}
    if (lines := text.count("\n") - sum(functions.values())) > most:
        yield f"{path}: {lines} lines apart from its functions, over {most}"
    for name, lines in functions.items():
        if lines > MOST_LINES_OF_A_FUNCTION:
            yield f"{path}: {name} has {lines} lines, over {MOST_LINES_OF_A_FUNCTION}"
