import { hash } from 'node:crypto';

/** 96 bits of SHA-256: two answers of one resource meet by chance never. */
const DIGEST_CHARACTERS = 16;

const REVISION_OF_TAG = /^(\d{1,10})\.[\w-]{16}$/;

/** RFC 9110, 8.8.3: perhaps weak, and in quotes what may be anything but a quote, a space or a control character. */
const ENTITY_TAG = /(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/g;

/** An entity tag without its quotes. */
export interface EntityTag {
  readonly opaque: string;
  readonly isWeak: boolean;
}

/**
 * The strong entity tag of an answer, without its quotes: the revision of the resource, where it has one, and a digest
 * of all that is said of it. So it differs whenever the answer does (which `If-None-Match` is about), and still tells
 * which of its owner's changes it has seen (which `If-Match` is about) where something else changed, as the time at
 * which an API key was last used.
 *
 * @param text the body as it is sent
 */
export function entityTagOf(revision: number | undefined, text: string): string {
  const digest = hash('sha256', text, 'base64url').slice(0, DIGEST_CHARACTERS);
  return revision === undefined ? digest : `${revision}.${digest}`;
}

/** The revision that an entity tag tells; null when it is none of {@link entityTagOf}. */
export function revisionOfTag(opaque: string): number | null {
  const [, revision] = REVISION_OF_TAG.exec(opaque) ?? [];
  return revision === undefined ? null : Number(revision);
}

/** What `If-Match` and `If-None-Match` hold: `*`, or entity tags; null when it is neither. */
export function readEntityTags(header: string): '*' | readonly EntityTag[] | null {
  if (header.trim() === '*') return '*';
  const elements = header
    .replace(ENTITY_TAG, '""')
    .split(',')
    .map((element) => element.trim())
    .filter((element) => element !== '');
  if (elements.length === 0 || elements.some((element) => element !== '""')) return null;
  return [...header.matchAll(ENTITY_TAG)].map(([, weak, opaque = '']) => ({
    opaque,
    isWeak: weak !== undefined,
  }));
}

/**
 * Whether an `If-None-Match` names the tag of an answer (RFC 9110, 13.1.2): weak tags do too, and what is no such
 * header names nothing.
 */
export function namesTag(ifNoneMatch: string | undefined, opaque: string): boolean {
  const tags = ifNoneMatch === undefined ? null : readEntityTags(ifNoneMatch);
  return tags === '*' || tags?.some((tag) => tag.opaque === opaque) === true;
}
