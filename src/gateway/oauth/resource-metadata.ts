import type { OAuthSettings } from '../../config/app-config';

/** Where clients look for the metadata of the endpoint: RFC 9728, 3.1, with the path of the resource and without. */
export const RESOURCE_METADATA_PATHS = [
  '.well-known/oauth-protected-resource',
  '.well-known/oauth-protected-resource/*path',
];

/** The address of the metadata, for the challenge of an answer with 401. */
export function resourceMetadataUrl({ audience }: OAuthSettings): string {
  const { origin, pathname } = new URL(audience);
  return `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`;
}
