//! The rights that a call needs: IAM actions on resources, with the condition keys' values.
//!
//! Source: AWS's Service Authorization Reference, one page per service
//! (<https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>).
//! An unknown action needs a right to itself on all resources: no statement that names a resource grants it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::dynamodb;
use crate::aws::{Call, Service, address_of, bucket_and_key, copy_source, queue_name, sender_of};
use model::deployment::{Deployment, Table};
use model::statement::Right;

/// The parts of the deployment on which ARNs and condition keys depend.
#[derive(Debug, Clone, Default)]
pub(super) struct Resources {
    region: String,
    account: String,
    /// The partition keys of tables and their indexes.
    tables: BTreeMap<String, dynamodb::PartitionKeys>,
    /// The secrets' ARNs by name.
    secrets: BTreeMap<String, String>,
    identities: BTreeSet<String>,
}

impl Resources {
    pub(super) fn of(deployment: &Deployment, region: &str, account: &str) -> Self {
        let keys = |table: &Table| (table.name.clone(), dynamodb::PartitionKeys::of(table));
        let secrets = deployment.secrets.iter();
        Self {
            region: region.to_owned(),
            account: account.to_owned(),
            tables: deployment.tables.iter().map(keys).collect(),
            secrets: secrets.map(|secret| (secret.name.clone(), secret.arn.clone())).collect(),
            identities: deployment.identities.iter().map(|identity| identity.to_ascii_lowercase()).collect(),
        }
    }

    /// An ARN in the deployment's region and account.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }

    pub(super) fn partition_keys(&self, table: &str) -> Option<&dynamodb::PartitionKeys> {
        self.tables.get(table)
    }
}

/// Returns the rights that a call needs, all of them and at least one.
pub(super) fn of(call: &Call, resources: &Resources) -> Vec<Right> {
    let found = match &call.service {
        Service::DynamoDb => dynamodb::rights(call, resources),
        Service::Sqs => sqs(call, resources),
        Service::Ses => ses(call, resources),
        Service::S3 => object(call),
        Service::SecretsManager => secret(call, resources),
        Service::Lambda => function(call, resources),
        // Not served either.
        Service::Other(_) => None,
    };
    match found {
        Some(rights) if !rights.is_empty() => rights,
        _ => vec![Right::new(call.iam_action(), resources.arn(call.service.prefix(), "*"))],
    }
}

pub(super) fn json(call: &Call) -> Option<Value> {
    serde_json::from_slice(&call.body).ok().filter(Value::is_object)
}

/// Amazon SQS: a batch needs the right to the single action, on the queue.
fn sqs(call: &Call, resources: &Resources) -> Option<Vec<Right>> {
    let request = json(call)?;
    let action = match call.action.as_str() {
        "SendMessageBatch" => "SendMessage",
        "DeleteMessageBatch" => "DeleteMessage",
        "ChangeMessageVisibilityBatch" => "ChangeMessageVisibility",
        other => other,
    };
    let text = |name: &str| request.get(name).and_then(Value::as_str);
    let queue = match (text("QueueUrl"), text("QueueName"), text("SourceArn")) {
        (Some(url), ..) => resources.arn("sqs", queue_name(url)),
        (None, Some(name), _) => resources.arn("sqs", name),
        (None, None, Some(arn)) => arn.to_owned(),
        (None, None, None) => return None,
    };
    Some(vec![Right::new(format!("sqs:{action}"), queue)])
}

/// Amazon SES: sending, on the sender's identity: the address itself, or else its domain.
fn ses(call: &Call, resources: &Resources) -> Option<Vec<Right>> {
    if !matches!(call.action.as_str(), "SendEmail" | "SendRawEmail") {
        return None;
    }
    let form: Vec<(String, String)> = serde_urlencoded::from_bytes(&call.body).ok()?;
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let source = field("Source").or_else(|| sender_of(&BASE64.decode(field("RawMessage.Data")?).ok()?))?;
    let address = address_of(&source).to_ascii_lowercase();
    let domain = address.rsplit_once('@').map(|(_, domain)| domain.to_owned())?;
    let by_domain = !resources.identities.contains(&address) && resources.identities.contains(&domain);
    let identity = if by_domain { &domain } else { &address };
    let recipients = form.iter().filter(|(key, _)| key.starts_with("Destination"));
    let recipients = recipients.map(|(_, value)| address_of(value).to_owned()).collect();
    let right = Right::new(call.iam_action(), resources.arn("ses", &format!("identity/{identity}")));
    let mut rights = vec![right.with("ses:FromAddress", vec![address]).with("ses:Recipients", recipients)];
    rights.extend(
        field("ConfigurationSetName").map(|set| {
            Right::new(call.iam_action(), resources.arn("ses", &format!("configuration-set/{set}")))
        }),
    );
    Some(rights)
}

/// Amazon S3: on the object, or on the bucket. Some actions need the right to another. ARNs of S3 have no region and no account.
fn object(call: &Call) -> Option<Vec<Right>> {
    let (bucket, key) = bucket_and_key(&call.uri)?;
    let action = match call.action.as_str() {
        "HeadObject" => "GetObject",
        "CopyObject"
        | "CreateMultipartUpload"
        | "UploadPart"
        | "UploadPartCopy"
        | "CompleteMultipartUpload" => "PutObject",
        "DeleteObjects" => "DeleteObject",
        "HeadBucket" | "ListObjectsV2" => "ListBucket",
        "ListParts" => "ListMultipartUploadParts",
        "ListMultipartUploads" => "ListBucketMultipartUploads",
        other => other,
    };
    let resource = match (key.as_str(), call.action.as_str()) {
        // The keys are in the body: only a right to all of them is enough here.
        ("", "DeleteObjects") => format!("{bucket}/*"),
        ("", _) => bucket,
        _ => format!("{bucket}/{key}"),
    };
    let right =
        |action: &str, resource: &str| Right::new(format!("s3:{action}"), format!("arn:aws:s3:::{resource}"));
    let source =
        copy_source(&call.headers).map(|(bucket, key)| right("GetObject", &format!("{bucket}/{key}")));
    Some(std::iter::once(right(action, &resource)).chain(source).collect())
}

/// AWS Secrets Manager: on the secret, whose ARN ends in six characters that its name does not have.
fn secret(call: &Call, resources: &Resources) -> Option<Vec<Right>> {
    let request = json(call)?;
    let id = request.get("SecretId").or_else(|| request.get("Name"))?.as_str()?;
    let name = id.split(":secret:").nth(1).unwrap_or(id);
    let arn = match resources.secrets.get(name) {
        Some(arn) => arn.clone(),
        None if id.starts_with("arn:") => id.to_owned(),
        None => resources.arn("secretsmanager", &format!("secret:{id}")),
    };
    Some(vec![Right::new(call.iam_action(), arn)])
}

/// AWS Lambda: on the function, with the version or alias if the call specifies one.
fn function(call: &Call, resources: &Resources) -> Option<Vec<Right>> {
    let name = call.uri.path().split('/').nth(3).filter(|name| !name.is_empty())?;
    let name: Cow<'_, str> = percent_decode_str(name).decode_utf8().ok()?;
    let mut arn = match name.strip_prefix("arn:") {
        Some(_) => name.into_owned(),
        None => resources.arn("lambda", &format!("function:{name}")),
    };
    let query: Vec<(String, String)> =
        serde_urlencoded::from_str(call.uri.query().unwrap_or_default()).ok()?;
    if let Some((_, qualifier)) = query.into_iter().find(|(key, _)| key == "Qualifier") {
        arn = format!("{arn}:{qualifier}");
    }
    Some(vec![Right::new(call.iam_action(), arn)])
}
