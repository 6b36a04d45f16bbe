/** NOTIFY channel: sessions ended, or signing keys were replaced: forget what is cached. Its payload says nothing. */
export const SESSIONS_CHANNEL = 'sessions';
