//! Refusals of the edge, before or without an operation.

use domain::refusals;

refusals! {
    /// Why a request did not reach its operation, or was refused by checks that all operations share.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum RequestRefusal {
        /// The access token is missing, or the authorizer's context does not identify a user.
        #[error("missing access token")]
        TokenMissing => Unauthorized, "token_missing", "Sign in and send `Authorization: Bearer <access token>`.";
        /// The caller is a guest.
        #[error("requires an account")]
        AccountNeeded => Forbidden, "account_needed", "Have the guest create an account, or sign in.";
        /// The caller is not an admin.
        #[error("requires the admin role")]
        AdminOnly => Forbidden, "admin_only", "Sign in as an admin.";
        /// The caller is neither staff nor an admin.
        #[error("requires the staff role")]
        StaffOnly => Forbidden, "staff_only", "Sign in as a member of the staff.";
        /// The route is for the shop's services only.
        #[error("this route is for the shop's services only")]
        ServiceOnly => Forbidden, "service_only", "Use a public route.";
        /// The request did not come through the front door.
        #[error("requests are answered at the shop's URL only")]
        FrontDoorOnly => Forbidden, "front_door_only", "Send the request to the shop's URL.";
        /// A path parameter is malformed, so no resource has that name.
        #[error("resource not found")]
        NotFound => NotFound, "not_found", "Check the path.";
        /// The body is too large.
        #[error("the request body exceeds {0} bytes")]
        BodyTooLarge(usize) => TooLarge, "body_too_large", "Send a smaller body.";
        /// The `Content-Type` is not JSON.
        #[error("the request body must be JSON")]
        NotJson => UnsupportedMediaType, "not_json", "Send `Content-Type: application/json`, or for `PATCH` also `application/merge-patch+json`.";
        /// The body is not JSON.
        #[error("the request body is not valid JSON")]
        MalformedJson => Malformed, "malformed_json", "Send valid UTF-8 JSON; `errors` has the position.";
        /// The body is valid JSON, but does not match the operation's schema: a field is missing, unknown or invalid.
        #[error("the request body is invalid")]
        InvalidBody => Invalid, "invalid_body", "Correct the fields listed in `errors`.";
        /// The request holds something that HTTP does not allow, such as a header with control characters.
        #[error("the request is malformed: {0} is not valid")]
        MalformedRequest(String) => Malformed, "malformed_request", "Send a valid HTTP request.";
        /// The query does not match the operation's parameters.
        #[error("the query is invalid: {0}")]
        InvalidQuery(String) => Malformed, "invalid_query", "Correct the query parameter named in `detail`.";
        /// The Idempotency-Key is missing.
        #[error("missing Idempotency-Key header")]
        IdempotencyKeyMissing => Malformed, "idempotency_key_missing", "Send an Idempotency-Key, the same for each retry.";
        /// The Idempotency-Key is malformed.
        #[error("the Idempotency-Key must be 1 to 255 visible ASCII characters")]
        IdempotencyKeyInvalid => Malformed, "idempotency_key_invalid", "Send a UUID.";
        /// `If-Match` is missing.
        #[error("missing If-Match header")]
        PreconditionRequired => PreconditionRequired, "precondition_required", "Read the resource and send its ETag as If-Match.";
        /// `If-Match` specifies a version that is not the current one.
        #[error("the resource has changed; read it again")]
        VersionMismatch => PreconditionFailed, "version_mismatch", "Read the resource again and repeat the change on it.";
        /// A dependency is unavailable.
        #[error("a dependency is unavailable; try again")]
        Unavailable => Unavailable, "temporarily_unavailable", "Try again after `Retry-After` seconds.";
        /// An internal error.
        #[error("an internal error occurred")]
        Internal => Internal, "internal_error", "Try again later; report the `request_id` if it persists.";
    }
}
