import { DataSource } from 'typeorm';

import { loadConfig } from './src/config/load-config';
import { dataSourceOptions } from './src/database/data-source-options';

const { databaseUrl } = loadConfig();
if (databaseUrl === null) throw new Error('Set DATABASE_URL: the typeorm command line needs it');

/** The DataSource of the typeorm command line: `npx typeorm -d dist/ormconfig.js migration:show`. */
export default new DataSource(dataSourceOptions(databaseUrl));
