import type { Clock } from '../common/clock';
import type { Unit } from './core/unit';
import { livePreview, PREVIEW_BYTES } from './run-events';

/**
 * How often the text of one step is shown at most: enough to read along with, and four notifications a second are
 * nothing beside the checkpoints of other runs.
 */
const SHOW_EVERY_MS = 250;

/** PostgreSQL takes payloads of NOTIFY under 8,000 bytes. */
const MAX_PAYLOAD_BYTES = 7_900;

/** Whose text it is. */
export interface PreviewedAttempt {
  readonly runId: string;
  readonly unit: Unit;
  readonly attempt: number;
}

/** What a payload of the channel `run_previews` tells. */
export interface PreviewNotice {
  readonly runId: string;
  /** Names the step, or the item of it: a newer text of the same takes the place of an older one. */
  readonly source: string;
  /** JSON text as the stream sends it. */
  readonly data: string;
}

/** What a preview is shown by. */
export interface PreviewTools {
  readonly clock: Clock;
  readonly showPreview: (payload: string) => void;
}

/**
 * Shows the growing text of one attempt: at once, then now and then as it grows. Whatever is not shown in time is
 * dropped, for the next one holds it as well.
 */
export class LivePreview {
  private pending: string | null = null;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly attempt: PreviewedAttempt,
    private readonly tools: PreviewTools,
  ) {}

  show(textSoFar: string): void {
    this.pending = textSoFar;
    if (this.timer === null) this.flush();
  }

  /** Shows nothing any more: the attempt has ended, and its output is what counts. */
  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.show = () => undefined;
  }

  private flush(): void {
    if (this.pending === null) return;
    this.tools.showPreview(toPayload(this.attempt, this.pending, this.tools.clock.now()));
    this.pending = null;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.flush();
    }, SHOW_EVERY_MS);
  }
}

/** The payload: the run, the step (no name of one holds a space), and the event's JSON, parted by spaces. */
function toPayload({ runId, unit, attempt }: PreviewedAttempt, textSoFar: string, at: Date): string {
  const source = unit.item === undefined ? unit.stepId : `${unit.stepId}:${unit.item}`;
  // Escaped, a text can be six times as long: then less of it is shown.
  for (let bytes = PREVIEW_BYTES; ; bytes = Math.floor(bytes / 2)) {
    const payload = `${runId} ${source} ${livePreview(runId, unit, attempt, textSoFar, bytes, at)}`;
    if (bytes === 0 || Buffer.byteLength(payload) <= MAX_PAYLOAD_BYTES) return payload;
  }
}

/** Reads what {@link LivePreview} sends; null for anything else that came over the channel. */
export function readPreviewNotice(payload: string): PreviewNotice | null {
  const [, runId, source, data] = /^(\S+) (\S+) (.+)$/.exec(payload) ?? [];
  return runId === undefined || source === undefined || data === undefined ? null : { runId, source, data };
}
