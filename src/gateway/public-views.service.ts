import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';

import { UpstreamServers } from '../components/mcp-server/upstream-servers';
import { ListenHub } from '../database/listen-hub';
import type { ToolsetRecord } from '../toolsets/toolset';
import { ToolsetRepository } from '../toolsets/toolset.repository';
import { type Catalogues, EVERYTHING, type RegisteredComponent, type Registry } from './core/registry';
import { buildView, type View } from './core/view';
import { RegistryRepository } from './registry.repository';
import { UpstreamCatalogues } from './upstream-catalogues';

/** NOTIFY channel: something that is registered has changed (migration registry-changes). Payload: nothing. */
const REGISTRY_CHANNEL = 'registry_changed';

/** After this time what is remembered is read again, should a notification have been lost. */
const BACKSTOP_MS = 30_000;

/** How soon a failed reading is tried again; what was read before serves meanwhile. */
const RETRY_MS = 1_000;

/** What clients find at one address. */
export interface Address {
  /** Null at `/mcp`. */
  readonly toolset: ToolsetRecord | null;
  readonly view: View;
}

/** Which lists of some address have changed. */
export interface ListChanges {
  readonly tools: boolean;
  readonly prompts: boolean;
  readonly resources: boolean;
}

/** All that is known at one moment. Views are made when they are first asked for. */
interface Snapshot {
  readonly registry: Registry;
  readonly servers: readonly RegisteredComponent[];
  readonly toolsets: ReadonlyMap<string, ToolsetRecord>;
  readonly catalogues: Catalogues;
  readonly views: Map<ToolsetRecord | null, View>;
}

/**
 * What every address shows, from memory: a request reads the database only after something was changed. The same on
 * every replica, because each makes it of the same rows.
 */
@Injectable()
export class PublicViews implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Mcp');
  private readonly catalogues: UpstreamCatalogues;
  private readonly listeners = new Set<(changes: ListChanges) => void>();
  private readonly endings: (() => void)[] = [];
  private snapshot: Snapshot | null = null;
  private reading: Promise<Snapshot> | null = null;
  /** On the clock of `performance.now()`: from when on the snapshot must, or should, be read anew. */
  private staleAt = -Infinity;
  private dueAt = -Infinity;

  constructor(
    private readonly repository: RegistryRepository,
    private readonly toolsets: ToolsetRepository,
    private readonly hub: ListenHub,
    private readonly servers: UpstreamServers,
  ) {
    this.catalogues = new UpstreamCatalogues(servers, () => {
      this.takeCatalogues();
    });
  }

  onModuleInit(): void {
    const reread = (): void => {
      this.staleAt = performance.now();
      // Those who listen hear of it without asking.
      if (this.listeners.size > 0 && this.snapshot !== null) void this.current().catch(() => undefined);
    };
    this.endings.push(
      this.hub.subscribe(REGISTRY_CHANNEL, { onNotify: reread, onReconnect: reread }),
      this.servers.onChanged((definitionId) => {
        const { servers = [] } = this.snapshot ?? {};
        this.catalogues.lookAgain(
          servers.filter((server) => server.definitionId === definitionId),
          true,
        );
      }),
    );
  }

  onModuleDestroy(): void {
    for (const end of this.endings) end();
    this.catalogues.close();
  }

  /** What is at an address; null when there is no such toolset. */
  async at(toolsetName: string | null): Promise<Address | null> {
    let snapshot = await this.current();
    // One that was made a moment ago is there, though the news of it may be on their way.
    if (toolsetName !== null && !snapshot.toolsets.has(toolsetName)) snapshot = await this.readAnew();
    this.catalogues.lookAgain(snapshot.servers);
    const toolset = toolsetName === null ? null : snapshot.toolsets.get(toolsetName);
    return toolset === undefined ? null : { toolset, view: viewOf(snapshot, toolset) };
  }

  /** Calls `listener` when a list has changed that somebody has seen; until the returned function is called. */
  onChange(listener: (changes: ListChanges) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private async current(): Promise<Snapshot> {
    const { snapshot } = this;
    const now = performance.now();
    if (snapshot === null || this.staleAt <= now) return this.read();
    if (this.dueAt <= now) void this.read().catch(() => undefined);
    return snapshot;
  }

  private read(): Promise<Snapshot> {
    this.reading ??= this.readNow().finally(() => {
      this.reading = null;
    });
    return this.reading;
  }

  /** Reads what is there now, which a reading that is under way may have missed. */
  private async readAnew(): Promise<Snapshot> {
    await this.reading?.catch(() => undefined);
    return this.read();
  }

  private async readNow(): Promise<Snapshot> {
    // Before the reading: a change that comes during it makes it stale again.
    this.staleAt = Infinity;
    this.dueAt = performance.now() + BACKSTOP_MS;
    try {
      const [registry, toolsets] = await Promise.all([this.repository.read(), this.toolsets.findAll()]);
      const servers = registry.components.filter(({ mcpType }) => mcpType === 'mcp_server');
      return this.replace({
        registry,
        servers,
        toolsets: new Map(toolsets.map((toolset) => [toolset.name, toolset])),
        catalogues: await this.catalogues.of(servers),
        views: new Map(),
      });
    } catch (error) {
      this.staleAt = performance.now() + RETRY_MS;
      if (this.snapshot === null) throw error;
      this.logger.warn(`What is registered could not be read, the last state serves: ${String(error)}`);
      return this.snapshot;
    }
  }

  private takeCatalogues(): void {
    const { snapshot } = this;
    // While there is a reading, it takes them by itself.
    if (snapshot === null || this.reading !== null) return;
    void this.catalogues.of(snapshot.servers).then((catalogues) => {
      if (this.snapshot === snapshot) this.replace({ ...snapshot, catalogues, views: new Map() });
    });
  }

  private replace(snapshot: Snapshot): Snapshot {
    const before = this.snapshot;
    this.snapshot = snapshot;
    if (before !== null && this.listeners.size > 0) this.tell(changesBetween(before, snapshot));
    return snapshot;
  }

  private tell(changes: ListChanges): void {
    if (!changes.tools && !changes.prompts && !changes.resources) return;
    for (const listener of this.listeners) listener(changes);
  }
}

function viewOf(snapshot: Snapshot, toolset: ToolsetRecord | null): View {
  let view = snapshot.views.get(toolset);
  if (view === undefined) {
    view = buildView(snapshot.registry, snapshot.catalogues, toolset ?? EVERYTHING);
    snapshot.views.set(toolset, view);
  }
  return view;
}

/** What has changed in the views that somebody has seen. */
function changesBetween(before: Snapshot, after: Snapshot): ListChanges {
  const pairs = [...before.views].map(([toolset, view]) => {
    const now = toolset === null ? null : after.toolsets.get(toolset.name);
    return [lists(view), now === undefined ? null : lists(viewOf(after, now))] as const;
  });
  const differs = (kind: keyof ListChanges): boolean => pairs.some(([old, now]) => old[kind] !== now?.[kind]);
  return { tools: differs('tools'), prompts: differs('prompts'), resources: differs('resources') };
}

function lists({ tools, prompts, resources, resourceTemplates }: View): Record<keyof ListChanges, string> {
  return {
    tools: JSON.stringify([...tools.values()].map(({ tool }) => tool)),
    prompts: JSON.stringify([...prompts.values()].map(({ prompt }) => prompt)),
    resources: JSON.stringify([resources, resourceTemplates]),
  };
}
