import { failed, type Finding, ok, warning } from './finding';

/** Up to here nobody notices. */
const WARNING_MS = 2_000;
/** From here on keys end, schedules fire and sessions expire at plainly wrong times. */
const FAILED_MS = 60_000;

const SUBJECT = 'Clock';
const ADVICE =
  'Set both clocks by NTP (timedatectl set-ntp true): the ends of keys, sessions and waits go by them';

/**
 * @param offsetMs by how much the database's clock is ahead of this machine's
 * @param uncertaintyMs half of the time that asking took
 */
export function judgeClock(offsetMs: number, uncertaintyMs: number): Finding {
  const apart = Math.max(0, Math.abs(offsetMs) - uncertaintyMs);
  if (apart <= WARNING_MS) return ok(SUBJECT, `within ${WARNING_MS / 1_000} s of the database's`);
  const found = `the database's clock is ${(apart / 1_000).toFixed(1)} s ${offsetMs > 0 ? 'ahead of' : 'behind'} this machine's`;
  return apart < FAILED_MS ? warning(SUBJECT, found, ADVICE) : failed(SUBJECT, found, ADVICE);
}
