import { ResultCollector, type ResultLimits } from './result-collector';

const limits: ResultLimits = { maxRows: 2, maxBytes: 1_000, allowTruncation: false };

function collect(columns: string[], rows: unknown[][], given: ResultLimits = limits) {
  const collector = new ResultCollector(given);
  collector.begin(columns);
  const wanted = rows.map((row) => collector.add(row));
  return { wanted, ...collector.finish(null) };
}

describe('ResultCollector', () => {
  it('makes objects of rows', () => {
    expect(collect(['a', 'b'], [[1, 'x']])).toMatchObject({ rows: [{ a: 1, b: 'x' }], truncated: false });
  });

  it('keeps every column of a name that repeats', () => {
    const { columns, rows } = collect(['id', 'id', 'id_2', 'id'], [[1, 2, 3, 4]]);
    expect(columns).toEqual(['id', 'id_3', 'id_2', 'id_4']);
    expect(rows).toEqual([{ id: 1, id_3: 2, id_2: 3, id_4: 4 }]);
  });

  it('takes a column called __proto__ for a column', () => {
    const [row] = collect(['__proto__'], [[1]]).rows;
    expect(Object.keys(row ?? {})).toEqual(['__proto__']);
  });

  it('takes as many rows as allowed and refuses one more', () => {
    expect(collect(['a'], [[1], [2]])).toMatchObject({ truncated: false });
    expect(() => collect(['a'], [[1], [2], [3]])).toThrow('more than 2 rows');
  });

  it('takes as many bytes as allowed and refuses one more', () => {
    const rows = [['x'.repeat(492)]]; // {"a":"…"}: 8 bytes around it
    expect(collect(['a'], rows, { ...limits, maxBytes: 500 }).rows).toHaveLength(1);
    expect(() => collect(['a'], rows, { ...limits, maxBytes: 499 })).toThrow('more than 499 bytes');
  });

  it('leaves rows out and says so where that is allowed', () => {
    const { wanted, rows, truncated } = collect(['a'], [[1], [2], [3], [4]], {
      ...limits,
      allowTruncation: true,
    });
    expect([wanted, rows.length, truncated]).toEqual([[true, true, false, false], 2, true]);
  });

  it('leaves no gap: after a row that is too large none follows', () => {
    const all = collect(['a'], [[1], ['x'.repeat(100)], [2]], {
      maxRows: 9,
      maxBytes: 50,
      allowTruncation: true,
    });
    expect(all.rows).toEqual([{ a: 1 }]);
  });

  it('writes values of every kind as JSON', () => {
    const values = [
      [9_007_199_254_740_991n, 9_007_199_254_740_991],
      [9_007_199_254_740_992n, '9007199254740992'],
      [Number.NaN, 'NaN'],
      [Number.POSITIVE_INFINITY, 'Infinity'],
      [Buffer.from([0, 255]), 'AP8='],
      [new Uint8Array([1, 2]), 'AQI='],
      [new Date(0), '1970-01-01T00:00:00.000Z'],
      [undefined, null],
      [
        [1n, null],
        [1, null],
      ],
      [{ a: new Uint8Array([1]) }, { a: 'AQ==' }],
    ];
    const { rows } = collect(
      values.map((_, index) => `c${index}`),
      [values.map(([value]) => value)],
    );
    expect(Object.values(rows[0] ?? {})).toEqual(values.map(([, json]) => json));
  });
});
