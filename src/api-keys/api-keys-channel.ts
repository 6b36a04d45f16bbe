/** NOTIFY channel: a key is gone, forget what is cached. Payload: the key's id. */
export const API_KEYS_CHANNEL = 'api_keys';
