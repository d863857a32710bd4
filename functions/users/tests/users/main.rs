//! Tests of the users operations, in process, with an embedded table.

#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

mod accounts;
mod addresses;
mod audit;
mod budgets;
mod erasure;
mod guests;
mod keys;
mod mailed;
mod password_resets;
mod second_factor;
mod sessions;
mod staff;

use std::collections::HashMap;
use std::sync::Mutex;

use aws_sdk_secretsmanager::config::{BehaviorVersion, Credentials, Region};
use domain::words::id::{SessionId, UserId};
use domain::words::person::Email;
use edge::{Anyone, Call, NoBody, Problem, Reply, SignedIn};
use engines::aws::Service as Aws;
use engines::testing::{TestTable, table};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use store::Table;
use users::accounts::confirm_email::FirstAdmin;
use users::accounts::profile::Profile;
use users::accounts::register_user;
use users::keys::authorize_request::Authorizer;
use users::keys::secret::Secret;
use users::keys::signing_secret::SigningSecret;
use users::links::Links;
use users::second_factor::totp::TotpSecrets;
use users::sessions::access_token::RolesNeed;
use users::sessions::tokens::{SignIns, TokenIssuer};
use users::store::Users;

const ISSUER: &str = "https://bodega.example";

const SECRET: &str = "a secret that is as long as one of the template's own";

/// The user service with its own table.
struct Service {
    users: Users,
    links: Links,
    first_admin: FirstAdmin,
    /// The sessions of admins.
    admins: Mutex<HashMap<UserId, SignedIn>>,
    totp: TotpSecrets,
    signing_secret: SigningSecret,
    tokens: TokenIssuer,
    authorizer: Authorizer,
    table: TestTable,
}

impl Service {
    async fn start() -> Self {
        let table = table(concat!(env!("CARGO_MANIFEST_DIR"), "/template.yaml")).await;
        let users = Users::new(Table::new(table.client().clone(), table.name()));
        let signing_secret = signing_secret(&table).await;
        let tokens = TokenIssuer::new(signing_secret.clone(), ISSUER, RolesNeed::SecondFactor).await.unwrap();
        users.publish_first(&tokens.at(now()).await.public, 0, now()).await.unwrap();
        Self {
            links: Links::derive(&SECRET.into(), ISSUER).unwrap(),
            first_admin: FirstAdmin(None),
            admins: Mutex::default(),
            totp: SecretString::from(SECRET).into(),
            authorizer: Authorizer::new(users.clone(), ISSUER),
            signing_secret,
            tokens,
            users,
            table,
        }
    }

    fn sign_ins(&self) -> SignIns {
        SignIns { tokens: self.tokens.clone(), users: self.users.clone() }
    }

    async fn register(&self, body: Value) -> Result<Reply<()>, Problem> {
        register_user(self.users.clone(), public(body)).await
    }

    async fn ada(&self) -> Profile {
        self.register(ada()).await.unwrap();
        self.user("ada@example.com").await
    }

    async fn user(&self, email: &str) -> Profile {
        let credential = self.users.credential(&Email::try_new(email).unwrap()).await.unwrap().unwrap();
        self.users.get(credential.value.user_id).await.unwrap().unwrap().value.into()
    }

    /// Makes a user an admin as an operator would: `docs/runbooks/make-an-admin.md`.
    async fn make_admin(&self, user_id: UserId) {
        use aws_sdk_dynamodb::types::AttributeValue::{L, N, S};
        self.table
            .client()
            .update_item()
            .table_name(self.table.name())
            .key("pk", S(format!("USER#{user_id}")))
            .key("sk", S("USER".to_owned()))
            .update_expression(
                "SET #roles = :roles, #version = #version + :one, gsi1pk = :staff, gsi1sk = :user",
            )
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#roles", "roles")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":roles", L(vec![S("admin".to_owned())]))
            .expression_attribute_values(":one", N("1".to_owned()))
            .expression_attribute_values(":staff", S("STAFF".to_owned()))
            .expression_attribute_values(":user", S(user_id.to_string()))
            .send()
            .await
            .unwrap();
    }

    fn users_table(&self) -> Table {
        Table::new(self.table.client().clone(), self.table.name())
    }

    /// Returns every row as text.
    async fn rows(&self) -> Vec<String> {
        let scanned = self.table.client().scan().table_name(self.table.name()).send().await.unwrap();
        scanned.items().iter().map(|item| format!("{item:?}")).collect()
    }

    async fn rows_of(&self, kind: &str) -> usize {
        let marked = format!("\"row\": S(\"{kind}\")");
        self.rows().await.iter().filter(|row| row.contains(&marked)).count()
    }
}

/// Creates the signing secret as the template does.
async fn signing_secret(table: &TestTable) -> SigningSecret {
    let request = json!({ "Name": "SigningSecret", "SecretString": SECRET });
    table.endpoint().call(Aws::SecretsManager, "CreateSecret", &request).await.unwrap();
    let config = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("operator", "secret", None, None, "test"))
        .endpoint_url(table.endpoint().url());
    let client = aws_sdk_secretsmanager::Client::from_conf(config.build());
    SigningSecret::at(Secret::new(client, "SigningSecret"))
}

fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

fn ada() -> Value {
    json!({ "email": "Ada@Example.com", "name": "Ada Lovelace", "password": "the analytical engine" })
}

fn read<T: DeserializeOwned>(body: Value) -> T {
    serde_json::from_value(body).unwrap()
}

fn public<T: DeserializeOwned>(body: Value) -> Call<T, Anyone> {
    public_at(now(), body)
}

fn public_at<T: DeserializeOwned>(now: Timestamp, body: Value) -> Call<T, Anyone> {
    Call::new(Anyone, read(body), now)
}

fn signed_in(user_id: UserId) -> SignedIn {
    SignedIn {
        user_id,
        session_id: SessionId::from_parts(0, 1),
        roles: Vec::new(),
        is_guest: false,
        merges: None,
    }
}

fn code<T: std::fmt::Debug>(answer: Result<Reply<T>, Problem>) -> String {
    let problem = answer.unwrap_err();
    format!("{} {}", problem.status().as_u16(), problem.code())
}

/// Returns in how many seconds the client is asked to try again, which only the reply shows otherwise.
fn retry_after(problem: &Problem) -> Option<u64> {
    let shown = format!("{problem:?}");
    let (_, seconds) = shown.split_once("retry_after: Some(")?;
    seconds.split_once(')')?.0.parse().ok()
}

fn of(caller: SignedIn, user_id: impl ToString) -> Call<NoBody> {
    Call::new(caller, NoBody, now()).with_path("user_id", user_id)
}
