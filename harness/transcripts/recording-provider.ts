/**
 * A provider that records what it is called with. It answers as a ProviderBehaviour says and knows
 * nothing of transcripts, so it can also observe a runtime under test. This file has its
 * registration structures and NMR entry points; the dispatch table is recording-table.ts.
 */
import { DISPATCH_CALLBACKS, type DispatchCallback } from '../abi/callbacks.ts';
import { EBPF_MAP_INFO_EXTENSION_IID } from '../abi/guid.ts';
import { NPI } from '../abi/layout.ts';
import { isNtSuccess } from '../abi/result.ts';
import type {
  ClientData,
  Host,
  ProviderCharacteristics,
  ProviderData,
  ProviderTable,
} from '../provider/module.ts';
import { toHex } from '../trace/recorder.ts';
import {
  headerOf,
  isNull,
  membersOf,
  TABLE_MEMBERS,
  type ProviderBehaviour,
  type ProviderConfig,
} from './provider-behaviour.ts';
import { labelOf, type BindingContext, type Recording } from './recording.ts';
import { RecordingTable } from './recording-table.ts';

type AttachArguments = Parameters<ProviderCharacteristics['ProviderAttachClient']>;

/** One provider module: its registration structures, and callbacks that record. */
export class RecordingProvider {
  readonly behaviour: ProviderBehaviour;
  private readonly host: Pick<Host, 'KeGetCurrentIrql' | 'memory'>;
  private readonly recording: Recording;
  private readonly table: RecordingTable;
  /** The structure as registered: made once, edited in place by `mutate`. */
  private data: ProviderData | null = null;

  constructor(
    behaviour: ProviderBehaviour,
    host: Pick<Host, 'KeGetCurrentIrql' | 'memory'>,
    recording: Recording,
  ) {
    this.behaviour = behaviour;
    this.host = host;
    this.recording = recording;
    this.table = new RecordingTable(behaviour, host, recording);
  }

  /** What to hand NmrRegisterProvider. */
  characteristics(): ProviderCharacteristics {
    const { config, name } = this.behaviour;
    this.data ??= this.describe();
    const node = toHex(new TextEncoder().encode(name.padEnd(6)).subarray(0, 6));
    return {
      ...NPI.characteristics,
      ProviderAttachClient: (...args) => this.attachClient(args),
      ProviderDetachClient: (binding) => this.detachClient(binding),
      ProviderCleanupBindingContext:
        config['cleanup'] === 0 ? null : (binding) => this.cleanupBinding(binding),
      ProviderRegistrationInstance: {
        ...NPI.registrationInstance,
        NpiId: EBPF_MAP_INFO_EXTENSION_IID,
        ModuleId: { ...NPI.moduleId, Guid: `f788ef4a-207d-4dc3-85cf-${node}` },
        NpiSpecificCharacteristics: isNull(config, 'data') ? null : this.data,
      },
    };
  }

  private describe(): ProviderData {
    const { config } = this.behaviour;
    const members = membersOf(config);
    const entries = DISPATCH_CALLBACKS.map((name) => [
      name,
      members.has(name) ? this.table.members[name] : null,
    ]);
    return {
      header: headerOf(config, 'data'),
      map_type: config.type,
      base_map_type: config.base,
      base_properties: isNull(config, 'props')
        ? null
        : { header: headerOf(config, 'prop'), updates_original_value: transforms(config) },
      base_provider_table: isNull(config, 'table')
        ? null
        : ({ header: headerOf(config, 'disp'), ...Object.fromEntries(entries) } as ProviderTable),
    };
  }

  /**
   * Edits the registered structures while they are live: a member set to `null`, or another
   * setting.
   */
  mutate(changes: object): void {
    const { data } = this;
    if (!data) return;
    const settings: Record<string, unknown> = {};
    for (const [key, setting] of Object.entries(changes)) {
      const member = TABLE_MEMBERS[key];
      if (member) this.put(member, setting !== 'null');
      else if (key !== 'p') settings[key] = setting;
    }
    this.behaviour.set(settings);
    const { config } = this.behaviour;
    data.header = headerOf(config, 'data');
    data.map_type = config.type;
    data.base_map_type = config.base;
    if (data.base_properties) {
      data.base_properties = {
        header: headerOf(config, 'prop'),
        updates_original_value: transforms(config),
      };
    }
    if (data.base_provider_table) data.base_provider_table.header = headerOf(config, 'disp');
    if (!('delete' in settings)) return;
    for (const name of [
      'preprocess_map_delete_element',
      'postprocess_map_delete_element',
    ] as const) {
      this.put(name, membersOf(config).has(name));
    }
  }

  private put(name: DispatchCallback, present: boolean): void {
    const table = this.data?.base_provider_table;
    if (table) Object.assign(table, { [name]: present ? this.table.members[name] : null });
  }

  private attachClient([
    ,
    ,
    instance,
    ,
    dispatch,
    bindingContext,
    providerDispatch,
  ]: AttachArguments): string {
    const { behaviour } = this;
    const client = instance.NpiSpecificCharacteristics;
    this.table.lastClient = client;
    const binding: BindingContext = { label: `b${(this.recording.bindings += 1)}`, client };
    const args = { client_dispatch: dispatch ?? null, client_data: clientFacts(client) };
    const begun = this.begin('<nmr attach_client>', args);
    const status = behaviour.attach();
    const written = behaviour.nullBindingContext ? null : binding;
    const writes = isNtSuccess(status) || behaviour.attachSetsContext;
    if (writes) {
      bindingContext.value = written;
      providerDispatch.value = null;
    }
    this.recording.end(begun, status, { wrote: { binding: writes ? labelOf(written) : 'unset' } });
    return status;
  }

  private detachClient(binding: unknown): string {
    this.recording.end(
      this.begin('<nmr detach_client>', { binding: labelOf(binding) }),
      'STATUS_SUCCESS',
    );
    return 'STATUS_SUCCESS';
  }

  private cleanupBinding(binding: unknown): void {
    this.recording.end(this.begin('<nmr cleanup_binding>', { binding: labelOf(binding) }), null);
  }

  private begin(name: string, args: Record<string, unknown>) {
    return this.recording.begin(this.host, name, { provider: this.behaviour.name, ...args });
  }
}

const transforms = (config: Readonly<ProviderConfig>): boolean => Number(config['uov'] ?? 0) === 1;

/** Headers of the client data and table as shown at attach; null for NULL. */
const clientFacts = (client: ClientData | null) =>
  client && {
    ...client.header,
    table_version: client.base_client_table.header.version,
    table_size: client.base_client_table.header.size,
  };
