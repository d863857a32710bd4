//! For the services' own tests: an embedded DynamoDB with the one table that a service's template defines.

use std::path::Path;
use std::sync::Arc;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use tokio::net::TcpListener;

use crate::aws::{Endpoint, Options, Principal, Usage};
use crate::credentials::FunctionCredentials;
use model::deployment::{Bucket, Deployment, Table};
use template;

const REGION: &str = "eu-west-1";
const ACCOUNT: &str = "000000000000";

/// An in-memory table for one test.
pub struct TestTable {
    client: aws_sdk_dynamodb::Client,
    name: String,
    endpoint: Arc<Endpoint>,
}

impl TestTable {
    /// A client of the embedded DynamoDB.
    #[must_use]
    pub fn client(&self) -> &aws_sdk_dynamodb::Client {
        &self.client
    }

    /// The table's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The endpoint that serves the table; it meters consumption.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Creates a bucket, and returns its URL.
    ///
    /// # Panics
    /// If the bucket cannot be created: a test cannot continue without it.
    #[expect(clippy::expect_used, reason = "for tests: a failed setup fails the test")]
    pub async fn bucket(&self, name: &str) -> String {
        let (name, arn) = (name.to_owned(), format!("arn:aws:s3:::{name}"));
        let url = format!("{}/{name}", self.endpoint.url());
        let bucket = Bucket { name, arn, cors: Vec::new(), notifications: Vec::new() };
        let deployment = Deployment { buckets: vec![bucket], ..Deployment::default() };
        self.endpoint.provision(&deployment).await.expect("the bucket");
        url
    }

    /// Returns the usage since the last call: DynamoDB's units, and the requests of all services by action, as in
    /// `1 read, 6 written: GetItem, 2 TransactWriteItems`. For budgets, which are exact.
    #[must_use]
    pub fn used(&self) -> String {
        let reading = self.endpoint.meter().reset();
        let mut total = Usage::default();
        let mut requests = Vec::new();
        for (action, usage) in reading.by_principal.get(&Principal::Operator).into_iter().flatten() {
            total.add(usage);
            let action = action.strip_prefix("dynamodb:").unwrap_or(action);
            requests.push(match usage.calls {
                1 => action.to_owned(),
                calls => format!("{calls} {action}"),
            });
        }
        format!("{} read, {} written: {}", total.read_units, total.write_units, requests.join(", "))
    }
}

/// Creates the table that the service template at `template` defines.
///
/// # Panics
/// If the template does not define exactly one table: a test cannot continue without its table.
#[expect(clippy::expect_used, reason = "for tests: a failed setup fails the test")]
pub async fn table(template: &str) -> TestTable {
    let table = template::table_of(Path::new(template)).expect("the template describes one table");
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a loopback port");
    let credentials = Arc::new(FunctionCredentials::default());
    let endpoint = Endpoint::start(listener, credentials, Options::in_memory(REGION, ACCOUNT))
        .await
        .expect("the engines");
    let name = table.name.clone();
    // Tests choose the time, and the engine would delete by that of the machine.
    let table = Table { ttl: None, ..table };
    let deployment = Deployment { tables: vec![table], ..Deployment::default() };
    endpoint.provision(&deployment).await.expect("the table");
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new("operator", "secret", None, None, "test"))
        .endpoint_url(endpoint.url())
        .build();
    TestTable { client: aws_sdk_dynamodb::Client::from_conf(config), name, endpoint }
}
