import { CelOptional, entryOf, isList, isMap, keyOf, typeNameOf } from './cel-value';
import type { CelValue } from './cel-value';
import { wrong } from './evaluation-fault';

/** How a selection is written, for the message when it finds nothing. Called only then. */
export interface SelectionText {
  /** The container: `params.order`. */
  readonly container: () => string;
  /** The whole selection: `params.order.id`. */
  readonly whole: () => string;
}

/** `container.key` and `container[key]`: a missing key is a fault, unless the container is an optional. */
export function select(container: CelValue, key: CelValue, text: SelectionText): CelValue {
  if (container instanceof CelOptional) return selectOptional(container, key);
  const found = lookUp(container, key);
  if (found !== undefined) return found;
  if (isList(container)) {
    throw wrong(`"${text.whole()}" is not in the list: it has ${container.length} items`);
  }
  if (isMap(container)) {
    throw wrong(`"${text.whole()}" is missing; ".?" and orValue() give a default`);
  }
  throw wrong(
    `"${text.container()}" is ${typeNameOf(container)} and has no members: "${text.whole()}" is missing`,
  );
}

/** `container.?key` and `container[?key]`: whatever is missing on the way gives none. */
export function selectOptional(container: CelValue, key: CelValue): CelOptional {
  const holder = container instanceof CelOptional ? container.held : container;
  const found = holder === undefined ? undefined : lookUp(holder, key);
  return found === undefined ? CelOptional.NONE : new CelOptional(found);
}

function lookUp(container: CelValue, key: CelValue): CelValue | undefined {
  if (isList(container)) {
    const index = typeof key === 'bigint' ? Number(key) : key;
    return typeof index === 'number' ? container[index] : undefined;
  }
  if (!isMap(container)) return undefined;
  const name = keyOf(key);
  return name === null ? undefined : entryOf(container, name);
}
