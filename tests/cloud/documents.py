"""The repository's own pages."""

from transformed import REPOSITORY


def unlinked(linked):
    """Runbooks that no alarm and no other page leads to: nobody would find them."""
    texts = {path: path.read_text() for path in (*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"))}
    for page in sorted(REPOSITORY.glob("docs/runbooks/*.md")):
        name = str(page.relative_to(REPOSITORY))
        elsewhere = (text for path, text in texts.items() if path != page)
        if name not in linked and not any(page.name in text for text in elsewhere):
            yield f"{name}: nothing links it"
