"""The rules for the repository's documentation."""

from root_template import ROOT


def unlinked(linked):
    """Yields runbooks that no alarm and no other page links."""
    pages = ("*.md", "docs/**/*.md", "template.yaml", "functions/*/*.yaml", "shared/templates/*.yaml")
    texts = {path: path.read_text() for pattern in pages for path in ROOT.glob(pattern)}
    for page in sorted(ROOT.glob("docs/runbooks/*.md")):
        name = str(page.relative_to(ROOT))
        elsewhere = (text for path, text in texts.items() if path != page)
        if name not in linked and not any(page.name in text for text in elsewhere):
            yield f"{name}: no alarm or page links it"
