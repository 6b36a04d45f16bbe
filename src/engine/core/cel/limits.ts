/**
 * What one expression may cost. Together they bound an evaluation's time (see `MAX_WORK`) and its
 * memory (some tens of megabytes) whatever is written: the whole engine waits while one is evaluated.
 */

/** Characters of one expression's source. */
export const MAX_EXPRESSION_LENGTH = 4096;

/** Nodes of one syntax tree; also bounds how deep the compiler and the evaluator recurse. */
export const MAX_AST_NODES = 1000;

/** Nesting of brackets, calls and selections. */
export const MAX_AST_DEPTH = 64;

/** Macros (map, filter, all, exists, exists_one) inside each other: at two, work is at most quadratic. */
export const MAX_MACRO_DEPTH = 2;

/** Items of a list that an expression walks or makes. */
export const MAX_LIST_ITEMS = 10_000;

/** Characters of a string that an expression makes. */
export const MAX_STRING_LENGTH = 4 * 1024 * 1024;

/**
 * Units of work of one evaluation: a node is one, and what costs more than a node (walking text, comparing
 * documents, compiling patterns) says so. Measured on two cores, the whole of it took 20 to 70 ms; for
 * regular expressions, reckoned at 30 ns a step of the automaton, it is half a second at most.
 */
export const MAX_WORK = 2_000_000;

/** Characters that are walked (copied, searched, compared) at the price of one unit. */
export const CHARACTERS_PER_UNIT = 16;
