import type { ProblemMembers, Routes, Schemas } from "./contract.js";

/** Every code with which the API, or its firewall, refuses requests. */
export type ProblemCode = Routes[keyof Routes]["refusals"] | "too_many_requests";

/** What a problem with this code holds besides. */
type Members<C> = C extends keyof ProblemMembers ? ProblemMembers[C] : unknown;

/** A request that the API has refused. `code` says why, and never changes its meaning; `detail` is for people. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** Names the request in the shop's logs. */
  readonly requestId: string | undefined;
  /** The errors in the request's body. */
  readonly errors: Schemas["FieldError"][];
  /** In how many seconds the request is worth another try, if the API says so. */
  readonly retryAfter: number | undefined;

  constructor(route: string, status: number, body: Record<string, unknown>, retryAfter?: number) {
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
  override readonly name = "Unreachable";
}

/** Whether an error is a refusal, and for one of these reasons if any are given. */
export function isProblem(error: unknown): error is Problem;
export function isProblem<C extends ProblemCode>(error: unknown, ...codes: C[]): error is Problem & { readonly code: C } & Members<C>;
export function isProblem(error: unknown, ...codes: string[]): boolean {
  return error instanceof Problem && (codes.length === 0 || codes.includes(error.code));
}

/** The gateway in front of the API refuses with a message alone. These codes mean the same. */
function codeOf(status: number): string {
  const codes: Record<number, string> = {
    401: "token_missing",
    404: "not_found",
    413: "body_too_large",
    429: "too_many_requests",
    503: "temporarily_unavailable",
  };
  return codes[status] ?? "internal_error";
}
