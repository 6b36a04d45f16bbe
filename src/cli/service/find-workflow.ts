import { getWorkflowDefinition, listWorkflowDefinitions, type WorkflowDefinitionResponse } from '#sdk';

import { isUuid } from '../../common/wire/is-uuid';
import { EXIT_CODES } from '../exit-codes';
import { ServiceError } from '../failure';
import type { Service } from './service';

/** The most that one page holds. The search finds parts of names, so that others may stand before the one. */
const PAGE = 100;

/**
 * The workflow with this id or exactly this name.
 *
 * @throws ServiceError when there is none; it names some whose names are alike
 */
export async function findWorkflow(service: Service, which: string): Promise<WorkflowDefinitionResponse> {
  const { client } = service;
  if (isUuid(which)) {
    return service.answer(getWorkflowDefinition({ client, path: { definition_id: which } }));
  }
  const alike: string[] = [];
  for (let skip = 0, total = 1; skip < total; skip += PAGE) {
    const query = { search: which, limit: PAGE, skip };
    const page = await service.answer(listWorkflowDefinitions({ client, query }));
    const found = page.items.find(({ name }) => name === which);
    if (found !== undefined) return found;
    alike.push(...page.items.map(({ name }) => `"${name}"`));
    ({ total } = page);
  }
  const hint = alike.length === 0 ? '' : `; did you mean ${alike.slice(0, 3).join(' or ')}?`;
  throw new ServiceError(`There is no workflow "${which}"${hint}`, EXIT_CODES.refused);
}
