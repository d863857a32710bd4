import { isProblem } from "./problem.js";
/** Keeps a session for as long as the page or the program runs. */
export function inMemory(session = null) {
    return { read: () => session, write: (next) => void (session = next) };
}
/** An access token that ends this soon is refreshed before it is used. */
const MARGIN = 5_000;
/** The session of a client: whatever refreshes it, refreshes it once. */
export class Sessions {
    store;
    refresh;
    now;
    #refreshing = null;
    constructor(store, refresh, now) {
        this.store = store;
        this.refresh = refresh;
        this.now = now;
    }
    begin(tokens) {
        const session = {
            userId: tokens.user_id,
            accessToken: tokens.access_token,
            refreshToken: tokens.refresh_token,
            expiresAt: this.now() + tokens.expires_in * 1000,
            guest: tokens.guest ?? false,
        };
        this.store.write(session);
        return session;
    }
    /** Returns a session whose access token is valid as far as is known; `null` if nobody is signed in. */
    async current() {
        const session = this.store.read();
        return session && session.expiresAt - MARGIN <= this.now() ? this.after(session) : session;
    }
    /** Returns the session that replaces one whose access token was refused. Concurrent calls share one refresh. */
    after(refused) {
        const session = this.store.read();
        if (!session || session.accessToken !== refused.accessToken)
            return Promise.resolve(session);
        this.#refreshing ??= this.#exchange(refused).finally(() => (this.#refreshing = null));
        return this.#refreshing;
    }
    async #exchange(refused) {
        return alone(async () => {
            // Another tab may have been faster.
            const session = this.store.read();
            if (!session || session.accessToken !== refused.accessToken)
                return session;
            try {
                return this.begin(await this.refresh(session.refreshToken));
            }
            catch (error) {
                // The session has ended elsewhere. After any other failure it may still be good.
                if (!isProblem(error) || error.status !== 401)
                    throw error;
                this.store.write(null);
                return null;
            }
        });
    }
}
/** Runs a function while no other tab of the shop runs one, where the browser can tell. */
async function alone(run) {
    const locks = globalThis.navigator?.locks;
    return locks ? await locks.request("bodega-session", run) : run();
}
