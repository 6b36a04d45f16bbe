import { AppError } from '../../common/errors/app-error';
import type { JsonValue } from '../../engine/core/json';
import { MAX_OUTPUT_BYTES } from '../../engine/core/output-size';
import type { StepContext } from '../../engine/ports';
import { outOfMemory } from '../../security/sandbox/memory-watch';
import type { ProcessGroup } from '../../security/sandbox/process-group';
import { RESULT_DESCRIPTOR, type Sandbox } from '../../security/sandbox/sandbox';
import { BoundedLog, MAX_LOG_LINE_CHARS } from '../bounded-log';
import { LineSplitter } from '../line-splitter';
import { orAborted, withTimeLimit } from '../time-limit';
import { readAnswer, type CodeAnswer, type SourcePosition } from './code-answer';

/** Room for what stands around the value in an answer. */
const MAX_ANSWER_BYTES = MAX_OUTPUT_BYTES + 1024;

/** What code may use: /tmp in MiB, processes and threads together. */
const TMP_MB = 64;
const PROCESSES = 64;

/** A processor is busy no longer than the clock says, times its threads; this ends what the clock cannot. */
const CPU_HEADROOM = 4;

/** Code of a user, and the program that runs it. */
export interface CodeJob {
  readonly command: string;
  readonly args: readonly string[];
  /** Written to the program's standard input, which then ends. */
  readonly input: string;
  readonly memoryMb: number;
  /** Milliseconds that are left to the step; the context's signal ends it then. */
  readonly timeoutMs: number;
  /** The configuration's own limit. */
  readonly timeoutSeconds: number | undefined;
  /** How the program ends when it has no memory left, where it does not come to an answer. */
  readonly exitOutOfMemory?: number;
  /** Where a place of the code is in the author's text. */
  readonly original?: (position: { line: number; column: number }) => { line: number; column: number };
}

/** The same code on the same inputs fails again. */
const FINAL = { retryable: false };

/**
 * Runs code in the sandbox. What it prints becomes the step's log as it comes; its result comes by a pipe of its own,
 * so that nothing printed can be taken for one.
 *
 * @throws AppError UNAVAILABLE, SCRIPT_ERROR, OUT_OF_MEMORY, OUTPUT_TOO_LARGE; the signal's reason
 */
export async function runCode(sandbox: Sandbox, job: CodeJob, context: StepContext): Promise<JsonValue> {
  const { available, reason } = sandbox.code;
  if (!available) throw new AppError('UNAVAILABLE', `This component ${String(reason)}`, FINAL);
  context.signal.throwIfAborted();
  const limit = withTimeLimit(context.signal, job.timeoutSeconds);
  const group = sandbox.start(
    {
      command: job.command,
      args: job.args,
      env: {},
      limits: {
        memoryMb: job.memoryMb,
        tmpMb: TMP_MB,
        processes: PROCESSES,
        cpuSeconds: (job.timeoutMs / 1000) * CPU_HEADROOM + 1,
      },
      network: false,
      readPaths: [],
      writePaths: [],
    },
    { hasResultPipe: true },
  );
  try {
    passOn(group, new BoundedLog(context));
    const answer = collectAnswer(group);
    group.child.stdin.end(job.input);
    const how = await orAborted(group.ended, limit.signal);
    return resultOf(readAnswer(await answer), { how, exitCode: group.child.exitCode }, job);
  } finally {
    limit.clear();
    await group.kill();
  }
}

/** Lines of both streams, as they come. */
function passOn(group: ProcessGroup, log: BoundedLog): void {
  const streams = [
    ['stdout', 'info', group.child.stdout],
    ['stderr', 'error', group.child.stderr],
  ] as const;
  for (const [name, level, stream] of streams) {
    const lines = new LineSplitter(
      // Four bytes a character at most; the log shortens what is still too long.
      MAX_LOG_LINE_CHARS * 4,
      (line) => {
        log.write(name, level, line);
      },
      () => {
        log.write(name, level, '(a line that is too long for the log)');
      },
    );
    stream.on('data', (chunk: Buffer) => {
      lines.push(chunk);
    });
    stream.on('end', () => {
      lines.end();
    });
  }
}

/** What comes by the result's pipe until it ends; null when it is more than an answer can be. */
function collectAnswer(group: ProcessGroup): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const chunks: Buffer[] = [];
  let size = 0;
  const pipe = group.pipe(RESULT_DESCRIPTOR);
  pipe.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_ANSWER_BYTES) chunks.push(chunk);
    else {
      void group.kill();
      resolve(null);
    }
  });
  const finish = () => {
    resolve(Buffer.concat(chunks).toString('utf8'));
  };
  pipe.on('error', finish);
  pipe.on('close', finish);
  // A process that left the group unsandboxed may hold the pipe open.
  group.ended.then(finish, finish);
  return promise;
}

interface End {
  readonly how: string;
  readonly exitCode: number | null;
}

function resultOf(answer: CodeAnswer, { how, exitCode }: End, job: CodeJob): JsonValue {
  const { memoryMb } = job;
  switch (answer.kind) {
    case 'value':
      return answer.value;
    case 'threw':
      throw new AppError('SCRIPT_ERROR', answer.message + placeOf(answer.position, job));
    case 'out_of_memory':
      throw outOfMemoryError(memoryMb);
    case 'too_large':
      throw new AppError('OUTPUT_TOO_LARGE', `The result is larger than ${MAX_OUTPUT_BYTES} bytes as JSON`);
    case 'none':
      if (how === outOfMemory(memoryMb) || (exitCode !== null && exitCode === job.exitOutOfMemory))
        throw outOfMemoryError(memoryMb);
      throw new AppError('SCRIPT_ERROR', `The code gave no result: ${how} (see the log)`);
  }
}

function placeOf(position: SourcePosition | null, { original = (same) => same }: CodeJob): string {
  if (position === null) return '';
  if (position.column === null) return ` (line ${position.line})`;
  const { line, column } = original({ line: position.line, column: position.column });
  return ` (line ${line}, column ${column})`;
}

function outOfMemoryError(memoryMb: number): AppError {
  return new AppError('OUT_OF_MEMORY', `The code used up its memory_mb (${memoryMb})`);
}
