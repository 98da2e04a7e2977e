/**
 * ClientRegistrationInstance, client data and client table as a simulated provider receives them.
 */
import { EBPF_MAP_INFO_EXTENSION_IID } from '../abi/guid.ts';
import { CLIENT_FUNCTIONS } from '../abi/callbacks.ts';
import type { Box } from '../provider/module.ts';
import type { AttachCall, ClientServices } from '../provider/port.ts';
import type { Damage } from '../trace/damage.ts';

type Table = Record<string, unknown>;

export type ClientObjects = {
  instance: never;
  dispatch: unknown;
  /** The table handed over; its members are replaced when it is retired. */
  table: Table;
  data: Table | null;
  /** From now on every read is one too late. */
  retire: () => void;
  /** What the provider changed in it. */
  damage: () => Damage[];
};

const functionsOf = (services: ClientServices): Record<string, (...args: never[]) => unknown> => ({
  find_element_function: (map: bigint, key: Uint8Array | null, value: Box<bigint>) => {
    const copy = key instanceof Uint8Array ? key.slice() : null;
    const found = services.find_element_function(toAddress(map), copy);
    if (value && typeof value === 'object') value.value = found.value;
    return found.result;
  },
  epoch_enter: (state: bigint) => services.epoch_enter(toAddress(state)),
  epoch_exit: (state: bigint) => services.epoch_exit(toAddress(state)),
  epoch_allocate_with_tag: (size: number, tag: number) =>
    services.epoch_allocate_with_tag(Number(size), Number(tag)),
  epoch_allocate_cache_aligned_with_tag: (size: number, tag: number) =>
    services.epoch_allocate_cache_aligned_with_tag(Number(size), Number(tag)),
  epoch_free: (memory: bigint) => services.epoch_free(toAddress(memory)),
  epoch_free_cache_aligned: (memory: bigint) =>
    services.epoch_free_cache_aligned(toAddress(memory)),
});

/** An address argument of a provider; anything that is none counts as NULL. */
export const toAddress = (value: unknown): bigint =>
  typeof value === 'bigint'
    ? value
    : typeof value === 'number' && value > 0
      ? BigInt(Math.trunc(value))
      : 0n;

const dataMembers = ['header', 'map_context_offset', 'base_client_table'];

/** What a JavaScript engine or a printer asks of any object: no read of the structure. */
const isOfTheLanguage = (name: PropertyKey): boolean =>
  typeof name === 'symbol' || name in Object.prototype || name === 'toJSON' || name === 'then';

/**
 * The structure with its reads watched: a member beyond the declared size lies in memory that is
 * not the client's (ABI-005), and nothing may be read once the binding is cleaned up (ABI-009).
 */
const watched = (
  structure: Table,
  facts: { buffer: 'client_data' | 'client_table'; size: number; order: readonly string[] },
  tell: {
    early: (damage: Damage) => void;
    late: (damage: Damage) => void;
    isRetired: () => boolean;
  },
): Table => {
  const { buffer, size, order } = facts;
  const offsetOf = (name: string): number => {
    const at = order.indexOf(name);
    return at < 0 ? Math.max(size, 80) : at === 0 ? 0 : 16 + 8 * at;
  };
  return new Proxy(structure, {
    get: (target, name, receiver) => {
      const value: unknown = Reflect.get(target, name, receiver);
      if (isOfTheLanguage(name)) return value;
      const offset = offsetOf(String(name));
      if (tell.isRetired()) {
        tell.late({ what: 'kept', buffer, callback: 'ProviderAttachClient', how: 'read' });
      } else if (offset >= size && !Object.hasOwn(target, name)) {
        tell.early({ what: 'touched', buffer, offset });
      }
      return value;
    },
  });
};

/** The objects for one attach. `late` hears of reads after the binding's cleanup. */
export const clientObjects = (
  call: AttachCall,
  late: (damage: Damage) => void = () => undefined,
): ClientObjects => {
  const { client } = call;
  const all = functionsOf(client.services);
  const table: Table = { header: { ...client.table } };
  for (const name of CLIENT_FUNCTIONS)
    table[name] = client.members.includes(name) ? all[name] : null;
  const appended = client.table.size > 80 ? { appended_member: null } : {};
  Object.assign(table, appended);
  const read: Damage[] = [];
  let retired = false;
  const tell = {
    early: (damage: Damage) => void read.push(damage),
    late,
    isRetired: () => retired,
  };
  const shownTable = watched(
    table,
    { buffer: 'client_table', size: client.table.size, order: ['header', ...CLIENT_FUNCTIONS] },
    tell,
  );
  const data: Table | null = client.data && {
    header: { ...client.data },
    map_context_offset: Number(client.map_context_offset),
    base_client_table: shownTable,
  };
  const instance = {
    Version: 0,
    Size: 40,
    NpiId: EBPF_MAP_INFO_EXTENSION_IID,
    ModuleId: { Length: 24, Type: 1, Guid: call.moduleId },
    Number: 0,
    NpiSpecificCharacteristics:
      data &&
      watched(
        data,
        { buffer: 'client_data', size: client.data?.size ?? 0, order: dataMembers },
        tell,
      ),
  };
  const before = { ...table };
  return {
    instance: instance as never,
    dispatch: client.dispatch ? shownTable : null,
    table,
    data,
    retire: () => {
      retired = true;
    },
    damage: () => [
      ...read.slice(0, 1),
      ...(Object.keys(before).some((name) => table[name] !== before[name])
        ? [{ what: 'modified' as const, buffer: 'client_table' as const }]
        : []),
    ],
  };
};

/**
 * After cleanup nothing in the table may be used any more: members stay callable, so that a late
 * call is seen (the services record it), but the data says so in its header (ABI-009).
 */
export const retireClient = (objects: ClientObjects): void => {
  objects.retire();
  objects.table['header'] = { version: 0xdddd, size: 0xdddd, total_size: 0xdddd };
  if (objects.data) {
    objects.data['header'] = { version: 0xdddd, size: 0xdddd, total_size: 0xdddd };
    objects.data['map_context_offset'] = 0xdddd_dddd;
  }
};
