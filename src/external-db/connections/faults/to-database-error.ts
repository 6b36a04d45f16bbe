import { AppError } from '../../../common/errors/app-error';
import { isConnectionFailure } from '../../../database/connection-failure';
import { causeChain, toConnectionError } from '../../../security/egress/connection-failure';
import type { DbType } from '../../db-type';
import { type FoundFault, toFaultError } from './database-fault';
import { findMssqlFault } from './mssql-fault';
import { findMysqlFault } from './mysql-fault';
import { findPostgresFault } from './postgres-fault';
import { findSqliteFault } from './sqlite-fault';

const FINDERS: Readonly<Record<DbType, (error: unknown) => FoundFault | null>> = {
  postgresql: findPostgresFault,
  mysql: findMysqlFault,
  mariadb: findMysqlFault,
  sqlite: findSqliteFault,
  mssql: findMssqlFault,
};

/** Node's codes for a certificate that is not believed, and those of OpenSSL. */
const CERTIFICATE_CODE =
  /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_TLS|HOSTNAME_MISMATCH|HANDSHAKE_SSL_ERROR/;

/**
 * The error to show for whatever a driver threw. The driver's own words stay in its cause.
 *
 * @param host named in the message
 * @param originalOffset turns an offset in the statement as sent into one of it as written
 * @returns what was thrown, when it is no failure of a database: a defect
 */
export function toDatabaseError(
  dbType: DbType,
  host: string,
  thrown: unknown,
  originalOffset: (offset: number) => number = (offset) => offset,
): unknown {
  const chain = chainOf(thrown);
  const known = chain.find((error) => error instanceof AppError);
  if (known !== undefined) return known;
  for (const error of chain) {
    const found = FINDERS[dbType](error);
    if (found !== null) return toFaultError(found, originalOffset, thrown);
  }
  const codes = chain
    .map((error) => (error as { code?: unknown }).code)
    .filter((code) => typeof code === 'string');
  if (codes.some((code) => CERTIFICATE_CODE.test(code))) return untrustedCertificate(host, thrown);
  if (codes.length > 0 || chain.some(isConnectionFailure)) return toConnectionError(host, thrown);
  return thrown;
}

/** The driver for SQL Server names its cause in a way of its own. */
function chainOf(thrown: unknown): unknown[] {
  return causeChain(thrown).flatMap((error) => {
    const { originalError } = error as { originalError?: unknown };
    return [error, ...(originalError === undefined ? [] : causeChain(originalError))];
  });
}

function untrustedCertificate(host: string, cause: unknown): AppError {
  return new AppError(
    'CONNECTION_FAILED',
    `${host} shows a certificate that is not trusted for this name: give its authority in ssl.ca, or check the host`,
    { cause, retryable: false },
  );
}
