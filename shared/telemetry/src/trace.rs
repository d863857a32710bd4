//! The position in a trace, in its two formats: X-Ray's header between AWS's services, and W3C's `traceparent` in an
//! event's envelope. Both contain the trace's id, the parent segment, and whether the trace is sampled, which is
//! decided once, at the first request.

use std::fmt;
use std::str::FromStr;

/// A position in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    id: u128,
    parent: u64,
    sampled: bool,
}

/// The text is not a position in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither an X-Ray header nor a traceparent")]
pub struct InvalidTrace;

impl Trace {
    /// Returns the trace's id in X-Ray's format: `1-67891233-abcdef012345678912345678`.
    #[must_use]
    pub fn id(&self) -> String {
        let (time, random) = (self.id >> 96, self.id & ((1 << 96) - 1));
        format!("1-{time:08x}-{random:024x}")
    }

    /// Returns X-Ray's header
    /// (<https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>).
    #[must_use]
    pub fn header(&self) -> String {
        format!("Root={};Parent={:016x};Sampled={}", self.id(), self.parent, u8::from(self.sampled))
    }

    /// Returns the `traceparent` of W3C Trace Context (<https://www.w3.org/TR/trace-context/#traceparent-header>).
    #[must_use]
    pub fn traceparent(&self) -> String {
        format!("00-{:032x}-{:016x}-{:02x}", self.id, self.parent, u8::from(self.sampled))
    }

    /// Parses X-Ray's header. A trace without a sampling decision counts as not sampled.
    ///
    /// # Errors
    /// If the trace's id or the parent's id is missing.
    pub fn of_header(header: &str) -> Result<Self, InvalidTrace> {
        let field = |name: &str| {
            let mut fields = header.split(';').filter_map(|field| field.trim().split_once('='));
            fields.find(|(known, _)| *known == name).map(|(_, value)| value)
        };
        let root =
            field("Root").and_then(|root| root.strip_prefix("1-")).and_then(|root| root.split_once('-'));
        let (time, random) = root.ok_or(InvalidTrace)?;
        let trace = Self {
            id: (u128::from(hex(time, 8)?) << 96) | wide_hex(random, 24)?,
            parent: hex(field("Parent").unwrap_or_default(), 16)?,
            sampled: field("Sampled") == Some("1"),
        };
        trace.named()
    }

    /// Rejects ids of zeros, which are invalid.
    fn named(self) -> Result<Self, InvalidTrace> {
        if self.id != 0 && self.parent != 0 { Ok(self) } else { Err(InvalidTrace) }
    }
}

impl FromStr for Trace {
    type Err = InvalidTrace;

    /// Parses a `traceparent`. Fields that a later version adds are ignored.
    fn from_str(text: &str) -> Result<Self, InvalidTrace> {
        let mut fields = text.splitn(5, '-');
        let mut field = || fields.next().unwrap_or_default();
        let (version, id, parent, flags) = (field(), field(), field(), field());
        let is_whole = version != "00" || fields.next().is_none();
        let trace =
            Self { id: wide_hex(id, 32)?, parent: hex(parent, 16)?, sampled: hex(flags, 2)? & 1 == 1 };
        if is_whole && hex(version, 2)? != 0xff { trace.named() } else { Err(InvalidTrace) }
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.traceparent())
    }
}

fn hex(text: &str, digits: usize) -> Result<u64, InvalidTrace> {
    wide_hex(text, digits)?.try_into().map_err(|_| InvalidTrace)
}

/// Parses exactly `digits` lower-case digits, as both formats require.
fn wide_hex(text: &str, digits: usize) -> Result<u128, InvalidTrace> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() != digits || !text.bytes().all(is_digit) {
        return Err(InvalidTrace);
    }
    u128::from_str_radix(text, 16).map_err(|_| InvalidTrace)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    const TRACEPARENT: &str = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01";

    #[test]
    fn both_formats_are_equivalent() {
        let trace = Trace::of_header(HEADER).unwrap();
        assert_eq!(trace.traceparent(), TRACEPARENT);
        assert_eq!(TRACEPARENT.parse::<Trace>().unwrap().header(), HEADER);
        assert_eq!(trace.id(), "1-5759e988-bd862e3fe1be46a994272793");
        let lambda = format!("{HEADER};Lineage=1:6b2b4b5c:0");
        assert_eq!(Trace::of_header(&lambda).unwrap(), trace, "Lambda's additions are ignored");
    }

    #[test]
    fn the_sampling_decision_is_kept() {
        for (header, flags) in
            [("Sampled=1", "01"), ("Sampled=0", "00"), ("Sampled=?", "00"), ("Self=1", "00")]
        {
            let header = HEADER.replace("Sampled=1", header);
            let traceparent = Trace::of_header(&header).unwrap().traceparent();
            assert!(traceparent.ends_with(&format!("-{flags}")), "{header}: {traceparent}");
        }
        let unsampled = TRACEPARENT.replace("-01", "-02");
        assert!(unsampled.parse::<Trace>().unwrap().header().ends_with("Sampled=0"), "another flag");
    }

    #[test]
    fn an_invalid_trace_is_refused() {
        for header in [
            "",
            "Root=1-5759e988-bd862e3fe1be46a994272793",
            "Root=2-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8",
            "Root=1-5759e988-BD862E3FE1BE46A994272793;Parent=53995c3f42cd8ad8",
            "Parent=53995c3f42cd8ad8;Sampled=1",
            "Root=1-00000000-000000000000000000000000;Parent=53995c3f42cd8ad8;Sampled=1",
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=0000000000000000;Sampled=1",
        ] {
            assert_eq!(Trace::of_header(header), Err(InvalidTrace), "{header}");
        }
        for text in [
            "",
            "00-00000000000000000000000000000000-53995c3f42cd8ad8-01",
            "00-5759e988bd862e3fe1be46a994272793-0000000000000000-01",
            "ff-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01",
            "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01-more",
            "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8",
        ] {
            assert_eq!(text.parse::<Trace>(), Err(InvalidTrace), "{text}");
        }
        assert!("01-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01-more".parse::<Trace>().is_ok());
    }
}
