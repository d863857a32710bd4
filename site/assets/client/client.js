import { KEYED } from "./contract.js";
import { Problem, Unreachable } from "./problem.js";
import { PATIENCE, pause, retryAfter, wait } from "./retry.js";
import { Sessions, inMemory } from "./session.js";
/** A shop's API. Every method throws a `Problem` if the API refuses, and `Unreachable` if there is no reply. */
export class Shop {
    #url;
    #fetch;
    #now;
    #patience;
    #sessions;
    constructor({ url = "", session = inMemory(), patience = {}, fetch: send, now = Date.now } = {}) {
        this.#url = url.replace(/\/$/, "");
        // As a method of anything but the window, a browser's fetch throws.
        this.#fetch = send ?? ((input, init) => fetch(input, init));
        this.#now = now;
        this.#patience = { ...PATIENCE, ...patience };
        // The API answers a repeated refresh with the same tokens.
        const refresh = (refresh_token) => this.call("POST /sessions/refresh", { anonymous: true, repeatable: true, body: { refresh_token } });
        this.#sessions = new Sessions(session, refresh, now);
    }
    /** The session, as it is kept. Its access token may have ended. */
    get session() {
        return this.#sessions.store.read();
    }
    /** Keeps the tokens of a reply to signing in. */
    signIn(tokens) {
        return this.#sessions.begin(tokens);
    }
    /** Forgets the session, without ending it at the shop. */
    forget() {
        this.#sessions.store.write(null);
    }
    /** Sends a request and returns the reply's body. */
    async call(route, ...[request]) {
        const answer = await this.#answer(route, (request ?? {}));
        return answer.body;
    }
    /** Sends a request and returns the reply with its status and headers. */
    async send(route, ...[request]) {
        return (await this.#answer(route, (request ?? {})));
    }
    /** Returns the pages of a list, one request each. */
    async *pages(route, ...[request]) {
        const given = (request ?? {});
        let cursor;
        do {
            const query = cursor === undefined ? { ...given.query } : { ...given.query, cursor };
            const { body } = await this.#answer(route, { ...given, query });
            yield body;
            cursor = body.next_cursor ?? undefined;
        } while (cursor !== undefined);
    }
    /** Returns the items of a list, page by page. */
    async *each(route, ...rest) {
        for await (const page of this.pages(route, ...rest))
            yield* page.items;
    }
    async #answer(route, request) {
        const key = route.startsWith("POST ") ? (request.idempotencyKey ?? uuid()) : undefined;
        const isRepeatable = request.repeatable ?? (!route.startsWith("POST ") || KEYED.has(route));
        for (let attempt = 1, refused = null;; attempt += 1) {
            const session = await this.#session(request, refused);
            let failure;
            try {
                return await this.#once(route, request, key, session);
            }
            catch (error) {
                if (!(error instanceof Problem || error instanceof Unreachable))
                    throw error;
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
            if (milliseconds === null)
                throw failure;
            await wait(milliseconds, request.signal);
        }
    }
    #session(request, refused) {
        if (request.anonymous)
            return Promise.resolve(null);
        return refused ? this.#sessions.after(refused) : this.#sessions.current();
    }
    async #once(route, request, key, session) {
        const [method = "", template = ""] = route.split(" ");
        const headers = { accept: request.asPage ? "text/html" : "application/json", ...request.headers };
        if (request.body !== undefined)
            headers["content-type"] = "application/json";
        if (key !== undefined)
            headers["idempotency-key"] = key;
        if (session)
            headers["authorization"] = `Bearer ${session.accessToken}`;
        const init = { method, headers };
        if (request.body !== undefined)
            init.body = JSON.stringify(request.body);
        if (request.signal)
            init.signal = request.signal;
        let response, text;
        try {
            response = await this.#fetch(this.#url + address(template, request), init);
            text = await response.text();
        }
        catch (error) {
            request.signal?.throwIfAborted();
            throw new Unreachable(`${route}: no reply`, { cause: error });
        }
        const body = response.ok && request.asPage ? text : parsed(text);
        if (response.ok)
            return { status: response.status, headers: response.headers, body };
        const members = body && typeof body === "object" ? body : {};
        throw new Problem(route, response.status, members, retryAfter(response.headers, this.#now()));
    }
}
/** Whether the token was refused, and not a password or a code, of which another attempt would be another guess. */
function isOfToken(problem) {
    return problem.status === 401 && problem.code.startsWith("token_");
}
/** Whether a refusal may pass by itself. A 429 of an operation says how long it lasts; the gateway's does not. */
function mayPass(problem, isRepeatable) {
    if (problem.status === 503)
        return true;
    if (problem.status === 429)
        return problem.retryAfter !== undefined || problem.code === "too_many_requests";
    // The request may have had its effect.
    return problem.status === 500 && isRepeatable;
}
/** Fills in a route's path, and adds the query. */
function address(template, { path = {}, query = {} }) {
    const filled = template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(path[name] ?? ""));
    const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
    const parameters = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
    return given.length > 0 ? `${filled}?${parameters}` : filled;
}
function parsed(text) {
    if (text === "")
        return undefined;
    try {
        return JSON.parse(text);
    }
    catch {
        // A proxy's page, for one.
        return undefined;
    }
}
/** Returns a UUID. Pages that came over plain HTTP have no `randomUUID`. */
function uuid() {
    if (crypto.randomUUID)
        return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
