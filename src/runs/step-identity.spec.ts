import { formatStepIdentity, readStepIdentity, STEP_IDENTITY } from './step-identity';

const RUN = '0198c5b2-7d51-7c3e-8f00-3b1f6f0f9a55';

describe("a step's id as an entity", () => {
  it('is the run and the step, and reads back', () => {
    const id = formatStepIdentity(RUN, 'fetch_orders');
    expect(id).toBe(`${RUN}:fetch_orders`);
    expect(readStepIdentity(id)).toEqual({ runId: RUN, stepId: 'fetch_orders' });
  });

  it('is the same in whichever case the run is written; steps differ by theirs', () => {
    expect(STEP_IDENTITY.readId(`${RUN.toUpperCase()}:Fetch`)).toBe(`${RUN}:Fetch`);
  });

  it.each(['', RUN, `${RUN}:`, `:a`, `x:a`, `${RUN}:a:b`, `${RUN}:a\u0000`, `${RUN}:a b`])(
    'is not %j',
    (text) => {
      expect(STEP_IDENTITY.readId(text)).toBeNull();
    },
  );
});
