//! The laptop as a place to deploy to: what an AWS account and the options of `sam deploy` would supply.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use template::{ApiEndpoints, Site};

use crate::cloud::{ACCOUNT, REGION};

/// What the front door sends to the APIs. On AWS it is a secret. On a laptop everyone may know it, and the files in
/// `events/` hold it.
pub const ORIGIN_SECRET: &str = "laptop";

/// Whose account becomes the first admin of a shop in which nobody has a role.
pub const FIRST_ADMIN: &str = "first.admin@bodega.example";

/// Where the laptop's staff get mails. It is nobody's account, so that each account's mails are its own.
pub const STAFF: &str = "staff@bodega.example";

/// The addresses that the deployment refers to.
pub(crate) struct Urls {
    pub aws: String,
    pub front_door: String,
    pub payments: String,
}

pub(crate) fn site(stack_name: &str, urls: Urls, api_endpoints: ApiEndpoints) -> Site {
    let origin_secret = format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:origin-AbCdEf");
    Site {
        region: REGION.to_owned(),
        account: ACCOUNT.to_owned(),
        stack_name: stack_name.to_owned(),
        aws_endpoint: urls.aws,
        front_door_url: urls.front_door.clone(),
        api_endpoints,
        parameters: BTreeMap::from([
            ("PublicUrl".to_owned(), urls.front_door),
            ("PaymentGateway".to_owned(), "stripe".to_owned()),
            ("StripeApiUrl".to_owned(), urls.payments),
            // The laptop's payment gateway has no limit, and neither has its SES.
            ("StripeRequestsPerSecond".to_owned(), "1000000".to_owned()),
            ("MailsPerSecond".to_owned(), "1000000".to_owned()),
            ("FirstAdminEmail".to_owned(), FIRST_ADMIN.to_owned()),
            ("StaffEmail".to_owned(), STAFF.to_owned()),
            ("OriginSecretArn".to_owned(), origin_secret.clone()),
            ("OriginDigests".to_owned(), sha256(ORIGIN_SECRET)),
        ]),
        secrets: BTreeMap::from([(origin_secret, ORIGIN_SECRET.to_owned())]),
    }
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
