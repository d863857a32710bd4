//! How long things may take. Timeouts nest, so that whoever waits longest always gets an answer, and the one that failed is
//! the one that says so: [`GATEWAY`] > [`FUNCTION`] > an operation ([`ANSWER_BEFORE`] that) > [`SDK_OPERATION`] >
//! [`SDK_ATTEMPT`] > [`CONNECT`]. The longest operation behind the gateway reads, asks another service and commits: 3 s + 2 s +
//! 3 s at the worst, which leaves it more than a second to say so.

use std::time::Duration;

/// An HTTP API gives up on a function after this long (<https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>);
/// it cannot be changed.
pub const GATEWAY: Duration = Duration::from_secs(30);

/// A function's `Timeout`, where its template says nothing else: what the longest operation needs, and a cold start. Lambda
/// then ends the process. Queues hide a message for six times as long.
pub const FUNCTION: Duration = Duration::from_secs(10);

/// How long before Lambda would end it an operation is given up, by the function itself: enough to log why, to say so to a
/// client, and, of a batch, to report what failed and keep what was done.
pub const ANSWER_BEFORE: Duration = Duration::from_millis(500);

/// How far apart two machines' clocks may be, and how long a request may be on its way. Lambda's hosts are within
/// milliseconds of each other, and a data centre is crossed in less; this is hundreds of times more, so whatever was to end
/// at a time has ended this much later.
pub const CLOCK_SKEW: Duration = Duration::from_secs(1);

/// Opening a connection to AWS or another service: within a region it takes a few milliseconds, or fails.
pub const CONNECT: Duration = Duration::from_millis(500);

/// Opening a connection to somebody outside AWS: a name to resolve, and two or three round trips across the Internet, for
/// TCP and for TLS. A first packet that is lost is sent again after a second (RFC 6298), and that has to fit.
pub const CONNECT_OUTSIDE: Duration = Duration::from_secs(2);

/// One try of an AWS call. DynamoDB's and SQS's own p99.9 is tens of milliseconds; a transaction of 100 rows takes longer.
pub const SDK_ATTEMPT: Duration = Duration::from_millis(900);

/// An AWS call with all its tries: three that hang, and the pauses between them.
pub const SDK_OPERATION: Duration = Duration::from_secs(3);

/// Tries of an AWS call, the first included. One that is throttled is answered within milliseconds, so five of them fit;
/// where tries hang, [`SDK_OPERATION`] ends the call with the third.
pub const SDK_TRIES: u32 = 5;

/// The pause before the second try is random and at most this; with each try it may be twice as long. It is AWS's own number
/// for DynamoDB; the SDK's default of a second fits neither into [`SDK_OPERATION`] nor into [`PEER_ATTEMPT`].
pub const SDK_BACKOFF: Duration = Duration::from_millis(25);

/// No pause between two tries is longer.
pub const SDK_LONGEST_BACKOFF: Duration = Duration::from_millis(200);

/// One try of a call to another service. It is tried twice, so a caller waits two seconds at most.
pub const PEER_ATTEMPT: Duration = Duration::from_secs(1);

/// A call to the payment gateway, with its tries. A card's bank answers in one or two seconds as a rule, and at times takes
/// longer than anybody can wait. An operation makes two such calls at most before it writes: 8 s of its 10 s. What has no
/// answer by then is looked up later, and nothing is charged twice.
pub const PAYMENT_GATEWAY: Duration = Duration::from_secs(4);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_nest() {
        let an_operation = FUNCTION - ANSWER_BEFORE;
        for pair in [GATEWAY, FUNCTION, an_operation, SDK_OPERATION, SDK_ATTEMPT, CONNECT].windows(2) {
            assert!(pair[0] > pair[1], "{pair:?}");
        }
        for pair in [an_operation, PAYMENT_GATEWAY, CONNECT_OUTSIDE, CONNECT].windows(2) {
            assert!(pair[0] > pair[1], "{pair:?}");
        }
        assert!(an_operation > SDK_OPERATION + 2 * PEER_ATTEMPT + SDK_OPERATION, "reads, asks and commits");
        assert!(PEER_ATTEMPT > SDK_ATTEMPT, "a peer that tries again once may still answer");
    }

    #[test]
    fn the_tries_of_a_call_fit_into_it() {
        let longest = |try_number: u32| (SDK_BACKOFF * 2_u32.pow(try_number)).min(SDK_LONGEST_BACKOFF);
        let pauses: Duration = (0..SDK_TRIES - 1).map(longest).sum();
        assert!(pauses + SDK_ATTEMPT < SDK_OPERATION, "{pauses:?}: throttled, all of them are made");
        assert!(pauses < PEER_ATTEMPT);
        assert!(3 * SDK_ATTEMPT < SDK_OPERATION, "three that hang");
    }
}
