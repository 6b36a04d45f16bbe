/** One event of a run, as docs/workflows.md describes them. */
export interface RunEvent {
  /** `status_change`, `log` or `result_preview`. */
  readonly type: string;
  readonly data: RunEventData;
}

/** The fields of all types of event; without `step_id` it is about the run. */
export interface RunEventData {
  readonly at: string;
  readonly step_id?: string;
  readonly item?: number;
  readonly attempt?: number;
  readonly status?: string;
  readonly reason?: string;
  readonly error?: { readonly code: string; readonly message: string };
  readonly message?: string;
  readonly partial?: boolean;
  /** Whether it is the last event. */
  readonly terminal?: boolean;
}
