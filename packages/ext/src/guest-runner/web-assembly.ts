/** What the runner uses of it. Only the types of browsers have the whole. */
export {};

declare global {
  namespace WebAssembly {
    /** A compiled module. */
    class Module {
      constructor(bytes: Uint8Array);
    }
    interface Memory {
      readonly buffer: ArrayBuffer;
    }
    interface Global {
      value: unknown;
    }
    interface Table {
      readonly length: number;
    }
    interface Instance {
      readonly exports: Readonly<Record<string, unknown>>;
    }
    class RuntimeError extends Error {}
    function compile(bytes: Uint8Array): Promise<Module>;
  }

  type BufferSource = ArrayBufferView | ArrayBuffer;
}
