//! The sites of faults, and their kinds.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The site of a call: the n-th call (from 1) of an action by a function since counting began.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Site {
    /// The operation: `place-order`.
    pub function: String,
    /// `dynamodb:TransactWriteItems`, `sqs:SendMessage`, `execute-api:Invoke`.
    pub action: String,
    /// Which of its calls, counted from 1.
    pub nth: u32,
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} #{}", self.function, self.action, self.nth)
    }
}

/// A fault in a call.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Rejected before it took effect: too many requests.
    Throttled,
    /// Rejected before it took effect: another transaction is using an item. No local engine reports this by itself.
    Conflict,
    /// Failed on the server's side before it took effect.
    Failed,
    /// Took effect, then the connection breaks without an answer.
    AnswerLost,
    /// Held back until the caller has given up waiting. Takes effect shortly after that, concurrently with the caller's
    /// retry.
    Late,
    /// The calling process is killed before the call takes effect, so it never does.
    KilledBefore,
    /// The call takes effect, then the calling process is killed before it gets the answer.
    KilledAfter,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Throttled,
        Self::Conflict,
        Self::Failed,
        Self::AnswerLost,
        Self::Late,
        Self::KilledBefore,
        Self::KilledAfter,
    ];

    /// Whether the fault applies to such a call.
    #[must_use]
    pub fn applies_to(self, action: &str) -> bool {
        self != Self::Conflict || action == "dynamodb:TransactWriteItems"
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Throttled => "throttled",
            Self::Conflict => "in conflict",
            Self::Failed => "failed",
            Self::AnswerLost => "answer lost",
            Self::Late => "late",
            Self::KilledBefore => "killed before",
            Self::KilledAfter => "killed after",
        })
    }
}
