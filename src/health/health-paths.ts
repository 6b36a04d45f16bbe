/** Where the program says whether it is well, in the form of the contract; the second for clients that know the prefix. */
export const HEALTH_PATHS = ['health', 'api/v1/health'];

/** Where orchestrators ask what to do with this process. */
export const PROBE_PATHS = ['health/live', 'health/ready', 'health/startup'];
