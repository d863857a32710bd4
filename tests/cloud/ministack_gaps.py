"""Compensates for ministack's differences from AWS by calls of the services' own APIs. docs/emulators.md lists them."""

import json

from samcli.yamlhelper import yaml_parse

from root_template import references

HTTP_METHODS = {"get", "head", "put", "post", "patch", "delete"}


class DeployedStack:
    """A stack's transformed template, with the physical ids of its resources."""

    def __init__(self, deployment, name):
        self.deployment = deployment
        cloudformation = deployment.client("cloudformation")
        body = cloudformation.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
        # A template without a transform is returned as text.
        self.template = yaml_parse(body) if isinstance(body, str) else body
        resources = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        self.ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        self.account, self.region = stack["StackId"].split(":")[4], deployment.cloud.region
        self.ids |= {each["ParameterKey"]: each["ParameterValue"] for each in stack.get("Parameters", [])}

    def of_type(self, kind):
        """Returns (id, properties) of each resource of a type."""
        resources = self.template["Resources"].items()
        return [(self.ids[name], each["Properties"]) for name, each in resources if each["Type"] == kind and name in self.ids]

    def resolved(self, value):
        """Returns the value with its references replaced by what they refer to."""
        match value:
            case {"Ref": name}:
                return self.ids[name]
            case list():
                return [self.resolved(part) for part in value]
        return value

    def function(self, uri):
        """Returns the ARN of the function that an integration's or authorizer's URI names. One name in the URI is the function's or its
        alias's."""
        [name] = {name for name in references(uri) if name in self.ids}
        found = self.ids[name]
        return found if found.startswith("arn:") else f"arn:aws:lambda:{self.region}:{self.account}:function:{found}"


def register_routes(deployment, stack_name):
    """Creates the routes of the stack's HTTP APIs, with their integrations and authorizers: ministack ignores an API's `Body`,
    where SAM's transform puts them. Returns how many."""
    stack = DeployedStack(deployment, stack_name)
    apis = stack.of_type("AWS::ApiGatewayV2::Api")
    return sum(Routes(stack, api_id, properties["Body"]).register() for api_id, properties in apis)


class Routes:
    """Creates what one HTTP API's OpenAPI document describes, as SAM's transform wrote it."""

    def __init__(self, stack, api_id, document):
        self.stack, self.api_id, self.document = stack, api_id, document
        self.gateway = stack.deployment.client("apigatewayv2")

    def register(self):
        if cors := self.document.get("x-amazon-apigateway-cors"):
            # OpenAPI's allowOrigins is AllowOrigins in the API.
            cors = {name[0].upper() + name[1:]: self.stack.resolved(value) for name, value in cors.items()}
            self.gateway.update_api(ApiId=self.api_id, CorsConfiguration=cors)
        schemes = self.document["components"]["securitySchemes"]
        self.security = {name: self.authorization(name, scheme) for name, scheme in schemes.items()}
        operations = [
            (method, path, operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
            if method in HTTP_METHODS
        ]
        for operation in operations:
            self.route(*operation)
        return len(operations)

    def authorization(self, name, scheme):
        """Returns the authorization of a route with this scheme."""
        if scheme.get("x-amazon-apigateway-authtype") == "awsSigv4":
            return {"AuthorizationType": "AWS_IAM"}
        authorizer = scheme["x-amazon-apigateway-authorizer"]
        created = self.gateway.create_authorizer(
            ApiId=self.api_id,
            Name=name,
            AuthorizerType=authorizer["type"].upper(),
            AuthorizerUri=self.invocation(authorizer["authorizerUri"]),
            AuthorizerPayloadFormatVersion=authorizer["authorizerPayloadFormatVersion"],
            AuthorizerResultTtlInSeconds=authorizer["authorizerResultTtlInSeconds"],
            EnableSimpleResponses=authorizer["enableSimpleResponses"],
            IdentitySource=authorizer["identitySource"],
        )
        return {"AuthorizationType": "CUSTOM", "AuthorizerId": created["AuthorizerId"]}

    def invocation(self, uri):
        function = self.stack.function(uri)
        return f"arn:aws:apigateway:{self.stack.region}:lambda:path/2015-03-31/functions/{function}/invocations"

    def route(self, method, path, operation):
        integration = operation["x-amazon-apigateway-integration"]
        created = self.gateway.create_integration(
            ApiId=self.api_id,
            IntegrationType=integration["type"].upper(),
            IntegrationUri=self.invocation(integration["uri"]),
            PayloadFormatVersion=integration["payloadFormatVersion"],
        )
        [scheme] = [name for requirement in operation.get("security", [{"NONE": []}]) for name in requirement]
        self.gateway.create_route(
            ApiId=self.api_id,
            RouteKey=f"{method.upper()} {path}",
            Target=f"integrations/{created['IntegrationId']}",
            **self.security.get(scheme, {"AuthorizationType": "NONE"}),
        )


def open_front_door(deployment):
    """Points the distribution's origins at the emulated APIs. Their names include a port, which cannot be part of an origin's
    name. Returns the distribution's domain name."""
    cloudfront = deployment.client("cloudfront")
    stacks = (DeployedStack(deployment, stack) for stack in deployment.stacks)
    [distribution] = [id for stack in stacks for id, _ in stack.of_type("AWS::CloudFront::Distribution")]
    found = cloudfront.get_distribution_config(Id=distribution)
    for origin in found["DistributionConfig"]["Origins"]["Items"]:
        if "CustomOriginConfig" not in origin:
            # A bucket, which is found by its name.
            continue
        host, _, port = origin["DomainName"].partition(":")
        deployment.cloud.name(host)
        origin["DomainName"] = host
        origin["CustomOriginConfig"] |= {"HTTPPort": int(port), "HTTPSPort": 443, "OriginProtocolPolicy": "http-only"}
    updated = cloudfront.update_distribution(
        Id=distribution, IfMatch=found["ETag"], DistributionConfig=found["DistributionConfig"]
    )
    return updated["Distribution"]["DomainName"]


def adapt_policies(deployment, stack_name):
    """Adapts the policies to what ministack checks. A secret's `Ref` is its name there and its ARN on AWS, and `ses:SendRawEmail` is
    checked on any resource there and on the sender's identity on AWS."""
    stack = DeployedStack(deployment, stack_name)
    secrets, iam = deployment.client("secretsmanager"), deployment.client("iam")
    arns = {each["Name"]: each["ARN"] for each in secrets.list_secrets()["SecretList"]}
    for role, _ in stack.of_type("AWS::IAM::Role"):
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            statements = document["Statement"]
            for statement in statements if isinstance(statements, list) else [statements]:
                statement["Resource"] = adapted_resources(statement, arns)
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def adapted_resources(statement, secret_arns):
    if statement["Action"] == "ses:SendRawEmail":
        return "*"
    resources = statement["Resource"]
    return [secret_arns.get(each, each) for each in ([resources] if isinstance(resources, str) else resources)]
