"""Pictures, as staff upload them from a browser and customers see them: through presigned URLs, and looked at with exiftool."""

import base64
import hashlib
import json
import random
import struct
import subprocess
import urllib.error
import urllib.request
import zlib

from browser import browser
from shop_client import expect
from waiting import until

ADMIN = {"email": "admin@bodega.example", "password": "keeper of the catalogue"}
PRODUCT = "/products/espresso-cup"
BUCKET = "bodega-dev-images-123456789012-eu-west-1"
# What a camera writes, and what editors add.
METADATA = ("-GPSLatitude=40.4168", "-GPSLatitudeRef=N", "-GPSLongitude=3.7038", "-GPSLongitudeRef=W", "-Orientation#=6",
            "-Make=Camera", "-Artist=Ada Lovelace", "-XMP:Creator=Ada Lovelace", "-IPTC:By-line=Ada Lovelace", "-Comment=At home")
# What describes the picture itself, or its file.
OF_PICTURES = {"SourceFile", "ExifTool", "System", "File", "JFIF", "Composite"}


def objects(shop):
    """Puts, reads, lists and deletes objects with boto3 and the AWS CLI."""
    s3, key = shop.client("s3"), "by-hand/a b+c.txt"
    expect(BUCKET in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]], s3.list_buckets())
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"by hand", ContentType="text/plain", CacheControl="no-store")
    found = s3.get_object(Bucket=BUCKET, Key=key)
    expect((found["Body"].read(), found["ContentType"], found["CacheControl"]) == (b"by hand", "text/plain", "no-store"), found)
    file = shop.folder / "object.txt"
    head = shop.aws("s3api", "get-object", "--bucket", BUCKET, "--key", key, str(file))
    expect(file.read_bytes() == b"by hand" and head["ContentLength"] == 7, head)
    listed = shop.aws("s3api", "list-objects-v2", "--bucket", BUCKET, "--prefix", "by-hand/")["Contents"]
    expect([each["Key"] for each in listed] == [key], listed)
    wrong = base64.b64encode(hashlib.sha256(b"something else").digest()).decode()
    refused = []
    for call in (
        lambda: s3.put_object(Bucket=BUCKET, Key="by-hand/wrong", Body=b"by hand", ChecksumSHA256=wrong),
        lambda: s3.get_object(Bucket=BUCKET, Key="by-hand/wrong"),
        lambda: s3.get_object(Bucket="nowhere-at-all", Key=key),
    ):
        try:
            raise SystemExit(f"not refused: {call()}")
        except s3.exceptions.ClientError as error:
            refused.append(error.response["Error"]["Code"])
    expect(refused[:2] == ["BadDigest", "NoSuchKey"], refused)
    s3.delete_object(Bucket=BUCKET, Key=key)
    expect("Contents" not in s3.list_objects_v2(Bucket=BUCKET, Prefix="by-hand/"), "the object is still there")
    return f"written, read, listed and deleted; refused: {', '.join(refused)}"


def pictures(shop):
    """Uploads a PNG, and then one of its sizes with metadata, of which exiftool finds nothing in what is served."""
    token = shop.api.call("POST", "/sessions", ADMIN)["access_token"]
    plain = shop.folder / "plain.jpg"
    plain.write_bytes(served(shop, added(shop, token, png(1000, 500), "image/png"))[-1])
    subprocess.run(["exiftool", "-q", "-overwrite_original", *METADATA, str(plain)], check=True)
    before = metadata(plain)
    expect({"EXIF", "XMP", "IPTC"} <= before, before)
    image = added(shop, token, plain.read_bytes(), "image/jpeg")
    expect((image["width"], image["height"]) == (500, 1000), f"it is not turned: {image}")
    sizes = served(shop, image)
    for number, size in enumerate(sizes):
        expect(len(size) < plain.stat().st_size, f"{len(size)} bytes of {plain.stat().st_size}")
        file = shop.folder / f"size-{number}.jpg"
        file.write_bytes(size)
        expect(not metadata(file), f"{image['widths'][number]}: {metadata(file)}")
    return f"{len(sizes)} sizes without metadata, of a file with {', '.join(sorted(before))}"


# Uploads a file as the reply to its announcement says. A page may not set the length.
FETCH = """
const { "content-length": length, ...headers } = given[0].headers;
const body = Uint8Array.from(atob(given[1]), (letter) => letter.charCodeAt(0));
try { return (await fetch(given[0].url, { method: given[0].method, headers, body })).status } catch (error) { return error.name }
"""


def from_a_page(shop):
    """Uploads a picture with `fetch` from a page of the shop in a browser, which a page from elsewhere may not."""
    token = shop.api.call("POST", "/sessions", ADMIN)["access_token"]
    file = png(800, 400)
    product, reply = announced(shop, token, file, "image/png")
    upload = base64.b64encode(file).decode()
    with browser(shop.folder) as window:
        window.open(shop.running.console_url + "/docs")
        elsewhere = window.run(FETCH, reply["upload"], upload)
        window.open(shop.running.url + "/categories")
        origin, here = window.run("return location.origin"), window.run(FETCH, reply["upload"], upload)
    expect((elsewhere, origin, here) == ("TypeError", shop.running.url, 200), f"{elsewhere}; at {origin}: {here}")
    image = until("the picture is at its product", lambda: shown(shop, token, product).get(reply["image_id"]))
    return f"{len(served(shop, image))} sizes; a page from elsewhere gets a {elsewhere}"


def announced(shop, token, file, content_type):
    """Announces a file. Returns its product and the reply."""
    product = shop.api.call("GET", PRODUCT)
    path = f"/admin/catalogue/products/{product['product_id']}/images"
    body = {"content_type": content_type, "bytes": len(file), "sha256": hashlib.sha256(file).hexdigest(), "alt": "By hand"}
    return product, shop.api.call("POST", path, body, token, expected=201, idempotency_key=body["sha256"])


def added(shop, token, file, content_type):
    """Uploads a picture as a browser does. Returns it, once the product has it."""
    product, reply = announced(shop, token, file, content_type)
    upload, page = reply["upload"], shop.running.url
    asked = {"origin": page, "access-control-request-method": "PUT", "access-control-request-headers": "content-type,x-amz-checksum-sha256"}
    status, headers = answer(upload["url"], "OPTIONS", asked)
    expect(status == 200 and headers["access-control-allow-origin"] == page, f"the preflight answers {status}: {headers}")
    status, headers = answer(upload["url"], upload["method"], upload["headers"] | {"origin": page}, file)
    expect(status == 200 and headers["access-control-allow-origin"] == page, f"the upload answers {status}: {headers}")
    return until("the picture is at its product", lambda: shown(shop, token, product).get(reply["image_id"]))


def shown(shop, token, product):
    """Returns the pictures of a product by their ids."""
    return {image["image_id"]: image for image in kept(shop, token, product).get("images", [])}


def kept(shop, token, product):
    """Returns a product as staff see it: customers may see it a few seconds later."""
    return shop.api.call("GET", f"/admin/catalogue/products/{product['product_id']}", token=token)["product"]


def served(shop, image):
    """Returns the sizes of a picture, from the smallest to the largest."""
    sizes = []
    for width in image["widths"]:
        with urllib.request.urlopen(shop.running.url + image["url"].replace(f"-{image['width']}.", f"-{width}.")) as size:
            expect(size.headers["cache-control"] == "public, max-age=31536000, immutable", size.headers)
            sizes.append(size.read())
    return sizes


def metadata(file):
    """Returns the groups of metadata that exiftool finds in a file, apart from what describes the picture itself."""
    found = subprocess.run(["exiftool", "-json", "-G", "-a", "-u", str(file)], check=True, capture_output=True, text=True)
    groups = {name.split(":")[0] for name in json.loads(found.stdout)[0]}
    comments = {"Comment"} if '"File:Comment"' in found.stdout else set()
    return groups - OF_PICTURES | comments


def answer(url, method, headers, body=None):
    headers = {name: value for name, value in headers.items() if name != "content-length"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method), timeout=30) as reply:
            return reply.status, reply.headers
    except urllib.error.HTTPError as reply:
        return reply.code, reply.headers


def png(width, height):
    """Draws a picture with noise, as a camera makes it."""
    noise = random.Random(7)
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    row = lambda y: b"\0" + bytes(x * 200 // width + bits for x in range(width) for bits in noise.choices(range(32), k=3))
    rows = b"".join(map(row, range(height)))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
