//! How long things may take. Timeouts nest: gateway 30 s > function 10 s > SDK operation > SDK attempt, so that whoever
//! waits longest always gets an answer, and the one that failed is the one that says so. The longest operation reads, asks
//! another service and commits: 3 s + 2 s + 3 s at the worst, which leaves it 2 s to say so.

use std::time::Duration;

/// Opening a connection to AWS or another service: within a region it takes a few milliseconds, or fails.
pub const CONNECT: Duration = Duration::from_millis(500);

/// One try of an AWS call. DynamoDB's and SQS's own p99.9 is tens of milliseconds; a transaction of 100 rows takes longer.
pub const SDK_ATTEMPT: Duration = Duration::from_millis(900);

/// An AWS call with all its tries: three, and the pauses between them.
pub const SDK_OPERATION: Duration = Duration::from_secs(3);

/// Tries of an AWS call, the first included.
pub const SDK_TRIES: u32 = 3;

/// One try of a call to another service. It is tried twice, so a caller waits two seconds at most.
pub const PEER_ATTEMPT: Duration = Duration::from_secs(1);

/// A call to the payment gateway, with its tries. A card's bank answers in one or two seconds as a rule, and at times takes
/// longer than anybody can wait. An operation makes two such calls at most before it writes: 8 s of its 10 s. What has no
/// answer by then is looked up later, and nothing is charged twice.
pub const PAYMENT_GATEWAY: Duration = Duration::from_secs(4);
