/**
 * The direction of imports. A refused import names its mend in `comment`.
 * Features (folders that hold a module) meet only along the edges listed in `featureEdges`.
 */
const features = [
  'api-keys',
  'audit',
  'auth',
  'entities',
  'definitions',
  'workflows',
  'runs',
  'schedules',
  'toolsets',
  'gateway',
  'webhooks',
  'external-db',
  'secrets',
  'health',
  'idempotency',
  'retention',
  'metrics',
  'rate-limit',
  'dashboard',
  'import-export',
];

/** [who imports, whose exports]: add an edge here only with a reason. */
const featureEdges = [
  ...['api-keys', 'definitions', 'workflows', 'runs', 'external-db'].map((feature) => [feature, 'entities']), // each registers its own
  ['auth', 'api-keys'], // a session acts for a key
  ['workflows', 'definitions'], // a workflow's steps name components
  ['runs', 'workflows'], // a run starts from a workflow's version
  ['runs', 'definitions'], // or calls one component
  ['schedules', 'runs'], // a schedule starts runs
  ['schedules', 'workflows'], // and keeps its workflow from being deleted
  ['toolsets', 'definitions'], // a toolset's members are components
  ['toolsets', 'workflows'], // and workflows, kept from being deleted
  ['api-keys', 'toolsets'], // a key may be limited to toolsets
  ...['toolsets', 'definitions', 'workflows', 'runs', 'auth'].map((feature) => ['gateway', feature]), // what is registered is shown as tools
  ['webhooks', 'runs'], // a post starts a run
  ['webhooks', 'workflows'], // and a webhook keeps its workflow from being deleted
  ['secrets', 'definitions'], // configurations refer to secrets
  ['definitions', 'components'], // a configuration is checked by its type
  ['external-db', 'definitions'], // sql_query components refer to databases
  ['gateway', 'audit'], // what clients do is recorded
  ['gateway', 'metrics'], // open requests are shown
  ['audit', 'metrics'], // events that are lost are counted
  ['audit', 'secrets'], // no event may hold the value of one
  ['audit', 'rate-limit'], // refusals are bounded by its windows
  ['runs', 'metrics'], // open streams are shown
  ['rate-limit', 'metrics'], // refusals are counted
  ['dashboard', 'metrics'], // the process' own readings
  ...['definitions', 'workflows', 'toolsets', 'schedules', 'webhooks', 'external-db', 'secrets'].map(
    (feature) => ['import-export', feature],
  ), // what is imported is written by the services of each
];

const featureRules = features.map((feature) => {
  const allowed = featureEdges.filter(([from]) => from === feature).map(([, to]) => to);
  const others = features.filter((other) => other !== feature && !allowed.includes(other));
  return {
    name: `feature-${feature}`,
    severity: 'error',
    comment: `src/${feature} may not import these features: inject what they export, and list the edge in featureEdges.`,
    from: { path: `^src/${feature}/` },
    to: { path: `^src/(${others.join('|')})/` },
  };
});

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'Two files that need each other: move what both need into a third.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'core-is-pure',
      severity: 'error',
      comment: 'engine/core imports nothing of ours and no framework: pass values in, give decisions out.',
      from: { path: '^src/engine/core/', pathNot: '\\.spec\\.ts$' },
      to: {
        path: '^src/(?!engine/core/)|node_modules/(@nestjs|typeorm|pg|pg-boss|express|undici)/|^(node:)?(fs|net|http|https|child_process)$',
      },
    },
    {
      name: 'engine-knows-no-feature',
      severity: 'error',
      comment: 'The engine reaches features through src/engine/ports.ts: add a method to a port.',
      from: { path: '^src/engine/' },
      to: { path: `^src/(${[...features, 'components'].join('|')})/` },
    },
    {
      name: 'components-know-no-feature',
      severity: 'error',
      comment: 'A component runs on what its call carries: take it through a port.',
      from: { path: '^src/components/' },
      to: { path: `^src/(${features.join('|')})/` },
    },
    {
      name: 'common-is-a-leaf',
      severity: 'error',
      comment:
        'src/common serves everybody and imports only itself, src/config and plain values of the core.',
      from: { path: '^src/common/' },
      to: { path: '^src/(?!common/|config/|engine/core/(json|issue|member-path|result)\\.ts)' },
    },
    {
      name: 'orm-stays-in-repositories',
      severity: 'error',
      comment:
        "TypeORM words live in repositories, entities, src/database and modules, and where users' databases are reached.",
      from: {
        path: '^src/',
        pathNot:
          '^src/database/|\\.(repository|entity|module)\\.ts$|^src/engine/store/|^src/external-db/connections/',
      },
      to: { path: 'node_modules/typeorm/', dependencyTypesNot: ['type-only'] },
    },
    ...featureRules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'] },
  },
};
