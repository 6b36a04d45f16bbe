/** Under which name a run keeps the version of a tool that its prompts let a model call: no step can be called so. */
export function toolPin(definitionId: string): string {
  return `tool ${definitionId.toLowerCase()}`;
}
