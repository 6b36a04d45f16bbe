import { createSecretKey, randomBytes } from 'node:crypto';

import { KeyRing } from './key-ring';

const [first, second] = [createSecretKey(randomBytes(32)), createSecretKey(randomBytes(32))] as const;
const dataKey = createSecretKey(randomBytes(32));

describe('KeyRing', () => {
  it('unwraps what it wrapped, for that data key only', () => {
    const ring = new KeyRing([first]);
    const wrapped = ring.wrap('d1', dataKey);
    expect(ring.unwrap('d1', wrapped)?.equals(dataKey)).toBe(true);
    expect(ring.unwrap('d2', wrapped)).toBeNull();
  });

  it('unwraps under an older key, and wraps under the current one', () => {
    const old = new KeyRing([first]).wrap('d1', dataKey);
    const both = new KeyRing([second, first]);
    expect(both.unwrap('d1', old)?.equals(dataKey)).toBe(true);
    expect(both.isCurrent(old)).toBe(false);

    const renewed = both.wrap('d1', dataKey);
    expect(both.isCurrent(renewed)).toBe(true);
    expect(new KeyRing([second]).unwrap('d1', renewed)?.equals(dataKey)).toBe(true);
    expect(new KeyRing([first]).unwrap('d1', renewed)).toBeNull();
  });

  it('unwraps nothing that is broken', () => {
    const ring = new KeyRing([first]);
    const wrapped = ring.wrap('d1', dataKey);
    expect(ring.unwrap('d1', wrapped.slice(0, -6))).toBeNull();
    expect(ring.unwrap('d1', '')).toBeNull();
  });

  it('does not show its keys in what it writes', () => {
    const wrapped = new KeyRing([first]).wrap('d1', dataKey);
    expect(wrapped).not.toContain(first.export().toString('base64url').slice(0, 12));
    expect(wrapped).not.toContain(first.export().toString('hex').slice(0, 12));
  });
});
