import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { secretReferences } from '../components/secrets/secret-references';
import { ConfigReferencesService } from '../definitions/config-references.service';
import type { Issue } from '../engine/core/issue';
import type { JsonObject } from '../engine/core/json';
import { SecretRepository } from './secret.repository';

/** Checks what configurations refer to as secrets. */
@Injectable()
export class SecretUsesService implements OnModuleInit {
  constructor(
    private readonly references: ConfigReferencesService,
    private readonly secrets: SecretRepository,
  ) {}

  onModuleInit(): void {
    this.references.register(null, (config, manager) => this.check(config, manager));
  }

  private async check(config: JsonObject, manager: EntityManager): Promise<Issue[]> {
    const references = secretReferences(config);
    if (references.length === 0) return [];
    const known = await this.secrets.holdByName(
      references.map(({ name }) => name),
      manager,
    );
    return references
      .filter(({ name }) => !known.includes(name))
      .map(({ name, path }) => ({
        path,
        message: `refers to the secret "${name}", which there is not: create it first`,
      }));
  }
}
