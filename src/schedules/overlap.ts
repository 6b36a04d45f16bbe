/**
 * What a schedule does when its time comes while a run that it started has not ended: no new run; one that waits
 * until it ends (at most one waits); a run beside it.
 */
export const OVERLAPS = ['skip', 'queue', 'allow'] as const;
export type Overlap = (typeof OVERLAPS)[number];
