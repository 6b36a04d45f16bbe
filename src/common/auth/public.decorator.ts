import { type CustomDecorator, SetMetadata } from '@nestjs/common';

/** Where the guards look whether a route is open. */
export const IS_PUBLIC_KEY = 'isPublic';

/** Opens a route, or all routes of a controller, to requests without an API key. */
export const Public = (): CustomDecorator => SetMetadata(IS_PUBLIC_KEY, true);
