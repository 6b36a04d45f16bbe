import { FixedWindows } from './fixed-windows';

const LENGTH = 60_000;

describe('FixedWindows', () => {
  it('counts the hits of each key by itself, from its first hit on', () => {
    const windows = new FixedWindows(LENGTH);
    expect(windows.hit('a', 1_000)).toEqual({ hits: 1, resetAt: 61_000 });
    expect(windows.hit('a', 30_000)).toEqual({ hits: 2, resetAt: 61_000 });
    expect(windows.hit('b', 30_000)).toEqual({ hits: 1, resetAt: 90_000 });
  });

  it('starts again when the window is over, not before', () => {
    const windows = new FixedWindows(LENGTH);
    windows.hit('a', 0);
    expect(windows.hit('a', 59_999)).toMatchObject({ hits: 2 });
    expect(windows.hit('a', 60_000)).toEqual({ hits: 1, resetAt: 120_000 });
  });

  it('keeps nobody waiting for longer than a window when the clock is set back', () => {
    const windows = new FixedWindows(LENGTH);
    windows.hit('a', 3_600_000);
    expect(windows.peek('a', 0)).toBeNull();
    expect(windows.hit('a', 0)).toEqual({ hits: 1, resetAt: LENGTH });
    for (let second = 1; second < 1_000; second += 1) windows.hit(`key ${second}`, second * 1_000);
    expect(windows.size).toBe(60);
  });

  it('shows a window without counting', () => {
    const windows = new FixedWindows(LENGTH);
    expect(windows.peek('a', 0)).toBeNull();
    windows.hit('a', 0);
    expect(windows.peek('a', 1)).toEqual(windows.peek('a', 2));
    expect(windows.peek('a', LENGTH)).toBeNull();
  });

  it('goes on from what was counted elsewhere', () => {
    const windows = new FixedWindows(LENGTH);
    windows.put('a', { hits: 41, resetAt: 5_000 }, 0);
    expect(windows.hit('a', 1)).toEqual({ hits: 42, resetAt: 5_000 });
  });

  it('keeps no window that is over, however many keys come', () => {
    const windows = new FixedWindows(LENGTH);
    for (let second = 0; second < 1_000; second += 1) windows.hit(`key ${second}`, second * 1_000);
    expect(windows.size).toBe(60);
  });

  it('keeps a bounded number of windows, the newest ones', () => {
    const windows = new FixedWindows(LENGTH, 10);
    for (let index = 0; index < 1_000; index += 1) windows.hit(`key ${index}`, 0);
    expect(windows.size).toBe(10);
    expect(windows.peek('key 999', 0)).not.toBeNull();
    expect(windows.peek('key 0', 0)).toBeNull();
  });
});
