import { IsBoolean, IsIn, IsInt, IsObject, IsOptional, IsString, MaxLength, Min } from 'class-validator';

import { checkBody, checkQuery, MAX_BODY_DEPTH } from './check-dto';
import { OptionalBody } from './optional-body.decorator';
import { RestFields } from './rest-fields.decorator';

class ThingDto {
  @MaxLength(5, { message: 'must be at most 5 characters long' })
  @IsString()
  displayName!: string;

  @IsOptional()
  @Min(1)
  @IsInt()
  maxItems: number = 7;

  @IsOptional()
  @IsIn(['a', 'b'], { each: true })
  kinds?: string[];
}

class ThingWithSpecDto {
  @IsString()
  displayName!: string;

  @RestFields()
  @IsObject()
  spec!: Record<string, unknown>;
}

@OptionalBody()
class ThingCommandDto {
  @IsOptional()
  @IsInt()
  maxItems: number = 7;
}

class ThingQueryDto {
  @IsOptional()
  @IsInt()
  maxItems: number = 7;

  @IsOptional()
  @IsBoolean()
  onlyLiving?: boolean;

  @IsOptional()
  @IsString()
  search?: string;
}

describe('checkBody', () => {
  it('does without a body only where the DTO says so', () => {
    expect(checkBody(ThingCommandDto, undefined)).toMatchObject({ ok: true, value: { maxItems: 7 } });
    expect(checkBody(ThingCommandDto, null)).toMatchObject({ ok: false });
    expect(checkBody(ThingDto, undefined)).toMatchObject({ ok: false });
  });

  it('gives an instance with names in camelCase and its defaults', () => {
    const result = checkBody(ThingDto, { display_name: 'five5', kinds: ['a'] });
    expect(result).toMatchObject({ ok: true, value: { displayName: 'five5', maxItems: 7, kinds: ['a'] } });
    expect(result.ok && result.value).toBeInstanceOf(ThingDto);
  });

  it('names every fault by its name on the wire, one a field', () => {
    expect(checkBody(ThingDto, { max_items: 'x', kinds: ['c'], extra: 1 })).toEqual({
      ok: false,
      error: [
        { path: 'extra', message: 'is not a known field; allowed: display_name, max_items, kinds' },
        { path: 'display_name', message: 'is required; must be a string' },
        { path: 'max_items', message: 'must be an integer number' },
        { path: 'kinds', message: 'each value must be one of the following values: a, b' },
      ],
    });
  });

  it('does not take names in camelCase', () => {
    const result = checkBody(ThingDto, { displayName: 'five5' });
    expect(!result.ok && result.error.map(({ path }) => path)).toEqual(['displayName', 'display_name']);
  });

  it.each([undefined, null, [], 'text', 3])('refuses %j as a body', (body) => {
    expect(checkBody(ThingDto, body)).toMatchObject({ ok: false, error: [{ path: '' }] });
  });

  it('gathers the remaining fields where the DTO asks for them', () => {
    const body = JSON.parse(
      '{"display_name":"x","parameters_schema":{"aB":1},"__proto__":{"y":1}}',
    ) as unknown;
    const result = checkBody(ThingWithSpecDto, body);
    expect(result.ok && Object.entries(result.value.spec)).toEqual([
      ['parameters_schema', { aB: 1 }],
      ['__proto__', { y: 1 }],
    ]);
  });

  it('refuses a document that is nested too deep to be written again', () => {
    const nested = JSON.parse('['.repeat(MAX_BODY_DEPTH) + ']'.repeat(MAX_BODY_DEPTH)) as unknown;
    expect(checkBody(ThingWithSpecDto, { display_name: 'x', nested })).toMatchObject({ ok: false });
  });
});

describe('checkQuery', () => {
  it('reads numbers and booleans', () => {
    expect(checkQuery(ThingQueryDto, { max_items: '12', only_living: 'false', search: '5' })).toEqual({
      ok: true,
      value: { maxItems: 12, onlyLiving: false, search: '5' },
    });
  });

  it.each([
    ['max_items', ''],
    ['max_items', '0x10'],
    ['max_items', '1e3'],
    ['max_items', ' 1'],
    ['max_items', '1.5'],
    ['max_items', ['1', '2']],
    ['only_living', '1'],
    ['search', ['a', 'b']],
  ])('refuses %s=%j', (name, value) => {
    expect(checkQuery(ThingQueryDto, { [name]: value })).toMatchObject({
      ok: false,
      error: [{ path: name }],
    });
  });
});
