import { tooCostly } from './evaluation-fault';
import { CHARACTERS_PER_UNIT, MAX_LIST_ITEMS, MAX_STRING_LENGTH, MAX_WORK } from './limits';

/** Counts the work of one evaluation and ends it when it is too much. Units are explained at `MAX_WORK`. */
export class WorkMeter {
  #left = MAX_WORK;

  /** The units that were spent so far. */
  get used(): number {
    return MAX_WORK - this.#left;
  }

  /** @throws EvaluationFault EXPRESSION_TOO_COSTLY once all units are spent */
  spend(units: number): void {
    this.#left -= units;
    if (this.#left < 0) throw tooCostly(`the expression takes more than ${MAX_WORK} units of work`);
  }

  /** Pays for walking `characters` of text. */
  spendText(characters: number): void {
    this.spend(1 + characters / CHARACTERS_PER_UNIT);
  }

  /** Pays for a list of `items` that is walked or made. */
  spendList(items: number): void {
    if (items > MAX_LIST_ITEMS) {
      throw tooCostly(`a list has ${items} items; an expression may walk ${MAX_LIST_ITEMS}`);
    }
    this.spend(1 + items);
  }

  /** Pays for a text that is made. Call it before making it. */
  spendNewText(characters: number): void {
    if (characters > MAX_STRING_LENGTH) {
      throw tooCostly(`a text would have ${characters} characters; ${MAX_STRING_LENGTH} are allowed`);
    }
    this.spendText(characters);
  }
}
