import type { ContentBlock } from '@modelcontextprotocol/server';

import { publicAddress } from './resource-addresses';

/** A server's content as clients get it: resources in it have the addresses under which clients can read them. */
export function passContent<Block extends ContentBlock>(block: Block, addressPrefix: string): Block {
  if (addressPrefix === '') return block;
  if (block.type === 'resource_link') return { ...block, uri: publicAddress(addressPrefix, block.uri) };
  if (block.type !== 'resource') return block;
  return { ...block, resource: { ...block.resource, uri: publicAddress(addressPrefix, block.resource.uri) } };
}
