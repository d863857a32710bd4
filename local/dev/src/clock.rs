//! `cargo dev clock`: sets the running shop's clock ahead, and runs what is due by then.

use std::io::Write;

use jiff::{SignedDuration, Span, SpanRelativeTo};

use crate::seed::SeedError;
use crate::seed::trade::laptop::Laptop;

/// Reads by how much to set the clock ahead: `+15d`, `+90min`.
///
/// # Errors
/// If the text is no duration, or leads back.
pub fn forward(text: &str) -> Result<SignedDuration, String> {
    let span: Span = text.trim_start_matches('+').parse().map_err(|error: jiff::Error| error.to_string())?;
    let by = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|error| error.to_string())?;
    if by.is_positive() { Ok(by) } else { Err("the clock can only be set ahead".to_owned()) }
}

/// Sets the clock of the shop with this console ahead, and runs every schedule as of the new time.
///
/// # Errors
/// No shop is running, or a schedule fails.
pub async fn set_ahead(console: &str, by: SignedDuration, out: &mut impl Write) -> Result<(), SeedError> {
    let laptop = Laptop::at(console)?;
    let now = laptop.set_ahead(laptop.ahead().await? + by).await?;
    for operation in laptop.scheduled().await? {
        laptop.run(&operation).await?;
    }
    laptop.rest().await?;
    let now = now.strftime("%Y-%m-%d %H:%M:%S UTC");
    writeln!(out, "It is {now} in the shop. It has done what was due.").map_err(SeedError::Print)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_read_in_common_units() {
        assert_eq!(forward("+15d"), Ok(SignedDuration::from_hours(15 * 24)));
        assert_eq!(forward("90min"), Ok(SignedDuration::from_mins(90)));
        assert_eq!(forward("+1w 2h"), Ok(SignedDuration::from_hours(7 * 24 + 2)));
        for refused in ["-15d", "0d", "soon", "+", ""] {
            assert!(forward(refused).is_err(), "{refused:?}");
        }
    }
}
