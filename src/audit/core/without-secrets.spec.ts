import { SecretRedactor } from '../../security/secret-redactor';
import { auditEvent } from '../../../test/support/audit-event';
import { CUT } from './audited-arguments';
import { withoutSecrets } from './without-secrets';

const SECRET = 'correct horse battery';
const redactor = new SecretRedactor(
  new Map([
    ['HORSE', SECRET],
    ['PIN', '12345678'],
  ]),
);

it('takes secrets out of names and values, at every depth, and out of the name of what was asked for', () => {
  const event = auditEvent({
    tool: `file:///${SECRET}`,
    arguments: {
      a: [`say ${SECRET}`, 12345678, null],
      [SECRET]: { b: Buffer.from(SECRET).toString('base64') },
    },
  });
  expect(withoutSecrets(event, redactor)).toEqual({
    ...event,
    tool: 'file:///[redacted HORSE]',
    arguments: {
      a: ['say [redacted HORSE]', '[redacted PIN]', null],
      '[redacted HORSE]': { b: '[redacted HORSE]' },
    },
  });
});

it('leaves no beginning of a secret at the end of a text that was cut', () => {
  for (let length = 1; length <= SECRET.length; length += 1) {
    const { arguments: kept } = withoutSecrets(
      auditEvent({ arguments: `say ${SECRET.slice(0, length)}${CUT}` }),
      redactor,
    );
    expect(kept).toBe(length === SECRET.length ? `say [redacted HORSE]${CUT}` : `say ${CUT}`);
  }
});
