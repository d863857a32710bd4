//! The shop under test.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dev::binaries;
use dev::seed;
use domain::events::{Envelope, Queue};
use domain::words::capture::CaptureMode;
use engines::aws::{Mail, Service};
use futures::{StreamExt, stream};
use jiff::Timestamp;
use runtime::cloud::{Cloud, MAILS, Options, Ports};
use runtime::host::{self, LogLine, LogSink};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::contract::exchange::{self, Sent};
use crate::customer::{Customer, Reply};
use crate::engines::Engines;

/// Far longer than anything takes, on any machine; reached only when something hangs.
const DEADLINE: Duration = Duration::from_secs(60);

/// The processes of each function, unless a test needs more.
const PROCESSES: u32 = 4;

/// The password of the customers that tests register.
pub(crate) const PASSWORD: &str = "a password of eight or more";

/// A running shop.
pub struct Shop {
    cloud: Option<Cloud>,
    client: reqwest::Client,
    expected_dead_letters: Vec<&'static str>,
    log: Arc<Mutex<Vec<LogLine>>>,
    /// Texts that must not appear in the log.
    secrets: Mutex<Vec<String>>,
}

impl Shop {
    /// Opens a shop with the seeded accounts and catalogue.
    pub async fn open() -> Self {
        let shop = Self::unstocked().await;
        seed::seed(shop.cloud()).await.expect("the shop is seeded");
        shop
    }

    /// Opens a shop for fault injection, with enough stock of everything. The first line of an order is in shards, the other in one row.
    pub async fn open_for_faults() -> Self {
        Self::open_for_faults_with(CaptureMode::Automatic).await
    }

    /// The same, of a shop that captures money in this mode.
    pub async fn open_for_faults_with(capture: CaptureMode) -> Self {
        let shop = Self::open().await;
        let admin = shop.admin().await;
        if capture.is_on_shipment() {
            admin.capture_on_shipment().await;
        }
        let delivery = json!({ "delta": 10_000, "reason": "enough for all" });
        for row in shop.rows("products", "stock").await {
            let path = format!("/stock/{}/adjustments", row["sku"]["S"].as_str().expect("a SKU"));
            let adjusted = admin.post(&path, &path, &delivery).await;
            assert!(adjusted.status < 300, "{adjusted:?}");
        }
        admin.spread("CUP-BLUE", 4).await;
        shop.settle().await;
        shop
    }

    /// Opens a shop without accounts or a catalogue. The first call of a test run builds the binaries.
    pub async fn unstocked() -> Self {
        Self::over(None, PROCESSES).await
    }

    /// Opens a shop over the data that an earlier run left in this folder.
    pub async fn reopened(data: &Path) -> Self {
        Self::over(Some(data.to_owned()), PROCESSES).await
    }

    /// Opens a shop with the seeded accounts and catalogue, and up to this many processes of each function.
    pub async fn with_processes(processes: u32) -> Self {
        let shop = Self::over(None, processes).await;
        seed::seed(shop.cloud()).await.expect("the shop is seeded");
        shop
    }

    /// Opens a shop for many orders, with the seeded accounts, catalogue and terms. It keeps no log, and the newest mails alone.
    pub async fn for_trade() -> Self {
        let shop = Self::logging((None, PROCESSES, MAILS), (host::silent(), Arc::default())).await;
        seed::seed(shop.cloud()).await.expect("the shop is seeded");
        seed::set_terms(shop.cloud().url()).await.expect("the terms are set");
        shop.cloud().send_webhooks();
        shop
    }

    async fn over(data: Option<PathBuf>, processes: u32) -> Self {
        let log: Arc<Mutex<Vec<LogLine>>> = Arc::default();
        let lines = Arc::clone(&log);
        let keep = Arc::new(move |line| lines.lock().unwrap_or_else(PoisonError::into_inner).push(line));
        Self::logging((data, processes, usize::MAX), (keep, log)).await
    }

    /// Opens a shop that keeps so many mails, and whose functions log to a sink, which may fill `log`.
    async fn logging(
        (data, processes, mails): (Option<PathBuf>, u32, usize),
        (sink, log): (LogSink, Arc<Mutex<Vec<LogLine>>>),
    ) -> Self {
        let engines = Engines::named();
        let options = Options {
            root: root().to_owned(),
            stack_name: engines.stack_name(),
            binaries: binaries().await,
            data,
            mails,
            ports: Ports::default(),
            dynamodb_endpoint: engines.dynamodb,
            sqs_endpoint: engines.sqs,
            ses_endpoint: None,
            stripe_endpoint: None,
            lambda_endpoint: None,
            schedules: false,
            concurrency: processes,
            redelivery: runtime::sources::Redelivery::Backoff,
            log: sink,
        };
        let cloud = Cloud::start(options).await.expect("the cloud starts");
        Self {
            cloud: Some(cloud),
            client: reqwest::Client::new(),
            expected_dead_letters: Vec::new(),
            log,
            secrets: Mutex::default(),
        }
    }

    /// Returns the cloud that the shop runs in.
    pub fn cloud(&self) -> &Cloud {
        self.cloud.as_ref().expect("the shop is open")
    }

    /// Returns the URL of a path at the front door.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.cloud().url())
    }

    /// Sends a request. The request and its reply must conform to the API reference.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        self.try_send(request).await.expect("the front door answers")
    }

    /// Sends a request that may get no reply.
    pub(crate) async fn try_send(&self, request: reqwest::RequestBuilder) -> Result<Reply, reqwest::Error> {
        let request = request.build()?;
        let sent = Sent::of(&request);
        let reply = Reply::of(self.client.execute(request).await?).await;
        if let Err(difference) = exchange::check(&sent, &reply) {
            panic!("does not conform to docs/api/openapi.json: {difference}");
        }
        if reply.status >= 500 {
            self.print_log_of(&reply);
        }
        Ok(reply)
    }

    /// Prints what functions have logged of a request. `cargo test` shows it if the test fails.
    fn print_log_of(&self, reply: &Reply) {
        let Some(id) = reply.body["request_id"].as_str() else { return };
        let log = self.log();
        let lines = log.iter().filter(|line| line.line.contains(id));
        lines.for_each(|line| println!("{}: {}", line.operation, line.line));
    }

    /// Returns the HTTP client.
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// Registers a customer and signs them in.
    pub async fn customer(&self, name: &str) -> Customer<'_> {
        self.customer_at(&format!("{}@customers.example", name.to_lowercase().replace(' ', ".")), name).await
    }

    /// Registers a customer with this address and signs them in.
    pub async fn customer_at(&self, email: &str, name: &str) -> Customer<'_> {
        let body = json!({ "email": email, "name": name, "password": PASSWORD });
        let registered = self.send(self.client.post(self.at("/users")).json(&body)).await;
        assert_eq!(registered.status, 202, "{registered:?}");
        self.signed_in(email, PASSWORD).await
    }

    /// Starts the session of a guest who reads English.
    pub async fn guest(&self) -> Customer<'_> {
        self.guest_reading("en").await
    }

    /// Starts the session of a guest who reads this language. A guest has no address yet.
    pub async fn guest_reading(&self, locale: &str) -> Customer<'_> {
        let request = self.client.post(self.at("/guests")).json(&json!({ "locale": locale }));
        let session = self.send(request).await;
        assert_eq!(session.status, 201, "{session:?}");
        let guest = Customer::new(self, "", &session.body);
        for secret in [&guest.token, &guest.refresh_token] {
            self.keep_secret(secret);
        }
        guest
    }

    /// Registers customers and signs them in.
    pub async fn customers(&self, count: usize) -> Vec<Customer<'_>> {
        let customers =
            stream::iter(0..count).map(async |number| self.customer(&format!("Customer {number}")).await);
        // An engine that answers one call at a time lets functions abandon the others.
        let concurrency = if Engines::named().are_shared() { 1 } else { 8 };
        customers.buffered(concurrency).collect().await
    }

    /// Signs in the seeded admin.
    pub async fn admin(&self) -> Customer<'_> {
        self.signed_in(seed::ADMIN.email, seed::ADMIN.password).await
    }

    /// Signs in a customer who has an account.
    pub async fn signed_in(&self, email: &str, password: &str) -> Customer<'_> {
        let body = json!({ "email": email, "password": password });
        let session = self.send(self.client.post(self.at("/sessions")).json(&body)).await;
        assert_eq!(session.status, 200, "{session:?}");
        let customer = Customer::new(self, email, &session.body);
        for secret in [email, password, &customer.token, &customer.refresh_token] {
            self.keep_secret(secret);
        }
        customer
    }

    /// Answers the password of an account with a second factor. Returns the reply to the code.
    pub async fn complete_log_in(&self, email: &str, password: &str, code: &str) -> Reply {
        let challenge = self.challenge(email, password).await;
        let body = json!({ "challenge": challenge, "code": code });
        self.send(self.client.post(self.at("/sessions/second-factor")).json(&body)).await
    }

    /// Returns the challenge that the password of an account with a second factor is answered with.
    pub async fn challenge(&self, email: &str, password: &str) -> String {
        let body = json!({ "email": email, "password": password });
        let reply = self.send(self.client.post(self.at("/sessions")).json(&body)).await;
        assert_eq!(reply.status, 202, "{reply:?}");
        let challenge = reply.body["challenge"].as_str().expect("a challenge").to_owned();
        if let Some((_, secret)) = challenge.split_once('.') {
            self.keep_secret(secret);
        }
        challenge
    }

    /// Declares a text that must never be logged. Customers' credentials are declared automatically.
    pub fn keep_secret(&self, secret: &str) {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).push(secret.to_owned());
    }

    /// Returns what functions and their host have logged so far.
    pub fn log(&self) -> Vec<LogLine> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the values of a metric that a function has published so far, oldest first.
    pub fn measured(&self, operation: &str, metric: &str) -> Vec<u64> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = log.iter().filter(|line| line.operation == operation);
        lines.filter_map(|line| serde_json::from_str::<Value>(&line.line).ok()?[metric].as_u64()).collect()
    }

    fn assert_no_secrets_logged(&self) {
        for mail in self.cloud().endpoint().mailbox().all() {
            let token = mail.text.as_deref().and_then(|text| token_in(text, ""));
            // The id in front of the dot is no secret.
            if let Some((_, secret)) = token.as_deref().and_then(|token| token.split_once('.')) {
                self.keep_secret(secret);
            }
        }
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        for line in log.iter() {
            for secret in secrets.iter() {
                assert!(
                    !line.line.contains(secret),
                    "{} has logged {secret:?}: {}",
                    line.operation,
                    line.line
                );
            }
        }
    }

    /// Runs a schedule once, as of `time`.
    pub async fn run_schedule(&self, operation: &str, time: Timestamp) {
        let answer = self.cloud().sources().trigger(operation, time).await.expect("the schedule runs");
        assert_eq!(answer.function_error, None, "{operation}: {}", String::from_utf8_lossy(&answer.payload));
    }

    /// Waits until nothing is left to do.
    pub async fn settle(&self) {
        if let Err(busy) = self.cloud().sources().idle(DEADLINE).await {
            panic!("the shop does not come to rest: {busy}");
        }
    }

    /// Returns the mails to an address, oldest first.
    pub fn mails(&self, to: &str) -> Vec<Mail> {
        self.cloud().endpoint().mailbox().to(to)
    }

    /// Returns the subjects of the mails to an address, oldest first.
    pub fn subjects(&self, to: &str) -> Vec<String> {
        self.mails(to).into_iter().map(|mail| mail.subject).collect()
    }

    /// Returns the token of the newest link to a page that was mailed to an address.
    pub fn link_token(&self, to: &str, page: &str) -> String {
        let mut mails = self.mails(to).into_iter().rev();
        let token = mails.find_map(|mail| token_in(mail.text.as_deref()?, page));
        token.unwrap_or_else(|| panic!("no link to {page} was mailed to {to}"))
    }

    /// Sends an event to a queue, as a relay does.
    ///
    /// # Panics
    /// If the shop has no such queue, or it does not accept the message.
    pub async fn send_event(&self, queue: Queue, event: &Envelope) {
        let endpoint = self.cloud().endpoint();
        let mut queues = self.cloud().deployment().queues.iter();
        let queue = queues.find(|deployed| deployed.name.ends_with(queue.name())).expect("the queue");
        let body = serde_json::to_string(event).expect("an event is JSON");
        let request = json!({ "QueueUrl": endpoint.queue_url(&queue.name), "MessageBody": body });
        endpoint.call(Service::Sqs, "SendMessage", &request).await.expect("the message is accepted");
    }

    /// Returns the rows of one kind (`row`) in a service's table, as DynamoDB's JSON.
    pub async fn rows(&self, service: &str, kind: &str) -> Vec<Value> {
        let only = json!({
            "FilterExpression": "#row = :kind",
            "ExpressionAttributeNames": { "#row": "row" },
            "ExpressionAttributeValues": { ":kind": { "S": kind } },
        });
        let mut rows = Vec::new();
        self.scan(service, only, |row| rows.push(row)).await;
        rows
    }

    /// Passes on every row of a service's table with its kind (`row`), as DynamoDB's JSON. No more than a page is in memory.
    pub(crate) async fn each_row(&self, service: &str, mut take: impl FnMut(&str, Value)) {
        self.scan(service, json!({}), |row| {
            let kind = row["row"]["S"].as_str().unwrap_or_default().to_owned();
            take(&kind, row);
        })
        .await;
    }

    /// Reads a service's table page by page. Only tests scan. No operation of the shop does.
    async fn scan(&self, service: &str, mut request: Value, mut take: impl FnMut(Value)) {
        let mut tables = self.cloud().deployment().tables.iter();
        let table = tables.find(|table| table.service == service).expect("the service has a table");
        request["TableName"] = table.name.as_str().into();
        loop {
            let page = self.cloud().endpoint().call(Service::DynamoDb, "Scan", &request).await;
            let mut page = page.expect("the table is read");
            if let Value::Array(items) = page["Items"].take() {
                items.into_iter().for_each(&mut take);
            }
            match page["LastEvaluatedKey"].take() {
                Value::Null => return,
                last => request["ExclusiveStartKey"] = last,
            }
        }
    }

    /// Returns the full name of the queue whose name has this ending.
    pub fn queue(&self, ending: &str) -> String {
        let mut queues = self.cloud().deployment().queues.iter();
        queues.find(|queue| queue.name.ends_with(ending)).expect("the queue exists").name.clone()
    }

    /// Declares that messages are expected in the dead-letter queue whose name has this ending.
    pub fn expect_dead_letters(&mut self, queue: &'static str) {
        self.expected_dead_letters.push(queue);
    }

    /// Closes the shop once it is at rest. Fails if an event or a message is left, or if a secret was logged.
    pub async fn close(self) {
        self.settle().await;
        self.assert_no_secrets_logged();
        for service in ["users", "products", "orders", "payments"] {
            let left = self.rows(service, "outbox").await;
            assert!(left.is_empty(), "events in the outbox of {service}: {left:#?}");
        }
        let depths = self.cloud().endpoint().queue_depths().await.expect("the queues are counted");
        for depth in depths {
            let expected = self.expected_dead_letters.iter().any(|name| depth.name.ends_with(name));
            assert!(depth.total() == 0 || expected, "{} messages in {}", depth.total(), depth.name);
        }
        self.abandon().await;
    }

    /// Closes the shop without checks, for tests that have checked themselves what is left.
    pub async fn abandon(mut self) {
        if let Some(cloud) = self.cloud.take() {
            Engines::named().leave(&cloud).await;
            cloud.shutdown().await;
        }
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // Closing checks what a test leaves behind, so a test that passes must have closed its shop.
        assert!(self.cloud.is_none() || std::thread::panicking(), "the test did not close its shop");
    }
}

/// Returns the folder with every binary of the repository. The first call builds them.
pub async fn binaries() -> PathBuf {
    static BINARIES: OnceCell<PathBuf> = OnceCell::const_new();
    let build = || async { binaries::build(root()).await.expect("the functions build") };
    BINARIES.get_or_init(build).await.clone()
}

/// Returns the root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the repository")
}

/// Returns the token of the link to a page in a mail's text.
pub(crate) fn token_in(text: &str, page: &str) -> Option<String> {
    let (_, token) = text.split_once(&format!("{page}#token="))?;
    token.split_whitespace().next().map(str::to_owned)
}
