import { AsyncLocalStorage } from 'node:async_hooks';

/** What lines of the log say of the work that they were written in. */
export interface LogFields {
  readonly request_id?: string;
  readonly run_id?: string;
  readonly step_id?: string;
}

const storage = new AsyncLocalStorage<LogFields>();

/** Does `work`; all that is logged meanwhile, and in what it starts, carries `fields` beside those from outside. */
export function withLogFields<Value>(fields: LogFields, work: () => Value): Value {
  return storage.run({ ...storage.getStore(), ...fields }, work);
}

/** The fields of the work that is under way here. */
export function currentLogFields(): LogFields {
  return storage.getStore() ?? {};
}
