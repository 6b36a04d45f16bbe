import { applyDecorators } from '@nestjs/common';
import { ArrayMaxSize, IsArray, IsString, Matches } from 'class-validator';

/** The last part of an address, and readable in it. */
export const TOOLSET_NAME = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

const MAX_RULES = 200;
const RULE = /^[A-Za-z0-9_.*-]{1,128}$/;

/** A list of patterns in the OpenAPI document. */
export const RULES_SCHEMA = {
  type: 'array' as const,
  maxItems: MAX_RULES,
  items: { type: 'string' as const, pattern: RULE.source },
};

export function IsToolsetName(): PropertyDecorator {
  return applyDecorators(
    IsString({ message: 'must be a string' }),
    Matches(TOOLSET_NAME, {
      message:
        'must be 1 to 64 of the characters a-z, 0-9 and -, and begin and end with a letter or a digit: it is part of the address',
    }),
  );
}

/** Refuses what is no list of patterns of names. */
export function IsRules(): PropertyDecorator {
  return applyDecorators(
    IsArray({ message: 'must be a list of patterns' }),
    ArrayMaxSize(MAX_RULES, { message: `must have at most ${MAX_RULES} values` }),
    IsString({ each: true, message: 'each value must be a string' }),
    Matches(RULE, {
      each: true,
      message:
        'each value must be 1 to 128 of the characters A-Z, a-z, 0-9, _, -, . and *, where * stands for any characters',
    }),
  );
}
