//! The Lambda function `send-notification`.

fn main() -> Result<(), edge::Error> {
    edge::queue::run(env!("CARGO_BIN_NAME"), notifications::mails::send_notification)
}
