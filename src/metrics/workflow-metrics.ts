import { Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';

import { type EndedRun, type EndedStep, EngineObserver, type ModelUsage } from '../engine/ports';
import { MetricsRegistry } from './metrics-registry';

/** From a `set` step, under a millisecond, to what waits for an hour. */
const STEP_BUCKETS = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600];
const RUN_BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 21_600, 86_400];

/** Models that have series of their own: their names are free text. The others are counted as `other`. */
const MAX_MODELS = 100;

/** Counts and times the steps and runs that this process has brought to their end. */
@Injectable()
export class WorkflowMetrics extends EngineObserver {
  readonly steps: Counter<'type' | 'outcome'>;
  readonly stepDurations: Histogram<'type' | 'outcome'>;
  private readonly retries: Counter<'type'>;
  private readonly runs: Counter<'status'>;
  private readonly runDurations: Histogram<'status'>;
  private readonly modelTokens: Counter<'provider' | 'model' | 'direction'>;
  private readonly knownModels = new Set<string>();

  constructor(registry: MetricsRegistry) {
    super();
    const registers = [registry];
    this.steps = new Counter({
      name: 'workflow_steps_total',
      help: 'Steps that are over',
      labelNames: ['type', 'outcome'],
      registers,
    });
    this.stepDurations = new Histogram({
      name: 'workflow_step_duration_seconds',
      help: 'From the start of a step to its end, retries and the waits between them included',
      labelNames: ['type', 'outcome'],
      buckets: STEP_BUCKETS,
      registers,
    });
    this.retries = new Counter({
      name: 'workflow_step_retries_total',
      help: 'Attempts that failed or were lost and are tried again',
      labelNames: ['type'],
      registers,
    });
    this.runs = new Counter({
      name: 'workflow_runs_total',
      help: 'Runs that are over',
      labelNames: ['status'],
      registers,
    });
    this.runDurations = new Histogram({
      name: 'workflow_run_duration_seconds',
      help: 'From the start of a run to its end, waits included; not of runs that never started',
      labelNames: ['status'],
      buckets: RUN_BUCKETS,
      registers,
    });
    this.modelTokens = new Counter({
      name: 'llm_tokens_total',
      help: 'Tokens that steps used of language models, those of failed attempts included',
      labelNames: ['provider', 'model', 'direction'],
      registers,
    });
  }

  override stepEnded({ type, status, durationMs }: EndedStep): void {
    const labels = { type, outcome: status };
    this.steps.inc(labels);
    if (durationMs !== null) this.stepDurations.observe(labels, durationMs / 1_000);
  }

  override stepRetried(type: string): void {
    this.retries.inc({ type });
  }

  override runEnded({ status, durationMs }: EndedRun): void {
    this.runs.inc({ status });
    if (durationMs !== null) this.runDurations.observe({ status }, durationMs / 1_000);
  }

  override modelUsed({ provider, model, inputTokens, outputTokens }: ModelUsage): void {
    const labels = { provider, model: this.modelLabel(`${provider}/${model}`, model) };
    this.modelTokens.inc({ ...labels, direction: 'input' }, inputTokens);
    this.modelTokens.inc({ ...labels, direction: 'output' }, outputTokens);
  }

  private modelLabel(key: string, model: string): string {
    if (!this.knownModels.has(key)) {
      if (this.knownModels.size >= MAX_MODELS) return 'other';
      this.knownModels.add(key);
    }
    return model;
  }
}
