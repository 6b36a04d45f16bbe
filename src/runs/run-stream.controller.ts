import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { EndsWithCredential } from '../common/auth/ends-with-credential.decorator';
import { RequireScope } from '../common/auth/require-scope.decorator';
import { ApiErrors } from '../common/errors/api-errors.decorator';
import { notFound } from '../common/errors/not-found';
import { invalidRequest } from '../common/errors/invalid-request';
import { UuidPipe } from '../common/wire/uuid.pipe';
import { RunStreams } from './run-streams';
import { openEventStream } from './sse-response';

/** Event numbers are PostgreSQL integers. */
const MAX_SEQ = 2_147_483_647;

@ApiTags('Workflow runs')
@Controller('workflow-runs')
export class RunStreamController {
  constructor(private readonly streams: RunStreams) {}

  @Get(':run_id/stream')
  @RequireScope('read')
  @EndsWithCredential()
  @ApiOperation({
    operationId: 'streamWorkflowRun',
    summary: "Stream a run's events as they happen",
    description:
      'Server-sent events of the types `status_change`, `log` and `result_preview`, numbered 1, 2, 3 … without gaps. ' +
      'Replays from the first event, or after the number given, then follows the run until its terminal event. ' +
      'While a model writes, `result_preview` events with `"partial": true` and without a number come between them.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'Go on after this event',
    schema: { type: 'integer', minimum: 0, maximum: MAX_SEQ },
  })
  @ApiQuery({
    name: 'after',
    required: false,
    schema: { type: 'integer', minimum: 0, maximum: MAX_SEQ },
    description: 'The same, for clients without headers',
  })
  @ApiResponse({
    status: 200,
    description: 'The stream',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  @ApiResponse({ status: 204, description: 'The run has ended and the client has its last event' })
  @ApiErrors('NOT_FOUND')
  async stream(
    @Param('run_id', UuidPipe) id: string,
    @Res() response: Response,
    @Headers('last-event-id') lastEventId?: string,
    @Query('after') after?: unknown,
  ): Promise<void> {
    // Both are checked, though the header counts: it is the newer of the two where a client reconnects.
    const asked = eventNumber('after', after) ?? 0;
    const cursor = eventNumber('Last-Event-ID', lastEventId) ?? asked;
    const head = await this.streams.head(id);
    if (head === null) throw notFound(`workflow run ${id}`);
    if (head.ended && cursor >= head.seq) {
      response.status(204).end();
      return;
    }
    // Past the run's last event (of a database that was restored since, say) nothing would ever come, nor end it.
    await this.streams.send(id, Math.min(cursor, head.seq), openEventStream(response), response);
    response.end();
  }
}

/** Null when it is not given. */
function eventNumber(name: string, value: unknown): number | null {
  if (value === undefined) return null;
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : NaN;
  if (number <= MAX_SEQ) return number;
  throw invalidRequest([{ path: name, message: "must be the number of one of the run's events, from 0 on" }]);
}
