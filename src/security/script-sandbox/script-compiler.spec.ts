import { ScriptCompiler, type CompiledScript } from './script-compiler';

describe('ScriptCompiler', () => {
  const compiler = new ScriptCompiler();
  afterAll(() => compiler.close());

  function compiled(source: string): CompiledScript {
    const result = compiler.compileNow(source);
    if (!result.ok) throw new Error(result.error.message);
    return result.value;
  }

  it('takes types away and leaves every place as it was', () => {
    const source = 'type A = { a: number };\nexport default (i: A): number => i.a;';
    const { code, original } = compiled(source);
    expect(code).toHaveLength(source.length);
    expect(code).toContain('=> i.a;');
    expect(original({ line: 2, column: 5 })).toEqual({ line: 2, column: 5 });
  });

  it('transforms what cannot be stripped, and knows the places in the source', () => {
    const { code, original } = compiled(
      'enum Color {\n  Red,\n  Blue,\n}\n\nexport default () => {\n  throw new Error(String(Color.Blue));\n};',
    );
    expect(code).not.toContain('sourceMappingURL');
    const line = code.split('\n').findIndex((text) => text.includes('throw'));
    const column = (code.split('\n')[line] ?? '').indexOf('throw');
    expect(original({ line: line + 1, column: column + 1 })).toEqual({ line: 7, column: 3 });
  });

  it.each([
    ['export default ((x) => {\n  let y = ;\n})', { line: 2, column: 11 }],
    ['enum A { X }\nlet z: number = ;', { line: 2, column: 17 }],
    ['export default (i) => {\n  let a = 1;\n  let a = 2;\n}', { line: 3, column: 9 }],
    ['export default 1;\nexport default 2;', { line: 2, column: 17 }],
    ['enum A { X }\n\nexport default () => { const b = A.X; const b = 2 }', { line: 3 }],
  ])('gives the place of a fault in %j', (source, position) => {
    expect(compiler.compileNow(source)).toMatchObject({ ok: false, error: { position } });
  });

  it('runs nothing of the script', () => {
    expect(compiler.compileNow('throw new Error("ran"); export default 1').ok).toBe(true);
    expect(compiler.compileNow('for (;;); // to the end').ok).toBe(true);
  });

  it('gives the same without blocking', async () => {
    const source = 'export default (i: number) => i';
    const result = await compiler.compile(source);
    expect(result.ok && result.value.code).toBe(compiled(source).code);
    expect(await compiler.compile('export default (')).toMatchObject({ ok: false });
  });

  it.each([
    ['parentheses', `export default ${'('.repeat(50_000)}1${')'.repeat(50_000)}`],
    ['types', `type A = ${'['.repeat(50_000)}1${']'.repeat(50_000)}; export default 1`],
    ['lists', `export default ${'['.repeat(20_000)}1${']'.repeat(20_000)}`],
  ])('survives %s nested deeply enough to break a parser', (_what, source) => {
    expect(compiler.compileNow(source)).toMatchObject({ ok: false });
    expect(compiler.compileNow('export default (i: number) => i').ok).toBe(true);
  });
});
