import { parser } from '@prometheus-io/lezer-promql';

/** A metric that an expression reads, with the labels that it asks for. */
export interface Selection {
  readonly metric: string;
  /** Of its matchers. */
  readonly labels: readonly string[];
}

/** What an expression of PromQL reads, and by which labels it groups. */
export interface PromqlReading {
  readonly selections: readonly Selection[];
  readonly grouping: readonly string[];
}

/**
 * Reads an expression by Prometheus' own grammar.
 * @throws Error where the expression is none
 */
export function readPromql(expression: string): PromqlReading {
  const selections: { metric: string; labels: string[] }[] = [];
  const grouping: string[] = [];
  let isGrouping = false;
  parser.parse(expression).iterate({
    enter: ({ name, from, to, type }) => {
      const text = expression.slice(from, to);
      if (type.isError) throw new Error(`Not PromQL at ${from}: ${expression}`);
      if (name === 'VectorSelector') selections.push({ metric: '', labels: [] });
      if (name === 'GroupingLabels') isGrouping = true;
      const last = selections.at(-1);
      if (name === 'Identifier' && last?.metric === '') last.metric = text;
      if (name === 'LabelName') (isGrouping ? grouping : last?.labels)?.push(text);
    },
    leave: ({ name }) => {
      if (name === 'GroupingLabels') isGrouping = false;
    },
  });
  return { selections, grouping };
}
