import { applyDecorators } from '@nestjs/common';
import { IsISO8601, Matches, ValidateBy } from 'class-validator';

const fault = { message: 'must be an ISO 8601 time with its offset, as in 2030-01-31T12:00:00Z' };

/** Date, `T`, time, offset: ISO 8601 also has weeks, ordinal days and local times, which are no instants to us. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/;

/** Refuses a field that is no point in time; what passes, `new Date` reads. */
export function IsInstant(): PropertyDecorator {
  return applyDecorators(
    Matches(INSTANT, fault),
    // Knows how long each month is; `Date` takes February 30 for March 2.
    IsISO8601({ strict: true, strictSeparator: true }, fault),
    ValidateBy({
      name: 'isReadableInstant',
      validator: {
        validate: (value) => !Number.isNaN(Date.parse(String(value))),
        defaultMessage: () => fault.message,
      },
    }),
  );
}
