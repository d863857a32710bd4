//! `AWS::S3::Bucket`, and who may read it: `AWS::S3::BucketPolicy` and `AWS::CloudFront::OriginAccessControl`.

use std::collections::{BTreeMap, BTreeSet};

use super::build::{Origin, Scope};
use super::error::{Problem, TemplateError};
use super::fields::Fields;
use super::stack::Stack;
use model::deployment::{Bucket, BucketNotification, Cors, Queue, ServedBucket};

/// Encryption, protection, versions, and what is deleted when. On a laptop nothing is deleted by age.
const BUCKET_WITHOUT_EFFECT: [&str; 9] = [
    "BucketEncryption",
    "BucketName",
    "LifecycleConfiguration",
    "ObjectLockConfiguration",
    "ObjectLockEnabled",
    "OwnershipControls",
    "PublicAccessBlockConfiguration",
    "Tags",
    "VersioningConfiguration",
];

/// The methods that a rule of CORS may name.
const METHODS: [&str; 5] = ["DELETE", "GET", "HEAD", "POST", "PUT"];

/// The service that reads objects for the front door.
const FRONT_DOOR: &str = "cloudfront.amazonaws.com";

/// The parts, as they are read.
#[derive(Default)]
pub(super) struct Parts {
    buckets: Vec<(Origin, Bucket)>,
    /// The resources that policies let the front door read, by bucket.
    readable: BTreeMap<String, Vec<String>>,
    access_controls: BTreeSet<String>,
}

impl Parts {
    /// `AWS::S3::Bucket`.
    pub(super) fn read_bucket(
        &mut self,
        stack: &Stack<'_>,
        id: &str,
        mut fields: Fields<'_>,
    ) -> Result<(), TemplateError> {
        fields.without_effect(&BUCKET_WITHOUT_EFFECT);
        let origin = Origin { file: stack.file.clone(), place: fields.place().to_owned() };
        let bucket = Bucket {
            name: stack.bucket_name(id)?,
            arn: stack.bucket_arn(id)?,
            cors: cors(&mut fields)?,
            notifications: notifications(&mut fields)?,
        };
        fields.finish()?;
        self.buckets.push((origin, bucket));
        Ok(())
    }

    /// `AWS::S3::BucketPolicy`. A statement may deny what it likes, since functions get no rights here; and it may allow the front
    /// door to read objects.
    pub(super) fn read_policy(&mut self, mut fields: Fields<'_>) -> Result<(), TemplateError> {
        let bucket = fields.required("Bucket")?;
        let Some(mut document) = fields.object("PolicyDocument")? else {
            return Err(fields.error(Problem::Missing("PolicyDocument".to_owned())));
        };
        document.without_effect(&["Id", "Version"]);
        for mut statement in document.objects("Statement")? {
            if statement.required("Effect")? == "Deny" {
                drop(statement);
                continue;
            }
            statement.without_effect(&["Condition", "Sid"]);
            let mut principal = statement
                .object("Principal")?
                .ok_or_else(|| statement.error(Problem::Missing("Principal".to_owned())))?;
            principal.only("Service", &[FRONT_DOOR])?;
            principal.finish()?;
            statement.only("Action", &["s3:GetObject"])?;
            self.readable.entry(bucket.clone()).or_default().extend(statement.texts("Resource")?);
            statement.finish()?;
        }
        document.finish()?;
        fields.finish()
    }

    /// `AWS::CloudFront::OriginAccessControl`.
    pub(super) fn read_access_control(
        &mut self,
        id: String,
        mut fields: Fields<'_>,
    ) -> Result<(), TemplateError> {
        let Some(mut config) = fields.object("OriginAccessControlConfig")? else {
            return Err(fields.error(Problem::Missing("OriginAccessControlConfig".to_owned())));
        };
        config.without_effect(&["Description", "Name"]);
        config.only("OriginAccessControlOriginType", &["s3"])?;
        config.only("SigningBehavior", &["always"])?;
        config.only("SigningProtocol", &["sigv4"])?;
        config.finish()?;
        fields.finish()?;
        self.access_controls.insert(id);
        Ok(())
    }

    /// Replaces the buckets' addresses on AWS by those on a laptop, where a bucket is a path of the one endpoint.
    pub(super) fn with_addresses(&self, text: &str, endpoint: &str) -> String {
        let on_laptop = |word: &str| {
            let domain = word.strip_prefix("https://")?;
            let (_, bucket) = self.buckets.iter().find(|(_, bucket)| is_at(domain, bucket))?;
            Some(format!("{}/{}/", endpoint.trim_end_matches('/'), bucket.name))
        };
        let words = text.split(' ').map(|word| {
            let (source, end) = word.strip_suffix(';').map_or((word, ""), |source| (source, ";"));
            on_laptop(source).map_or_else(|| word.to_owned(), |address| address + end)
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// Returns the bucket behind an origin of the front door, if it is a bucket's.
    pub(super) fn behind(
        &self,
        domain: &str,
        access_control: Option<&str>,
    ) -> Result<Option<ServedBucket>, Problem> {
        let Some((_, bucket)) = self.buckets.iter().find(|(_, bucket)| is_at(domain, bucket)) else {
            return Ok(None);
        };
        let id = access_control.ok_or_else(|| Problem::Missing("OriginAccessControlId".to_owned()))?;
        if !self.access_controls.contains(id) {
            let known = self.access_controls.iter().map(String::as_str);
            return Err(Problem::unknown("the origin access control", id, known));
        }
        let prefix = format!("{}/", bucket.arn);
        let resources = self.readable.get(&bucket.name).into_iter().flatten();
        let readable: Vec<String> =
            resources.filter_map(|arn| Some(arn.strip_prefix(&prefix)?.to_owned())).collect();
        if readable.is_empty() {
            let why = format!("{} has no policy that lets {FRONT_DOOR} read objects", bucket.name);
            return Err(Problem::Invalid(why));
        }
        Ok(Some(ServedBucket { name: bucket.name.clone(), readable }))
    }

    /// Checks that the buckets' events arrive, and returns the buckets.
    pub(super) fn link(
        self,
        queues: &[Queue],
        opened: &BTreeSet<String>,
        scope: Scope,
    ) -> Result<Vec<Bucket>, TemplateError> {
        for (origin, bucket) in &self.buckets {
            for BucketNotification { queue_arn, .. } in &bucket.notifications {
                let queue = queue_arn.rsplit(':').next().unwrap_or_default();
                if scope == Scope::Whole && !queues.iter().any(|known| known.arn == *queue_arn) {
                    let known = queues.iter().map(|queue| queue.arn.as_str());
                    return Err(origin.error(Problem::unknown("the queue", queue_arn, known)));
                }
                if !opened.iter().any(|url| url.ends_with(&format!("/{queue}"))) {
                    let why = format!("{queue} has no policy, so no event about an object reaches it");
                    return Err(origin.error(Problem::Invalid(why)));
                }
            }
        }
        Ok(self.buckets.into_iter().map(|(_, bucket)| bucket).collect())
    }
}

/// Whether a bucket has this domain name on AWS.
fn is_at(domain: &str, bucket: &Bucket) -> bool {
    domain.strip_prefix(&*bucket.name).is_some_and(|rest| rest.starts_with(".s3."))
}

fn cors(fields: &mut Fields<'_>) -> Result<Vec<Cors>, TemplateError> {
    let Some(mut config) = fields.object("CorsConfiguration")? else { return Ok(Vec::new()) };
    let mut rules = Vec::new();
    for mut rule in config.objects("CorsRules")? {
        rule.without_effect(&["Id"]);
        let methods = rule.texts("AllowedMethods")?;
        if let Some(unknown) = methods.iter().find(|method| !METHODS.contains(&method.as_str())) {
            return Err(rule.error_at("AllowedMethods", Problem::unknown("the method", unknown, METHODS)));
        }
        rules.push(Cors {
            origins: rule.texts("AllowedOrigins")?,
            methods,
            headers: rule.texts("AllowedHeaders")?,
            expose: rule.texts("ExposedHeaders")?,
            max_age: rule.within("MaxAge", 0..=86_400)?,
            credentials: false,
        });
        rule.finish()?;
    }
    config.finish()?;
    Ok(rules)
}

fn notifications(fields: &mut Fields<'_>) -> Result<Vec<BucketNotification>, TemplateError> {
    let Some(mut config) = fields.object("NotificationConfiguration")? else { return Ok(Vec::new()) };
    let mut notifications = Vec::new();
    for mut queue in config.objects("QueueConfigurations")? {
        let event = queue.required("Event")?;
        if !event.starts_with("s3:ObjectCreated:") {
            let why = format!("{event:?} is not published here; use s3:ObjectCreated:*");
            return Err(queue.error_at("Event", Problem::Unsupported(why)));
        }
        let queue_arn = queue.required("Queue")?;
        let (mut prefix, mut suffix) = (String::new(), String::new());
        if let Some(mut filter) = queue.object("Filter")? {
            if let Some(mut key) = filter.object("S3Key")? {
                for mut rule in key.objects("Rules")? {
                    let (name, value) = (rule.required("Name")?, rule.required("Value")?);
                    match name.as_str() {
                        "prefix" => prefix = value,
                        "suffix" => suffix = value,
                        other => {
                            let problem = Problem::unknown("the rule", other, ["prefix", "suffix"]);
                            return Err(rule.error_at("Name", problem));
                        }
                    }
                    rule.finish()?;
                }
                key.finish()?;
            }
            filter.finish()?;
        }
        queue.finish()?;
        notifications.push(BucketNotification { event, prefix, suffix, queue_arn });
    }
    config.finish()?;
    Ok(notifications)
}
