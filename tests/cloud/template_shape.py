"""Limits on the length of templates, so that what surrounds a service's functions can be read as a whole, and a function at a glance.

How many functions a service has is not limited here."""

import re

from root_template import ROOT

MOST_LINES = {"template.yaml": 440, "functions/*/template.yaml": 300}
MOST_LINES_OF_A_FUNCTION = 14
# A function's block: the comment above it, its name, all that is indented below it, and an empty line.
FUNCTION = re.compile(r"^((?:  #.*\n)*)  (\w+Function):\n((?:    .*\n)+)\n?", re.MULTILINE)


def shape():
    for pattern, most in MOST_LINES.items():
        for path in sorted(ROOT.glob(pattern)):
            yield from problems(path.relative_to(ROOT), path.read_text(), most)


def problems(path, text, most):
    functions = {name: body.count("\n") + 1 for _, name, body in FUNCTION.findall(text)}
    if (lines := FUNCTION.sub("", text).count("\n")) > most:
        yield f"{path}: {lines} lines apart from its functions, over {most}"
    for name, lines in functions.items():
        if lines > MOST_LINES_OF_A_FUNCTION:
            yield f"{path}: {name} has {lines} lines, over {MOST_LINES_OF_A_FUNCTION}"
