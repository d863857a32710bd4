//! Creates the template's tables, queues, buckets, secrets and identities. Existing ones stay unchanged.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use http::{HeaderMap, Method};
use serde_json::{Value, json};

use super::call::Service;
use super::endpoint::Endpoint;
use super::own_calls::CallError;
use super::s3::in_process;
use super::ses::verification;
use super::sqs::redrive_policy;
use model::deployment::{Bucket, Deployment, Queue, Secret, Table};

/// Why a resource of the template could not be created.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// An engine rejected it.
    #[error("{what} could not be created: {error}")]
    Refused {
        /// The table, queue or secret.
        what: String,
        /// The engine's error.
        #[source]
        error: CallError,
    },
    /// A table of an earlier run has different keys or indexes.
    #[error("the table {0:?} of an earlier run has different keys or indexes; delete the data with --fresh")]
    Changed(String),
    /// A secret's template is not an object, or lacks its key.
    #[error("the secret {0:?} has a SecretStringTemplate that is not a JSON object, or no GenerateStringKey")]
    Template(String),
    /// Messages of an earlier run could not be sent again.
    #[error("the messages of an earlier run could not be sent again: {0}")]
    Messages(#[source] std::io::Error),
}

impl Endpoint {
    /// Creates everything in the deployment that does not exist yet, then sends again the messages of an earlier run.
    ///
    /// # Errors
    /// An engine rejects a resource, or an earlier run's data does not fit.
    pub async fn provision(&self, deployment: &Deployment) -> Result<(), ProvisionError> {
        for table in &deployment.tables {
            self.make_table(table).await?;
        }
        // A queue can name only a dead-letter queue that exists.
        let (last, first): (Vec<&Queue>, Vec<&Queue>) =
            deployment.queues.iter().partition(|queue| queue.attributes.contains_key("RedrivePolicy"));
        for queue in first.into_iter().chain(last) {
            self.make_queue(queue).await?;
        }
        for secret in &deployment.secrets {
            self.make_secret(secret).await?;
        }
        self.s3.know(&deployment.buckets);
        for bucket in &deployment.buckets {
            self.make_bucket(bucket).await?;
        }
        for identity in &deployment.identities {
            self.make_identity(identity).await?;
        }
        self.ses.report_to(&deployment.configuration_sets);
        self.dynamodb.read_by(deployment);
        self.queues.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&deployment.queues);
        let sent_again = self.sqs.restore(&deployment.queues).await.map_err(ProvisionError::Messages)?;
        if sent_again > 0 {
            tracing::info!(messages = sent_again, "messages of the last run are in their queues again");
            self.activity().changed();
        }
        Ok(())
    }

    async fn make_table(&self, table: &Table) -> Result<(), ProvisionError> {
        self.dynamodb.know(&table.create);
        let refused = |error| ProvisionError::Refused { what: format!("the table {:?}", table.name), error };
        match self.call(Service::DynamoDb, "CreateTable", &table.create).await {
            Ok(_) => {}
            Err(error) if error.code == "ResourceInUseException" => {
                let name = json!({ "TableName": table.name });
                let there = self.call(Service::DynamoDb, "DescribeTable", &name).await.map_err(refused)?;
                if keys(&there["Table"]) != keys(&table.create) {
                    return Err(ProvisionError::Changed(table.name.clone()));
                }
            }
            Err(error) => return Err(refused(error)),
        }
        let Some(attribute) = &table.ttl else { return Ok(()) };
        let name = json!({ "TableName": table.name });
        let there = self.call(Service::DynamoDb, "DescribeTimeToLive", &name).await.map_err(refused)?;
        if there["TimeToLiveDescription"]["AttributeName"] == attribute.as_str() {
            return Ok(());
        }
        let request = json!({
            "TableName": table.name,
            "TimeToLiveSpecification": { "AttributeName": attribute, "Enabled": true },
        });
        self.call(Service::DynamoDb, "UpdateTimeToLive", &request).await.map(drop).map_err(refused)
    }

    async fn make_queue(&self, queue: &Queue) -> Result<(), ProvisionError> {
        let refused = |error| ProvisionError::Refused { what: format!("the queue {:?}", queue.name), error };
        let mut attributes = queue.attributes.clone();
        if let Some((dead_letters, most)) = redrive_policy(queue) {
            // A separate engine has its own ARNs.
            let request =
                json!({ "QueueUrl": self.queue_url(&dead_letters), "AttributeNames": ["QueueArn"] });
            let there = self.call(Service::Sqs, "GetQueueAttributes", &request).await.map_err(refused)?;
            let arn = there["Attributes"]["QueueArn"].as_str().unwrap_or(&dead_letters);
            let policy = json!({ "deadLetterTargetArn": arn, "maxReceiveCount": most });
            attributes.insert("RedrivePolicy".to_owned(), policy.to_string());
        }
        let request = json!({ "QueueName": queue.name, "Attributes": attributes });
        match self.call(Service::Sqs, "CreateQueue", &request).await {
            Ok(_) => Ok(()),
            // Only an engine with its own storage can have it already: its attributes are left to the engine's owner.
            Err(error)
                if error.code.contains("QueueNameExists") || error.code.contains("QueueAlreadyExists") =>
            {
                let request = json!({ "QueueName": queue.name });
                self.call(Service::Sqs, "GetQueueUrl", &request).await.map(drop).map_err(refused)
            }
            Err(error) => Err(refused(error)),
        }
    }

    async fn make_bucket(&self, bucket: &Bucket) -> Result<(), ProvisionError> {
        let path = format!("/{}", bucket.name);
        let call = |method| in_process(method, &path, HeaderMap::new());
        let Some((head, create)) = call(Method::HEAD).zip(call(Method::PUT)) else {
            return Err(refused(&bucket.name, "InvalidBucketName", "the name has no place in a URL"));
        };
        if self.s3.handle(&head).await.0.status().is_success() {
            return Ok(());
        }
        let response = self.handle(create).await;
        if response.status().is_success() {
            return Ok(());
        }
        let message = String::from_utf8_lossy(response.body());
        Err(refused(&bucket.name, response.status().as_str(), &message))
    }

    async fn make_identity(&self, identity: &str) -> Result<(), ProvisionError> {
        let call = verification(identity, self.region());
        let action = call.action.clone();
        let response = self.handle(call).await;
        if response.status().is_success() {
            return Ok(());
        }
        let message = String::from_utf8_lossy(response.body()).into_owned();
        let error = CallError { action, code: response.status().to_string(), message };
        Err(ProvisionError::Refused { what: format!("the identity {identity:?}"), error })
    }

    async fn make_secret(&self, secret: &Secret) -> Result<(), ProvisionError> {
        let refused =
            |error| ProvisionError::Refused { what: format!("the secret {:?}", secret.name), error };
        self.secrets.alias(&secret.arn, &secret.name);
        if self.secrets.holds(&secret.name) {
            return Ok(());
        }
        let mut rules = secret.generate.clone();
        let mut take = |name: &str| rules.as_object_mut().and_then(|rules| rules.remove(name));
        let (template, key) = (take("SecretStringTemplate"), take("GenerateStringKey"));
        let answer =
            self.call(Service::SecretsManager, "GetRandomPassword", &rules).await.map_err(refused)?;
        let password = answer["RandomPassword"].as_str().unwrap_or_default();
        let value =
            fill(template, key, password).ok_or_else(|| ProvisionError::Template(secret.name.clone()))?;
        let request = json!({ "Name": secret.name, "SecretString": value });
        self.call(Service::SecretsManager, "CreateSecret", &request).await.map(drop).map_err(refused)
    }
}

fn refused(bucket: &str, code: &str, message: &str) -> ProvisionError {
    let action = "CreateBucket".to_owned();
    let error = CallError { action, code: code.to_owned(), message: message.to_owned() };
    ProvisionError::Refused { what: format!("the bucket {bucket:?}"), error }
}

/// Returns the generated password alone, or the template's object with the password added as a field.
fn fill(template: Option<Value>, key: Option<Value>, password: &str) -> Option<String> {
    let Some(template) = template else { return Some(password.to_owned()) };
    let mut object: Value = serde_json::from_str(template.as_str()?).ok()?;
    object.as_object_mut()?.insert(key?.as_str()?.to_owned(), Value::from(password));
    Some(object.to_string())
}

/// The key schemas of a table and its indexes, comparable between `CreateTable` and `DescribeTable`.
fn keys(table: &Value) -> BTreeSet<String> {
    let schema = |name: &str, value: &Value| format!("{name} {}", value["KeySchema"]);
    let indexes = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"];
    let indexes = indexes.iter().filter_map(|kind| table.get(*kind)?.as_array()).flatten();
    let indexes = indexes.map(|index| schema(index["IndexName"].as_str().unwrap_or_default(), index));
    indexes.chain([schema("", table)]).collect()
}
