import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';

/** Under it a handler says that its answers are tagged. */
export const TAGGED = 'mcp-backend:tagged';

/** Tells `src/openapi` of it, which takes it out again. */
export const TAGGED_EXTENSION = 'x-tagged';

/** For handlers that answer with one resource: the answer gets an `ETag`, and a GET honours `If-None-Match`. */
export function Tagged(): MethodDecorator {
  return applyDecorators(SetMetadata(TAGGED, true), ApiExtension(TAGGED_EXTENSION, true));
}
