import { LineSplitter } from './line-splitter';

function split(chunks: readonly string[], maxBytes = 100): { lines: string[]; tooLong: number } {
  const lines: string[] = [];
  let tooLong = 0;
  const splitter = new LineSplitter(
    maxBytes,
    (line) => lines.push(line),
    () => {
      tooLong += 1;
    },
  );
  for (const chunk of chunks) splitter.push(Buffer.from(chunk, 'latin1'));
  return { lines, tooLong };
}

describe('LineSplitter', () => {
  it.each([
    [['a\nb\n'], ['a', 'b']],
    [['a', 'b\nc'], ['ab']],
    [
      ['a\r\n', '\n'],
      ['a', ''],
    ],
    [['', 'a', '', '\n'], ['a']],
  ])('cuts %j into %j', (chunks, lines) => {
    expect(split(chunks).lines).toEqual(lines);
  });

  it('gives what came without a line’s end when the stream is over', () => {
    const lines: string[] = [];
    const splitter = new LineSplitter(100, (line) => lines.push(line), jest.fn());
    splitter.push(Buffer.from('a\nb'));
    splitter.end();
    splitter.end();
    expect(lines).toEqual(['a', 'b']);
  });

  it('puts a character together that comes in two chunks', () => {
    expect(split(['\xc3', '\xa9\n']).lines).toEqual(['é']);
  });

  it('takes a line of exactly the limit, drops a longer one, and goes on after it', () => {
    expect(split(['x'.repeat(100), '\n', 'y'.repeat(60), 'y'.repeat(60), 'y'.repeat(60), '\nz\n'])).toEqual({
      lines: ['x'.repeat(100), 'z'],
      tooLong: 1,
    });
  });
});
