import { decideFiring, type FiringDecision, type FiringFacts } from './decide-firing';

const due = new Date('2026-01-31T12:00:00Z');
const queued = new Date('2026-01-31T11:00:00Z');
const nothing: FiringDecision = { start: null, queuedFor: null, skipped: null };

/** overlap, an open run, a time that has come, one that waits → what differs from doing nothing. */
const table: [FiringFacts['overlap'], boolean, Date | null, Date | null, Partial<FiringDecision>][] = [
  ['skip', false, due, null, { start: due }],
  ['skip', true, due, null, { skipped: due }],
  ['skip', false, null, null, {}],
  ['allow', false, due, null, { start: due }],
  ['allow', true, due, null, { start: due }],
  ['allow', true, null, queued, { start: queued }],
  ['queue', false, due, null, { start: due }],
  ['queue', true, due, null, { queuedFor: due }],
  ['queue', true, due, queued, { queuedFor: queued, skipped: due }],
  ['queue', true, null, queued, { queuedFor: queued }],
  ['queue', false, null, queued, { start: queued }],
  ['queue', false, due, queued, { start: queued, queuedFor: due }],
];

it.each(table)(
  'decides for overlap %s, open run %s, due %p, queued %p',
  (overlap, hasOpenRun, dueAt, queuedFor, expected) => {
    expect(decideFiring({ overlap, hasOpenRun, dueAt, queuedFor })).toEqual({ ...nothing, ...expected });
  },
);
