import { join } from 'node:path';

import { Module } from '@nestjs/common';

import { AppConfig } from '../../config/app-config';
import { DataKeyRepository } from './data-key.repository';
import { KEY_FILE, readKeyFile } from './key-file';
import { KeyRing } from './key-ring';
import { SecretBox } from './secret-box';

/** Gives the {@link SecretBox}, once the keys have proved to be the right ones: before that nothing starts. */
@Module({
  providers: [
    DataKeyRepository,
    { provide: SecretBox, inject: [AppConfig, DataKeyRepository], useFactory: openSecretBox },
  ],
  exports: [SecretBox],
})
export class SecretBoxModule {}

async function openSecretBox(
  { encryptionKeys, dataDir }: AppConfig,
  dataKeys: DataKeyRepository,
): Promise<SecretBox> {
  if (encryptionKeys.length > 0)
    return SecretBox.open(dataKeys, new KeyRing(encryptionKeys), 'ENCRYPTION_KEY');
  const path = join(dataDir, KEY_FILE);
  const isFirstStart = (await dataKeys.findAll()).length === 0;
  return SecretBox.open(dataKeys, new KeyRing(await readKeyFile(path, isFirstStart)), path);
}
