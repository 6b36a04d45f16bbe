import { PassThrough, Readable } from 'node:stream';

import { readStart } from './early-answer';

const LIMIT = 1000;
const ANSWER = { jsonrpc: '2.0', id: 1, result: { content: [] } };
const answer = `event: message\ndata: ${JSON.stringify(ANSWER)}\n\n`;
const progress = 'data: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}\n\n';
const question = 'data: {"jsonrpc":"2.0","id":1,"method":"elicitation/create"}\n\n';

/** A body in pieces; says how it was left. */
function bodyOf(...pieces: (string | Error)[]) {
  const left = Promise.withResolvers<undefined>();
  async function* body(): AsyncGenerator<Buffer> {
    try {
      for (const piece of pieces) {
        await Promise.resolve();
        if (piece instanceof Error) throw piece;
        yield Buffer.from(piece);
      }
    } finally {
      left.resolve(undefined);
    }
  }
  return { body: Readable.from(body()), left: left.promise };
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of body) text += chunk.toString();
  return text;
}

it.each([
  ['whole', [answer]],
  ['in pieces, of characters too', [...Buffer.from(answer)].map((byte) => String.fromCharCode(byte))],
  ['after what says nothing', [': hello\n\n', 'id: 7\nretry: 100\ndata: \n\n', answer]],
  ['as an error', [answer.replace('"result":{"content":[]}', '"error":{"code":-1,"message":"no"}')]],
])('finds the answer that comes %s, and reads the stream to its end', async (_how, pieces) => {
  const { body, left } = bodyOf(...pieces, ': bye\n\n');
  expect((await readStart(body, LIMIT)).answer).toMatchObject({ jsonrpc: '2.0', id: 1 });
  await left;
});

it.each([
  ['a notification', [progress, answer]],
  ['a question of the server', [question, answer]],
  ['what is no JSON', ['data: {\n\n', answer]],
  ['what is no message', ['data: [1]\n\n']],
  ['an event of another kind', ['event: other\ndata: {"id":1}\n\n', progress]],
  ['nothing', []],
  ['a place to take it up at', ['id: 7\ndata: \n\n']],
  ['more than the limit', ['x'.repeat(LIMIT), 'x'.repeat(LIMIT), answer]],
])('leaves a stream whole that begins with %s', async (_what, pieces) => {
  const start = await readStart(bodyOf(...pieces).body, LIMIT);
  if (start.answer !== null) throw new Error('There is no answer at the beginning');
  expect(await textOf(start.body)).toBe(pieces.join(''));
});

it('leaves it to the reader of the stream that it has broken off', async () => {
  const start = await readStart(bodyOf('id: 7\ndata: \n\n', new Error('gone')).body, LIMIT);
  if (start.answer !== null) throw new Error('There is no answer at the beginning');
  await expect(textOf(start.body)).rejects.toThrow('gone');
});

it('gives up a stream that does not end after its answer', async () => {
  jest.useFakeTimers();
  const source = new PassThrough();
  const closed = new Promise((resolve) => source.once('close', resolve));
  source.write(answer);
  expect((await readStart(source, LIMIT)).answer).not.toBeNull();
  await jest.runAllTimersAsync();
  await closed;
  jest.useRealTimers();
});
