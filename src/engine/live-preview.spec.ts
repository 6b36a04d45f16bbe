import { LivePreview, readPreviewNotice } from './live-preview';
import { PREVIEW_BYTES } from './run-events';

interface Shown {
  readonly preview: string;
  readonly truncated: boolean;
  readonly bytes: number;
}

describe('LivePreview', () => {
  const at = new Date('2026-01-02T03:04:05.678Z');
  const payloads: string[] = [];
  const tools = { clock: { now: () => at }, showPreview: (payload: string) => payloads.push(payload) };
  const open = (item?: number) =>
    new LivePreview({ runId: 'run', unit: { stepId: 'ask', item }, attempt: 2 }, tools);
  const shown = (): Shown[] =>
    payloads.map((payload) => JSON.parse(readPreviewNotice(payload)?.data ?? 'null') as Shown);

  beforeEach(() => {
    jest.useFakeTimers();
    payloads.splice(0);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('shows the first text at once, and then the newest every quarter of a second', () => {
    const live = open();
    for (const text of ['a', 'ab', 'abc']) live.show(text);
    expect(shown().map(({ preview }) => preview)).toEqual(['a']);
    jest.advanceTimersByTime(250);
    expect(shown().map(({ preview }) => preview)).toEqual(['a', 'abc']);
    jest.advanceTimersByTime(1000);
    expect(payloads).toHaveLength(2);
    live.show('abcd');
    expect(shown().at(-1)?.preview).toBe('abcd');
    live.close();
  });

  it('shows nothing more once it is closed', () => {
    const live = open();
    live.show('a');
    live.show('ab');
    live.close();
    live.show('abc');
    jest.advanceTimersByTime(1000);
    expect(payloads).toHaveLength(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('names the run, the step and its item, and says that more is to come', () => {
    const live = open(3);
    live.show('hi');
    live.close();
    expect(readPreviewNotice(payloads[0] ?? '')).toMatchObject({ runId: 'run', source: 'ask:3' });
    expect(shown()[0]).toEqual({
      run_id: 'run',
      step_id: 'ask',
      item: 3,
      attempt: 2,
      partial: true,
      preview: 'hi',
      truncated: false,
      bytes: 2,
      at: at.toISOString(),
    });
  });

  it('shows the end of a long text, never a part of a character', () => {
    const live = open();
    live.show(`${'€'.repeat(3000)}!`);
    live.close();
    const [{ preview, truncated, bytes } = { preview: '', truncated: false, bytes: 0 }] = shown();
    expect({ truncated, bytes }).toEqual({ truncated: true, bytes: 9001 });
    expect(preview).toMatch(/^€+!$/);
    expect(Buffer.byteLength(preview)).toBeGreaterThan(PREVIEW_BYTES - 3);
    expect(Buffer.byteLength(preview)).toBeLessThanOrEqual(PREVIEW_BYTES);
  });

  it.each(['\u0001', '"', '\n'])('fits into a notification however %j is escaped', (character) => {
    const live = open();
    live.show(character.repeat(10_000));
    live.close();
    expect(Buffer.byteLength(payloads[0] ?? '')).toBeLessThan(8000);
    expect(payloads[0]).not.toContain('\n');
    expect(shown()[0]).toMatchObject({ truncated: true, bytes: 10_000 });
    expect(shown()[0]?.preview.length).toBeGreaterThan(900);
  });
});
