/** Which paths are treated otherwise, each as a request has it: `/health`. Also the injection token. */
export abstract class RateLimitPaths {
  /** Requests to these are not counted: probes and scrapes come on a schedule. */
  abstract readonly uncounted: ReadonlySet<string>;
  /** Whether a path looks at no API key: what it refuses says nothing about one. */
  abstract isOpen(path: string): boolean;
}
