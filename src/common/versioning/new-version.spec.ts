import { newVersionOf } from './new-version';

const latest = {
  id: 'x',
  version: '1.2.0',
  document: { a: 1, b: { c: 2 } },
  isLatest: true,
  createdAt: new Date(0),
};
const locked = { latest, greatestVersion: '1.2.0' };

describe('newVersionOf', () => {
  it.each([
    ['nothing is given', undefined, undefined, undefined],
    ['the document is the same in another order', { b: { c: 2 }, a: 1 }, undefined, undefined],
    ['the same document and version are sent again', { a: 1, b: { c: 2 } }, '1.2.0', undefined],
    ['the document changed', { a: 2 }, undefined, '1.3.0'],
    ['the document changed and a version is named', { a: 2 }, '2.0.0', '2.0.0'],
    ['only a version is named', undefined, '1.2.1', '1.2.1'],
  ])('when %s', (_case, document, version, expected) => {
    expect(newVersionOf(locked, { document, version })?.version).toBe(expected);
  });

  it.each(['1.2.0', '1.1.9', '0.9.0'])('refuses %s for a changed document', (version) => {
    expect(() => newVersionOf(locked, { document: { a: 2 }, version })).toThrow(
      expect.objectContaining({ code: 'CONFLICT' }) as Error,
    );
  });

  describe('where an older version was made the latest again', () => {
    const movedBack = { latest, greatestVersion: '2.4.0' };

    it('counts on from the greatest', () => {
      const made = newVersionOf(movedBack, { document: { a: 2 }, version: undefined });
      expect(made?.version).toBe('2.5.0');
    });

    it('refuses a number between the two', () => {
      expect(() => newVersionOf(movedBack, { document: { a: 2 }, version: '1.3.0' })).toThrow('2.4.0');
    });

    it('makes none for the document of the latest', () => {
      expect(newVersionOf(movedBack, { document: latest.document, version: undefined })).toBeUndefined();
    });
  });
});
