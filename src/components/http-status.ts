/** Statuses that say "not now" rather than "no" (RFC 9110, RFC 6585, RFC 8470). */
export function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}
