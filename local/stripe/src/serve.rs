//! Translates HTTP requests into operations on the books, and their results into responses.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use super::Shared;
use super::books::{Done, Entry};
use super::error::Error;
use super::form::Form;
use super::ids::id;
use super::keys::Kept;
use super::{disputes, page, payouts, set_up};
use engines::faults::{Broken, no_answer};

/// Larger than any request to this API.
pub(super) const MAX_BODY: usize = 1024 * 1024;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    // The pages are a browser's, and the rest the shop's.
    let page = axum::routing::get(page::show).post(page::answer);
    let decide = axum::routing::post(disputes::decide);
    let set_up = axum::routing::get(set_up::show).post(set_up::answer);
    Router::new()
        .route(&format!("{}/{{id}}", page::PATH), page)
        .route(&format!("{}/{{id}}", set_up::PATH), set_up)
        .route(disputes::PATH, axum::routing::get(disputes::show))
        .route(&format!("{}/{{id}}", disputes::PATH), decide)
        .route(payouts::PATH, axum::routing::get(payouts::show).post(payouts::pay_out))
        .fallback(serve)
        .with_state(shared)
}

/// One of the API's requests.
#[derive(Debug, Clone)]
pub(super) enum Action {
    CreateIntent,
    RetrieveIntent(String),
    UpdateIntent(String),
    ConfirmIntent(String),
    CaptureIntent(String),
    CancelIntent(String),
    CreateRefund,
    RetrieveRefund(String),
    ListRefunds,
    RetrieveDispute(String),
    ListDisputes,
    AnswerDispute(String),
    CloseDispute(String),
    ListPayouts,
    ListBalanceTransactions,
    CreateCustomer,
    DeleteCustomer(String),
    ListMethods(String),
    FindMethod(String, String),
    AttachMethod(String),
    DetachMethod(String),
    CreateSetUp,
}

/// A parsed request.
#[derive(Debug, Clone)]
struct Ask {
    action: Action,
    form: Form,
    key: Option<String>,
    /// The fingerprint that a repeated idempotency key is compared with.
    request: String,
}

/// A response ready to send; `None` breaks the connection.
pub(super) struct Answer {
    response: Option<(StatusCode, Value)>,
    replayed: bool,
}

impl Action {
    pub(super) fn of(method: &Method, path: &str) -> Result<Self, Error> {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (method.as_str(), parts.as_slice()) {
            ("POST", ["v1", "payment_intents"]) => Ok(Self::CreateIntent),
            ("GET", ["v1", "payment_intents", id]) => Ok(Self::RetrieveIntent((*id).to_owned())),
            ("POST", ["v1", "payment_intents", id]) => Ok(Self::UpdateIntent((*id).to_owned())),
            ("POST", ["v1", "payment_intents", id, "confirm"]) => Ok(Self::ConfirmIntent((*id).to_owned())),
            ("POST", ["v1", "payment_intents", id, "capture"]) => Ok(Self::CaptureIntent((*id).to_owned())),
            ("POST", ["v1", "payment_intents", id, "cancel"]) => Ok(Self::CancelIntent((*id).to_owned())),
            ("POST", ["v1", "refunds"]) => Ok(Self::CreateRefund),
            ("GET", ["v1", "refunds"]) => Ok(Self::ListRefunds),
            ("GET", ["v1", "refunds", id]) => Ok(Self::RetrieveRefund((*id).to_owned())),
            ("GET", ["v1", "disputes"]) => Ok(Self::ListDisputes),
            ("GET", ["v1", "disputes", id]) => Ok(Self::RetrieveDispute((*id).to_owned())),
            ("POST", ["v1", "disputes", id]) => Ok(Self::AnswerDispute((*id).to_owned())),
            ("POST", ["v1", "disputes", id, "close"]) => Ok(Self::CloseDispute((*id).to_owned())),
            ("GET", ["v1", "payouts"]) => Ok(Self::ListPayouts),
            ("GET", ["v1", "balance_transactions"]) => Ok(Self::ListBalanceTransactions),
            ("POST", ["v1", "customers"]) => Ok(Self::CreateCustomer),
            ("DELETE", ["v1", "customers", id]) => Ok(Self::DeleteCustomer((*id).to_owned())),
            ("GET", ["v1", "customers", id, "payment_methods"]) => Ok(Self::ListMethods((*id).to_owned())),
            ("GET", ["v1", "customers", customer, "payment_methods", id]) => {
                Ok(Self::FindMethod((*customer).to_owned(), (*id).to_owned()))
            }
            ("POST", ["v1", "payment_methods", id, "attach"]) => Ok(Self::AttachMethod((*id).to_owned())),
            ("POST", ["v1", "payment_methods", id, "detach"]) => Ok(Self::DetachMethod((*id).to_owned())),
            ("POST", ["v1", "setup_intents"]) => Ok(Self::CreateSetUp),
            (method, _) => Err(Error::no_such_url(method, path)),
        }
    }

    /// The action name that faults use.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::CreateIntent => "stripe:CreatePaymentIntent",
            Self::RetrieveIntent(_) => "stripe:RetrievePaymentIntent",
            Self::UpdateIntent(_) => "stripe:UpdatePaymentIntent",
            Self::ConfirmIntent(_) => "stripe:ConfirmPaymentIntent",
            Self::CaptureIntent(_) => "stripe:CapturePaymentIntent",
            Self::CancelIntent(_) => "stripe:CancelPaymentIntent",
            Self::CreateRefund => "stripe:CreateRefund",
            Self::RetrieveRefund(_) => "stripe:RetrieveRefund",
            Self::ListRefunds => "stripe:ListRefunds",
            Self::RetrieveDispute(_) => "stripe:RetrieveDispute",
            Self::ListDisputes => "stripe:ListDisputes",
            Self::AnswerDispute(_) => "stripe:UpdateDispute",
            Self::CloseDispute(_) => "stripe:CloseDispute",
            Self::ListPayouts => "stripe:ListPayouts",
            Self::ListBalanceTransactions => "stripe:ListBalanceTransactions",
            Self::CreateCustomer => "stripe:CreateCustomer",
            Self::DeleteCustomer(_) => "stripe:DeleteCustomer",
            Self::ListMethods(_) => "stripe:ListPaymentMethods",
            Self::FindMethod(..) => "stripe:RetrievePaymentMethod",
            Self::AttachMethod(_) => "stripe:AttachPaymentMethod",
            Self::DetachMethod(_) => "stripe:DetachPaymentMethod",
            Self::CreateSetUp => "stripe:CreateSetupIntent",
        }
    }
}

async fn serve(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else { return no_answer() };
    // A GET has its parameters in the query.
    let body = if parts.method == Method::GET {
        Bytes::from(parts.uri.query().unwrap_or_default().to_owned())
    } else {
        body
    };
    let ask = match read(&parts.method, parts.uri.path(), &parts.headers, &body) {
        Ok(ask) => ask,
        Err(error) => return respond(Answer::error(&error)),
    };
    // A request that is rejected for its rate has no effect, and its key stays unused.
    if shared.limit.get().is_some_and(|limit| limit.check().is_err()) {
        return respond(Answer::error(&Error::too_many_requests()));
    }
    let (faults, name) = (shared.faults.clone(), ask.action.name());
    let work = {
        let (shared, ask) = (Arc::clone(&shared), ask.clone());
        async move { shared.answer(ask).await }
    };
    let answered = match caller(&parts.headers) {
        Some(function) => faults.around(&function, name, work).await,
        None => faults.to_its_end(work).await,
    };
    match answered {
        Ok(answer) => respond(answer),
        Err(Broken::Lost) => no_answer(),
        Err(Broken::Failed) => respond(shared.fail(&ask)),
        Err(Broken::Throttled | Broken::Conflict) => respond(Answer::error(&Error::too_many_requests())),
    }
}

fn read(method: &Method, path: &str, headers: &HeaderMap, body: &Bytes) -> Result<Ask, Error> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let key = text(AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
    if key.is_none_or(|key| key.trim().is_empty()) {
        return Err(Error::unauthorized());
    }
    let action = Action::of(method, path)?;
    let form = Form::parse(body)?;
    let request = format!("{method} {path} {}", form.fingerprint());
    let key = text("idempotency-key").filter(|_| *method == Method::POST).map(str::to_owned);
    Ok(Ask { action, form, key, request })
}

/// The operation, from `Bodega/0.1.0 (process-payment)`.
pub(super) fn caller(headers: &HeaderMap) -> Option<String> {
    let agent = headers.get(USER_AGENT)?.to_str().ok()?.strip_prefix("Bodega/")?;
    let (_, operation) = agent.split_once(" (")?;
    Some(operation.strip_suffix(')')?.to_owned())
}

impl Shared {
    /// Answers a request with the response stored for its idempotency key, or else from the books.
    async fn answer(&self, ask: Ask) -> Answer {
        let now = self.clock.now();
        if let Some(key) = &ask.key {
            match self.state().books.begin(key, &ask.request, now) {
                Ok(None) => {}
                Ok(Some(kept)) => return Answer::kept(kept),
                Err(error) => return Answer::error(&error),
            }
        }
        // Other requests may arrive between taking the key and using it, as at Stripe.
        tokio::task::yield_now().await;
        let answer = self.carry_out(&ask, now);
        if let Some(key) = &ask.key {
            self.state().books.release(key);
        }
        answer
    }

    fn carry_out(&self, ask: &Ask, now: Timestamp) -> Answer {
        let mut state = self.state();
        let books = &state.books;
        let form = ask.form.clone();
        let carried_out = match &ask.action {
            Action::CreateIntent => books.create_intent(form, now),
            Action::UpdateIntent(id) => books.update(id, form),
            Action::ConfirmIntent(id) => books.confirm(id, form, &self.url, now),
            Action::CaptureIntent(id) => books.capture(id, form, now),
            Action::CancelIntent(id) => books.cancel(id, form, now),
            Action::CreateRefund => books.create_refund(form, now),
            Action::AnswerDispute(id) => books.answer_dispute(id, form, now),
            Action::CloseDispute(id) => books.close_dispute(id, form, now),
            Action::RetrieveDispute(id) => books.dispute(id, form).map(seen),
            Action::ListDisputes => books.list_disputes(form).map(seen),
            Action::ListPayouts => books.list_payouts(form, now),
            Action::ListBalanceTransactions => books.list_balance_transactions(form).map(seen),
            Action::CreateCustomer => books.create_customer(form, now),
            Action::DeleteCustomer(id) => books.delete_customer(id),
            Action::AttachMethod(id) => books.attach(id, form, now),
            Action::DetachMethod(id) => books.detach(id, form),
            Action::CreateSetUp => books.create_set_up(form, &self.url, now),
            Action::RetrieveIntent(id) => books.intent(id, form, now).map(seen),
            Action::ListRefunds => books.refunds(form).map(seen),
            Action::RetrieveRefund(id) => books.refund(id).map(seen),
            Action::ListMethods(customer) => books.list_methods(customer, form).map(seen),
            Action::FindMethod(customer, id) => books.find_method(customer, id).map(seen),
        };
        let (done, mut entry) = carried_out.unwrap_or_else(|error| (Err(error), Entry::default()));
        let (answer, is_kept) = match done {
            Ok(Done::Object(value)) => (Answer::of(StatusCode::OK, value), true),
            // The key keeps the response for a retry.
            Ok(Done::Unanswered(value)) => {
                entry.key = ask.kept(StatusCode::OK, &value, now);
                (Answer { response: None, replayed: false }, false)
            }
            Ok(Done::Unheard) => (Answer { response: None, replayed: false }, false),
            Err(error) => (Answer::error(&error), error.is_kept),
        };
        if let Some((status, body)) = answer.response.as_ref().filter(|_| is_kept) {
            entry.key = ask.kept(*status, body, now);
        }
        let reports = state.books.reports(&entry);
        match state.write(entry) {
            Ok(()) => {
                self.webhooks.report(reports, &self.faults);
                answer
            }
            Err(error) => Answer::error(&error),
        }
    }

    /// Saves what a customer has entered. Returns whether there was something to set up.
    pub(super) fn set_up(&self, id: &str, token: &str, now: Timestamp) -> bool {
        let mut state = self.state();
        let entry = state.books.set_up(id, token, now);
        entry.is_some_and(|entry| state.write(entry).is_ok())
    }

    /// Records that the customer has confirmed with their bank, or failed to. Returns whether there was something to
    /// confirm.
    pub(super) fn authenticate(&self, id: &str, succeeds: bool, now: Timestamp) -> bool {
        let mut state = self.state();
        let Some(entry) = state.books.authenticate(id, succeeds, now) else { return false };
        let reports = state.books.reports(&entry);
        let is_written = state.write(entry).is_ok();
        if is_written {
            self.webhooks.report(reports, &self.faults);
        }
        is_written
    }

    /// A customer disputes what a PaymentIntent has captured. Returns the dispute's id, if there was something to dispute.
    pub(super) fn open_dispute(&self, intent: &str, now: Timestamp) -> Option<String> {
        let mut state = self.state();
        let (id, entry) = state.books.open_dispute(intent, now)?;
        let reports = state.books.reports(&entry);
        state.write(entry).ok()?;
        self.webhooks.report(reports, &self.faults);
        Some(id)
    }

    /// A customer's bank decides a dispute. Returns whether there was one to decide.
    pub(super) fn decide(&self, id: &str, wins: bool, now: Timestamp) -> bool {
        let mut state = self.state();
        let Ok((Ok(_), entry)) = state.books.decide(id, wins, now) else { return false };
        let reports = state.books.reports(&entry);
        let is_written = state.write(entry).is_ok();
        if is_written {
            self.webhooks.report(reports, &self.faults);
        }
        is_written
    }

    /// Banks give back the refunds whose cards Stripe documents for that. Returns how many there were.
    pub(super) fn return_refunds(&self, now: Timestamp) -> usize {
        let (mut state, mut returned) = (self.state(), 0);
        while let Some(entry) = state.books.return_refund(now) {
            let reports = state.books.reports(&entry);
            if state.write(entry).is_err() {
                break;
            }
            self.webhooks.report(reports, &self.faults);
            returned += 1;
        }
        returned
    }

    /// Pays out all that the shop's balance has, without waiting for the next day.
    pub(super) fn pay_out(&self, now: Timestamp) -> bool {
        let mut state = self.state();
        let entry = state.books.pay_out(Timestamp::MAX, now);
        !entry.is_empty() && state.write(entry).is_ok()
    }

    /// Fails the request before it has any effect. Stripe keeps this response for the key, as it does for all its failures.
    fn fail(&self, ask: &Ask) -> Answer {
        let error = Error::failed();
        let now = self.clock.now();
        let mut state = self.state();
        if let Some(key) = &ask.key {
            match state.books.begin(key, &ask.request, now) {
                Ok(None) => {}
                Ok(Some(kept)) => return Answer::kept(kept),
                Err(error) => return Answer::error(&error),
            }
        }
        let key = ask.kept(error.status, &error.body(), now);
        match state.write(Entry::of_key(key)) {
            Ok(()) => Answer::error(&error),
            Err(error) => Answer::error(&error),
        }
    }
}

impl super::State {
    /// Writes to disk first, so that no acknowledged change is lost.
    fn write(&mut self, entry: Entry) -> Result<(), Error> {
        if entry.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.journal.write(&entry) {
            tracing::error!(%error, "the payment gateway's books cannot be written");
            return Err(Error::failed());
        }
        self.books.replay(entry);
        Ok(())
    }
}

impl Ask {
    fn kept(&self, status: StatusCode, body: &Value, at: Timestamp) -> Option<(String, Kept)> {
        let kept = Kept { request: self.request.clone(), status: status.as_u16(), body: body.clone(), at };
        self.key.clone().map(|key| (key, kept))
    }
}

impl Answer {
    fn of(status: StatusCode, body: Value) -> Self {
        Self { response: Some((status, body)), replayed: false }
    }

    pub(super) fn error(error: &Error) -> Self {
        Self::of(error.status, error.body())
    }

    fn kept(kept: Kept) -> Self {
        Self { response: Some((kept.status(), kept.body)), replayed: true }
    }
}

/// Returns the outcome of a request that changes nothing.
fn seen(value: Value) -> (Result<Done, Error>, Entry) {
    (Ok(Done::Object(value)), Entry::default())
}

pub(super) fn respond(answer: Answer) -> Response {
    let Some((status, body)) = answer.response else { return no_answer() };
    let mut response = Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "application/json")
        .header("request-id", id("req"));
    if answer.replayed {
        response = response.header("idempotent-replayed", "true");
    }
    // All parts are always valid.
    response.body(Body::from(body.to_string())).unwrap_or_else(|_| no_answer())
}
