//! SES (API version 1): the embedded engine, or one behind a URL. Either way the mailbox keeps the sent mail.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use mail_parser::MessageParser;
use reqwest::Url;
use rustack_ses_core::config::SesConfig;
use rustack_ses_core::handler::RustackSesHandler;
use rustack_ses_core::provider::RustackSes;
use rustack_ses_http::dispatch::dispatch_operation;
use rustack_ses_http::response::error_to_response;
use rustack_ses_model::operations::SesOperation;
use serde_json::Value;

use super::call::{Call, Service};
use super::forward::Forward;
use super::mail_events::{Publication, Reports};
use super::mailbox::{Mail, Mailbox, address_of};
use super::response::{Response, collect, xml_error};
use super::sqs::in_process;
use super::{Options, StartError};
use model::deployment::ConfigurationSet;

/// SES.
#[derive(Debug)]
pub(super) struct Ses {
    backend: Backend,
    mailbox: Mailbox,
    /// The domains and addresses allowed as senders. The engine's own check does not support display names.
    identities: Mutex<BTreeSet<String>>,
    reports: Reports,
}

#[derive(Debug)]
enum Backend {
    Embedded { handler: RustackSesHandler, engine: Arc<RustackSes> },
    External(Forward),
}

impl Ses {
    pub(super) fn embedded(options: &Options, mailbox: Mailbox) -> Self {
        let config = SesConfig {
            default_region: options.region.clone(),
            default_account_id: options.account.clone(),
            ..SesConfig::default()
        };
        let engine = Arc::new(RustackSes::new(config));
        let handler = RustackSesHandler::new(Arc::clone(&engine));
        Self {
            backend: Backend::Embedded { handler, engine },
            mailbox,
            identities: Mutex::default(),
            reports: Reports::default(),
        }
    }

    pub(super) fn external(url: Url, options: &Options, mailbox: Mailbox) -> Result<Self, StartError> {
        let forward = Forward::to(url, options).map_err(StartError::Client)?;
        Ok(Self {
            backend: Backend::External(forward),
            mailbox,
            identities: Mutex::default(),
            reports: Reports::default(),
        })
    }

    /// Allows a domain or an address as sender.
    fn verify(&self, identity: &str) {
        let mut identities = self.identities.lock().unwrap_or_else(PoisonError::into_inner);
        identities.insert(identity.to_ascii_lowercase());
    }

    /// Reports what happens to mails to these configuration sets' destinations.
    pub(super) fn report_to(&self, sets: &BTreeMap<String, ConfigurationSet>) {
        self.reports.to(sets);
    }

    /// Answers a call. Returns what SES then publishes about the mail that was sent.
    pub(super) async fn handle(&self, call: &Call) -> (Response, Vec<Publication>) {
        let form = Form::read(&call.body);
        let sends = matches!(call.action.as_str(), "SendEmail" | "SendRawEmail");
        let set = form.get("ConfigurationSetName");
        if sends && let Some(refusal) = self.refuse_source(&form).or_else(|| self.reports.refuse(set)) {
            return (refusal, Vec::new());
        }
        if call.action.starts_with("Verify") {
            form.get("EmailAddress").or_else(|| form.get("Domain")).inspect(|identity| self.verify(identity));
        }
        let response = match &self.backend {
            Backend::Embedded { handler, .. } => embedded(handler, call).await,
            Backend::External(forward) => forward.pass(call, call.body.clone()).await,
        };
        if sends && response.status().is_success() {
            let mail = form.mail(message_id(response.body()));
            let publications = set.map(|set| self.reports.about(&mail, set)).unwrap_or_default();
            // The engine would keep its own copy of every mail, without limit.
            if let Backend::Embedded { engine, .. } = &self.backend {
                engine.email_store().remove(&mail.message_id);
            }
            if let Err(error) = self.mailbox.put(mail) {
                tracing::error!(%error, "the mail cannot be saved");
                let message = "the mail cannot be saved";
                let failure = xml_error(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", message);
                return (failure, Vec::new());
            }
            return (response, publications);
        }
        (response, Vec::new())
    }

    fn refuse_source(&self, form: &Form) -> Option<Response> {
        let source = form.source().unwrap_or_default();
        let address = address_of(&source).to_ascii_lowercase();
        let domain = address.split_once('@').map_or("", |(_, domain)| domain);
        let identities = self.identities.lock().unwrap_or_else(PoisonError::into_inner);
        if identities.contains(&address) || identities.contains(domain) {
            return None;
        }
        let message =
            format!("Email address is not verified. The following identities failed the check: {source}");
        Some(xml_error(StatusCode::BAD_REQUEST, "MessageRejected", &message))
    }
}

async fn embedded(handler: &RustackSesHandler, call: &Call) -> Response {
    let Some(operation) = SesOperation::from_name(&call.action) else {
        let message =
            format!("The embedded SES does not support {} (it implements API version 1)", call.action);
        return xml_error(StatusCode::BAD_REQUEST, "InvalidAction", &message);
    };
    match dispatch_operation(handler, operation, call.body.clone()).await {
        Ok(response) => collect(response).await,
        Err(error) => collect(error_to_response(&error, &uuid::Uuid::new_v4().to_string())).await,
    }
}

/// The call that creates an identity for a domain or an address.
pub(super) fn verification(identity: &str, region: &str) -> Call {
    let (action, field) = if identity.contains('@') {
        ("VerifyEmailIdentity", "EmailAddress")
    } else {
        ("VerifyDomainIdentity", "Domain")
    };
    let mut call = in_process(Service::Ses, action, &Value::Null, region);
    call.headers.remove("x-amz-target");
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    call.headers.insert(header::CONTENT_TYPE, form);
    let fields = [("Action", action), ("Version", "2010-12-01"), (field, identity)];
    call.body = serde_urlencoded::to_string(fields).unwrap_or_default().into();
    call
}

/// A Query protocol request.
struct Form(Vec<(String, String)>);

impl Form {
    fn read(body: &[u8]) -> Self {
        Self(serde_urlencoded::from_bytes(body).unwrap_or_default())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn list(&self, prefix: &str) -> impl Iterator<Item = String> {
        self.0.iter().filter(move |(key, _)| key.starts_with(prefix)).map(|(_, value)| value.clone())
    }

    fn mail(&self, message_id: String) -> Mail {
        let owned = |name: &str| self.get(name).map(str::to_owned);
        let mail = Mail {
            message_id,
            from: self.source().unwrap_or_default(),
            to: self.list("Destination.").chain(self.list("Destinations.member.")).collect(),
            subject: owned("Message.Subject.Data").unwrap_or_default(),
            html: owned("Message.Body.Html.Data"),
            text: owned("Message.Body.Text.Data"),
            headers: BTreeMap::new(),
            mime: None,
            tags: self.tags(),
            sent_at: Timestamp::now(),
        };
        match self.raw() {
            Some(raw) => as_read(&raw, mail),
            None => mail,
        }
    }

    fn raw(&self) -> Option<Vec<u8>> {
        BASE64.decode(self.get("RawMessage.Data")?).ok()
    }

    /// The sender: the field, or the `From` of a raw message.
    fn source(&self) -> Option<String> {
        let named = self.get("Source").map(str::to_owned);
        named.or_else(|| sender_of(&self.raw()?))
    }

    fn tags(&self) -> BTreeMap<String, String> {
        let names = self.0.iter().filter_map(|(key, name)| {
            let tag = key.strip_prefix("Tags.member.")?.strip_suffix(".Name")?;
            Some((name.clone(), self.get(&format!("Tags.member.{tag}.Value"))?.to_owned()))
        });
        names.collect()
    }
}

/// Fills a mail with what its recipient's program reads in the raw message.
fn as_read(raw: &[u8], mail: Mail) -> Mail {
    let Some(read) = MessageParser::default().parse(raw) else { return mail };
    let mut headers = BTreeMap::new();
    for (name, value) in read.headers_raw() {
        headers.insert(name.to_owned(), value.trim().to_owned());
    }
    Mail {
        subject: read.subject().unwrap_or_default().to_owned(),
        html: read.body_html(0).map(Cow::into_owned),
        text: read.body_text(0).map(Cow::into_owned),
        headers,
        mime: Some(String::from_utf8_lossy(raw).into_owned()),
        ..mail
    }
}

/// Returns the address in a raw message's `From` header.
pub(crate) fn sender_of(raw: &[u8]) -> Option<String> {
    let read = MessageParser::default().parse_headers(raw)?;
    Some(read.from()?.first()?.address()?.to_owned())
}

fn message_id(xml: &[u8]) -> String {
    let xml = String::from_utf8_lossy(xml);
    let id = xml.split_once("<MessageId>").and_then(|(_, rest)| rest.split_once("</MessageId>"));
    id.map(|(id, _)| id.to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_engine_keeps_no_copy_of_a_sent_mail() {
        let options = Options::in_memory("eu-west-1", "123456789012");
        let mailbox = Mailbox::open(None, 10).unwrap();
        let ses = Ses::embedded(&options, mailbox.clone());
        assert!(ses.handle(&verification("bodega.example", "eu-west-1")).await.0.status().is_success());
        let mut send = verification("bodega.example", "eu-west-1");
        "SendEmail".clone_into(&mut send.action);
        let fields = [
            ("Action", "SendEmail"),
            ("Source", "shop@bodega.example"),
            ("Destination.ToAddresses.member.1", "ada@example.com"),
            ("Message.Subject.Data", "Hello"),
            ("Message.Body.Text.Data", "Hi"),
        ];
        send.body = serde_urlencoded::to_string(fields).unwrap().into();
        assert!(ses.handle(&send).await.0.status().is_success());
        assert_eq!(mailbox.to("ada@example.com").len(), 1);
        let Backend::Embedded { engine, .. } = &ses.backend else { unreachable!() };
        assert_eq!((engine.email_store().total_sent(), engine.email_store().count()), (1, 0));
    }
}
