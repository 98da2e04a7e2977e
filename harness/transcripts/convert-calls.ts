/**
 * Callbacks of a transcript as events of a trace: each entered and returned, with the lookup it
 * made in between. A transcript lists callbacks by return; a re-entrant operation stands before its
 * caller.
 */
import type { CallbackName } from '../abi/callbacks.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../abi/flags.ts';
import { guidFromBytes } from '../abi/guid.ts';
import type { CallbackEntered, CallbackReturned } from '../trace/event.ts';
import type { HeaderFacts } from '../trace/registration-facts.ts';
import { fromHex, type Recorder } from '../trace/recorder.ts';
import type { ConvertedLives, ConvertedMap, ConvertedProvider } from './convert-lives.ts';
import type { ObservedCallback } from './transcript.ts';

/** The operation that a callback belongs to. */
export type CallSite = { op: number; process: number; map: ConvertedMap | null; within: number };

const names: Readonly<Record<string, CallbackName>> = {
  '<nmr attach_client>': 'ProviderAttachClient',
  '<nmr detach_client>': 'ProviderDetachClient',
  '<nmr cleanup_binding>': 'ProviderCleanupBindingContext',
};

/** The contract's name of a recorded callback. */
export const callbackName = ({ name }: ObservedCallback): CallbackName =>
  names[name] ?? (name as CallbackName);

const hex = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const integer = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** Bytes of an out buffer after a call: what was written over what was there. */
const overlaid = (before: string | null, written: string | null): string | null =>
  before === null ? written : (written ?? '') + before.slice(written?.length ?? 0);

/** Facts of the client at attach. Of the client table only version and size were recorded. */
const clientOf = (callback: ObservedCallback): CallbackEntered['client'] => {
  const seen = callback.args?.['client_data'] as Record<string, number> | null | undefined;
  const header = (version: unknown, size: unknown, total: unknown): HeaderFacts => ({
    version: integer(version),
    size: integer(size),
    total_size: integer(total),
  });
  return {
    data: seen ? header(seen['version'], seen['size'], seen['total_size']) : null,
    table: seen ? header(seen['table_version'], seen['table_size'], seen['table_size']) : null,
    dispatch_null: (callback.args?.['client_dispatch'] ?? null) === null,
  };
};

/** Writes the callbacks of one transcript. */
export class ConvertedCalls {
  calls = 0;
  private readonly recorder: Recorder;
  private readonly lives: ConvertedLives;
  private readonly providers: ReadonlyMap<string, ConvertedProvider>;

  constructor(
    recorder: Recorder,
    lives: ConvertedLives,
    providers: ReadonlyMap<string, ConvertedProvider>,
  ) {
    this.recorder = recorder;
    this.lives = lives;
    this.providers = providers;
  }

  /** One callback; `nested` writes what happened inside it. */
  write(
    callback: ObservedCallback,
    site: CallSite,
    nested: (call: number) => void = () => {},
  ): void {
    switch (callbackName(callback)) {
      case 'ProviderAttachClient':
        return this.attach(callback, site);
      case 'ProviderDetachClient':
      case 'ProviderCleanupBindingContext':
        return this.release(callback, site);
      case 'preprocess_map_create':
        return this.create(callback, site);
      default:
        return this.ofMap(callback, site, nested);
    }
  }

  /** Closes bindings of a map about which the registrar had nobody to tell. */
  settle(map: ConvertedMap): void {
    const { binding } = map;
    if (binding && !binding.cleaned && (binding.context === null || !binding.hasCleanup)) {
      binding.cleaned = true;
      this.state(binding, 'cleaned');
    }
  }

  private enter(
    callback: ObservedCallback,
    site: CallSite,
    facts: Partial<CallbackEntered>,
  ): { call: number; leave: (facts: Partial<CallbackReturned>) => void } {
    const call = (this.calls += 1);
    const name = callbackName(callback);
    const irql = callback.irql === 'DISPATCH' ? DISPATCH_LEVEL : PASSIVE_LEVEL;
    this.recorder.record({
      kind: 'callback-entered',
      callback: name,
      direct: false,
      ...facts,
      call,
      op: site.op,
      within: site.within,
      irql,
      process: site.process,
      locks: callback.locks_held ?? 0,
      in_epoch: callback.in_epoch ?? false,
    });
    const leave = (more: Partial<CallbackReturned>): void => {
      this.recorder.record({
        kind: 'callback-returned',
        call,
        callback: name,
        result: callback.ret,
        ...more,
        irql,
        epoch_depth: 0,
        damage: [],
      });
    };
    return { call, leave };
  }

  private attach(callback: ObservedCallback, site: CallSite): void {
    const provider = this.providers.get(String(callback.args?.['provider']));
    const registration = provider?.label ?? 'registration#?';
    const hasCleanup = provider?.facts.ProviderCleanupBindingContext ?? true;
    const binding = this.lives.attach(registration, hasCleanup);
    const call = this.enter(callback, site, {
      registration,
      binding: binding.label,
      client: clientOf(callback),
    });
    const wrote = (callback.wrote as { binding?: unknown } | undefined)?.binding;
    binding.context = this.lives.context(wrote);
    binding.attached = callback.ret === 'STATUS_SUCCESS';
    call.leave({
      context: binding.context,
      wrote_context: wrote !== 'unset',
      wrote_dispatch: wrote !== 'unset',
    });
    this.state(binding, binding.attached ? 'attached' : 'refused');
  }

  private release(callback: ObservedCallback, site: CallSite): void {
    const binding = this.lives.bindingOf(callback, site.map);
    const isDetach = callbackName(callback) === 'ProviderDetachClient';
    if (isDetach && binding) this.state(binding, 'detaching');
    const call = this.enter(callback, site, {
      ...(binding ? { registration: binding.registration, binding: binding.label } : {}),
      context: this.lives.context(callback.args?.['binding']),
    });
    call.leave({});
    if (!binding) return;
    if (isDetach) this.state(binding, 'detached');
    else binding.cleaned = true;
    if (!isDetach) this.state(binding, 'cleaned');
  }

  private state(
    binding: { label: string; registration: string; context: string | null },
    state: 'attached' | 'refused' | 'detaching' | 'detached' | 'cleaned',
  ): void {
    const { label, registration, context } = binding;
    this.recorder.record({
      kind: 'binding-state',
      binding: label,
      registration,
      state,
      context,
      bare: false,
    });
  }

  private create(callback: ObservedCallback, site: CallSite): void {
    const { map } = site;
    const binding = this.lives.bindingOf(callback, null);
    const args = callback.args ?? {};
    const call = this.enter(callback, site, {
      ...(binding ? { registration: binding.registration, binding: binding.label } : {}),
      ...(map ? { map: map.label } : {}),
      context: null,
      map_type: integer(args['map_type']),
      create_key_size: integer(args['key_size']),
      create_value_size: integer(args['value_size']),
      max_entries: integer(args['max_entries']),
    });
    const wrote = callback.wrote as { actual_value_size?: unknown; map_context?: unknown };
    const context = this.lives.context(wrote.map_context);
    const actual = typeof wrote.actual_value_size === 'number' ? wrote.actual_value_size : null;
    if (map) {
      map.binding = binding;
      map.context = context;
      map.actual_value_size = actual ?? 0;
      this.lives.owns(context, map);
    }
    if (binding) binding.map = map;
    call.leave({
      actual_value_size: actual,
      wrote_actual_value_size: actual !== null,
      wrote_map_context: wrote.map_context !== 'unset',
      context,
    });
  }

  /** A member of the table called for a map that exists: elements, association, the end. */
  private ofMap(callback: ObservedCallback, site: CallSite, nested: (call: number) => void): void {
    const args = callback.args ?? {};
    const map = this.lives.mapOf(callback, site.map);
    const binding = this.lives.bindingOf(callback, map);
    const name = callbackName(callback);
    if (name === 'postprocess_map_delete' && map) map.deleted = true;
    const call = this.enter(callback, site, {
      ...(binding ? { registration: binding.registration, binding: binding.label } : {}),
      ...(map ? { map: map.label } : {}),
      context: this.lives.context(args['map_context']),
      ...elementFacts(args),
      ...(typeof args['program_type'] === 'string'
        ? { program_type: guidFromBytes(fromHex(args['program_type'])) }
        : {}),
    });
    if (callback.lookup && map) {
      this.recorder.record({
        kind: 'service',
        call: call.call,
        name: 'find_element_function',
        result: callback.lookup.result,
        map: map.label,
        ...(typeof args['key'] === 'string' ? { key: args['key'] } : {}),
      });
    }
    nested(call.call);
    const before = name === 'preprocess_map_update_element' ? hex(args['out_value']) : null;
    const out = overlaid(before, hex(callback.wrote));
    call.leave(out === null ? {} : { out });
  }
}

/**
 * Arguments of find, update and the two deletes; an out size without a buffer is kept if it is not
 * 0.
 */
const elementFacts = (args: Record<string, unknown>): Partial<CallbackEntered> => {
  if (typeof args['flags'] !== 'number') return {};
  const hasOut = 'out_value_size' in args;
  const isValue = 'value' in args;
  const noOut = hasOut && (args['out_value'] ?? null) === null && !args['out_value_size'];
  return {
    key: hex(args['key']),
    key_size: integer(args['key_size']),
    value: hex(isValue ? args['value'] : args['in_value']),
    value_size: integer(isValue ? args['value_size'] : args['in_value_size']),
    ...(hasOut ? { out_size: noOut ? null : integer(args['out_value_size']) } : {}),
    flags: args['flags'],
  };
};
