import type { Type } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';

import type { Page } from './page';

/** The base class of a page of `Item`s as the OpenAPI document knows it. */
export function PageResponse<Item>(item: Type<Item>): Type<Page<Item>> {
  class PageOfItems implements Page<Item> {
    @ApiProperty({ type: () => [item] })
    items!: Item[];

    @ApiProperty({ type: 'integer', description: 'How many there are in all' })
    total!: number;

    @ApiProperty({ type: 'integer' })
    skip!: number;

    @ApiProperty({ type: 'integer' })
    limit!: number;
  }
  return PageOfItems;
}
