//! The Lambda function `send-account-mail`.

fn main() -> Result<(), edge::Error> {
    edge::queue::run(env!("CARGO_BIN_NAME"), notifications::mails::send_account_mail)
}
