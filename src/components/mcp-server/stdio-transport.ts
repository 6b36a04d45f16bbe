import { deserializeMessage, serializeMessage } from '@modelcontextprotocol/client';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { AppError } from '../../common/errors/app-error';
import { MAX_LOG_LINE_CHARS } from '../bounded-log';
import { LineSplitter } from '../line-splitter';
import { quote } from '../quote';
import { LastWords } from './last-words';
import { MAX_ANSWER_BYTES, nameOf, type StdioServer } from './mcp-server-config';
import type { ProcessGroup } from '../../security/sandbox/process-group';
import type { StdioLauncher } from './stdio-launcher';

/** Lines that are no JSON-RPC which a server may print (banners) before it counts as one that speaks another language. */
const MAX_FOREIGN_LINES = 20;
/** A server that has printed something else, and no message, for this long does not speak MCP. */
const FOREIGN_PATIENCE_MS = 5000;

/** What happens on the line beside messages. */
export interface StdioEvents {
  /** A line that is not a message. */
  log(stream: 'stdout' | 'stderr', line: string): void;
  /** The line cannot be used any more; the process is being ended. */
  fail(error: AppError): void;
}

/**
 * MCP over the standard streams of a process of ours. Instead of the SDK's own transport, which inherits
 * more of the environment, cannot end a process tree, skips foreign lines for ever and tells nobody which
 * limit was met.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: NonNullable<Transport['onmessage']>;
  private group: ProcessGroup | null = null;
  private foreignLines = 0;
  private understood = false;
  /** What of standard error says why a process ended. */
  private readonly lastWords = new LastWords();
  private hasNews = false;
  private readonly held: JSONRPCMessage[] = [];
  private patience: NodeJS.Timeout | undefined;

  constructor(
    private readonly server: StdioServer,
    private readonly launcher: StdioLauncher,
    private readonly events: StdioEvents,
  ) {}

  /** Null before the start. With `stderr`, what the SDK knows a stdio transport by. */
  get pid(): number | null {
    return this.group?.child.pid ?? null;
  }

  get stderr(): null {
    return null;
  }

  get isRunning(): boolean {
    return this.group?.isRunning ?? false;
  }

  async start(): Promise<void> {
    const group = this.launcher.start(this.server);
    this.group = group;
    const lines = new LineSplitter(
      MAX_ANSWER_BYTES,
      (line) => {
        this.receive(line);
      },
      () => {
        this.fail(
          new AppError('OUTPUT_TOO_LARGE', `${this.name} answered more than ${MAX_ANSWER_BYTES} bytes`),
        );
      },
    );
    group.child.stdout.on('data', (chunk: Buffer) => {
      lines.push(chunk);
    });
    const log = new LineSplitter(
      // Four bytes a character at most; the log shortens what is still too long.
      MAX_LOG_LINE_CHARS * 4,
      (line) => {
        this.lastWords.hear(line);
        this.events.log('stderr', line);
      },
      () => {
        this.events.log('stderr', '(a line that is too long for the log)');
      },
    );
    group.child.stderr.on('data', (chunk: Buffer) => {
      log.push(chunk);
    });
    void this.watch(group);
    // `spawn` or `error` is emitted in the next turn; one that cannot be started has no pid.
    if (group.child.pid === undefined) await group.ended;
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.group?.child.stdin;
    if (stdin === undefined || !this.isRunning) throw this.gone('it is not running');
    if (stdin.write(serializeMessage(message))) return;
    // Wait for room, so that a server that does not read cannot make us hold its input.
    await Promise.race([new Promise((resolve) => stdin.once('drain', resolve)), this.group?.ended]);
  }

  /** Asks the process to end, and ends it when it does not. */
  async close(): Promise<void> {
    clearTimeout(this.patience);
    await this.group?.stop();
  }

  /** Ends the process and what it started, at once. */
  async kill(): Promise<void> {
    clearTimeout(this.patience);
    await this.group?.kill();
  }

  private get name(): string {
    return nameOf(this.server);
  }

  private async watch(group: ProcessGroup): Promise<void> {
    try {
      const how = await group.ended;
      this.releaseAll();
      this.events.fail(this.gone(how));
    } catch (error) {
      this.events.fail(this.notStarted(error));
    }
    clearTimeout(this.patience);
    this.onclose?.();
  }

  private receive(line: string): void {
    if (line.trim() === '') return;
    let message: JSONRPCMessage;
    try {
      message = deserializeMessage(line);
    } catch {
      this.receiveForeign(line);
      return;
    }
    this.understood = true;
    clearTimeout(this.patience);
    this.hand(message);
  }

  /**
   * Gives a message to the SDK, which takes an answer at once but a notification a moment later: an answer in one piece
   * with the last news of its progress would overtake it, and the news would be lost. So it waits for one turn.
   */
  private hand(message: JSONRPCMessage): void {
    const isNews = 'method' in message && !('id' in message);
    if (this.held.length > 0 || (this.hasNews && !isNews)) {
      this.held.push(message);
      return;
    }
    if (isNews && !this.hasNews) {
      this.hasNews = true;
      setImmediate(() => {
        this.hasNews = false;
        for (const waiting of this.held.splice(0)) this.hand(waiting);
      });
    }
    this.onmessage?.(message);
  }

  /** Nothing more will come, and whoever waits for an answer is about to hear that the process is gone. */
  private releaseAll(): void {
    for (const waiting of this.held.splice(0)) this.onmessage?.(waiting);
  }

  private receiveForeign(line: string): void {
    this.events.log('stdout', line);
    this.foreignLines += 1;
    const speaksOtherwise = () => {
      this.fail(
        new AppError(
          'PROTOCOL_ERROR',
          `${this.name} does not speak MCP on its standard output (${this.foreignLines} other lines; see the log)`,
        ),
      );
    };
    if (line.startsWith('{') || this.foreignLines > MAX_FOREIGN_LINES) speaksOtherwise();
    else if (!this.understood) this.patience ??= setTimeout(speaksOtherwise, FOREIGN_PATIENCE_MS);
  }

  private fail(error: AppError): void {
    this.events.fail(error);
    void this.kill();
  }

  private gone(how: string): AppError {
    const words = this.lastWords.text === null ? '' : `. Its last words: ${quote(this.lastWords.text)}`;
    const hidden = this.launcher.hiddenPaths(this.server);
    const hint =
      hidden.length === 0
        ? ''
        : `. The sandbox hides ${hidden.join(', ')} from it: STDIO_PATHS_ALLOW does not name a folder of it`;
    return new AppError('CONNECTION_FAILED', `${this.name} is gone: ${how}${words}${hint}`);
  }

  private notStarted(cause: unknown): AppError {
    const code = (cause as { code?: unknown }).code;
    const why = code === 'ENOENT' ? 'there is no such command' : `it cannot be started (${String(code)})`;
    return new AppError('CONNECTION_FAILED', `${this.name}: ${why}`, { retryable: false, cause });
  }
}
