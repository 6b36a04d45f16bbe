import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { AppError } from '../common/errors/app-error';
import { invalidRequest } from '../common/errors/invalid-request';
import { notFound } from '../common/errors/not-found';
import { checkBody, MAX_BODY_DEPTH } from '../common/wire/check-dto';
import { exceedsDepth } from '../common/wire/exceeds-depth';
import type { JsonValue } from '../engine/core/json';
import { RunIntake } from '../engine/run-intake';
import type { NewSignal } from '../engine/store/signal-store';
import { ApprovalDto } from './dto/signal.dto';
import { RunRepository } from './run.repository';
import { RunService } from './run.service';

/** A wish to send a signal. */
export interface SendSignal {
  readonly runId: string;
  readonly name: string;
  readonly payload: JsonValue;
  /** Id of the API key. */
  readonly sentBy: string;
}

/** Sends approvals and other signals to runs. */
@Injectable()
export class RunSignalService {
  constructor(
    private readonly service: RunService,
    private readonly runs: RunRepository,
    private readonly intake: RunIntake,
    private readonly clock: Clock,
  ) {}

  /**
   * Records a signal for the step that holds for it, or will; the step takes it as soon as it holds.
   * @returns the signal; the earlier one where the same was sent before, by the same key
   * @throws AppError NOT_FOUND without the run; INVALID_REQUEST where no step holds for it, or an approval's payload is
   *   none; CONFLICT when the run, or the step, has ended, or another payload was sent
   */
  async send(wish: SendSignal): Promise<NewSignal> {
    const run = await this.service.get(wish.runId);
    const { signals } = await this.intake.plan(run);
    const holder = signals.get(wish.name);
    if (holder === undefined) throw unknownName(wish.name, [...signals.keys()]);
    const payload = holder.builtin === 'approval' ? checkApproval(wish.payload) : checkDepth(wish.payload);
    const signal = { ...wish, payload, stepId: holder.stepId, sentAt: this.clock.now() };
    const outcome = await this.runs.transaction((sql) => this.intake.signal(sql, signal));
    switch (outcome.kind) {
      case 'recorded':
        this.intake.announceSignal(wish.runId, outcome.heldByWorker);
        return signal;
      case 'repeated':
        return { ...signal, sentAt: outcome.sentAt };
      case 'taken':
        throw new AppError('CONFLICT', `The signal "${wish.name}" was already sent, with another payload`);
      case 'too-late':
        throw new AppError('CONFLICT', `The step "${holder.stepId}" has already ended`);
      case 'ended':
        throw new AppError('CONFLICT', `The run has already ended: it is ${run.status}`);
      case 'unknown':
        throw notFound(`workflow run ${wish.runId}`);
    }
  }
}

function unknownName(name: string, known: readonly string[]): AppError {
  const allowed = known.length === 0 ? 'the workflow holds for none' : `allowed: ${known.join(', ')}`;
  return invalidRequest([{ path: 'name', message: `no step holds for the signal "${name}"; ${allowed}` }]);
}

function checkDepth(payload: JsonValue): JsonValue {
  if (!exceedsDepth(payload, MAX_BODY_DEPTH)) return payload;
  throw invalidRequest([
    { path: '', message: `The body must not be nested deeper than ${MAX_BODY_DEPTH} levels` },
  ]);
}

function checkApproval(payload: JsonValue): JsonValue {
  const checked = checkBody(ApprovalDto, payload);
  if (!checked.ok) throw invalidRequest(checked.error);
  const { decision, comment } = checked.value;
  return { decision, ...(comment !== undefined && { comment }) };
}
