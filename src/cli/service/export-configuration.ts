import { writeFile } from 'node:fs/promises';

import { exportConfiguration } from '#sdk';

import { AppError } from '../../common/errors/app-error';
import type { Service } from './service';

/**
 * The configuration of the service as a JSON text, the same each time while nothing changes.
 *
 * @throws ServiceError
 */
export async function exportText(service: Service): Promise<string> {
  const document = await service.answer(exportConfiguration({ client: service.client }));
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** @throws AppError UNAVAILABLE when the file cannot be written */
export async function writeTextFile(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new AppError('UNAVAILABLE', `${path} cannot be written (${code ?? 'unknown error'})`, {
      cause: error,
    });
  }
}
