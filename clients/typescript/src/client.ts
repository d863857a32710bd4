import { KEYED } from "./contract.js";
import type { Routes, Schemas } from "./contract.js";
import { Problem, Unreachable } from "./problem.js";
import { PATIENCE, pause, retryAfter, wait } from "./retry.js";
import type { Patience } from "./retry.js";
import { Sessions, inMemory } from "./session.js";
import type { Session, SessionStore } from "./session.js";

export type Route = keyof Routes;

type Given<R extends Route, K extends string> = Routes[R] extends Record<K, infer T>
  ? {} extends T
    ? { [P in K]?: T }
    : { [P in K]: T }
  : {};

/** What a route takes, and how to send it. */
export type Request<R extends Route> = Given<R, "path"> & Given<R, "query"> & Given<R, "headers"> & Given<R, "body"> & Sending;

export interface Sending {
  signal?: AbortSignal;
  /** Names the request, so that it has one effect however often it is sent. One is made up if none is given: give one to send the
   * same request again later, such as after a reload. */
  idempotencyKey?: string;
  /** Whether sending it twice has no other effect than sending it once. If it is left out, so for every route but a `POST` that takes no
   * Idempotency-Key. Only such a request is sent again when its reply is lost. */
  repeatable?: boolean;
  /** Do not send the session's token. */
  anonymous?: boolean;
  /** Ask for a page instead of JSON, where the route has one: the reply is its HTML. */
  asPage?: boolean;
}

export type Reply<R extends Route> = Routes[R]["reply"];

/** The routes whose replies are pages of a list. */
export type ListRoute = { [R in Route]: Reply<R> extends { items: unknown[]; next_cursor?: string | null } ? R : never }[Route];

export type ItemOf<R extends ListRoute> = Reply<R> extends { items: (infer T)[] } ? T : never;

export interface Answer<R extends Route> {
  status: number;
  headers: Headers;
  body: Reply<R>;
}

export interface Options {
  /** The shop's address; that of the page if it is left out. */
  url?: string;
  session?: SessionStore;
  patience?: Partial<Patience>;
  fetch?: typeof fetch;
  now?: () => number;
}

/** What a request looks like to every route alike. */
interface Loose extends Sending {
  path?: Record<string, string>;
  query?: Record<string, unknown>;
  headers?: Record<string, string>;
  body?: unknown;
}

type Rest<R extends Route> = {} extends Request<R> ? [request?: Request<R>] : [request: Request<R>];

/** A shop's API. Every method throws a `Problem` if the API refuses, and `Unreachable` if there is no reply. */
export class Shop {
  readonly #url: string;
  readonly #fetch: typeof fetch;
  readonly #now: () => number;
  readonly #patience: Patience;
  readonly #sessions: Sessions;

  constructor({ url = "", session = inMemory(), patience = {}, fetch: send, now = Date.now }: Options = {}) {
    this.#url = url.replace(/\/$/, "");
    // As a method of anything but the window, a browser's fetch throws.
    this.#fetch = send ?? ((input, init) => fetch(input, init));
    this.#now = now;
    this.#patience = { ...PATIENCE, ...patience };
    // The API answers a repeated refresh with the same tokens.
    const refresh = (refresh_token: string) =>
      this.call("POST /sessions/refresh", { anonymous: true, repeatable: true, body: { refresh_token } });
    this.#sessions = new Sessions(session, refresh, now);
  }

  /** The session, as it is kept. Its access token may have ended. */
  get session(): Session | null {
    return this.#sessions.store.read();
  }

  /** Keeps the tokens of a reply to signing in. */
  signIn(tokens: Schemas["Tokens"]): Session {
    return this.#sessions.begin(tokens);
  }

  /** Forgets the session, without ending it at the shop. */
  forget(): void {
    this.#sessions.store.write(null);
  }

  /** Sends a request and returns the reply's body. */
  async call<R extends Route>(route: R, ...[request]: Rest<R>): Promise<Reply<R>> {
    const answer = await this.#answer(route, (request ?? {}) as Loose);
    return answer.body as Reply<R>;
  }

  /** Sends a request and returns the reply with its status and headers. */
  async send<R extends Route>(route: R, ...[request]: Rest<R>): Promise<Answer<R>> {
    return (await this.#answer(route, (request ?? {}) as Loose)) as Answer<R>;
  }

  /** Returns the pages of a list, one request each. */
  async *pages<R extends ListRoute>(route: R, ...[request]: Rest<R>): AsyncGenerator<Reply<R>, void> {
    const given = (request ?? {}) as Loose;
    let cursor: string | undefined;
    do {
      const query: Record<string, unknown> = cursor === undefined ? { ...given.query } : { ...given.query, cursor };
      const { body } = await this.#answer(route, { ...given, query });
      yield body as Reply<R>;
      cursor = (body as { next_cursor?: string | null }).next_cursor ?? undefined;
    } while (cursor !== undefined);
  }

  /** Returns the items of a list, page by page. */
  async *each<R extends ListRoute>(route: R, ...rest: Rest<R>): AsyncGenerator<ItemOf<R>, void> {
    for await (const page of this.pages(route, ...rest)) yield* (page as unknown as { items: ItemOf<R>[] }).items;
  }

  async #answer(route: Route, request: Loose): Promise<{ status: number; headers: Headers; body: unknown }> {
    const key = route.startsWith("POST ") ? (request.idempotencyKey ?? uuid()) : undefined;
    const isRepeatable = request.repeatable ?? (!route.startsWith("POST ") || KEYED.has(route));
    for (let attempt = 1, refused: Session | null = null; ; attempt += 1) {
      const session = await this.#session(request, refused);
      let failure: Problem | Unreachable;
      try {
        return await this.#once(route, request, key, session);
      } catch (error) {
        if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
        failure = error;
      }
      if (session && refused === null && failure instanceof Problem && isOfToken(failure)) {
        // An attempt more, with another token.
        refused = session;
        attempt -= 1;
        continue;
      }
      const isPassing = failure instanceof Problem ? mayPass(failure, isRepeatable) : isRepeatable;
      const milliseconds = isPassing ? pause(this.#patience, attempt, failure instanceof Problem ? failure.retryAfter : undefined) : null;
      if (milliseconds === null) throw failure;
      await wait(milliseconds, request.signal);
    }
  }

  #session(request: Loose, refused: Session | null): Promise<Session | null> {
    if (request.anonymous) return Promise.resolve(null);
    return refused ? this.#sessions.after(refused) : this.#sessions.current();
  }

  async #once(route: Route, request: Loose, key: string | undefined, session: Session | null) {
    const [method = "", template = ""] = route.split(" ");
    const headers: Record<string, string> = { accept: request.asPage ? "text/html" : "application/json", ...request.headers };
    if (request.body !== undefined) headers["content-type"] = "application/json";
    if (key !== undefined) headers["idempotency-key"] = key;
    if (session) headers["authorization"] = `Bearer ${session.accessToken}`;
    const init: RequestInit = { method, headers };
    if (request.body !== undefined) init.body = JSON.stringify(request.body);
    if (request.signal) init.signal = request.signal;
    let response: Response, text: string;
    try {
      response = await this.#fetch(this.#url + address(template, request), init);
      text = await response.text();
    } catch (error) {
      request.signal?.throwIfAborted();
      throw new Unreachable(`${route}: no reply`, { cause: error });
    }
    const body = response.ok && request.asPage ? text : parsed(text);
    if (response.ok) return { status: response.status, headers: response.headers, body };
    const members = body && typeof body === "object" ? (body as Record<string, unknown>) : {};
    throw new Problem(route, response.status, members, retryAfter(response.headers, this.#now()));
  }
}

/** Whether the token was refused, and not a password or a code, of which another attempt would be another guess. */
function isOfToken(problem: Problem): boolean {
  return problem.status === 401 && problem.code.startsWith("token_");
}

/** Whether a refusal may pass by itself. A 429 of an operation says how long it lasts; the gateway's does not. */
function mayPass(problem: Problem, isRepeatable: boolean): boolean {
  if (problem.status === 503) return true;
  if (problem.status === 429) return problem.retryAfter !== undefined || problem.code === "too_many_requests";
  // The request may have had its effect.
  return problem.status === 500 && isRepeatable;
}

/** Fills in a route's path, and adds the query. */
function address(template: string, { path = {}, query = {} }: Loose): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ""));
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const parameters = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return given.length > 0 ? `${filled}?${parameters}` : filled;
}

function parsed(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page, for one.
    return undefined;
  }
}

/** Returns a UUID. Pages that came over plain HTTP have no `randomUUID`. */
function uuid(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
