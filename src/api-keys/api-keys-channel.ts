/** NOTIFY channel: a key is gone or its text was replaced, forget what is cached. Payload: the key's id. */
export const API_KEYS_CHANNEL = 'api_keys';
