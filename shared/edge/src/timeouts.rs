//! Timeouts. They nest, so that every caller outlasts its callee, and the failure is reported where it occurs:
//! [`GATEWAY`] > [`FUNCTION`] > an operation ([`ANSWER_BEFORE`] that) > [`SDK_OPERATION`] > [`SDK_ATTEMPT`] >
//! [`CONNECT`]. The longest operation behind the gateway reads, calls another service and commits: at most 3 s + 2 s +
//! 3 s. This leaves more than a second to report the outcome.

use std::time::Duration;

/// An HTTP API's timeout for a function (<https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>).
/// It cannot be increased.
pub const GATEWAY: Duration = Duration::from_secs(30);

/// A function's `Timeout`, unless its template specifies another: the time of the longest operation, and a cold start.
/// Lambda then ends the process. The queues' visibility timeout is six times as long.
pub const FUNCTION: Duration = Duration::from_secs(10);

/// How long before its deadline a function abandons its operation: enough to log the reason, to reply to a client and,
/// for a batch, to report the failures and keep the successes.
pub const ANSWER_BEFORE: Duration = Duration::from_millis(500);

/// How long before its deadline a scheduled run starts the last item: longer than any item takes. A run of a function
/// with a timeout of a minute then ends before the next one begins, and well before the timeout.
pub const LAST_START_BEFORE: Duration = Duration::from_secs(15);

/// The maximum difference between two machines' clocks, including a request's time in transit. Lambda's clocks differ
/// by milliseconds, and so does the time in transit within a data centre. This allows for hundreds of times more.
pub const CLOCK_SKEW: Duration = Duration::from_secs(1);

/// Opening a connection to AWS or to another service. Within a region this takes a few milliseconds.
pub const CONNECT: Duration = Duration::from_millis(500);

/// Opening a connection to a third party: a DNS look-up, and two or three round trips across the Internet for TCP and
/// TLS. A lost first packet is sent again after a second (RFC 6298), which has to fit.
pub const CONNECT_OUTSIDE: Duration = Duration::from_secs(2);

/// How long a connection to a third party may be idle and still be used. A firewall on the way forgets it after
/// minutes, of which a frozen function notices nothing, and a payment would wait for [`PAYMENT_GATEWAY`] to find out. A
/// new connection takes a tenth of a second.
pub const IDLE_OUTSIDE: Duration = Duration::from_secs(5);

/// One try of an AWS call. The p99.9 of DynamoDB and SQS is tens of milliseconds; a transaction of 100 rows takes
/// longer.
pub const SDK_ATTEMPT: Duration = Duration::from_millis(900);

/// An AWS call with all its tries: three that time out, and the delays between them.
pub const SDK_OPERATION: Duration = Duration::from_secs(3);

/// Maximum number of tries of an AWS call, including the first. Throttling is reported within milliseconds, so five
/// tries fit. If tries time out, [`SDK_OPERATION`] ends the call with the third.
pub const SDK_TRIES: u32 = 5;

/// Upper bound of the random delay before the second try; it doubles with each try. This is AWS's own value for
/// DynamoDB. The SDK's default of a second fits neither into [`SDK_OPERATION`] nor into [`PEER_ATTEMPT`].
pub const SDK_BACKOFF: Duration = Duration::from_millis(25);

/// Upper bound of the delay between two tries.
pub const SDK_LONGEST_BACKOFF: Duration = Duration::from_millis(200);

/// One try of a call to another service. There are at most two tries, so a caller waits two seconds at most.
pub const PEER_ATTEMPT: Duration = Duration::from_secs(1);

/// How long before its caller's deadline an internal route replies: the reply's time in transit, through the gateway.
pub const ANSWER_PEER_BEFORE: Duration = Duration::from_millis(100);

/// How long a write of a request is retried while other processes use its rows. A caller with less time gets less.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// A call to the payment gateway, with all its tries. A card's bank usually answers within two seconds, but sometimes
/// takes longer than anyone can wait. An operation makes at most two such calls before it writes: 8 s of its 10 s. A
/// call without an answer by then is looked up later, and nothing is charged twice.
pub const PAYMENT_GATEWAY: Duration = Duration::from_secs(4);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timeouts_nest() {
        let an_operation = FUNCTION - ANSWER_BEFORE;
        for pair in [GATEWAY, FUNCTION, an_operation, SDK_OPERATION, SDK_ATTEMPT, CONNECT].windows(2) {
            assert!(pair[0] > pair[1], "{pair:?}");
        }
        for pair in [an_operation, PAYMENT_GATEWAY, CONNECT_OUTSIDE, CONNECT].windows(2) {
            assert!(pair[0] > pair[1], "{pair:?}");
        }
        assert!(LAST_START_BEFORE > FUNCTION, "an item that is started can end");
        assert!(an_operation > SDK_OPERATION + 2 * PEER_ATTEMPT + SDK_OPERATION, "read, call and commit");
        assert!(
            an_operation > SDK_OPERATION + 2 * PEER_ATTEMPT + PATIENCE,
            "read, call and retry the commit"
        );
        assert!(
            PEER_ATTEMPT > ANSWER_PEER_BEFORE + SDK_LONGEST_BACKOFF,
            "a busy row is tried more than once"
        );
        assert!(PEER_ATTEMPT > SDK_ATTEMPT, "a service that retries once can still reply");
    }

    #[test]
    fn the_tries_of_a_call_fit_into_its_timeout() {
        let longest = |try_number: u32| (SDK_BACKOFF * 2_u32.pow(try_number)).min(SDK_LONGEST_BACKOFF);
        let pauses: Duration = (0..SDK_TRIES - 1).map(longest).sum();
        assert!(pauses + SDK_ATTEMPT < SDK_OPERATION, "{pauses:?}: if throttled, all tries are made");
        assert!(pauses < PEER_ATTEMPT);
        assert!(3 * SDK_ATTEMPT < SDK_OPERATION, "three timeouts");
    }
}
