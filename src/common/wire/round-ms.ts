/** Milliseconds as answers show them, to hundredths: the clock says no more that counts. */
export function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100;
}
