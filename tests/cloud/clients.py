"""Uses the AWS CLI and boto3 with a running `cargo dev` as an operator uses them with AWS: reads tables, streams, queues and secrets,
sends messages and mails, moves dead letters back, and invokes functions."""

import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3
import jwt

import sample_events
from pictures import from_a_page, objects, pictures
from running_shop import ROOT, running_shop
from shop_client import Shop, expect
from waiting import until

REGION = "eu-west-1"
ACCOUNT = "123456789012"
CUSTOMER = "demo@customers.example"
STREAM = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/bodega-Orders-OrdersTable/stream/"
QUEUE = "bodega-dev-notification-requests"
DEAD_LETTERS = "bodega-dev-notification-requests-dead-letters"
MEBIBYTE = 1024 * 1024


def main():
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, running_shop(pathlib.Path(folder) / "shop.log") as running:
        shop = ShopOfAnOperator(running, pathlib.Path(folder))
        for check in (tables_and_queues, order, stream, message, dead_letter, large_message, refusals, secret, objects, pictures, from_a_page, mail, functions, access_token, rotation):
            print(f"{check.__name__.replace('_', ' ')}: {check(shop)}", flush=True)
    print(f"{time.monotonic() - began:.0f} s")


class ShopOfAnOperator:
    """A running shop with one paid order, and the clients of its AWS endpoint."""

    def __init__(self, running, folder):
        self.running, self.folder = running, folder
        self.api = Shop(running.url)
        self.user_id = self.api.register(CUSTOMER)
        token = self.api.log_in(CUSTOMER)
        self.order_id = self.api.order(token, "for-an-operator")
        confirmed = lambda: self.api.call("GET", f"/orders/{self.order_id}", token=token)["status"] == "confirmed"
        until(f"{self.order_id} is confirmed", confirmed)
        until("the customer is notified", lambda: self.received_mails() == 1)

    def client(self, service):
        """Returns boto3's client of a service. Unknown credentials belong to an operator, who may do everything."""
        return boto3.client(
            service, endpoint_url=self.running.aws_url, region_name=REGION,
            aws_access_key_id="operator", aws_secret_access_key="any",
        )

    def aws(self, *words):
        """Returns the answer of the AWS CLI."""
        command = [pathlib.Path(sys.executable).with_name("aws"), "--endpoint-url", self.running.aws_url, "--region", REGION]
        credentials = {"AWS_ACCESS_KEY_ID": "operator", "AWS_SECRET_ACCESS_KEY": "any", "HOME": str(self.folder)}
        done = subprocess.run([*command, *words, "--output", "json"], cwd=ROOT, env=credentials, capture_output=True, text=True)
        expect(done.returncode == 0, f"aws {' '.join(words)}: {done.stderr}")
        return json.loads(done.stdout or "null")

    def queue_url(self, name):
        return self.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]

    def mails(self, to):
        """Returns the subjects of the mails to an address."""
        with urllib.request.urlopen(f"{self.running.console_url}/mails?to={to}") as answer:
            return [mail["subject"] for mail in json.load(answer)]

    def event(self, event_id):
        """Returns the `order.placed` of another order of the customer: this one's would come after its confirmation."""
        body = json.loads(sample_events.event("send-notification")["Records"][0]["body"])
        order_id = event_id.replace("evt_", "ord_")
        body |= {"id": event_id, "subject": order_id}
        body["data"]["order"] |= {"order_id": order_id, "user_id": self.user_id}
        return json.dumps(body)

    def received_mails(self):
        """Returns how many mails confirmed the receipt of the order."""
        return self.mails(CUSTOMER).count("We have received your order")


def tables_and_queues(shop):
    tables = shop.aws("dynamodb", "list-tables")["TableNames"]
    queues = shop.aws("sqs", "list-queues")["QueueUrls"]
    expect(tables == shop.client("dynamodb").list_tables()["TableNames"], f"boto3 lists different tables than {tables}")
    expect(queues == shop.client("sqs").list_queues()["QueueUrls"], f"boto3 lists different queues than {queues}")
    expect("bodega-Orders-OrdersTable" in tables and shop.queue_url(QUEUE) in queues, f"{tables} {queues}")
    table = shop.aws("dynamodb", "describe-table", "--table-name", "bodega-Orders-OrdersTable")["Table"]
    expect(table["LatestStreamArn"].startswith(STREAM), table)
    return f"{len(tables)} and {len(queues)}"


def order(shop):
    key = {"pk": {"S": f"ORDER#{shop.order_id}"}, "sk": {"S": "ORDER"}}
    words = ("dynamodb", "get-item", "--table-name", "bodega-Orders-OrdersTable", "--key", json.dumps(key))
    status = shop.aws(*words)["Item"]["status"]["S"]
    expect(status == "confirmed", status)
    item = shop.client("dynamodb").get_item(TableName="bodega-Orders-OrdersTable", Key=key)["Item"]
    expect(item["user_id"]["S"] == shop.user_id, item)
    return f"{shop.order_id} is {status}"


def stream(shop):
    streams = shop.client("dynamodbstreams")
    [arn] = [stream["StreamArn"] for stream in streams.list_streams(TableName="bodega-Orders-OrdersTable")["Streams"]]
    [shard] = shop.aws("dynamodbstreams", "describe-stream", "--stream-arn", arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
    records = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    keys = [record["dynamodb"]["Keys"]["pk"]["S"] for record in records]
    expect(f"ORDER#{shop.order_id}" in keys, keys)
    expect({record["awsRegion"] for record in records} == {REGION}, records)
    return f"{len(records)} records in {shard['ShardId']}"


def message(shop):
    before, body = shop.received_mails(), shop.event("evt_01KAR8J3YT5QZ8W2N6V4C1D7F0")
    shop.aws("sqs", "send-message", "--queue-url", shop.queue_url(QUEUE), "--message-body", body)
    until("the message leads to a mail", lambda: shop.received_mails() == before + 1)
    return "sent, and answered by a mail"


def dead_letter(shop):
    before, sqs = shop.received_mails(), shop.client("sqs")
    sqs.send_message(QueueUrl=shop.queue_url(DEAD_LETTERS), MessageBody=shop.event("evt_01KAR8J3YT5QZ8W2N6V4C1D7F1"))
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{DEAD_LETTERS}"
    shop.aws("sqs", "start-message-move-task", "--source-arn", arn)
    task = lambda: sqs.list_message_move_tasks(SourceArn=arn)["Results"][0]
    until("it is moved", lambda: task()["Status"] == "COMPLETED")
    expect(task()["ApproximateNumberOfMessagesMoved"] == 1, task())
    until("the message leads to a mail", lambda: shop.received_mails() == before + 1)
    return "moved back, and answered by a mail"


def large_message(shop):
    sqs, body = shop.client("sqs"), "1" * MEBIBYTE
    url = sqs.create_queue(QueueName="large-messages")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=body)
    # boto3 checks what it sends and receives against SQS's checksum.
    [received] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    expect(received["Body"] == body, f"{len(received['Body'])} characters received")
    sqs.delete_queue(QueueUrl=url)
    return f"{len(body)} bytes sent and received"


def refusals(shop):
    sqs, url = shop.client("sqs"), shop.queue_url(QUEUE)
    refused = [
        refusal(lambda: sqs.get_queue_url(QueueName="nowhere"), sqs.exceptions.QueueDoesNotExist),
        refusal(lambda: sqs.send_message(QueueUrl=url, MessageBody="\x01"), sqs.exceptions.InvalidMessageContents),
        refusal(lambda: sqs.send_message(QueueUrl=url, MessageBody="1" * (MEBIBYTE + 1)), sqs.exceptions.ClientError),
        refusal(lambda: sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=11), sqs.exceptions.ClientError),
    ]
    return ", ".join(refused)


def refusal(call, kind):
    """Returns the code of the error that a call raises, which must be of the given kind."""
    try:
        answer = call()
    except kind as error:
        return error.response["Error"]["Code"] if hasattr(error, "response") else type(error).__name__
    raise SystemExit(f"not refused: {answer}")


def secret(shop):
    names = [secret["Name"] for secret in shop.client("secretsmanager").list_secrets()["SecretList"]]
    value = shop.aws("secretsmanager", "get-secret-value", "--secret-id", names[0])["SecretString"]
    expect(value, f"{names[0]} is empty")
    return f"{names[0]} has {len(value)} characters"


def mail(shop):
    sender = next(iter(shop.client("ses").list_identities()["Identities"]))
    sender = sender if "@" in sender else f"shop@{sender}"
    shop.aws(
        "ses", "send-email", "--from", sender, "--to", "operator@customers.example", "--subject", "A mail", "--text", "By hand.",
    )
    expect(shop.mails("operator@customers.example") == ["A mail"], shop.mails("operator@customers.example"))
    return f"sent as {sender}"


def functions(shop):
    reply = shop.folder / "reply.json"
    payload = f"fileb://{sample_events.path('get-product')}"
    answer = shop.aws("lambda", "invoke", "--function-name", "get-product", "--payload", payload, str(reply))
    expect(answer["StatusCode"] == 200 and "FunctionError" not in answer, answer)
    complaint = sample_events.complaint("get-product", json.loads(reply.read_text()))
    expect(not complaint, complaint)
    known = shop.aws("lambda", "list-functions")["Functions"]
    names = [function["FunctionName"] for function in known]
    missing = [each for each in sample_events.operations() if not any(name.endswith(f"-{each}") for name in names)]
    expect(not missing, f"{missing} are not among {names}")
    [name] = [name for name in names if name.endswith("-get-product")]
    found = shop.client("lambda").get_function(FunctionName=name)["Configuration"]
    expect(found["FunctionArn"] == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}", found)
    event = json.dumps(sample_events.event("get-product"))
    answer = shop.client("lambda").invoke(FunctionName=name, Payload=event, LogType="Tail")
    complaint = sample_events.complaint("get-product", json.load(answer["Payload"]))
    expect(not complaint and answer["LogResult"], complaint)
    return f"get-product answers its event, also as {name}; {len(known)} functions are listed"


def access_token(shop):
    """Verifies an access token as another service would: with a library that nobody here wrote, from discovery and JWKS alone."""
    token = shop.api.log_in(CUSTOMER)
    for document in ("openid-configuration", "oauth-authorization-server"):
        key = verified(shop, token, document)
        altered = token[:-10] + ("A" if token[-10] != "A" else "B") + token[-9:]
        try:
            verified(shop, altered, document)
        except jwt.InvalidSignatureError:
            continue
        raise SystemExit("an altered token is accepted")
    return f"verified by PyJWT {jwt.__version__} with the key {key}"


def verified(shop, token, document="openid-configuration"):
    """Returns the id of the key that verifies a token of the customer."""
    found = shop.api.call("GET", f"/.well-known/{document}")
    key = jwt.PyJWKClient(found["jwks_uri"]).get_signing_key_from_jwt(token)
    algorithms = found["id_token_signing_alg_values_supported"]
    claims = jwt.decode(token, key, algorithms, audience="bodega", issuer=found["issuer"])
    expect(claims["sub"] == shop.user_id, claims)
    return key.key_id


def rotation(shop):
    """Replaces the key that signs, a step at a time, and verifies tokens of both keys before, during and after, like `access_token`.
    The shop's own authorizer learns of a key within a minute, and the steps are hours apart elsewhere: the users crate tests it."""
    old = shop.api.log_in(CUSTOMER)
    first = verified(shop, old)
    expect(published(shop) == [first], published(shop))
    take_step(shop, "publish")
    expect(verified(shop, old) == first, "the key is not the one before")
    [_, second] = published(shop)
    take_step(shop, "switch")
    new = until("a token of the next key", lambda: token_of(shop, second))
    for token, key in ((old, first), (new, second)):
        expect(verified(shop, token) == key, f"{key} does not verify its token")
    expect(published(shop) == [second, first], published(shop))
    take_step(shop, "withdraw")
    expect(published(shop) == [second] and verified(shop, new) == second, published(shop))
    refused = refusal(lambda: verified(shop, old), jwt.PyJWKClientError)
    return f"{first} and then {second}; the old one ends with {refused}"


def published(shop):
    return [key["kid"] for key in shop.api.call("GET", "/.well-known/jwks.json")["keys"]]


def take_step(shop, step):
    event = sample_events.event("rotate-signing-key") | {"detail": {"step": step}}
    answer = shop.client("lambda").invoke(FunctionName="rotate-signing-key", Payload=json.dumps(event))
    expect("FunctionError" not in answer, answer["Payload"].read())


def token_of(shop, key):
    """Returns an access token that this key has signed, if one of a few that are requested at once is: a process signs with the key
    that it knows for five minutes, and a new process with the newest."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        tokens = list(pool.map(lambda _: shop.api.log_in(CUSTOMER), range(4)))
    return next((token for token in tokens if jwt.get_unverified_header(token)["kid"] == key), None)


if __name__ == "__main__":
    main()
