//! The deployment as the laptop runs it: `template.yaml` with every parameter, reference and condition resolved.
//!
//! The crate `template` builds it. The endpoint, the Lambda host, the gateway and the event sources only read it. It
//! contains everything that the template specifies.

use std::collections::BTreeMap;
use std::time::Duration;

/// Everything one `sam deploy` would create, resolved.
#[derive(Debug, Clone, Default)]
pub struct Deployment {
    /// The functions, sorted by operation.
    pub functions: Vec<Function>,
    /// The HTTP APIs, one per service.
    pub apis: Vec<Api>,
    /// The front door's path patterns, in CloudFront's order of precedence (first match wins; the default comes last).
    pub front_door: Vec<Behavior>,
    /// The DynamoDB tables.
    pub tables: Vec<Table>,
    /// The SQS queues, dead-letter queues included.
    pub queues: Vec<Queue>,
    /// The S3 buckets.
    pub buckets: Vec<Bucket>,
    /// The Secrets Manager secrets.
    pub secrets: Vec<Secret>,
    /// The SES identities that mail may be sent from.
    pub identities: Vec<String>,
    /// The SES configuration sets, by name.
    pub configuration_sets: BTreeMap<String, ConfigurationSet>,
    /// The root template's outputs.
    pub outputs: BTreeMap<String, String>,
}

/// One Lambda function (`AWS::Serverless::Function`).
#[derive(Debug, Clone)]
pub struct Function {
    /// Its name on the laptop: its operation, `place-order`. Where several services run the same operation, the name is
    /// prefixed with the service: `orders.relay-events`.
    pub operation: String,
    /// The binary, named after the operation: `place-order` (the last part of `CodeUri`).
    pub binary: String,
    /// The service, named after the nested template's folder: `orders`.
    pub service: String,
    /// The logical id in its template: `PlaceOrderFunction`.
    pub logical_id: String,
    /// The physical name.
    pub name: String,
    /// The function's ARN.
    pub arn: String,
    /// Environment variables, globals merged in.
    pub environment: BTreeMap<String, String>,
    /// How long an invocation may run before it is killed.
    pub timeout: Duration,
    /// Memory size in MB.
    pub memory_mb: u32,
    /// `ReservedConcurrentExecutions`, where set.
    pub concurrency: Option<u32>,
    /// How often Lambda invokes it again after an asynchronous invocation failed: `MaximumRetryAttempts` of its
    /// `EventInvokeConfig`.
    pub async_retries: u32,
    /// Its event sources, except for HTTP routes (those are in [`Api::routes`]).
    pub sources: Vec<Source>,
    /// The statements of the function's policies, references resolved.
    pub policies: Vec<crate::statement::Statement>,
    /// The statements of its `PermissionsBoundary`: no policy grants what these do not allow.
    pub boundary: Option<Vec<crate::statement::Statement>>,
}

impl Function {
    /// Whether other services run the same binary.
    #[must_use]
    pub fn shares_its_binary(&self) -> bool {
        self.operation != self.binary
    }

    /// Whether this is its name or ARN. The version or alias at the end is ignored: only one exists here.
    #[must_use]
    pub fn is_called(&self, name_or_arn: &str) -> bool {
        let unqualified = name_or_arn.strip_prefix(&self.arn);
        name_or_arn == self.name || unqualified.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    }
}

/// An event source mapping or a schedule.
#[derive(Debug, Clone)]
pub enum Source {
    /// An SQS queue.
    Queue(QueueSource),
    /// A table's stream.
    Stream(StreamSource),
    /// A cron or rate schedule.
    Schedule(ScheduleSource),
}

/// An SQS event source mapping.
#[derive(Debug, Clone)]
pub struct QueueSource {
    /// The queue's ARN.
    pub queue_arn: String,
    /// Maximum number of records in one batch.
    pub batch_size: usize,
    /// How long to gather records for a batch.
    pub batching_window: Duration,
    /// `ReportBatchItemFailures`: the reply names the records that failed.
    pub partial_failures: bool,
    /// `ScalingConfig.MaximumConcurrency`.
    pub concurrency: Option<u32>,
}

/// A DynamoDB stream event source mapping.
#[derive(Debug, Clone)]
pub struct StreamSource {
    /// The table whose stream is read.
    pub table_name: String,
    /// Maximum number of records in one batch.
    pub batch_size: usize,
    /// How long to gather records for a batch.
    pub batching_window: Duration,
    /// `FilterCriteria`: EventBridge-style patterns; a record passes if any matches. Empty: all pass.
    pub filters: Vec<serde_json::Value>,
    /// `MaximumRetryAttempts`; `None` means "until the record expires".
    pub retries: Option<u32>,
    /// The age at which records that fail are no longer retried; `None` means until they expire.
    pub max_age: Option<Duration>,
    /// `BisectBatchOnFunctionError`.
    pub bisect: bool,
    /// `ReportBatchItemFailures`.
    pub partial_failures: bool,
    /// `TRIM_HORIZON` (true) or `LATEST`.
    pub from_start: bool,
    /// `ParallelizationFactor`.
    pub parallel: usize,
    /// `DestinationConfig.OnFailure`: a queue's ARN.
    pub on_failure: Option<String>,
}

/// A schedule (`Schedule` or `ScheduleV2` event).
#[derive(Debug, Clone)]
pub struct ScheduleSource {
    /// The event's logical id.
    pub name: String,
    /// `rate(1 minute)` or `cron(…)`, as written in the template.
    pub expression: String,
    /// Whether the template enables it.
    pub enabled: bool,
    /// The constant input, if the template specifies one.
    pub input: Option<serde_json::Value>,
}

/// An HTTP API (`AWS::Serverless::HttpApi`) and its routes.
#[derive(Debug, Clone)]
pub struct Api {
    /// The API id: the first label of its host name.
    pub id: String,
    /// The service it belongs to.
    pub service: String,
    /// Its address on the laptop, `http://127.0.0.1:<port>`, to which `!GetAtt Api.ApiEndpoint` resolves.
    pub endpoint: String,
    /// Its routes.
    pub routes: Vec<Route>,
    /// Its Lambda authorizers, by name.
    pub authorizers: BTreeMap<String, Authorizer>,
    /// CORS, where configured.
    pub cors: Option<Cors>,
}

/// A route of an HTTP API.
#[derive(Debug, Clone)]
pub struct Route {
    /// Upper case, or `ANY`.
    pub method: String,
    /// As written in the template: `/orders/{order_id}`.
    pub path: String,
    /// The operation that handles it.
    pub operation: String,
    /// Its authorization.
    pub auth: RouteAuth,
    /// Requests per second and burst, where configured (`RouteSettings`, otherwise the API's `DefaultRouteSettings`).
    pub throttling: Option<Throttling>,
}

/// A route's authorization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteAuth {
    /// No authorization.
    None,
    /// Signed with AWS credentials that have `execute-api:Invoke`.
    Iam,
    /// The named Lambda authorizer decides.
    Lambda(String),
}

/// A Lambda authorizer (payload 2.0, simple responses).
#[derive(Debug, Clone)]
pub struct Authorizer {
    /// The operation that decides.
    pub operation: String,
    /// Required headers, which are also the cache key.
    pub identity_headers: Vec<String>,
    /// How long a decision is cached; zero disables caching.
    pub ttl: Duration,
}

/// CORS of an HTTP API, or a rule of a bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cors {
    /// `AllowOrigins`.
    pub origins: Vec<String>,
    /// `AllowMethods`.
    pub methods: Vec<String>,
    /// `AllowHeaders`.
    pub headers: Vec<String>,
    /// `ExposeHeaders`.
    pub expose: Vec<String>,
    /// `MaxAge`, seconds.
    pub max_age: Option<u32>,
    /// `AllowCredentials`.
    pub credentials: bool,
}

/// Throttling of a route.
#[derive(Debug, Clone, Copy)]
pub struct Throttling {
    /// Tokens in the bucket.
    pub burst: u32,
    /// Tokens per second.
    pub rate: f64,
}

/// One cache behavior of the front door.
#[derive(Debug, Clone)]
pub struct Behavior {
    /// CloudFront's path pattern (`/orders*`; `*` and `?` are wildcards).
    pub pattern: String,
    /// What happens to a request for such a path.
    pub target: Target,
}

/// What the front door does with a request.
#[derive(Debug, Clone)]
pub enum Target {
    /// Forwards it to an API.
    Api(Forwarding),
    /// Answers with the object whose key is the path.
    Bucket(ServedBucket),
    /// Answers with a page's document (a CloudFront function in front of a bucket).
    Pages(Pages),
}

/// The shop's pages, in a bucket behind the front door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages {
    /// The document of each path. `*` at the end of a path is any one segment.
    pub documents: BTreeMap<String, String>,
    /// What answers all other paths.
    pub not_found: FixedReply,
    /// What answers them in a browser's window.
    pub not_found_page: FixedReply,
    /// Headers that the front door adds to every document.
    pub headers: BTreeMap<String, String>,
    /// Whether text is compressed for those who accept that.
    pub compressed: bool,
}

/// A bucket behind the front door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedBucket {
    /// The bucket's name.
    pub name: String,
    /// The patterns of the keys that its policy lets the front door read.
    pub readable: Vec<String>,
}

/// How requests are forwarded to an API.
#[derive(Debug, Clone)]
pub struct Forwarding {
    /// The API's id.
    pub api_id: String,
    /// Headers that the front door adds (`OriginCustomHeaders`). A client cannot send them.
    pub headers: Vec<(String, String)>,
    /// The query parameters that reach the API; all of them, if there is no list.
    pub query: Option<Vec<String>>,
}

/// A constant reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedReply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

/// A DynamoDB table: the `CreateTable` request body that CloudFormation would send, and its TTL.
#[derive(Debug, Clone)]
pub struct Table {
    /// The physical name.
    pub name: String,
    /// The service it belongs to.
    pub service: String,
    /// `CreateTable`'s request (JSON 1.0).
    pub create: serde_json::Value,
    /// The TTL attribute, where enabled.
    pub ttl: Option<String>,
}

/// An SQS queue: its name and the `CreateQueue` attributes.
#[derive(Debug, Clone)]
pub struct Queue {
    /// The physical name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its URL on the laptop's AWS endpoint.
    pub url: String,
    /// `VisibilityTimeout`, `RedrivePolicy` … in the form that `CreateQueue` accepts.
    pub attributes: BTreeMap<String, String>,
}

/// An S3 bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// The physical name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Which pages may use it, by rules of which the first that fits counts.
    pub cors: Vec<Cors>,
    /// What it publishes about its objects.
    pub notifications: Vec<BucketNotification>,
}

/// What a bucket publishes about its objects: a `QueueConfiguration`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketNotification {
    /// `s3:ObjectCreated:*`.
    pub event: String,
    /// What the objects' keys begin with.
    pub prefix: String,
    /// What the objects' keys end with.
    pub suffix: String,
    /// The queue's ARN.
    pub queue_arn: String,
}

/// An SES configuration set: where SES publishes what happens to the mails that are sent with it.
#[derive(Debug, Clone, Default)]
pub struct ConfigurationSet {
    /// Its event destinations.
    pub destinations: Vec<MailEventDestination>,
}

/// An event destination of a configuration set, up to the queues at which its events arrive.
#[derive(Debug, Clone)]
pub struct MailEventDestination {
    /// `MatchingEventTypes`, in lower case: `bounce`.
    pub event_types: Vec<String>,
    /// The ARNs of the queues that subscribe to its topic.
    pub queue_arns: Vec<String>,
}

/// A Secrets Manager secret.
#[derive(Debug, Clone)]
pub struct Secret {
    /// The physical name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// `GenerateSecretString` in the form that `GetRandomPassword` accepts, with `SecretStringTemplate` and
    /// `GenerateStringKey`.
    pub generate: serde_json::Value,
}
