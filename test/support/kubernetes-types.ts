import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import ts from 'typescript';

const ROOT = resolve(__dirname, '../..');

/** A manifest, as far as every kind has the same. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly [field: string]: unknown;
}

/** Groups of Kubernetes itself are in one package, those of the Prometheus Operator in another. */
const PACKAGES = ['kubernetes-models', '@kubernetes-models/prometheus-operator'];

/**
 * What is wrong with manifests by Kubernetes' own description of its API, from which the types of kubernetes-models are
 * made: unknown fields, missing ones, and values of other types. They are checked as literals in a program, because the
 * compiler refuses fields that a literal should not have, where validators of JSON would let them pass.
 */
export function typeFaultsOf(manifests: readonly Manifest[]): string[] {
  // Within the repository, where the packages are found.
  const folder = mkdtempSync(join(ROOT, 'node_modules/.cache/manifests-'));
  const file = join(folder, 'manifests.ts');
  try {
    writeFileSync(file, manifests.map(asDeclaration).join('\n'));
    const program = ts.createProgram([file], {
      noEmit: true,
      strict: true,
      skipLibCheck: true,
      types: [],
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
    });
    return ts.getPreEmitDiagnostics(program).map(({ messageText, file: source, start = 0 }) => {
      const { line } = source?.getLineAndCharacterOfPosition(start) ?? { line: 0 };
      const { kind, metadata } = manifests[Math.floor(line / 2)] ?? { kind: '', metadata: { name: '' } };
      return `${kind} ${metadata.name}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Two lines a manifest. */
function asDeclaration(manifest: Manifest, index: number): string {
  const name = `Kind${index}`;
  return `import type { I${manifest.kind} as ${name} } from '${moduleOf(manifest)}';
export const manifest${index}: ${name} = ${JSON.stringify(manifest)};`;
}

function moduleOf({ apiVersion, kind }: Manifest): string {
  for (const name of PACKAGES) {
    if (existsSync(join(ROOT, 'node_modules', name, apiVersion, `${kind}.d.ts`)))
      return `${name}/${apiVersion}/${kind}`;
  }
  throw new Error(`No package describes ${apiVersion} ${kind}`);
}
