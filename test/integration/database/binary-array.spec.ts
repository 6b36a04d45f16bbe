import { Client } from 'pg';

import { binaryArray, type ElementType, type ElementValues } from '../../../src/database/binary-array';
import { createDatabase, dropDatabase } from '../../support/test-database';

type Values = { [Type in ElementType]: [Type, (ElementValues[Type] | null)[]] }[ElementType];

const UUID = '01a217f2-2d83-7103-a249-c269a3cbb1d7';

describe('an array in binary form', () => {
  let url: string;
  let client: Client;

  beforeAll(async () => {
    url = await createDatabase('template0');
    client = new Client({ connectionString: url });
    await client.connect();
    await client.query("SET timezone TO 'Asia/Kathmandu'");
  });

  afterAll(async () => {
    await client.end();
    await dropDatabase(url);
  });

  /** What PostgreSQL takes it for, each element as text. */
  async function read([type, values]: Values): Promise<unknown> {
    const text = `SELECT array(SELECT n::text FROM unnest($1::${type}[]) AS n) AS read`;
    const { rows } = await client.query<{ read: unknown }>(text, [binaryArray<ElementType>(type, values)]);
    return rows[0]?.read;
  }

  it.each<[Values, (string | null)[]]>([
    [
      ['bool', [true, null, false]],
      ['true', null, 'false'],
    ],
    [
      ['int4', [0, -1, 2_147_483_647, -2_147_483_648, null]],
      ['0', '-1', '2147483647', '-2147483648', null],
    ],
    [
      ['text', ['', 'a "quoted" \\ {word}, NULL\n', 'NULL', null, 'grün 日本 🦀']],
      ['', 'a "quoted" \\ {word}, NULL\n', 'NULL', null, 'grün 日本 🦀'],
    ],
    [
      ['json', ['{"a": ["\\u0000", "ä"]}', 'null', null]],
      ['{"a": ["\\u0000", "ä"]}', 'null', null],
    ],
    [
      ['timestamptz', [new Date('2026-11-26T08:00:00.123Z'), null, new Date('1969-12-31T23:59:59.999Z')]],
      ['2026-11-26 13:45:00.123+05:45', null, '1970-01-01 05:29:59.999+05:30'],
    ],
    [
      ['uuid', [UUID, null]],
      [UUID, null],
    ],
    [['uuid', []], []],
    [['text', [null]], [null]],
  ])('%j is read as it is', async (values, expected) => {
    expect(await read(values)).toEqual(expected);
  });

  it('is refused where it holds what the type cannot have', async () => {
    await expect(read(['json', ['{']])).rejects.toMatchObject({ code: '22P02' });
    await expect(read(['text', ['\0']])).rejects.toMatchObject({ code: '22021' });
    expect(() => binaryArray('uuid', [UUID.slice(1)])).toThrow('Not a UUID');
  });
});
