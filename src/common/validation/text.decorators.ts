import { applyDecorators } from '@nestjs/common';
import { IsString, Length, Matches } from 'class-validator';

export const MAX_NAME_LENGTH = 200;
export const MAX_DESCRIPTION_LENGTH = 10_000;

/** Refuses a field that is no name: 1 to 200 characters on one line, without blanks at its ends. */
export function IsName(): PropertyDecorator {
  // Applied in this order, so tried in it: see checkDto on one fault a field.
  return applyDecorators(
    IsString({ message: 'must be a string' }),
    Length(1, MAX_NAME_LENGTH, { message: `must be 1 to ${MAX_NAME_LENGTH} characters long` }),
    Matches(/^(?!\s)[^\p{Cc}\p{Cs}]*(?<!\s)$/u, {
      message: 'must not begin or end with a blank, nor hold control characters or halves of surrogate pairs',
    }),
  );
}

/** Refuses what PostgreSQL cannot store: U+0000, and half of a surrogate pair, for which UTF-8 has no bytes. */
export function IsStorable(): PropertyDecorator {
  return Matches(/^[^\0\p{Cs}]*$/u, {
    message: 'must not hold the character U+0000 or halves of surrogate pairs',
  });
}

/** Refuses a field that is no description: at most 10,000 characters. */
export function IsDescription(): PropertyDecorator {
  return applyDecorators(
    IsString({ message: 'must be a string' }),
    Length(0, MAX_DESCRIPTION_LENGTH, {
      message: `must be at most ${MAX_DESCRIPTION_LENGTH} characters long`,
    }),
    IsStorable(),
  );
}

export const MAX_SEARCH_LENGTH = 200;

/** Refuses a field that is nothing to search for. */
export function IsSearch(): PropertyDecorator {
  return applyDecorators(
    IsString({ message: 'must be given once' }),
    Length(1, MAX_SEARCH_LENGTH, { message: `must be 1 to ${MAX_SEARCH_LENGTH} characters long` }),
    IsStorable(),
  );
}
