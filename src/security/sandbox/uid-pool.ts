import { randomInt } from 'node:crypto';

/** Accounts that neither distributions nor systemd assign (systemd.io/UIDS-GIDS), and that fit any map of 65,536. */
const FIRST_UID = 60_706;
const COUNT = 400;

/**
 * Accounts for sandboxes of a program that runs as root. Each sandbox has its own, because the kernel counts processes
 * by account.
 */
export class UidPool {
  private readonly taken = new Set<number>();
  // Several of our programs on one machine begin at different places.
  private next = randomInt(COUNT);

  /** Null when all are taken. */
  take(): number | null {
    for (let tried = 0; tried < COUNT; tried += 1) {
      const uid = FIRST_UID + this.next;
      this.next = (this.next + 1) % COUNT;
      if (this.taken.has(uid)) continue;
      this.taken.add(uid);
      return uid;
    }
    return null;
  }

  release(uid: number): void {
    this.taken.delete(uid);
  }
}

/** The account inside of a user namespace: any that is not root will do. */
export const NAMESPACE_UID = FIRST_UID;
