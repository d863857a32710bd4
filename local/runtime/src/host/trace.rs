//! The X-Ray trace header of an invocation.

/// Continues the caller's trace, or starts a new one, with the invocation as the parent. The caller's sampling decision
/// is kept. Without one the trace is not sampled, because nothing collects traces on the laptop.
pub(super) fn of_invocation(given: Option<&str>) -> String {
    let field = |name: &str| {
        let mut fields = given?.split(';').filter_map(|field| field.trim().split_once('='));
        fields.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
    };
    let root = field("Root").unwrap_or_else(|| {
        let time = jiff::Timestamp::now().as_second();
        format!("1-{time:08x}-{}", random(24))
    });
    let sampled = u8::from(field("Sampled").as_deref() == Some("1"));
    format!("Root={root};Parent={};Sampled={sampled}", random(16))
}

/// Returns this number of random hexadecimal digits.
fn random(digits: usize) -> String {
    uuid::Uuid::new_v4().simple().to_string().chars().take(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::of_invocation;

    const ROOT: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";

    #[test]
    fn a_given_trace_continues_with_a_new_parent() {
        let before = format!("{ROOT};Parent=53995c3f42cd8ad8;Sampled=1");
        let header = of_invocation(Some(&before));
        assert!(header.starts_with(&format!("{ROOT};Parent=")) && header.ends_with(";Sampled=1"), "{header}");
        assert_ne!(header, before, "its parent is this invocation");
    }

    #[test]
    fn a_trace_without_a_sampling_decision_is_not_sampled() {
        for given in [None, Some(ROOT), Some("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=?")] {
            let header = of_invocation(given);
            assert!(header.starts_with("Root=1-") && header.ends_with(";Sampled=0"), "{header}");
        }
    }
}
