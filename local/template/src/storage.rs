//! Resources that store data: tables, queues, secrets; and the identities that send mail.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::error::{Problem, TemplateError};
use super::fields::{Fields, plain_text};
use super::stack::Stack;
use model::deployment::{Queue, Secret, Table};

/// Backup, encryption and protection.
const TABLE_WITHOUT_EFFECT: [&str; 12] = [
    "ContributorInsightsSpecification",
    "DeletionProtectionEnabled",
    "ImportSourceSpecification",
    "KinesisStreamSpecification",
    "OnDemandThroughput",
    "PointInTimeRecoverySpecification",
    "ResourcePolicy",
    "SSESpecification",
    "TableClass",
    "TableName",
    "Tags",
    "WarmThroughput",
];

/// The attributes that have the same names in `CreateQueue` and CloudFormation.
const QUEUE_ATTRIBUTES: [&str; 12] = [
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
];

/// The one table of a stack.
pub(super) fn only_table(stack: &Stack<'_>) -> Result<Table, TemplateError> {
    let mut tables = Vec::new();
    for (id, resource) in stack.created()? {
        if resource.kind == "AWS::DynamoDB::Table" {
            tables.push(table(stack, id, stack.properties(id, resource)?)?);
        }
    }
    match (tables.pop(), tables.len()) {
        (Some(table), 0) => Ok(table),
        (last, rest) => {
            let count = rest + usize::from(last.is_some());
            Err(stack
                .error("Resources", Problem::Invalid(format!("{count} tables; a service has exactly one"))))
        }
    }
}

/// `AWS::DynamoDB::Table`, in the form that `CreateTable` accepts.
pub(super) fn table(stack: &Stack<'_>, id: &str, mut fields: Fields<'_>) -> Result<Table, TemplateError> {
    fields.without_effect(&TABLE_WITHOUT_EFFECT);
    let name = stack.physical_name(id, "TableName")?;
    let mut create = Map::new();
    create.insert("TableName".to_owned(), Value::from(name.as_str()));
    for property in ["AttributeDefinitions", "KeySchema"] {
        let list = fields.list(property)?;
        if list.is_empty() {
            return Err(fields.error(Problem::Missing(property.to_owned())));
        }
        create.insert(property.to_owned(), Value::Array(list));
    }
    // CloudFormation's default, unlike the console's.
    let billing = fields.text("BillingMode")?.unwrap_or_else(|| "PROVISIONED".to_owned());
    create.insert("BillingMode".to_owned(), Value::from(billing));
    for property in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        let mut list = fields.list(property)?;
        list.iter_mut().for_each(whole_numbers);
        if !list.is_empty() {
            create.insert(property.to_owned(), Value::Array(list));
        }
    }
    if let Some(mut throughput) = fields.value("ProvisionedThroughput") {
        whole_numbers(&mut throughput);
        create.insert("ProvisionedThroughput".to_owned(), throughput);
    }
    if let Some(mut stream) = fields.object("StreamSpecification")? {
        let view = stream.required("StreamViewType")?;
        stream.without_effect(&["ResourcePolicy"]);
        stream.finish()?;
        create
            .insert("StreamSpecification".to_owned(), json!({"StreamEnabled": true, "StreamViewType": view}));
    }
    let ttl = ttl(&mut fields)?;
    fields.finish()?;
    Ok(Table { name, service: stack.service.clone(), create: Value::Object(create), ttl })
}

fn ttl(fields: &mut Fields<'_>) -> Result<Option<String>, TemplateError> {
    let Some(mut ttl) = fields.object("TimeToLiveSpecification")? else { return Ok(None) };
    let attribute = ttl.text("AttributeName")?;
    let enabled = ttl.flag("Enabled")?.unwrap_or(false);
    ttl.finish()?;
    Ok(attribute.filter(|_| enabled))
}

/// Converts capacity units that a parameter gave as text into numbers, as DynamoDB requires.
fn whole_numbers(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let number = inner.as_str().and_then(|text| text.parse::<i64>().ok());
                match number {
                    Some(number) if key.ends_with("CapacityUnits") => *inner = Value::from(number),
                    _ => whole_numbers(inner),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(whole_numbers),
        _ => {}
    }
}

/// `AWS::SQS::Queue`.
pub(super) fn queue(stack: &Stack<'_>, id: &str, mut fields: Fields<'_>) -> Result<Queue, TemplateError> {
    fields.without_effect(&["QueueName", "Tags"]);
    let mut attributes = BTreeMap::new();
    for name in QUEUE_ATTRIBUTES {
        if let Some(text) = fields.text(name)? {
            attributes.insert(name.to_owned(), text);
        }
    }
    if let Some(mut redrive) = fields.object("RedrivePolicy")? {
        let target = redrive.required("deadLetterTargetArn")?;
        let count = redrive.within("maxReceiveCount", 1..=1000)?;
        let count = count.ok_or_else(|| redrive.error(Problem::Missing("maxReceiveCount".to_owned())))?;
        redrive.finish()?;
        let policy = json!({"deadLetterTargetArn": target, "maxReceiveCount": count});
        attributes.insert("RedrivePolicy".to_owned(), policy.to_string());
    }
    if let Some(policy) = fields.value("RedriveAllowPolicy") {
        attributes.insert("RedriveAllowPolicy".to_owned(), policy.to_string());
    }
    fields.finish()?;
    Ok(Queue {
        name: stack.physical_name(id, "QueueName")?,
        arn: stack.queue_arn(id)?,
        url: stack.queue_url(id)?,
        attributes,
    })
}

/// `AWS::SecretsManager::Secret`.
pub(super) fn secret(stack: &Stack<'_>, id: &str, mut fields: Fields<'_>) -> Result<Secret, TemplateError> {
    fields.without_effect(&["Description", "KmsKeyId", "Name", "ReplicaRegions", "Tags"]);
    let Some(mut generate) = fields.object("GenerateSecretString")? else {
        return Err(fields
            .error(Problem::Missing("GenerateSecretString (a template never holds a secret)".to_owned())));
    };
    let mut request = Map::new();
    for name in ["ExcludeCharacters", "GenerateStringKey", "SecretStringTemplate"] {
        request.extend(generate.text(name)?.map(|text| (name.to_owned(), Value::from(text))));
    }
    for name in [
        "ExcludeLowercase",
        "ExcludeNumbers",
        "ExcludePunctuation",
        "ExcludeUppercase",
        "IncludeSpace",
        "RequireEachIncludedType",
    ] {
        request.extend(generate.flag(name)?.map(|flag| (name.to_owned(), Value::from(flag))));
    }
    request.extend(
        generate
            .within("PasswordLength", 1..=4096)?
            .map(|size| ("PasswordLength".to_owned(), Value::from(size))),
    );
    if request.contains_key("GenerateStringKey") != request.contains_key("SecretStringTemplate") {
        let problem = Problem::Invalid("GenerateStringKey and SecretStringTemplate go together".to_owned());
        return Err(generate.error(problem));
    }
    generate.finish()?;
    fields.finish()?;
    let (name, arn) = (stack.physical_name(id, "Name")?, stack.secret_arn(id)?);
    Ok(Secret { name, arn, generate: Value::Object(request) })
}

/// `AWS::SES::EmailIdentity`.
pub(super) fn identity(mut fields: Fields<'_>) -> Result<String, TemplateError> {
    fields.without_effect(&[
        "ConfigurationSetAttributes",
        "DkimAttributes",
        "DkimSigningAttributes",
        "FeedbackAttributes",
        "MailFromAttributes",
        "Tags",
    ]);
    let identity = fields.value("EmailIdentity").as_ref().and_then(plain_text);
    let identity = identity.ok_or_else(|| fields.error(Problem::Missing("EmailIdentity".to_owned())))?;
    fields.finish()?;
    Ok(identity)
}
