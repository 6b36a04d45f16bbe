import { ValidateBy } from 'class-validator';

import { faultOfCron, faultOfTimeZone } from '../cron-times';

/** Refuses a field that is no cron pattern of five fields. */
export function IsCron(): PropertyDecorator {
  return refuseBy('isCron', faultOfCron);
}

/** Refuses a field that is no name of a time zone in the IANA database. */
export function IsTimeZone(): PropertyDecorator {
  return refuseBy('isTimeZone', faultOfTimeZone);
}

function refuseBy(name: string, faultOf: (text: string) => string | null): PropertyDecorator {
  const faultOfValue = (value: unknown): string | null =>
    typeof value === 'string' ? faultOf(value) : 'must be a string';
  return ValidateBy({
    name,
    validator: {
      validate: (value) => faultOfValue(value) === null,
      defaultMessage: (args) => faultOfValue(args?.value) ?? '',
    },
  });
}
