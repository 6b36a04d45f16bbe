import type { AuditEvent } from './audit-event';

/** Events in one statement: past it, a statement takes longer without writing more a second. */
const MAX_BATCH = 500;

/** How long an event may wait for others to share a statement with. */
const GATHER_MS = 200;

/** Events that wait at most: some 50 MB if all were as large as they may be. */
const MAX_WAITING = 10_000;

/** Between tries while the database is away. */
const RETRY_MS = 1_000;

/** Why an event is lost. */
export type DropReason = 'buffer_full' | 'refused' | 'shutdown';

/** Where events go. */
export interface EventSink {
  /** Writes all of them or none; those that have been written already are passed by. */
  write(events: readonly AuditEvent[]): Promise<void>;
  /** Whether the same write may succeed later. */
  isPassing(error: unknown): boolean;
}

/** Is told how it goes. Nothing of it may throw. */
export interface BatcherObserver {
  written(count: number): void;
  dropped(reason: DropReason, count: number): void;
  /** The database is away. Told once, until `recovered`. */
  troubled(error: unknown): void;
  recovered(): void;
  /** This one event will never be taken. */
  refused(event: AuditEvent, error: unknown): void;
}

/**
 * Writes events behind the backs of those who add them: in groups, one after the other. While the database is away
 * they wait, and past so many the newest are dropped; those that it refuses are singled out.
 */
export class EventBatcher {
  private waiting: AuditEvent[] = [];
  /** What was taken from `waiting` and is not settled: whole groups, or parts of one that was refused. */
  private readonly groups: (readonly AuditEvent[])[] = [];
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> | null = null;
  private wake: () => void = () => undefined;
  private isTroubled = false;
  private isClosing = false;
  private isClosed = false;

  constructor(
    private readonly sink: EventSink,
    private readonly observer: BatcherObserver,
    private readonly maxWaiting: number = MAX_WAITING,
  ) {}

  /** How many are not written yet. */
  get size(): number {
    return this.waiting.length + this.groups.reduce((sum, group) => sum + group.length, 0);
  }

  /** Takes an event; returns at once. */
  add(event: AuditEvent): void {
    if (this.isClosed) this.observer.dropped('shutdown', 1);
    else if (this.waiting.length >= this.maxWaiting) this.observer.dropped('buffer_full', 1);
    else {
      this.waiting.push(event);
      if (this.waiting.length >= MAX_BATCH) this.start();
      else
        this.timer ??= setTimeout(() => {
          this.start();
        }, GATHER_MS).unref();
    }
  }

  /** Writes what waits. What cannot be written within this time is lost, and so is what is added afterwards. */
  async close(patienceMs: number): Promise<void> {
    this.isClosing = true;
    this.wake();
    this.start();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patienceMs);
    });
    await Promise.race([this.writing, late]);
    clearTimeout(timer);
    this.isClosed = true;
    if (this.size > 0) this.observer.dropped('shutdown', this.size);
    this.waiting = [];
    this.groups.length = 0;
  }

  private start(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing ??= this.writeAll().finally(() => {
      this.writing = null;
    });
  }

  private async writeAll(): Promise<void> {
    while (!this.isClosed) {
      if (this.groups.length === 0 && this.waiting.length > 0) {
        this.groups.push(this.waiting.splice(0, MAX_BATCH));
      }
      const group = this.groups.pop();
      if (group === undefined) return;
      if (!(await this.writeGroup(group))) await this.pause();
    }
  }

  /** @returns false when the database is away: the group is then still to be written */
  private async writeGroup(group: readonly AuditEvent[]): Promise<boolean> {
    this.groups.push(group);
    try {
      await this.sink.write(group);
      this.observer.written(group.length);
      this.settle(group);
    } catch (error) {
      if (this.sink.isPassing(error)) {
        this.noteTrouble(error);
        return false;
      }
      this.split(group, error);
    }
    this.noteRecovery();
    return true;
  }

  /** One event that is refused must not cost the others of its group. */
  private split(group: readonly AuditEvent[], error: unknown): void {
    const [first] = group;
    const half = Math.ceil(group.length / 2);
    if (group.length > 1) this.settle(group, [group.slice(half), group.slice(0, half)]);
    else {
      this.settle(group);
      this.observer.dropped('refused', 1);
      if (first !== undefined) this.observer.refused(first, error);
    }
  }

  /** Replaces a group by what is left of it; unless it has been given up meanwhile. */
  private settle(group: readonly AuditEvent[], rest: readonly (readonly AuditEvent[])[] = []): void {
    const index = this.groups.indexOf(group);
    if (index !== -1) this.groups.splice(index, 1, ...rest);
  }

  private noteTrouble(error: unknown): void {
    if (!this.isTroubled) this.observer.troubled(error);
    this.isTroubled = true;
  }

  private noteRecovery(): void {
    if (this.isTroubled) this.observer.recovered();
    this.isTroubled = false;
  }

  /** Shorter when it ends: there is not much time. */
  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.isClosing ? RETRY_MS / 10 : RETRY_MS).unref();
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
