/** NOTIFY channel: a secret was changed or deleted, forget what is cached. Without a payload. */
export const SECRETS_CHANNEL = 'secrets';
