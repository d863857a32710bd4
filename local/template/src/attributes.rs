//! The values of `Ref` and `Fn::GetAtt` for each resource type, according to AWS's reference.

use serde_json::Value;

use super::accepted;
use super::error::{Problem, TemplateError};
use super::stack::Stack;
use model::STREAM_LABEL;

impl Stack<'_> {
    /// `Ref`: a pseudo parameter, a parameter or a resource. `None` is `AWS::NoValue`.
    pub(super) fn reference(&self, place: &str, name: &str) -> Result<Option<Value>, TemplateError> {
        if let Some(value) = self.parameter(name) {
            return Ok(Some(value.clone()));
        }
        if name.starts_with("AWS::") {
            return self.pseudo(place, name);
        }
        if let Some(arn) = self.sams_own(place, name)? {
            return Ok(Some(Value::String(arn)));
        }
        let resource = self.resource(place, name)?;
        let text = match resource.kind.as_str() {
            "AWS::Serverless::Function" => self.physical_name(name, "FunctionName")?,
            "AWS::Serverless::HttpApi" => self.api_id(),
            "AWS::Serverless::Application" => {
                self.arn("cloudformation", &format!("stack/{}-{name}/local", self.name))
            }
            "AWS::DynamoDB::Table" => self.physical_name(name, "TableName")?,
            "AWS::SQS::Queue" => self.queue_url(name)?,
            "AWS::S3::Bucket" => self.bucket_name(name)?,
            "AWS::SecretsManager::Secret" => self.secret_arn(name)?,
            "AWS::SES::EmailIdentity" => self.property(name, "EmailIdentity")?.unwrap_or_default(),
            "AWS::CloudFront::Distribution" => format!("{}-{name}", self.name),
            kind => accepted::reference(self, place, name, kind)?,
        };
        Ok(Some(Value::String(text)))
    }

    /// `Fn::GetAtt`.
    pub(super) fn attribute(&self, place: &str, id: &str, attribute: &str) -> Result<String, TemplateError> {
        if !self.document.resources.contains_key(id)
            && attribute == "Arn"
            && let Some(arn) = self.sams_own(place, id)?
        {
            return Ok(arn);
        }
        let resource = self.resource(place, id)?;
        let unknown = |known: &[&str]| {
            let problem = Problem::unknown("the attribute", attribute, known.iter().copied());
            Err(self.error(format!("{place} ({id})"), problem))
        };
        match (resource.kind.as_str(), attribute) {
            ("AWS::Serverless::Function", "Arn") => self.function_arn(id),
            ("AWS::Serverless::HttpApi", "ApiEndpoint") => self.api_endpoint(place),
            ("AWS::Serverless::HttpApi", "ApiId") => Ok(self.api_id()),
            ("AWS::Serverless::Application", name) => match name.strip_prefix("Outputs.") {
                Some(output) => {
                    let value = self.nested(id)?.output(output)?;
                    value.ok_or_else(|| {
                        self.error(place, Problem::Invalid(format!("the output {output:?} does not exist")))
                    })
                }
                None => unknown(&["Outputs"]),
            },
            ("AWS::DynamoDB::Table", "Arn") => self.table_arn(id),
            // The label is fixed: readers of the stream identify it by its table.
            ("AWS::DynamoDB::Table", "StreamArn") => {
                Ok(format!("{}/stream/{STREAM_LABEL}", self.table_arn(id)?))
            }
            ("AWS::SQS::Queue", "Arn") => self.queue_arn(id),
            ("AWS::SQS::Queue", "QueueName") => self.physical_name(id, "QueueName"),
            ("AWS::SQS::Queue", "QueueUrl") => self.queue_url(id),
            ("AWS::S3::Bucket", "Arn") => self.bucket_arn(id),
            ("AWS::S3::Bucket", "DomainName") => Ok(format!("{}.s3.amazonaws.com", self.bucket_name(id)?)),
            ("AWS::S3::Bucket", "RegionalDomainName") => {
                Ok(format!("{}.s3.{}.amazonaws.com", self.bucket_name(id)?, self.site.region))
            }
            ("AWS::SecretsManager::Secret", "Id") => self.secret_arn(id),
            ("AWS::CloudFront::Distribution", "DomainName") => {
                Ok(authority(&self.site.front_door_url).to_owned())
            }
            ("AWS::CloudFront::Distribution", "Id") => Ok(format!("{}-{id}", self.name)),
            ("AWS::SES::EmailIdentity", name) if name.starts_with("DkimDNSToken") => {
                Ok(format!("{}.local", name.to_ascii_lowercase()))
            }
            (kind, name) => match accepted::attribute(self, id, kind, name) {
                Some(value) => Ok(value),
                None => unknown(attributes_of(kind)),
            },
        }
    }

    fn pseudo(&self, place: &str, name: &str) -> Result<Option<Value>, TemplateError> {
        let text = match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::AccountId" => self.site.account.clone(),
            "AWS::Region" => self.site.region.clone(),
            "AWS::Partition" => "aws".to_owned(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            "AWS::StackName" => self.name.clone(),
            "AWS::StackId" => self.arn("cloudformation", &format!("stack/{}/local", self.name)),
            "AWS::NotificationARNs" => return Ok(Some(Value::Array(Vec::new()))),
            other => {
                let known =
                    ["AWS::AccountId", "AWS::Region", "AWS::Partition", "AWS::StackName", "AWS::NoValue"];
                return Err(self.error(place, Problem::unknown("the pseudo parameter", other, known)));
            }
        };
        Ok(Some(Value::String(text)))
    }

    /// Resources that SAM derives from a function: `FRole`, `F.Version`, `F.Alias`, `FAlias<name>`.
    fn sams_own(&self, place: &str, name: &str) -> Result<Option<String>, TemplateError> {
        if self.document.resources.contains_key(name) {
            return Ok(None);
        }
        let is_function = |id: &str| {
            self.document
                .resources
                .get(id)
                .is_some_and(|resource| resource.kind == "AWS::Serverless::Function")
        };
        if let Some(id) = name.strip_suffix("Role").filter(|id| is_function(id)) {
            let function = self.physical_name(id, "FunctionName")?;
            return Ok(Some(format!("arn:aws:iam::{}:role/{function}", self.site.account)));
        }
        if let Some((id, part)) = name.split_once('.').filter(|(id, _)| is_function(id)) {
            let qualifier = match part {
                "Version" => "1".to_owned(),
                "Alias" => self.property(id, "AutoPublishAlias")?.ok_or_else(|| {
                    self.error(place, Problem::Invalid(format!("{id} has no AutoPublishAlias")))
                })?,
                other => {
                    return Err(self.error(place, Problem::unknown("the part", other, ["Version", "Alias"])));
                }
            };
            return Ok(Some(format!("{}:{qualifier}", self.function_arn(id)?)));
        }
        if let Some((id, alias)) = name.split_once("Alias").filter(|(id, _)| is_function(id)) {
            return Ok(Some(format!("{}:{alias}", self.function_arn(id)?)));
        }
        Ok(None)
    }

    /// An ARN in this deployment's region and account.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.site.region, self.site.account)
    }

    pub(super) fn function_arn(&self, id: &str) -> Result<String, TemplateError> {
        Ok(self.arn("lambda", &format!("function:{}", self.physical_name(id, "FunctionName")?)))
    }

    /// There is one API per service, so the service's name serves as its id.
    pub(super) fn api_id(&self) -> String {
        self.service.clone()
    }

    pub(super) fn api_endpoint(&self, place: &str) -> Result<String, TemplateError> {
        (self.site.api_endpoints)(&self.service).ok_or_else(|| {
            self.error(
                place,
                Problem::Invalid(format!("no address is reserved for the API of {:?}", self.service)),
            )
        })
    }

    pub(super) fn table_arn(&self, id: &str) -> Result<String, TemplateError> {
        Ok(self.arn("dynamodb", &format!("table/{}", self.physical_name(id, "TableName")?)))
    }

    pub(super) fn queue_arn(&self, id: &str) -> Result<String, TemplateError> {
        Ok(self.arn("sqs", &self.physical_name(id, "QueueName")?))
    }

    pub(super) fn queue_url(&self, id: &str) -> Result<String, TemplateError> {
        let name = self.physical_name(id, "QueueName")?;
        Ok(format!("{}/{}/{name}", self.site.aws_endpoint.trim_end_matches('/'), self.site.account))
    }

    /// A bucket's name has no capital letters: CloudFormation derives it from the stack's and the resource's in lower case.
    pub(super) fn bucket_name(&self, id: &str) -> Result<String, TemplateError> {
        Ok(self.physical_name(id, "BucketName")?.to_ascii_lowercase())
    }

    /// ARNs of S3 have no region and no account.
    pub(super) fn bucket_arn(&self, id: &str) -> Result<String, TemplateError> {
        Ok(format!("arn:aws:s3:::{}", self.bucket_name(id)?))
    }

    pub(super) fn secret_arn(&self, id: &str) -> Result<String, TemplateError> {
        Ok(self.arn("secretsmanager", &format!("secret:{}-AbCdEf", self.physical_name(id, "Name")?)))
    }
}

/// `http://127.0.0.1:3000/` → `127.0.0.1:3000`.
pub(super) fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

fn attributes_of(kind: &str) -> &'static [&'static str] {
    match kind {
        "AWS::Serverless::Function" => &["Arn"],
        "AWS::Serverless::HttpApi" => &["ApiEndpoint", "ApiId"],
        "AWS::DynamoDB::Table" => &["Arn", "StreamArn"],
        "AWS::SQS::Queue" => &["Arn", "QueueName", "QueueUrl"],
        "AWS::S3::Bucket" => &["Arn", "DomainName", "RegionalDomainName"],
        "AWS::SecretsManager::Secret" => &["Id"],
        "AWS::CloudFront::Distribution" => &["DomainName", "Id"],
        _ => &["Arn"],
    }
}
