//! The Lambda function `apply-mail-event`.

fn main() -> Result<(), edge::Error> {
    edge::queue::run(env!("CARGO_BIN_NAME"), notifications::mail_events::apply_mail_event)
}
