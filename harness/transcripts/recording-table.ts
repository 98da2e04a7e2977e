/**
 * The dispatch-table callbacks of a recording provider: note what came, look the key up, answer.
 */
import { EBPF_MAP_OPERATION_MAP_CLEANUP } from '../abi/flags.ts';
import { guidToBytes } from '../abi/guid.ts';
import type { DispatchCallback } from '../abi/callbacks.ts';
import type {
  Box,
  ClientData,
  DeleteCallback,
  ElementCallback,
  Host,
  ProviderTable,
} from '../provider/module.ts';
import { toHex } from '../trace/recorder.ts';
import type { ProviderBehaviour } from './provider-behaviour.ts';
import {
  hexOf,
  labelOf,
  type BegunCall,
  type BindingContext,
  type MapContext,
  type Recording,
  type RecordedLookup,
} from './recording.ts';

type Members = Required<{ [name in DispatchCallback]: NonNullable<ProviderTable[name]> }>;
type Bytes = Uint8Array | null;

const noBytes = new Uint8Array();

/** The callbacks of one provider, every member of the table. */
export class RecordingTable {
  readonly members: Members;
  /** Client of the last attach, for maps whose binding context is NULL. */
  lastClient: ClientData | null = null;
  private readonly behaviour: ProviderBehaviour;
  private readonly host: Pick<Host, 'KeGetCurrentIrql' | 'memory'>;
  private readonly recording: Recording;

  constructor(
    behaviour: ProviderBehaviour,
    host: Pick<Host, 'KeGetCurrentIrql' | 'memory'>,
    recording: Recording,
  ) {
    this.behaviour = behaviour;
    this.host = host;
    this.recording = recording;
    this.members = {
      preprocess_map_create: (...args) => this.create(args),
      postprocess_map_delete: (binding, context) => {
        this.recording.end(
          this.begin('postprocess_map_delete', { ...both(binding, context) }),
          null,
        );
      },
      preprocess_associate_program_type: (binding, context, program_type) =>
        this.associate(binding, context, program_type),
      postprocess_map_find_element: (...args) => this.find(args),
      preprocess_map_update_element: (...args) => this.update(args),
      preprocess_map_delete_element: (...args) => this.preprocessDelete(args),
      postprocess_map_delete_element: (...args) => this.postprocessDelete(args),
    };
  }

  private begin(name: string, args: Record<string, unknown>): BegunCall {
    return this.recording.begin(this.host, name, { provider: this.behaviour.name, ...args });
  }

  private create([
    binding,
    map_type,
    key_size,
    value_size,
    max_entries,
    actualValueSize,
    mapContext,
  ]: Parameters<Members['preprocess_map_create']>): string {
    const args = { binding: labelOf(binding), map_type, key_size, value_size, max_entries };
    const begun = this.begin('preprocess_map_create', args);
    const { result, context } = this.behaviour.create();
    const actual = this.behaviour.actualValueSize(value_size);
    if (actual !== undefined) actualValueSize.value = actual;
    const made = context === 'set' ? this.newContext(binding, value_size) : null;
    if (context !== 'unset') mapContext.value = made;
    const map_context = context === 'unset' ? 'unset' : labelOf(made);
    this.recording.end(begun, result, {
      wrote: { actual_value_size: actual ?? 'unset', map_context },
    });
    return result;
  }

  private newContext(binding: unknown, value_size: number): MapContext {
    const { mapContexts } = this.recording;
    const client = (binding as BindingContext | null)?.client ?? this.lastClient;
    const made = { label: `c${mapContexts.length + 1}`, client, value_size };
    mapContexts.push(made);
    return made;
  }

  private associate(binding: unknown, context: unknown, guid: string): string {
    const program_type = toHex(guidToBytes(guid));
    const begun = this.begin('preprocess_associate_program_type', {
      ...both(binding, context),
      program_type,
    });
    const result = this.behaviour.result('assoc');
    this.recording.end(begun, result);
    return result;
  }

  private find([
    binding,
    context,
    key_size,
    key,
    in_value_size,
    in_value,
    out_value_size,
    out_value,
    flags,
  ]: Parameters<ElementCallback>): string {
    const begun = this.begin('postprocess_map_find_element', {
      ...both(binding, context),
      key_size,
      key: hexOf(key),
      in_value_size,
      in_value: hexOf(in_value),
      out_value_size,
      out_value: out_value ? 'buffer' : null,
      flags,
    });
    const output = out_value && this.behaviour.findOutput(in_value ?? noBytes, out_value_size);
    return this.answer('find', begun, context, key, out_value, output);
  }

  private update([
    binding,
    context,
    key_size,
    key,
    in_value_size,
    in_value,
    out_value_size,
    out_value,
    flags,
  ]: Parameters<ElementCallback>): string {
    const begun = this.begin('preprocess_map_update_element', {
      ...both(binding, context),
      key_size,
      key: hexOf(key),
      in_value_size,
      in_value: hexOf(in_value),
      out_value_size,
      out_value: hexOf(out_value),
      flags,
    });
    const output = out_value && this.behaviour.updateOutput(in_value ?? noBytes, out_value_size);
    return this.answer('update', begun, context, key, out_value, output);
  }

  /** The common end of find and update: look up, re-enter, write (a refusal writes too), return. */
  private answer(
    from: 'find' | 'update',
    begun: BegunCall,
    context: unknown,
    key: Bytes,
    out_value: Bytes,
    output: Bytes,
  ): string {
    const result = this.behaviour.result(from);
    const lookup = this.lookup(context, key);
    this.reenter(from);
    if (out_value && output) out_value.set(output);
    this.recording.end(begun, result, { wrote: hexOf(output), lookup });
    return result;
  }

  private preprocessDelete(args: DeleteArguments): string {
    const begun = this.beginDelete('preprocess_map_delete_element', args);
    const result = this.behaviour.result('predel', !isCleanup(args));
    this.endDelete(begun, args, result);
    return result;
  }

  private postprocessDelete(args: DeleteArguments): void {
    this.endDelete(this.beginDelete('postprocess_map_delete_element', args), args, null);
  }

  private beginDelete(
    name: string,
    [binding, context, key_size, key, value_size, value, flags]: DeleteArguments,
  ): BegunCall {
    const bytes = { key_size, key: hexOf(key), value_size, value: hexOf(value), flags };
    return this.begin(name, { ...both(binding, context), ...bytes });
  }

  private endDelete(begun: BegunCall, args: DeleteArguments, result: string | null): void {
    const [, context, , key] = args;
    const lookup = this.lookup(context, key);
    if (!isCleanup(args)) this.reenter('delete');
    this.recording.end(begun, result, { lookup });
  }

  private lookup(context: unknown, key: Bytes): RecordedLookup | null {
    const map = this.recording.currentMap();
    const { client, value_size } = (context as MapContext | null) ?? {
      client: null,
      value_size: 0,
    };
    if (!client || map === 0n) return null;
    const value: Box<bigint> = { value: 0n };
    const result = client.base_client_table.find_element_function(map, key, value);
    if (result !== 'EBPF_SUCCESS') return { result };
    return { result, value: toHex(this.host.memory.read(value.value, value_size)) };
  }

  private reenter(from: 'update' | 'find' | 'delete'): void {
    const reentry = this.behaviour.reentry(from);
    if (reentry) this.recording.reenter(reentry.op, reentry.key, from);
  }
}

type DeleteArguments = Parameters<DeleteCallback<unknown>>;

const both = (binding: unknown, context: unknown) => ({
  binding: labelOf(binding),
  map_context: labelOf(context),
});

const isCleanup = (args: DeleteArguments): boolean =>
  (args[6] & EBPF_MAP_OPERATION_MAP_CLEANUP) !== 0;
