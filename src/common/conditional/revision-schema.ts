/** Of the field `revision` that every resource has which can be changed. */
export const REVISION_SCHEMA = {
  type: 'integer',
  minimum: 1,
  maximum: 2 ** 31 - 1,
  description: 'Raised by every change; the first part of the `ETag`',
} as const;
