import { DataSource } from 'typeorm';

import { loadConfig } from './src/config/load-config';
import { dataSourceOptions } from './src/database/data-source-options';
import { locateEmbeddedPostgres } from './src/database/embedded-postgres/locate';

const { databaseUrl, dataDir } = loadConfig();
const url = databaseUrl ?? locateEmbeddedPostgres(dataDir);
if (url === null) throw new Error('Set DATABASE_URL, or start the program to use its embedded database');

/** The DataSource of the typeorm command line: `npx typeorm -d dist/ormconfig.js migration:show`. */
export default new DataSource(dataSourceOptions(url));
