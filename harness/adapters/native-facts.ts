/**
 * Reads what a native registration says of itself from its C structures, each address checked
 * before it is read.
 */
import { DISPATCH_CALLBACKS, type DispatchCallback } from '../abi/callbacks.ts';
import { guidFromBytes } from '../abi/guid.ts';
import { LAYOUTS, type StructName } from '../abi/layout.ts';
import type {
  HeaderFacts,
  ProviderDataFacts,
  RegistrationFacts,
} from '../trace/registration-facts.ts';
import { isStatic, isUnchanged, readSubject } from './image-memory.ts';

const tableLayout = LAYOUTS.ebpf_base_map_provider_dispatch_table_t;
const headerBytes = LAYOUTS.ebpf_extension_header_t.size;

/** Addresses of the structures and functions of one registration, told apart without being told. */
class PointerLabels {
  private readonly seen = new Map<string, bigint[]>();

  label(name: string, address: bigint): string {
    let known = this.seen.get(name);
    if (!known) this.seen.set(name, (known = []));
    let at = known.indexOf(address);
    if (at < 0) at = known.push(address) - 1;
    return `${name}@${at + 1}`;
  }
}

/** A structure that was read: its members by name. */
class Struct {
  private readonly view: DataView;
  private readonly name: StructName;
  constructor(name: StructName, bytes: Uint8Array) {
    this.name = name;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
  u16(field: string): number {
    return this.view.getUint16(this.offset(field), true);
  }
  u32(field: string): number {
    return this.view.getUint32(this.offset(field), true);
  }
  byte(field: string): number {
    return this.view.getUint8(this.offset(field));
  }
  pointer(field: string): bigint {
    return this.view.getBigUint64(this.offset(field), true);
  }
  header(): HeaderFacts {
    return readHeader(this.view);
  }
  private offset(field: string): number {
    return (LAYOUTS[this.name].fields as Record<string, number>)[field]!;
  }
}

const readHeader = (view: DataView): HeaderFacts => ({
  version: view.getUint16(0, true),
  size: Number(view.getBigUint64(8, true)),
  total_size: Number(view.getBigUint64(16, true)),
});

class Unreadable extends Error {}

/**
 * What was read for the facts under way: the same bytes at the same places again give the same
 * facts.
 */
type Reading = { address: bigint; bytes: Buffer };
let readings: Reading[] = [];

const read = (name: StructName, address: bigint, size: number = LAYOUTS[name].size): Uint8Array => {
  const bytes = readSubject(address, size);
  if (bytes) readings.push({ address, bytes: Buffer.from(bytes.buffer) });
  if (!bytes) throw new Unreadable(`${name} cannot be read: ${size} bytes are not mapped there`);
  return bytes;
};

const struct = (name: StructName, address: bigint): Struct => new Struct(name, read(name, address));

/** Where the entry points of a registration are; the registrar keeps its own copy of them. */
export type EntryPoints = { attach: bigint; detach: bigint; cleanup: bigint };

/** The dispatch table's header and its members, 0n for NULL. Throws when it cannot be read. */
const readTable = (
  address: bigint,
): { header: HeaderFacts; members: Map<DispatchCallback, bigint> } => {
  const head = read('ebpf_base_map_provider_dispatch_table_t', address, headerBytes);
  const header = readHeader(new DataView(head.buffer));
  // An old table ends at 72: what follows it in memory is not its own.
  const says = Math.max(header.size, header.total_size);
  const length = Math.min(tableLayout.size, Math.max(headerBytes, Math.floor(says / 8) * 8));
  const bytes = read('ebpf_base_map_provider_dispatch_table_t', address, length);
  const view = new DataView(bytes.buffer);
  const members = new Map<DispatchCallback, bigint>();
  for (const name of DISPATCH_CALLBACKS) {
    const offset = tableLayout.fields[name];
    if (offset + 8 <= length) members.set(name, view.getBigUint64(offset, true));
  }
  return { header, members };
};

/**
 * The members a runtime would copy: those that are not NULL and lie within header.size. Empty when
 * unreadable.
 */
export const readDispatch = (characteristics: bigint): Map<DispatchCallback, bigint> => {
  try {
    const data = dataAddress(characteristics);
    const table = struct('ebpf_map_provider_data_t', data).pointer('base_provider_table');
    const { header, members } = readTable(table);
    const within = [...members].filter(
      ([name, address]) => address !== 0n && tableLayout.fields[name] + 8 <= header.size,
    );
    return new Map(within);
  } catch (reason) {
    if (reason instanceof Unreadable) return new Map();
    throw reason;
  }
};

const instanceOffset = LAYOUTS.NPI_PROVIDER_CHARACTERISTICS.fields.ProviderRegistrationInstance;

const dataAddress = (characteristics: bigint): bigint =>
  struct('NPI_REGISTRATION_INSTANCE', characteristics + BigInt(instanceOffset)).pointer(
    'NpiSpecificCharacteristics',
  );

/** Null when they cannot be read. */
export const readEntryPoints = (characteristics: bigint): EntryPoints | null => {
  const bytes = readSubject(characteristics, LAYOUTS.NPI_PROVIDER_CHARACTERISTICS.size);
  if (!bytes) return null;
  const read = new Struct('NPI_PROVIDER_CHARACTERISTICS', bytes);
  return {
    attach: read.pointer('ProviderAttachClient'),
    detach: read.pointer('ProviderDetachClient'),
    cleanup: read.pointer('ProviderCleanupBindingContext'),
  };
};

const nothing: RegistrationFacts = {
  Version: null,
  Length: null,
  ProviderAttachClient: false,
  ProviderDetachClient: false,
  ProviderCleanupBindingContext: false,
  instance: null,
  NpiId: null,
  ModuleId: null,
  data: null,
  unreadable: null,
};

/**
 * A reader of one registration's facts; as long as no byte changes, every reading is the same
 * object.
 */
export const factsReader = (address: bigint): (() => RegistrationFacts) => {
  const labels = new PointerLabels();
  const readAnew = (): { facts: RegistrationFacts; readings: Reading[] } => {
    const mine: Reading[] = [];
    readings = mine;
    const facts = readNativeFacts(address, labels);
    readings = [];
    return { facts, readings: mine };
  };
  let last: ReturnType<typeof readAnew> | null = null;
  const hasChanged = ({ address: at, bytes }: Reading): boolean => !isUnchanged(at, bytes);
  return () => {
    const changed = last?.readings.filter(hasChanged) ?? [];
    if (last && changed.length === 0 && last.facts.unreadable === null) return last.facts;
    // A stack or a heap holds whatever came after: what it happens to say now is chance and no
    // fact.
    if (last && changed.some(({ address: at }) => !isStatic(at))) {
      return { ...last.facts, data: null, unreadable: usedAgain };
    }
    last = readAnew();
    return last.facts;
  };
};

const usedAgain =
  'the registered structures lie in memory that is no static data and was used for something else since';

/** Everything the structures say now. What cannot be read is told in `unreadable`. */
const readNativeFacts = (address: bigint, labels: PointerLabels): RegistrationFacts => {
  const facts: RegistrationFacts = { ...nothing };
  const pointers: Record<string, string> = {};
  const point = (name: string, to: bigint): bigint => {
    if (to !== 0n) pointers[name] = labels.label(name, to);
    return to;
  };
  try {
    const whole = struct('NPI_PROVIDER_CHARACTERISTICS', address);
    facts.Version = whole.u16('Version');
    facts.Length = whole.u16('Length');
    for (const name of [
      'ProviderAttachClient',
      'ProviderDetachClient',
      'ProviderCleanupBindingContext',
    ] as const) {
      facts[name] = point(name, whole.pointer(name)) !== 0n;
    }
    const instance = struct('NPI_REGISTRATION_INSTANCE', address + BigInt(instanceOffset));
    facts.instance = {
      Version: instance.u16('Version'),
      Size: instance.u16('Size'),
      Number: instance.u32('Number'),
    };
    const npiId = point('NpiId', instance.pointer('NpiId'));
    if (npiId !== 0n) facts.NpiId = guidFromBytes(read('GUID', npiId));
    const moduleId = point('ModuleId', instance.pointer('ModuleId'));
    if (moduleId !== 0n) facts.ModuleId = readModuleId(moduleId);
    const data = point(
      'NpiSpecificCharacteristics',
      instance.pointer('NpiSpecificCharacteristics'),
    );
    if (data !== 0n) facts.data = readData(data, point);
  } catch (reason) {
    if (!(reason instanceof Unreadable)) throw reason;
    facts.unreadable = reason.message;
  }
  return { ...facts, pointers };
};

const readModuleId = (address: bigint): RegistrationFacts['ModuleId'] => {
  const bytes = read('NPI_MODULEID', address);
  const id = new Struct('NPI_MODULEID', bytes);
  const at = LAYOUTS.NPI_MODULEID.fields.Guid;
  return {
    Length: id.u16('Length'),
    Type: id.u32('Type'),
    Guid: guidFromBytes(bytes.subarray(at, at + LAYOUTS.GUID.size)),
  };
};

const readData = (
  address: bigint,
  point: (name: string, to: bigint) => bigint,
): ProviderDataFacts => {
  const data = struct('ebpf_map_provider_data_t', address);
  const properties = point('base_properties', data.pointer('base_properties'));
  const table = point('base_provider_table', data.pointer('base_provider_table'));
  return {
    header: data.header(),
    map_type: data.u32('map_type'),
    base_map_type: data.u32('base_map_type'),
    base_properties: properties === 0n ? null : readProperties(properties),
    base_provider_table: table === 0n ? null : describeTable(table, point),
  };
};

const readProperties = (address: bigint): ProviderDataFacts['base_properties'] => {
  const properties = struct('ebpf_base_map_provider_properties_t', address);
  return {
    header: properties.header(),
    updates_original_value: properties.byte('updates_original_value') !== 0,
  };
};

const describeTable = (
  address: bigint,
  point: (name: string, to: bigint) => bigint,
): ProviderDataFacts['base_provider_table'] => {
  const { header, members } = readTable(address);
  const there = [...members].filter(([name, member]) => point(name, member) !== 0n);
  return { header, members: there.map(([name]) => name) };
};
