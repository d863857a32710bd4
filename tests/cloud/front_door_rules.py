"""The rules for the front door and its firewall. Each yields problems as text."""

import fnmatch
import json

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
MANAGED_RULES = {"AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet"}
LIMITED_PATHS = {
    "/sessions", "/sessions/second-factor", "/sessions/link", "/users", "/users/me/email", "/users/me/password", "/users/me/totp", "/users/invitations/acceptance", "/password-resets", "/users/me/erasure", "/guests", "/orders", "/cart/checkout", "/payment-methods", "/withdrawals",
}


def front_door(door, stacks):
    """Yields problems of the distribution, given the services' stacks."""
    [config] = (each["DistributionConfig"] for each in door.of("AWS::CloudFront::Distribution").values())
    default, behaviors = config["DefaultCacheBehavior"], config["CacheBehaviors"]
    buckets = {origin["Id"] for origin in config["Origins"] if "S3OriginConfig" in origin}
    if not default.get("FunctionAssociations") or default["TargetOriginId"] not in buckets:
        yield "the default behavior forwards paths that are neither a service's nor a page's"
    for behavior in behaviors:
        pattern = behavior["PathPattern"]
        if behavior["CachePolicyId"] != CACHING_DISABLED and not behavior.get("Compress"):
            yield f"{pattern}: what is cached is not compressed"
        if behavior["ViewerProtocolPolicy"] != "https-only":
            yield f"{pattern}: accepts HTTP"
    for path in (path for stack in stacks for path in paths(stack)):
        served = any(fnmatch.fnmatchcase(path, behavior["PathPattern"]) for behavior in behaviors)
        if served == path.startswith("/internal/"):
            yield f"{path}: is {'served' if served else 'not served'}"
    for origin in config["Origins"]:
        if "S3OriginConfig" in origin:
            # A bucket knows the front door by its signature.
            if not origin.get("OriginAccessControlId"):
                yield f"{origin['Id']}: requests to the bucket are not signed"
        elif [header["HeaderName"] for header in origin.get("OriginCustomHeaders", [])] != ["x-origin-verify"]:
            yield f"{origin['Id']}: is not sent the origin secret"
    for policy in door.of("AWS::CloudFront::CachePolicy").values():
        key = policy["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
        if key["HeadersConfig"]["HeaderBehavior"] != "none" or key["QueryStringsConfig"]["QueryStringBehavior"] == "all":
            yield f"anyone can miss the cache at will: {key}"


def paths(stack):
    """Returns the paths of a service's API."""
    return [path for api in stack.of("AWS::ApiGatewayV2::Api").values() for path in api["Body"]["paths"]]


def firewall(stack):
    [acl] = stack.of("AWS::WAFv2::WebACL").values()
    statements = [rule["Statement"] for rule in acl["Rules"]]
    managed = {each["ManagedRuleGroupStatement"]["Name"] for each in statements if "ManagedRuleGroupStatement" in each}
    for missing in sorted(MANAGED_RULES - managed):
        yield f"{stack.path}: has no {missing}"
    limits = json.dumps([each for each in statements if "RateBasedStatement" in each])
    for path in sorted(LIMITED_PATHS):
        if f'"SearchString": "{path}"' not in limits:
            yield f"{stack.path}: does not limit {path}"
