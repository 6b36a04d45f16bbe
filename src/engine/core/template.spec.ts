import fc from 'fast-check';

import type { JsonValue } from './json';
import { compileTemplate } from './template';
import type { TemplateOptions } from './template';

const SCOPE = { params: { day: '2026-01-31', n: 2, list: [1, 2], none: null } };

function render(source: JsonValue, options?: TemplateOptions): JsonValue {
  const compiled = compileTemplate(source, ['params'], options);
  if (!compiled.ok) return compiled.error.map(({ path, message }) => `${path}: ${message}`);
  const rendered = compiled.value.render(SCOPE);
  return rendered.ok ? rendered.value : { ...rendered.error };
}

describe('templates', () => {
  it.each<[source: JsonValue, rendered: JsonValue]>([
    ['${{ params.n }}', 2],
    ['${{params.list}}', [1, 2]],
    ['${{ params.none }}', null],
    ['n = ${{ params.n }}!', 'n = 2!'],
    [' ${{ params.n }}', ' 2'],
    ['${{ params.n }}${{ params.n }}', '22'],
    ['${{ params.day }}: ${{ params.list }} ${{ params.none }}', '2026-01-31: [1,2] null'],
    ['${{ {"a": "}}"}["a"] }}', '}}'],
    ["${{ {'a': {'b': '}}'}}.a }}", { b: '}}' }],
    ['${{ "quote \\" }}" }}', 'quote " }}'],
    ['${{ """a " }}""" }}', 'a " }}'],
    ['$${{ params.n }}', '${{ params.n }}'],
    ['$${{ a }} and ${{ params.n }}', '${{ a }} and 2'],
    ['$$ {{ }} }} ${ $', '$$ {{ }} }} ${ $'],
    ['', ''],
    [
      { args: ['${{ params.day }}', 1, null, { deep: '${{ params.none }}' }] },
      { args: ['2026-01-31', 1, null, { deep: null }] },
    ],
    [
      ['${{ params.none }}', 'x'],
      [null, 'x'],
    ],
    [{ '${{ params.n }}': 1 }, { '${{ params.n }}': 1 }],
    [
      [1, true, null],
      [1, true, null],
    ],
  ])('%j renders as %j', (source, rendered) => {
    expect(render(source)).toEqual(rendered);
  });

  it('keeps a key called __proto__ a plain key', () => {
    const source = JSON.parse('{"__proto__": "${{ params.n }}"}') as JsonValue;
    expect(JSON.stringify(render(source))).toBe('{"__proto__":2}');
  });

  it('names the path of every fault, all at once', () => {
    expect(
      render(
        { a: '${{ 1 + }}', b: ['x', '${{ nope }}'], 'c-d': { e: 'text ${{ params.n' } },
        { at: 'steps[0].inputs' },
      ),
    ).toEqual([
      expect.stringContaining('steps[0].inputs.a: Unexpected token'),
      'steps[0].inputs.b[1]: "nope" is not known; allowed: params',
      'steps[0].inputs["c-d"].e: the "${{" at character 6 has no "}}"',
    ]);
  });

  it('names the path of what could not be rendered', () => {
    expect(render({ a: ['${{ params.nope }}'] }, { at: 'inputs' })).toEqual({
      path: 'inputs.a[0]',
      code: 'EXPRESSION_ERROR',
      message: '"params.nope" is missing; ".?" and orValue() give a default',
    });
  });

  it('refuses a document that is nested too deeply', () => {
    const deep = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000)) as JsonValue;
    expect(render(deep)).toEqual([expect.stringContaining('is nested deeper than 100 levels')]);
  });

  it('tells what it reads', () => {
    const compiled = compileTemplate({ a: '${{ params.n }} ${{ params.list[0] }}' }, ['params']);
    expect(compiled.ok && compiled.value.references).toEqual([
      ['params', 'n'],
      ['params', 'list'],
    ]);
  });

  it('gives a constant document back itself', () => {
    const source = { a: [1, 'x'] };
    const compiled = compileTemplate(source, []);
    expect(compiled.ok && compiled.value.isConstant).toBe(true);
    const rendered = compiled.ok && compiled.value.render({});
    expect(rendered && rendered.ok && rendered.value).toBe(source);
  });

  it('renders any document without placeholders as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const source = value as JsonValue;
        fc.pre(!JSON.stringify(source).includes('${{'));
        expect(render(source)).toEqual(source);
      }),
    );
  });
});

describe('secrets in templates', () => {
  const source = { header: 'Bearer ${{ secrets.TOKEN }}', key: '${{secrets.KEY}}', n: '${{ params.n }}' };

  it('are refused where they are not allowed', () => {
    expect(render(source)).toEqual([
      expect.stringContaining('header: a secret is no value of an expression'),
      expect.stringContaining('key: a secret is no value of an expression'),
    ]);
  });

  it('stay in place when none are given', () => {
    expect(render(source, { allowSecrets: true })).toEqual({ ...source, n: 2 });
  });

  it('are put in when they are given, and an unknown one is a fault', () => {
    const compiled = compileTemplate(source, ['params'], { allowSecrets: true });
    if (!compiled.ok) throw new Error('refused');
    expect(compiled.value.secretNames).toEqual(['TOKEN', 'KEY']);
    const full = compiled.value.render(SCOPE, { secrets: { TOKEN: 't', KEY: '${{ params.n }}' } });
    expect(full).toEqual({ ok: true, value: { header: 'Bearer t', key: '${{ params.n }}', n: 2 } });
    expect(compiled.value.render(SCOPE, { secrets: { TOKEN: 't' } })).toEqual({
      ok: false,
      error: { path: 'key', code: 'EXPRESSION_ERROR', message: 'there is no secret "KEY"' },
    });
  });

  it('never stand inside of an expression', () => {
    expect(render('${{ secrets.TOKEN + "x" }}', { allowSecrets: true })).toEqual([
      expect.stringContaining('a secret is no value of an expression'),
    ]);
  });
});
