import { checkBody } from '../common/wire/check-dto';
import { IsSslSettings, type SslSettings } from './ssl-settings';

class SslDto {
  @IsSslSettings()
  ssl!: SslSettings;
}

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB+/ab\ncd==\n-----END CERTIFICATE-----';

describe('IsSslSettings', () => {
  it.each([
    { mode: 'disable' },
    { mode: 'verify_full', ca: CERTIFICATE },
    { mode: 'require', ca: `\n${CERTIFICATE}\r\n\n${CERTIFICATE}\n` },
  ])('takes %j', (ssl) => {
    expect(checkBody(SslDto, { ssl })).toMatchObject({ ok: true });
  });

  it.each([
    null,
    'require',
    {},
    { mode: 'prefer' },
    { mode: 'require', cert: 'x' },
    { mode: 'require', ca: 1 },
    { mode: 'require', ca: '' },
    { mode: 'require', ca: CERTIFICATE.replace('END', 'ENDE') },
    { mode: 'require', ca: `${CERTIFICATE}\n`.repeat(2_000) },
  ])('refuses %j and says what is allowed', (ssl) => {
    const result = checkBody(SslDto, { ssl });
    expect(result).toMatchObject({ ok: false, error: [{ path: 'ssl' }] });
    expect(!result.ok && result.error[0]?.message).toMatch(/^(must|has)/);
  });

  it('sees at once that something stands behind a long chain', () => {
    const ca = `${CERTIFICATE.replaceAll('\n', '\n\n\n')}\n`.repeat(1_000) + '!';
    expect(ca.length).toBeLessThan(100_000);
    expect(checkBody(SslDto, { ssl: { mode: 'require', ca } })).toMatchObject({ ok: false });
  });
});
