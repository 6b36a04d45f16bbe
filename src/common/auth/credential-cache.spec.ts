import { CREDENTIAL_CACHE_MS, CredentialCache } from './credential-cache';

function setUp() {
  const clock = { now: 1000 };
  const cache = new CredentialCache<string>(5000, () => clock.now);
  const lookUp = jest.fn<Promise<string | null>, []>(() => Promise.resolve('value'));
  return { cache, clock, lookUp };
}

describe('CredentialCache', () => {
  it('looks a name up once while it is fresh, and again after its time', async () => {
    const { cache, clock, lookUp } = setUp();
    await cache.get('a', lookUp);
    clock.now += 4999;
    expect(await cache.get('a', lookUp)).toBe('value');
    expect(lookUp).toHaveBeenCalledTimes(1);
    clock.now += 1;
    await cache.get('a', lookUp);
    expect(lookUp).toHaveBeenCalledTimes(2);
  });

  it('remembers what is used all the time no longer: for less than the 5 s that are promised', async () => {
    const clock = { now: 1000 };
    const cache = new CredentialCache<string>(CREDENTIAL_CACHE_MS, () => clock.now);
    await cache.get('a', () => Promise.resolve('value'));
    const uses: (string | null)[] = [];
    for (; clock.now < 1000 + 5_000; clock.now += 500) {
      uses.push(await cache.get('a', () => Promise.resolve(null)));
    }
    expect(uses.at(0)).toBe('value');
    expect(uses.at(-1)).toBeNull();
  });

  it('makes one look-up of many at the same time', async () => {
    const { cache, lookUp } = setUp();
    expect(await Promise.all([cache.get('a', lookUp), cache.get('a', lookUp)])).toEqual(['value', 'value']);
    expect(lookUp).toHaveBeenCalledTimes(1);
  });

  it('remembers neither what was not found nor a failure', async () => {
    const { cache, lookUp } = setUp();
    lookUp.mockResolvedValueOnce(null).mockRejectedValueOnce(new Error('away'));
    expect(await cache.get('a', lookUp)).toBeNull();
    await expect(cache.get('a', lookUp)).rejects.toThrow('away');
    expect(await cache.get('a', lookUp)).toBe('value');
  });

  it('does not remember a look-up that was under way when everything was forgotten', async () => {
    const { cache, lookUp } = setUp();
    const underWay = cache.get('a', lookUp);
    cache.forgetAll();
    expect(await underWay).toBe('value');
    lookUp.mockResolvedValueOnce(null);
    expect(await cache.get('a', lookUp)).toBeNull();
  });
});
