import { Cluster } from '../support/cluster';
import { type DataDir, makeDataDir } from '../support/data-dir';
import { eventually } from '../support/eventually';
import { isAlive } from '../support/is-alive';
import { RunClient, type RunSteps } from '../support/run-client';
import { expectEffects, expectGapless, expectOutcomesOnce, lostAttempts } from '../support/run-history';
import { createSlowWorkflow, SLOW_RESULT, SLOW_STEPS } from '../support/slow-workflow';
import { type SlowServer, startSlowServer } from '../support/slow-server';
import { readStream, RunFollower, type StreamEvent } from '../support/sse-client';
import { type RunningRest, startRest } from '../support/start-rest';

/** Of each of the 30 steps. */
const STEP_MS = 150;

/** Steps that a run has behind it when the fault strikes, and how many it may have at most: the others are held until then. */
const STEPS_BEFORE = 8;
const MOST_STEPS_BEFORE = 12;

/** How often PostgreSQL is killed under runs that have just begun, and under how many each time. */
const KILLS = 3;
const RUNS_A_KILL = 12;

const REFUSED_PAUSE_MS = 200;

let farSide: SlowServer;

beforeAll(async () => {
  farSide = await startSlowServer();
});

afterEach(() => {
  farSide.release();
});

afterAll(() => farSide.close());

/** Tries again what was refused, at a pace that lets a server which starts get on. */
function persistently<Value>(attempt: () => Promise<Value>): Promise<Value> {
  return eventually(attempt, undefined, REFUSED_PAUSE_MS);
}

/** Waits for the run's end and checks all that is promised of a run which survived. */
async function expectSurvived(
  client: RunClient,
  runId: string,
  follower: RunFollower,
  place: { readonly baseUrl: string; readonly apiKey: string },
): Promise<RunSteps> {
  expect(await client.ended(runId)).toMatchObject({ status: 'succeeded', result: SLOW_RESULT, error: null });
  const steps = await client.steps(runId);
  expect(steps.items).toHaveLength(SLOW_STEPS);
  expect(new Set(steps.items.map(({ status }) => status))).toEqual(new Set(['succeeded']));
  expectEffects(runId, farSide.calls, steps);

  const replay: StreamEvent[] = [];
  await readStream(place.baseUrl, place.apiKey, runId, 0, (event) => replay.push(event) > 0);
  expectGapless(replay);
  expectOutcomesOnce(replay, steps);

  await follower.finished;
  expect(follower.cuts).toBeGreaterThan(0);
  expect(follower.events).toEqual(replay);
  return steps;
}

describe('with an API process and two worker processes on one database', () => {
  let cluster: Cluster;
  let workflowId: string;
  let follower: RunFollower | null = null;

  beforeAll(async () => {
    cluster = await Cluster.start(2);
    workflowId = await createSlowWorkflow(cluster.client, farSide.url, STEP_MS);
  });

  beforeEach(() => cluster.ensureWorkers(2));

  afterEach(() => {
    follower?.stop();
  });

  afterAll(() => cluster.close());

  /** A run that is followed, and in the middle. */
  async function startAndProgress(): Promise<{ runId: string; following: RunFollower }> {
    farSide.holdAfter(MOST_STEPS_BEFORE);
    const runId = await cluster.client.start(workflowId);
    follower = new RunFollower(() => cluster.baseUrl, cluster.apiKey, runId);
    await cluster.client.progressed(runId, STEPS_BEFORE);
    return { runId, following: follower };
  }

  it('goes on on the other worker when the one that holds the run is killed', async () => {
    const { runId, following } = await startAndProgress();
    const owner = await cluster.ownerOf(runId);
    cluster.forget(owner);
    await cluster.takeOver(runId, async () => {
      await owner.kill9();
      farSide.release();
    });
    const steps = await expectSurvived(cluster.client, runId, following, cluster);
    expect(lostAttempts(steps)).toBeGreaterThan(0);
  });

  it('goes on when the worker freezes, which then writes nothing and is a healthy worker again', async () => {
    const { runId, following } = await startAndProgress();
    const frozen = await cluster.ownerOf(runId);
    await cluster.takeOver(runId, () => {
      frozen.signal('SIGSTOP');
      farSide.release();
    });
    // The run is still under way on the other: this is when a late write would do harm.
    frozen.signal('SIGCONT');
    await expectSurvived(cluster.client, runId, following, cluster);
    await eventually(async () => (await cluster.registeredPids()).includes(frozen.pid));

    const other = cluster.otherThan(frozen);
    cluster.forget(other);
    await other.stop();
    const next = await cluster.client.start(workflowId);
    expect(await cluster.ownerOf(next)).toBe(frozen);
    expect(await cluster.client.ended(next)).toMatchObject({ status: 'succeeded' });
  });

  it('hands the run over without losing an attempt when the worker is told to stop', async () => {
    const { runId, following } = await startAndProgress();
    const owner = await cluster.ownerOf(runId);
    cluster.forget(owner);
    owner.signal('SIGTERM');
    farSide.release();
    const steps = await expectSurvived(cluster.client, runId, following, cluster);
    expect(lostAttempts(steps)).toBe(0);
    expect(await owner.exited).toEqual({ code: 0, signal: null });
    expect(await cluster.registeredPids()).not.toContain(owner.pid);
  });

  it('goes on when the network parts the worker from PostgreSQL, and without it the worker still stops in order', async () => {
    const { runId, following } = await startAndProgress();
    const parted = await cluster.ownerOf(runId);
    cluster.forget(parted);
    await cluster.takeOver(runId, () => {
      cluster.cutNetwork(parted);
      farSide.release();
    });
    await expectSurvived(cluster.client, runId, following, cluster);
    expect(isAlive(parted.pid)).toBe(true);
    parted.signal('SIGTERM');
    expect(await parted.exited).toEqual({ code: 0, signal: null });
  });
});

describe('with one process and its embedded PostgreSQL', () => {
  let dataDir: DataDir;
  let running: RunningRest;
  let client: RunClient;
  let workflowId: string;
  let follower: RunFollower | null = null;

  beforeAll(async () => {
    dataDir = makeDataDir();
    await start();
    workflowId = await createSlowWorkflow(client, farSide.url, STEP_MS);
  });

  afterEach(() => {
    follower?.stop();
  });

  afterAll(async () => {
    await running.app.stop();
    dataDir.remove();
  });

  async function start(key?: string): Promise<void> {
    running = await startRest({
      env: { DATA_DIR: dataDir.path, ...(key !== undefined && { BOOTSTRAP_API_KEY: key }) },
    });
    client = new RunClient(running.rest);
  }

  async function startAndProgress(): Promise<{ runId: string; following: RunFollower }> {
    farSide.holdAfter(MOST_STEPS_BEFORE);
    const runId = await client.start(workflowId);
    follower = new RunFollower(() => running.app.baseUrl, running.key, runId);
    await client.progressed(runId, STEPS_BEFORE);
    return { runId, following: follower };
  }

  it('ends the run when PostgreSQL is killed under it, and stays up itself', async () => {
    const { runId, following } = await startAndProgress();
    const killed = await eventually(() => dataDir.serverPid());
    process.kill(killed, 'SIGKILL');
    farSide.release();
    await expectSurvived(client, runId, following, { baseUrl: running.app.baseUrl, apiKey: running.key });
    expect(isAlive(running.app.pid)).toBe(true);
    expect(dataDir.serverPid()).not.toBe(killed);
  });

  it('loses no run that it acknowledged while PostgreSQL is killed again and again', async () => {
    const acknowledged: string[] = [];
    for (let round = 0; round < KILLS; round += 1) {
      const killed = await eventually(() => dataDir.serverPid());
      const starts = Array.from({ length: RUNS_A_KILL }, async () => {
        acknowledged.push(await startFresh());
      });
      await Promise.race(starts);
      process.kill(killed, 'SIGKILL');
      await Promise.all(starts);
    }
    for (const runId of acknowledged) {
      expect(await client.ended(runId)).toMatchObject({ status: 'succeeded', result: { last: 'done' } });
    }
    expect(acknowledged).toHaveLength(KILLS * RUNS_A_KILL);
  });

  /**
   * Starts a run of a workflow and a component that are new, so that the worker reads both while the server comes and
   * goes; what is refused meanwhile is tried again, as a client would.
   */
  async function startFresh(): Promise<string> {
    const component = await persistently(() =>
      client.createComponent({ type: 'http_request', url: `${farSide.url}/5/done` }),
    );
    const workflow = await persistently(() =>
      client.createWorkflow({
        steps: [
          { id: 'first', uses: { mcp_definition_id: component } },
          { id: 'last', uses: { builtin: 'set' }, inputs: '${{ steps.first.output.body.step }}' },
        ],
      }),
    );
    return persistently(() => client.start(workflow));
  }

  it('ends the run after the whole process was killed and started again on the same data', async () => {
    const { runId, following } = await startAndProgress();
    const { key } = running;
    await running.app.kill9();
    farSide.release();
    await start(key);
    const steps = await expectSurvived(client, runId, following, {
      baseUrl: running.app.baseUrl,
      apiKey: key,
    });
    expect(lostAttempts(steps)).toBeGreaterThan(0);
  });
});
