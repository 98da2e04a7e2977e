/**
 * The structures that an observing provider registers, as its configuration says. They tell of
 * every read beyond header.size and of every write; writes have no effect, as in read-only memory.
 */
import type { DispatchCallback } from '../abi/callbacks.ts';
import { HEADERS, LAYOUTS, POINTER_SIZE } from '../abi/layout.ts';
import type { ProviderData } from '../provider/module.ts';
import type { ObservedProvider } from '../trace/plan.ts';

type Members = Record<string, unknown>;

/** Hears of what a runtime did to a structure. */
export type Touch = { structure: string; member: string; size: number; how: 'read' | 'written' };

/**
 * A structure whose reads are bounded; `width` is the size of its members, 0: reads are not
 * watched.
 */
type Bounded = { structure: string; offsets: Readonly<Record<string, number>>; width: number };

const watched = (bounded: Bounded, members: Members, tell: (touch: Touch) => void): Members => {
  const { structure, offsets, width } = bounded;
  const { size } = members['header'] as { size: number };
  const refuse =
    (prefix: string) =>
    (_target: Members, name: PropertyKey): boolean => {
      tell({ structure, member: `${prefix}${String(name)}`, size, how: 'written' });
      return true;
    };
  const header = new Proxy(members['header'] as Members, { set: refuse('header.') });
  return new Proxy({ ...members, header } as Members, {
    get: (target, name, receiver) => {
      const offset = width === 0 ? undefined : offsets[String(name)];
      if (offset !== undefined && offset > 0 && offset + width > size) {
        tell({ structure, member: String(name), size, how: 'read' });
      }
      return Reflect.get(target, name, receiver) as unknown;
    },
    set: refuse(''),
    deleteProperty: refuse(''),
  });
};

/** Which of the callbacks the table shows. */
const membersOf = (
  config: ObservedProvider,
  callbacks: Record<DispatchCallback, unknown>,
): Members => {
  const style = config.delete ?? 'postprocess';
  const members: Members = { ...callbacks };
  if (style !== 'preprocess' && style !== 'both') members['preprocess_map_delete_element'] = null;
  const isLast = style === 'postprocess' || style === 'both' || config.behind === true;
  if (!isLast) members['postprocess_map_delete_element'] = null;
  for (const name of config.absent ?? []) members[name] = null;
  return members;
};

/** ebpf_map_provider_data_t with what hangs off it; null where the configuration says NULL. */
export const observedStructures = (
  config: ObservedProvider,
  callbacks: Record<DispatchCallback, unknown>,
  tell: (touch: Touch) => void,
): ProviderData | null => {
  if (config.data === null) return null;
  const properties = LAYOUTS.ebpf_base_map_provider_properties_t.fields;
  const table = LAYOUTS.ebpf_base_map_provider_dispatch_table_t.fields;
  const data = {
    header: { ...HEADERS.ebpf_map_provider_data_t, ...config.data },
    map_type: config.map_type,
    base_map_type: config.base_map_type ?? 1,
    base_properties:
      config.properties === null
        ? null
        : watched(
            { structure: 'base_properties', offsets: properties, width: 1 },
            {
              header: { ...HEADERS.ebpf_base_map_provider_properties_t, ...config.properties },
              updates_original_value: config.transforms ?? false,
            },
            tell,
          ),
    base_provider_table:
      config.table === null
        ? null
        : watched(
            { structure: 'base_provider_table', offsets: table, width: POINTER_SIZE },
            {
              header: { ...HEADERS.ebpf_base_map_provider_dispatch_table_t, ...config.table },
              ...membersOf(config, callbacks),
            },
            tell,
          ),
  };
  // ABI-012 speaks of properties and dispatch table; reads of the provider data are not bounded by
  // it.
  return watched(
    { structure: 'provider data', offsets: {}, width: 0 },
    data,
    tell,
  ) as unknown as ProviderData;
};
