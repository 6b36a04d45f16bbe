import { setTimeout as sleep } from 'node:timers/promises';

import type { UpstreamCatalog, UpstreamServers } from '../components/mcp-server/upstream-servers';
import type { Catalogues, RegisteredComponent } from './core/registry';

/** How long a list waits for servers that were never asked before: one that hangs must not hide the others for long. */
const FIRST_LOOK_MS = 2_000;

/** How often servers are asked, at most, whether their lists are still the same. They remember them themselves. */
const LOOK_AGAIN_MS = 5_000;

/** What the servers behind the endpoint offer, as last heard: nobody waits for one that was heard before. */
export class UpstreamCatalogues {
  /** By the id of the version. */
  private readonly known = new Map<string, UpstreamCatalog>();
  private readonly asking = new Map<string, Promise<void>>();
  private readonly closing = new AbortController();
  private askedAllAt = -Infinity;

  /** @param onChange called when something other than before is known */
  constructor(
    private readonly servers: UpstreamServers,
    private readonly onChange: () => void,
  ) {}

  /** What is known of these servers, once those that were never asked had a moment to answer. */
  async of(components: readonly RegisteredComponent[]): Promise<Catalogues> {
    const wanted = new Set(components.map(({ versionId }) => versionId));
    for (const versionId of this.known.keys()) if (!wanted.has(versionId)) this.known.delete(versionId);
    const unheard = components.filter(({ versionId }) => !this.known.has(versionId));
    if (unheard.length > 0) {
      const patience = new AbortController();
      await Promise.race([
        Promise.all(unheard.map((component) => this.ask(component))),
        sleep(FIRST_LOOK_MS, undefined, { signal: patience.signal, ref: false }).catch(() => undefined),
      ]);
      patience.abort();
    }
    return new Map(this.known);
  }

  /** Asks these servers again, if that was not done just now; nobody waits for it. */
  lookAgain(components: readonly RegisteredComponent[], isUrgent = false): void {
    const now = performance.now();
    if (!isUrgent && now - this.askedAllAt < LOOK_AGAIN_MS) return;
    if (!isUrgent) this.askedAllAt = now;
    for (const component of components) void this.ask(component);
  }

  close(): void {
    this.closing.abort();
  }

  /** Never rejects: a server that cannot be asked has what it had. */
  private ask(component: RegisteredComponent): Promise<void> {
    const { versionId } = component;
    const asking =
      this.asking.get(versionId) ?? this.hear(component).finally(() => this.asking.delete(versionId));
    this.asking.set(versionId, asking);
    return asking;
  }

  private async hear({ definitionId, versionId, config }: RegisteredComponent): Promise<void> {
    try {
      const upstream = { definitionId, versionId, config };
      const heard = await this.servers.catalog(upstream, this.closing.signal);
      const before = this.known.get(versionId);
      this.known.set(versionId, heard);
      if (before === undefined || isOther(before, heard)) this.onChange();
    } catch {
      // Only when this process stops, or the configuration cannot be read: there is nothing to show.
    }
  }
}

function isOther(before: UpstreamCatalog, heard: UpstreamCatalog): boolean {
  if (before.fetchedAt?.getTime() === heard.fetchedAt?.getTime()) return false;
  return contents(before) !== contents(heard);
}

function contents({ tools, prompts, resources, resourceTemplates }: UpstreamCatalog): string {
  return JSON.stringify([tools, prompts, resources, resourceTemplates]);
}
