/**
 * One-dimensional arrays as parameters of statements, in PostgreSQL's binary form. As text, elements are escaped one by one
 * here and taken apart again there, and times are written out to be parsed.
 *
 * @see https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/utils/adt/arrayfuncs.c `array_recv`, and the
 *   `…recv` functions of the types beside it
 */

/** The types that arrays can be made of, and what their elements are here. */
export interface ElementValues {
  bool: boolean;
  /** A whole number of 32 bits. */
  int4: number;
  text: string;
  /** JSON text. */
  json: string;
  timestamptz: Date;
  uuid: string;
}

export type ElementType = keyof ElementValues;
export type ElementValue = ElementValues[ElementType];

/** How elements of a type are written. */
interface Element<Value> {
  /** The type's number: `typarray` says which array has it. */
  readonly oid: number;
  readonly size: (value: Value) => number;
  readonly write: (value: Value, into: Buffer, at: number) => void;
}

const CHARACTERS: Omit<Element<string>, 'oid'> = {
  size: (text) => Buffer.byteLength(text),
  write: (text, into, at) => into.write(text, at),
};

/** PostgreSQL counts microseconds from here. */
const EPOCH_MS = Date.UTC(2000, 0, 1);

/** The numbers are those of `pg_type.dat`; they never change. */
const ELEMENTS: { readonly [Type in ElementType]: Element<ElementValues[Type]> } = {
  bool: { oid: 16, size: () => 1, write: (value, into, at) => into.writeUInt8(value ? 1 : 0, at) },
  int4: { oid: 23, size: () => 4, write: (value, into, at) => into.writeInt32BE(value, at) },
  text: { oid: 25, ...CHARACTERS },
  json: { oid: 114, ...CHARACTERS },
  timestamptz: {
    oid: 1184,
    size: () => 8,
    write: (value, into, at) => into.writeBigInt64BE(BigInt(value.getTime() - EPOCH_MS) * 1000n, at),
  },
  uuid: {
    oid: 2950,
    size: () => 16,
    write: (value, into, at) => {
      if (into.write(value.replaceAll('-', ''), at, 16, 'hex') < 16)
        throw new TypeError(`Not a UUID: ${value}`);
    },
  },
};

const LENGTH_BYTES = 4;
/** Dimensions, whether there are nulls, the elements' type. */
const HEADER_BYTES = 12;
/** How many elements, and the number of the first. */
const DIMENSION_BYTES = 8;

/** An array of `type`, for a parameter that the statement says the type of (`$1::uuid[]`): `pg` sends a Buffer as it is. */
export function binaryArray<Type extends ElementType>(
  type: Type,
  values: readonly (ElementValues[Type] | null)[],
): Buffer {
  const element = ELEMENTS[type];
  const sizes = values.map((value) => (value === null ? null : element.size(value)));
  const dimensions = values.length === 0 ? 0 : 1;
  const head = HEADER_BYTES + dimensions * DIMENSION_BYTES;
  const total = sizes.reduce<number>((sum, size) => sum + LENGTH_BYTES + (size ?? 0), head);
  const array = Buffer.allocUnsafe(total);
  array.writeInt32BE(dimensions, 0);
  array.writeInt32BE(sizes.includes(null) ? 1 : 0, 4);
  array.writeInt32BE(element.oid, 8);
  if (dimensions === 0) return array;
  array.writeInt32BE(values.length, 12);
  array.writeInt32BE(1, 16);
  let at = head;
  values.forEach((value, index) => {
    const size = sizes[index] ?? null;
    at = array.writeInt32BE(size ?? -1, at);
    if (value === null || size === null) return;
    element.write(value, array, at);
    at += size;
  });
  return array;
}
