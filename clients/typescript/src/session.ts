import type { Schemas } from "./contract.js";
import { isProblem } from "./problem.js";

/** The tokens of a session, and when the access token ends. */
export interface Session {
  userId: string;
  accessToken: string;
  refreshToken: string;
  /** Milliseconds since 1970, by this machine's clock. */
  expiresAt: number;
  guest: boolean;
}

/** Where a session is kept. Another tab may change it at any time. */
export interface SessionStore {
  read(): Session | null;
  write(session: Session | null): void;
}

/** Keeps a session for as long as the page or the program runs. */
export function inMemory(session: Session | null = null): SessionStore {
  return { read: () => session, write: (next) => void (session = next) };
}

/** An access token that ends this soon is refreshed before it is used. */
const MARGIN = 5_000;

/** The session of a client: whatever refreshes it, refreshes it once. */
export class Sessions {
  #refreshing: Promise<Session | null> | null = null;

  constructor(
    readonly store: SessionStore,
    readonly refresh: (refreshToken: string) => Promise<Schemas["Tokens"]>,
    readonly now: () => number,
  ) {}

  begin(tokens: Schemas["Tokens"]): Session {
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
  async current(): Promise<Session | null> {
    const session = this.store.read();
    return session && session.expiresAt - MARGIN <= this.now() ? this.after(session) : session;
  }

  /** Returns the session that replaces one whose access token was refused. Concurrent calls share one refresh. */
  after(refused: Session): Promise<Session | null> {
    const session = this.store.read();
    if (!session || session.accessToken !== refused.accessToken) return Promise.resolve(session);
    this.#refreshing ??= this.#exchange(refused).finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  async #exchange(refused: Session): Promise<Session | null> {
    return alone(async () => {
      // Another tab may have been faster.
      const session = this.store.read();
      if (!session || session.accessToken !== refused.accessToken) return session;
      try {
        return this.begin(await this.refresh(session.refreshToken));
      } catch (error) {
        // The session has ended elsewhere. After any other failure it may still be good.
        if (!isProblem(error) || error.status !== 401) throw error;
        this.store.write(null);
        return null;
      }
    });
  }
}

/** Runs a function while no other tab of the shop runs one, where the browser can tell. */
async function alone<T>(run: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks;
  return locks ? await locks.request("bodega-session", run) : run();
}
