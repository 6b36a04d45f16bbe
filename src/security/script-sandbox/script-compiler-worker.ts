/**
 * The thread that compiles scripts: TypeScript to JavaScript by Node's own stripping, then by QuickJS without
 * running anything. It is a thread because both parsers can be overflowed by deep nesting, and Node's is then
 * broken for the whole thread that it ran on.
 *
 * Like script-worker.ts it is started as JavaScript or, in tests, as it stands: erasable syntax only, and no
 * static import.
 */
import type { QuickJSWASMModule } from 'quickjs-emscripten';
import type { CompileRequest, CompileReply, ScriptRuntime, SourcePosition } from './script-protocol';

/** 64 MB in pages of 64 KiB (16 MB are the build's least): the largest script needs half of it. */
const MEMORY_PAGES = { initial: 256, maximum: 1024 };
const STACK_BYTES = 512 * 1024;
/** Marks the lines that hold positions in Node's and QuickJS' stacks. */
const FILE_NAME = 'script.ts';

/** The name of the dependency that ends an evaluation before the script's turn, and what it throws. */
const STOP = 'compiled';

const MAP_MARKER = '//# sourceMappingURL=data:application/json;base64,';

async function main(): Promise<void> {
  const { parentPort } = await import('node:worker_threads');
  const { SourceMap, stripTypeScriptTypes } = await import('node:module');
  const { newQuickJSWASMModuleFromVariant, newVariant, RELEASE_SYNC, Scope } =
    await import('quickjs-emscripten');
  if (parentPort === null) throw new Error('script-compiler-worker runs as a worker thread only');
  const quickjs = await newQuickJSWASMModuleFromVariant(
    newVariant(RELEASE_SYNC, { wasmMemory: new WebAssembly.Memory(MEMORY_PAGES) }),
  );

  /** Stripping leaves every character in its place; what cannot be stripped (an enum) is transformed. */
  function toJavaScript(source: string): { code: string; sourceMap: string | null } {
    try {
      return {
        code: withoutTrailer(stripTypeScriptTypes(source, { sourceUrl: FILE_NAME })),
        sourceMap: null,
      };
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') throw error;
    }
    const transformed = stripTypeScriptTypes(source, {
      mode: 'transform',
      sourceMap: true,
      sourceUrl: FILE_NAME,
    });
    const at = transformed.lastIndexOf(MAP_MARKER);
    const map = Buffer.from(transformed.slice(at + MAP_MARKER.length), 'base64').toString('utf8');
    return { code: withoutTrailer(transformed.slice(0, at)), sourceMap: map };
  }

  function originalOf(position: SourcePosition, sourceMap: string | null): SourcePosition {
    if (sourceMap === null) return position;
    const map = new SourceMap(JSON.parse(sourceMap) as ConstructorParameters<typeof SourceMap>[0]);
    const entry = map.findEntry(position.line - 1, position.column - 1);
    if (!('originalLine' in entry)) return position;
    return { line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  }

  function compile(source: string, runtime: ScriptRuntime): CompileReply {
    const script = toJavaScript(source);
    if (runtime === 'node') return { ok: true, ...script };
    const fault = compileModule(quickjs, Scope, script.code);
    if (fault === null) return { ok: true, ...script };
    return { ...fault, position: fault.position && originalOf(fault.position, script.sourceMap) };
  }

  parentPort.on('message', ({ source, runtime, reply, done }: CompileRequest) => {
    let answer: CompileReply;
    let spent = false;
    try {
      answer = compile(source, runtime);
    } catch (error) {
      spent = (error as { code?: unknown }).code !== 'ERR_INVALID_TYPESCRIPT_SYNTAX';
      answer = spent ? { ok: false, message: 'is nested too deeply', position: null } : syntaxFault(error);
    }
    reply.postMessage({ answer, spent });
    Atomics.store(done, 0, 1);
    Atomics.notify(done, 0);
    reply.close();
  });
}

function withoutTrailer(code: string): string {
  return code.replace(`\n\n//# sourceURL=${FILE_NAME}`, '');
}

/** Node gives the position only in the stack's text: `script.ts:LINE`, lines of the code, and a caret in them. */
function syntaxFault(error: unknown): CompileReply {
  const { message, stack = '' } = error as Error;
  const line = /^script\.ts:(\d+)$/m.exec(stack)?.[1];
  if (line === undefined) return { ok: false, message, position: null };
  const caret = /^( *)\^+$/m.exec(stack)?.[1];
  return { ok: false, message, position: { line: Number(line), column: (caret?.length ?? 0) + 1 } };
}

/**
 * What only QuickJS refuses: a name declared twice, an import, syntax it does not know. Its compile-only flag
 * misreads modules, so a dependency is added that throws: it runs first, and the script itself never.
 */
function compileModule(
  quickjs: QuickJSWASMModule,
  scopes: typeof import('quickjs-emscripten').Scope,
  code: string,
): (CompileReply & { ok: false }) | null {
  return scopes.withScope((scope) => {
    const runtime = scope.manage(quickjs.newRuntime({ maxStackSizeBytes: STACK_BYTES }));
    runtime.setModuleLoader((name) =>
      name === STOP
        ? `throw ${JSON.stringify(STOP)}`
        : { error: new Error(`imports "${name}", but a script cannot import anything`) },
    );
    const context = scope.manage(runtime.newContext());
    const result = context.evalCode(`${code}\n;import ${JSON.stringify(STOP)}`, FILE_NAME, {
      type: 'module',
    });
    const thrown: unknown = context.dump(scope.manage(result.error ?? result.value));
    if (thrown === STOP) return null;
    const { message, stack } = thrown as { message?: unknown; stack?: unknown };
    const place = typeof stack === 'string' ? /script\.ts:(\d+):(\d+)/.exec(stack) : null;
    return {
      ok: false,
      message: typeof message === 'string' && message !== '' ? message : 'cannot be compiled',
      position: place === null ? null : { line: Number(place[1]), column: Number(place[2]) },
    };
  });
}

void main();
