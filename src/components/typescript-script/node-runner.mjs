/**
 * Runs the default export of a script that comes by standard input, and writes what it returns to descriptor 3. The
 * text of this file is given to Node inside of the sandbox; the script shares the process, so nothing here is a wall.
 */
import { Buffer } from 'node:buffer';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';

const RESULT_DESCRIPTOR = 3;
const SCRIPT_FILE = '/tmp/script.mjs';

let hasAnswered = false;

/**
 * Writes the answer and ends, once what was printed is written too: timers and sockets that the script left must not
 * keep the sandbox.
 */
function answer(content) {
  if (hasAnswered) return;
  hasAnswered = true;
  let rest = Buffer.from(JSON.stringify(content));
  while (rest.length > 0) rest = rest.subarray(writeSync(RESULT_DESCRIPTOR, rest));
  process.stdout.write('', () => process.stderr.write('', () => process.exit(0)));
}

function answerError(error) {
  const isError = error instanceof Error;
  const place = isError ? /\/script\.mjs:(\d+):(\d+)/.exec(String(error.stack)) : null;
  answer({
    error: isError ? `${error.name}: ${error.message}` : `threw ${describe(error)}`,
    ...(place !== null && { line: Number(place[1]), column: Number(place[2]) }),
  });
}

function describe(value) {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return 'a value that cannot be shown';
  }
}

async function call({ code, inputs }) {
  writeFileSync(SCRIPT_FILE, code);
  const { default: main } = await import(SCRIPT_FILE);
  if (typeof main !== 'function') throw new TypeError('the default export of the script is not a function');
  const result = await main(inputs);
  const value = result === undefined ? null : result;
  if (JSON.stringify(value) === undefined) {
    throw new TypeError(`the result is a ${typeof value}, which JSON cannot carry`);
  }
  return { value };
}

process.on('uncaughtException', answerError);
process.once('beforeExit', () => {
  answer({ error: 'the script waits for a promise that nothing can settle any more' });
});

const job = JSON.parse(readFileSync(0, 'utf8'));
closeSync(0);
// The script finds its standard input empty; the lowest free descriptor is 0.
openSync('/dev/null', 'r');
call(job).then(answer, answerError);
