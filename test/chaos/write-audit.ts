import type { Stage } from './stage';

/**
 * PostgreSQL itself notes, by triggers, which process registered as which worker, and which process wrote to a run that
 * which worker then held. Processes are told apart by the `application_name` of their connections.
 */
const INSTALL = `
CREATE SCHEMA audit;
CREATE TABLE audit.workers (id uuid, process text);
CREATE TABLE audit.writes (run_id uuid, seq int, owner uuid, epoch int, process text);
CREATE FUNCTION audit.note_worker() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO audit.workers VALUES (NEW.id, current_setting('application_name'));
  RETURN NULL;
END $$;
CREATE FUNCTION audit.note_write() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO audit.writes VALUES (OLD.id, NEW.seq, OLD.owner, OLD.epoch, current_setting('application_name'));
  RETURN NULL;
END $$;
CREATE TRIGGER audit AFTER INSERT ON workers FOR EACH ROW EXECUTE FUNCTION audit.note_worker();
CREATE TRIGGER audit AFTER UPDATE ON workflow_runs FOR EACH ROW WHEN (NEW.seq <> OLD.seq)
  EXECUTE FUNCTION audit.note_write();`;

/** Writes to a run that a worker held, and by another process than that worker. */
const BY_OTHERS = `
SELECT w.run_id, w.seq, w.epoch, w.process, holder.process AS holder
FROM audit.writes w LEFT JOIN audit.workers holder ON holder.id = w.owner
WHERE w.owner IS NOT NULL AND w.process IS DISTINCT FROM holder.process`;

/** Two workers that wrote under one epoch: the fence had not risen between them. */
const SHARED_EPOCHS = `
SELECT run_id, epoch, array_agg(DISTINCT owner) AS owners FROM audit.writes WHERE owner IS NOT NULL
GROUP BY run_id, epoch HAVING count(DISTINCT owner) > 1`;

/** An epoch that was written under after a higher one. */
const FALLING_EPOCHS = `
SELECT run_id, seq, epoch FROM (
  SELECT run_id, seq, epoch, max(epoch) OVER (PARTITION BY run_id ORDER BY seq) AS highest FROM audit.writes) w
WHERE epoch < highest`;

/** Every write to a run's state while everything is harmed, with the fence that it was made under. */
export const writeAudit = {
  async install(stage: Stage): Promise<void> {
    await stage.query(INSTALL);
  },

  /** How many writes there were under a lease. */
  async count(stage: Stage): Promise<number> {
    const [row] = await stage.query<{ writes: number }>(
      'SELECT count(*)::int AS writes FROM audit.writes WHERE owner IS NOT NULL',
    );
    return row?.writes ?? 0;
  },

  /** The queries that find writes with an old fence, by what is wrong then. */
  faults: {
    'a run was written to by another process than its holder': BY_OTHERS,
    'two workers wrote under one epoch': SHARED_EPOCHS,
    'an epoch was written under after a higher one': FALLING_EPOCHS,
  },
} as const;
