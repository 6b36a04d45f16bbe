/** How long a token is good: whoever steals one has it no longer. */
export const TOKEN_LIFETIME_MS = 15 * 60 * 1000;

/** How long a session lasts, however often it is refreshed: a working day, then the key is asked for again. */
export const SESSION_LIFETIME_MS = 12 * 60 * 60 * 1000;

/** How old a signing key grows before the next one takes its place. */
export const SIGNING_KEY_LIFETIME_MS = 30 * 24 * 60 * 60 * 1000;
