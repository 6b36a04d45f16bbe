import { UidPool } from './uid-pool';

describe('UidPool', () => {
  it('gives each sandbox an account of its own, and says when there is none left', () => {
    const pool = new UidPool();
    const taken = Array.from({ length: 400 }, () => pool.take());
    expect(new Set(taken).size).toBe(400);
    expect(taken).not.toContain(null);
    expect(pool.take()).toBeNull();
    pool.release(taken[7] ?? 0);
    expect(pool.take()).toBe(taken[7]);
  });

  it('gives no account that a system assigns', () => {
    const uid = new UidPool().take() ?? 0;
    expect(uid).toBeGreaterThan(60_705);
    expect(uid).toBeLessThan(61_184);
  });
});
