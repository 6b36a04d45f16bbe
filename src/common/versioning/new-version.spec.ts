import { newVersionOf } from './new-version';

const latest = { id: 'x', version: '1.2.0', document: { a: 1, b: { c: 2 } }, createdAt: new Date(0) };

describe('newVersionOf', () => {
  it.each([
    ['nothing is given', undefined, undefined, undefined],
    ['the document is the same in another order', { b: { c: 2 }, a: 1 }, undefined, undefined],
    ['the same document and version are sent again', { a: 1, b: { c: 2 } }, '1.2.0', undefined],
    ['the document changed', { a: 2 }, undefined, '1.3.0'],
    ['the document changed and a version is named', { a: 2 }, '2.0.0', '2.0.0'],
    ['only a version is named', undefined, '1.2.1', '1.2.1'],
  ])('when %s', (_case, document, version, expected) => {
    expect(newVersionOf(latest, { document, version })?.version).toBe(expected);
  });

  it.each(['1.2.0', '1.1.9', '0.9.0'])('refuses %s for a changed document', (version) => {
    expect(() => newVersionOf(latest, { document: { a: 2 }, version })).toThrow(
      expect.objectContaining({ code: 'CONFLICT' }) as Error,
    );
  });
});
