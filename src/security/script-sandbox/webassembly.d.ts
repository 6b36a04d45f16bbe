/** The part of the WebAssembly API that is used here; Node has it, but only TypeScript's `dom` declares it. */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number });
    readonly buffer: ArrayBuffer;
  }
}
