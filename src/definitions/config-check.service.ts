import { Injectable } from '@nestjs/common';

import { assertScope } from '../common/auth/assert-scope';
import type { CallerKey } from '../common/auth/caller-key';
import { invalidRequest } from '../common/errors/invalid-request';
import { ComponentRegistry } from '../components/component-registry';
import type { McpType } from '../components/component-type';
import type { JsonObject } from '../engine/core/json';

/** Decides whether a configuration may be stored, and by whom. */
@Injectable()
export class ConfigCheckService {
  constructor(private readonly components: ComponentRegistry) {}

  /**
   * @throws AppError INVALID_REQUEST with every fault of the configuration, its path beginning with `config`;
   *   FORBIDDEN when it executes code and the key lacks the scope `code`
   */
  check(mcpType: McpType, config: JsonObject, caller: CallerKey): void {
    if (config.type !== mcpType) {
      throw invalidRequest([
        { path: 'config.type', message: `must equal mcp_type, ${JSON.stringify(mcpType)}` },
      ]);
    }
    const issues = this.components.checkConfig(config);
    if (issues.length > 0) {
      throw invalidRequest(issues.map(({ path, message }) => ({ path: underConfig(path), message })));
    }
    if (this.components.executesCode(config)) assertScope(caller, 'code');
  }
}

function underConfig(path: string): string {
  if (path === '') return 'config';
  return path.startsWith('[') ? `config${path}` : `config.${path}`;
}
