/** Why the demo cannot go on, as a sentence for the person who started it. Anything else that is thrown is a defect. */
export class DemoError extends Error {}
