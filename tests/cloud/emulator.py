"""Deploys the shop into an AWS emulator, stocks it, places an order, and removes it without a trace."""

import mimetypes
import pathlib
import time
from urllib.parse import urlsplit

from emulated_cloud import emulated_cloud
from ministack_gaps import adapt_policies, open_front_door, register_routes
from namespaces import end_tidily_when_terminated
from sam_deployment import SamDeployment
from shop_client import Shop, expect
from steps import step
from waiting import until

ADMIN, CUSTOMER, GUEST = "admin@bodega.example", "demo@bodega.example", "guest@bodega.example"
SITE = pathlib.Path(__file__).resolve().parents[2] / "site"
MAILS = ["Welcome to Bodega", "We have received your order", "Your order is confirmed"]
SECURITY_HEADERS = {"strict-transport-security", "content-security-policy", "x-content-type-options"}
# SAM's own stack in an account: its bucket takes the uploads, and `sam delete` does not remove it.
SAM_STACK = "aws-sam-cli-managed-default"


def main():
    end_tidily_when_terminated()
    with emulated_cloud() as cloud:
        deployment = SamDeployment(cloud, "bodega")
        with step("sam build") as report:
            deployment.build()
            report("all templates")
        with step("sam deploy") as report:
            deployment.deploy()
            report(f"{len(deployment.stacks)} stacks, {len(remains(deployment)['functions'])} functions")
        with step("gaps") as report:
            for stack in deployment.stacks:
                adapt_policies(deployment, stack)
            report(f"{sum(register_routes(deployment, stack) for stack in deployment.stacks)} routes, one front door")
            front_door = open_front_door(deployment)
        # As a request from a browser, over HTTPS: the emulator itself has no certificate.
        shop = Shop(cloud.url, {"host": front_door, "x-forwarded-proto": "https"})
        with step("stock") as report:
            report(f"{shop.stock(admin(shop, deployment))} products, by an admin")
        with step("order") as report:
            report(place_order(shop, cloud))
        with step("pages") as report:
            report(open_pages(shop, deployment))
        with step("guest") as report:
            report(buy_as_guest(shop, cloud))
        with step("refusals") as report:
            report(be_refused(shop, cloud, deployment))
        expect_no_failures(deployment)
        with step("policies") as report:
            report(remove_a_policy(shop, deployment))
        with step("sam delete") as report:
            remove_pages(deployment)
            deployment.delete()
            left = {kind: names for kind, names in remains(deployment).items() if names}
            expect(not left, f"sam delete has left {left}")
            report("nothing is left")


def admin(shop, deployment):
    """Returns an admin's token. The role is granted as in docs/runbooks/make-an-admin.md."""
    user_id = shop.register(ADMIN)
    deployment.client("dynamodb").update_item(
        TableName=deployment.services["Users"]["UsersTableName"],
        Key={"pk": {"S": f"USER#{user_id}"}, "sk": {"S": "USER"}},
        UpdateExpression="SET #roles = :roles, #version = #version + :one",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeNames={"#roles": "roles", "#version": "version"},
        ExpressionAttributeValues={":roles": {"L": [{"S": "admin"}]}, ":one": {"N": "1"}},
    )
    return shop.log_in(ADMIN)


def place_order(shop, cloud):
    """Places an order, from registration to the confirmation mail. Returns a summary."""
    shop.register(CUSTOMER)
    token = shop.log_in(CUSTOMER)
    status, catalogue, headers = shop.send("GET", "/products?limit=5")
    expect(status == 200 and catalogue["items"], f"the catalogue is empty: {status} {catalogue}")
    missing = SECURITY_HEADERS - {name.lower() for name in headers}
    expect(not missing, f"the front door does not send {missing}")
    ordered = time.monotonic()
    order_id = shop.order(token, "demo-order")
    path = f"/orders/{order_id}?expand=user"
    order = until("the order is confirmed", lambda: confirmed(shop.call("GET", path, token=token)), seconds=60)
    expect(order["user"]["email"] == CUSTOMER, f"the order does not show its customer: {order}")
    until(f"the mails {MAILS}", lambda: sorted(cloud.mails(CUSTOMER)) == sorted(MAILS), seconds=60)
    return f"{order_id} confirmed and its mails sent within {time.monotonic() - ordered:.1f} s"


def open_pages(shop, deployment):
    """Uploads the pages, as a release does, and opens one of each kind. Returns a summary."""
    bucket = site_bucket(deployment)
    files = [file for file in sorted(SITE.rglob("*")) if file.is_file()]
    for file in files:
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        deployment.client("s3").put_object(
            Bucket=bucket, Key=str(file.relative_to(SITE)), Body=file.read_bytes(), ContentType=kind
        )
    for path, document in (("/", "index.html"), ("/p/espresso-cup", "product.html"), ("/checkout", "checkout.html")):
        status, page, headers = shop.send("GET", path)
        expect(status == 200 and page == (SITE / document).read_text(), f"{path}: {status} {page[:200]}")
        expect("js.stripe.com" in headers["content-security-policy"], f"{path} has the headers of the API: {headers}")
    status, script, _ = shop.send("GET", "/assets/pages/checkout.js")
    expect(status == 200 and script == (SITE / "assets/pages/checkout.js").read_text(), f"a script: {status}")
    status, _, _ = shop.send("GET", "/no/such/page")
    expect(status == 404, f"a page that does not exist: {status}")
    return f"{len(files)} files uploaded, three pages and a script opened"


def site_bucket(deployment):
    return deployment.services["FrontDoor"]["SiteBucketName"]


def remove_pages(deployment):
    """Empties the bucket of pages: CloudFormation deletes no other."""
    s3, bucket = deployment.client("s3"), site_bucket(deployment)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": each["Key"]} for each in page.get("Contents", [])]})


def buy_as_guest(shop, cloud):
    """Buys without an account, with what the check-out's page sends. Returns a summary."""
    began = time.monotonic()
    token = shop.call("POST", "/guests", {"locale": "en"}, expected=201)["access_token"]
    order_id = shop.check_out(token, GUEST)
    path = f"/orders/{order_id}"
    order = until("the guest's order is confirmed", lambda: confirmed(shop.call("GET", path, token=token)), seconds=60)
    until("the guest's mails", lambda: sorted(cloud.mails(GUEST)) == sorted(MAILS[1:]), seconds=60)
    return f"{order['number']} confirmed and its mails sent within {time.monotonic() - began:.1f} s"


def confirmed(order):
    return order if (order["status"], order["payment_status"]) == ("confirmed", "captured") else None


def be_refused(shop, cloud, deployment):
    """Sends requests that the front door, a gateway and the authorizer refuse. Returns a summary."""
    products = Shop(cloud.url, {"host": urlsplit(deployment.services["Products"]["ApiUrl"]).netloc})
    for what, expected, asked, request in [
        ("no token", 401, shop, ("GET", "/orders")),
        ("a forged token", 401, shop, ("GET", "/orders", None, "a.b.c")),
        ("an internal path at the front door", 404, shop, ("POST", "/internal/reservations", {})),
        ("an internal path without a signature", 403, products, ("POST", "/internal/reservations", {})),
    ]:
        status, reply, _ = asked.send(*request)
        expect(status == expected, f"{what}: {status} {reply}")
    return "no token, a forged token, an internal path at the front door, an internal path without a signature"


def remove_a_policy(shop, deployment):
    """Shows that policies are enforced: without its policy, a function that worked fails. Returns a summary."""
    iam, path = deployment.client("iam"), "/products?limit=1"
    shop.call("GET", path)
    [role] = [each["RoleName"] for each in iam.list_roles()["Roles"] if "ListProducts" in each["RoleName"]]
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    shop.call("GET", path, expected=503)
    return "list-products fails once its policy is gone"


def expect_no_failures(deployment):
    """Checks that nothing is in a dead-letter queue, or in a stream's failure destination."""
    sqs = deployment.client("sqs")
    for url in sqs.list_queues()["QueueUrls"]:
        if url.endswith(("-dead-letters", "-outbox-failures")):
            asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
            waiting = asked["Attributes"]["ApproximateNumberOfMessages"]
            expect(waiting == "0", f"{waiting} messages in {url}")


def remains(deployment):
    """Returns the account's resources by kind, except SAM's own stack and bucket."""
    of = deployment.client
    functions = of("lambda").get_paginator("list_functions").paginate()
    stacks = of("cloudformation").describe_stacks()["Stacks"]
    return {
        "stacks": [each["StackName"] for each in stacks if each["StackName"] != SAM_STACK],
        "functions": [each["FunctionName"] for page in functions for each in page["Functions"]],
        "mappings": [each["UUID"] for each in of("lambda").list_event_source_mappings()["EventSourceMappings"]],
        "tables": of("dynamodb").list_tables()["TableNames"],
        "queues": of("sqs").list_queues().get("QueueUrls", []),
        "buckets": [each["Name"] for each in of("s3").list_buckets()["Buckets"] if not each["Name"].startswith(SAM_STACK)],
        "topics": [each["TopicArn"] for each in of("sns").list_topics()["Topics"]],
        "rules": [each["Name"] for each in of("events").list_rules()["Rules"]],
        "APIs": [each["ApiId"] for each in of("apigatewayv2").get_apis()["Items"]],
        "distributions": [each["Id"] for each in of("cloudfront").list_distributions()["DistributionList"].get("Items", [])],
        "log groups": [each["logGroupName"] for each in of("logs").describe_log_groups()["logGroups"]],
        "alarms": [each["AlarmName"] for each in of("cloudwatch").describe_alarms()["MetricAlarms"]],
        "dashboards": [each["DashboardName"] for each in of("cloudwatch").list_dashboards()["DashboardEntries"]],
        "secrets": [each["Name"] for each in of("secretsmanager").list_secrets()["SecretList"]],
        "identities": of("ses").list_identities()["Identities"],
        "configuration sets": [each["Name"] for each in of("ses").list_configuration_sets()["ConfigurationSets"]],
        "subscriptions": [each["SubscriptionArn"] for each in of("sns").list_subscriptions()["Subscriptions"]],
        "roles": [each["RoleName"] for each in of("iam").list_roles()["Roles"]],
        "policies": [each["PolicyName"] for each in of("iam").list_policies(Scope="Local")["Policies"]],
    }


if __name__ == "__main__":
    main()
