/**
 * The built-in functions that harness and subject share. A module that replaces them changes what
 * judges it: they are put back, and the module is told. What it adds is its own matter.
 */

const shared: Readonly<Record<string, object>> = {
  JSON,
  Math,
  Reflect,
  Object,
  'Object.prototype': Object.prototype,
  'Function.prototype': Function.prototype,
  Array,
  'Array.prototype': Array.prototype,
  'String.prototype': String.prototype,
  Number,
  BigInt,
  'RegExp.prototype': RegExp.prototype,
  'Map.prototype': Map.prototype,
  'Set.prototype': Set.prototype,
  Promise,
  'Promise.prototype': Promise.prototype,
  'TypedArray.prototype': Object.getPrototypeOf(Uint8Array.prototype) as object,
  'DataView.prototype': DataView.prototype,
};

type Kept = { name: string; owner: object; key: PropertyKey; as: PropertyDescriptor };

const { getOwnPropertyDescriptor, defineProperty, is } = Object;

const kept: Kept[] = Object.entries(shared).flatMap(([name, owner]) =>
  Reflect.ownKeys(owner).map((key) => ({
    name: `${name}.${String(key)}`,
    owner,
    key,
    as: getOwnPropertyDescriptor(owner, key)!,
  })),
);

/** Puts back what was replaced or removed; its names. Uses none of it until that is done. */
export const restoreIntrinsics = (): string[] => {
  const replaced: string[] = [];
  for (let at = 0; at < kept.length; at += 1) {
    const { name, owner, key, as } = kept[at]!;
    const now = getOwnPropertyDescriptor(owner, key);
    if (now && is(now.value, as.value) && now.get === as.get && now.set === as.set) continue;
    try {
      defineProperty(owner, key, as);
    } catch {
      // It was nailed down as well: nothing more can be done than to say so.
    }
    replaced[replaced.length] = name;
  }
  return replaced;
};
