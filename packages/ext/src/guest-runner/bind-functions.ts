import { JSException, type JSValueHandle, type QuickJS } from "quickjs-wasi";

/** All that goes from the runner to the guest and back. */
export type Plain = string | number | Uint8Array | undefined;

export type HostFunctions = Readonly<Record<string, (...args: Plain[]) => Plain | JSValueHandle>>;

/** An object of the guest's with these functions. They see plain values only: whatever else the guest passes is `undefined` to them. */
export function bindFunctions(vm: QuickJS, functions: HostFunctions): JSValueHandle {
  const object = vm.newObject();
  for (const [name, run] of Object.entries(functions)) {
    const handle = vm.newFunction(name, (...args) => {
      try {
        return toGuest(vm, run(...args.map((arg) => fromGuest(arg))));
      } catch (error) {
        // What the guest's own code threw. Anything else goes as text: an error's stack would name files of this machine.
        if (error instanceof JSException) throw error;
        throw String(error);
      }
    });
    vm.setProp(object, name, handle);
    handle.dispose();
  }
  return object;
}

/** Never converts: that would run code of the guest's. */
function fromGuest(value: JSValueHandle): Plain {
  if (value.isString) return value.toString();
  return value.isNumber ? value.toNumber() : undefined;
}

function toGuest(vm: QuickJS, value: Plain | JSValueHandle): JSValueHandle {
  if (value === undefined) return vm.undefined;
  if (typeof value === "string") return vm.newString(value);
  if (typeof value === "number") return vm.newNumber(value);
  return value instanceof Uint8Array ? vm.newUint8Array(value) : value;
}
