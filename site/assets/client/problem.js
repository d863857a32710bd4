/** A request that the API has refused. `code` says why, and never changes its meaning; `detail` is for people. */
export class Problem extends Error {
    name = "Problem";
    status;
    code;
    detail;
    /** Names the request in the shop's logs. */
    requestId;
    /** The errors in the request's body. */
    errors;
    /** In how many seconds the request is worth another try, if the API says so. */
    retryAfter;
    constructor(route, status, body, retryAfter) {
        const code = typeof body["code"] === "string" ? body["code"] : codeOf(status);
        const detail = [body["detail"], body["message"]].find((text) => typeof text === "string");
        super(`${route}: ${status} ${code}`);
        // What a code's problems have besides, such as the cart of `total_changed`.
        const { type, title, message, ...members } = body;
        Object.assign(this, members);
        this.status = status;
        this.code = code;
        this.detail = typeof detail === "string" ? detail : code;
        this.requestId = typeof body["request_id"] === "string" ? body["request_id"] : undefined;
        this.errors = Array.isArray(body["errors"]) ? body["errors"] : [];
        this.retryAfter = retryAfter;
    }
}
/** A request without a reply: there is no connection, or it broke. */
export class Unreachable extends Error {
    name = "Unreachable";
}
export function isProblem(error, ...codes) {
    return error instanceof Problem && (codes.length === 0 || codes.includes(error.code));
}
/** The gateway in front of the API refuses with a message alone. These codes mean the same. */
function codeOf(status) {
    const codes = {
        401: "token_missing",
        404: "not_found",
        413: "body_too_large",
        429: "too_many_requests",
        503: "temporarily_unavailable",
    };
    return codes[status] ?? "internal_error";
}
