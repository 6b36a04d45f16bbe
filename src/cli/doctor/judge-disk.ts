import { bytesText } from '../bytes-text';
import { failed, type Finding, ok, warning } from './finding';

/** PostgreSQL's log of changes alone may take a gigabyte (`max_wal_size`). */
const WARNING_BYTES = 2 * 1024 ** 3;
/** A database without room stops taking writes. */
const FAILED_BYTES = 256 * 1024 ** 2;

const SUBJECT = 'Disk';

/** @param freeBytes what this user may still write beside `folder` */
export function judgeDisk(freeBytes: number, folder: string): Finding {
  const found = `${bytesText(freeBytes)} are free for ${folder}`;
  if (freeBytes >= WARNING_BYTES) return ok(SUBJECT, found);
  const advice = `Free some, shorten RUN_RETENTION_DAYS, or move the data (DATA_DIR) to a larger disk; ${bytesText(WARNING_BYTES)} should be free`;
  return freeBytes >= FAILED_BYTES ? warning(SUBJECT, found, advice) : failed(SUBJECT, found, advice);
}
