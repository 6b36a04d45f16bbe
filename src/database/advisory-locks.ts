/**
 * The keys of the program's advisory locks: one space for the whole database, so they stand together. Replicas of several
 * versions take them side by side, so none may ever change. Locks of two keys are a space of their own.
 */
export const MIGRATION_LOCK = 7_236_401;
/** Whoever adds ended runs up for the dashboard. */
export const RUN_STATS_LOCK = 7_236_402;
/** Which API keys exist. */
export const KEY_SET_LOCK = 0x6d637001;
/** Which key signs sessions. */
export const SIGNING_KEY_LOCK = 0x6d637002;
/** Which workflow nests which. */
export const NESTING_LOCK = 0x6d637004;
