import type { Stage } from './support/stage.mts';
import { quantile, spread } from './support/statistics.mts';

const STEPS = 20;
const ROUNDS = 20;

/** What a `typescript_script` step costs beside a `set` step in the same place of the same chain. Aim: under 2 ms. */
export async function scriptStep(stage: Stage): Promise<string[]> {
  const script = await stage.call('POST', '/mcp-definitions', {
    name: 'bench-script',
    description: '',
    mcp_type: 'typescript_script',
    config: { type: 'typescript_script', code: 'export default (i: { n: number }) => ({ n: i.n + 1 });' },
  });
  const chain = async (name: string, uses: object): Promise<string> => {
    const steps = Array.from({ length: STEPS }, (_unused, index) => ({
      id: `s${index}`,
      uses,
      inputs: { n: index === 0 ? 0 : `\${{ steps.s${index - 1}.output.n }}` },
    }));
    return (await stage.call('POST', '/workflow-definitions', { name, steps })).id;
  };
  const scripts = await chain('bench-scripts', { mcp_definition_id: script.id });
  const sets = await chain('bench-sets', { builtin: 'set' });
  const costs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const withScripts = await stage.timedRun(scripts);
    const withSets = await stage.timedRun(sets);
    if (round > 3) costs.push((withScripts - withSets) / STEPS);
  }
  return [
    `a script step beyond a set step ${spread(costs, 'ms')}  (aim under 2; median ${quantile(costs, 0.5).toFixed(2)})`,
  ];
}
