import { DefinitionQueryDto } from '../../common/versioning/definition-query.dto';

/** Which workflows are listed. */
export class WorkflowDefinitionQueryDto extends DefinitionQueryDto {}
