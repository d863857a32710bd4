//! The functions' rights that were used so far, and those that are temporarily withheld.

use std::collections::BTreeSet;
use std::fmt;

use super::Denial;

/// A right that a function's policies grant: one action on one resource and one kind of its rows, as written in the
/// statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// The function's operation.
    pub function: String,
    /// The statement's action, wildcards included.
    pub action: String,
    /// The statement's resource, wildcards included.
    pub resource: String,
    /// The pattern of the rows' partition keys, if the statement limits them.
    pub rows: Option<String>,
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} on {}", self.function, self.action, self.resource)?;
        self.rows.iter().try_for_each(|rows| write!(f, " {rows}"))
    }
}

impl Grant {
    /// Whether the denial is for exactly the right of this grant.
    #[must_use]
    pub fn covers(&self, denial: &Denial) -> bool {
        let action = iam_rs::Arn::wildcard_match(&denial.action, &self.action);
        let resource = iam_rs::Arn::parse(&denial.resource).and_then(|arn| arn.matches(&self.resource));
        let is_of_kind = |row: &String| self.rows.iter().all(|kind| iam_rs::Arn::wildcard_match(row, kind));
        self.function == denial.function
            && action
            && resource.unwrap_or(false)
            && denial.rows.iter().all(is_of_kind)
    }
}

#[derive(Debug, Default)]
pub(super) struct Access {
    pub(super) used: BTreeSet<Grant>,
    pub(super) withheld: BTreeSet<Grant>,
}
