/**
 * A provider that is right, or odd in the way its configuration says, and records what a runtime
 * does to it: the callbacks with their arguments, and what is read or written of its structures. It
 * judges nothing and knows of the runtime only what a provider can see.
 */
import { EBPF_MAP_INFO_EXTENSION_IID } from '../abi/guid.ts';
import { CLIENT_FUNCTIONS } from '../abi/callbacks.ts';
import {
  EBPF_MAP_OPERATION_MAP_CLEANUP as MAP_CLEANUP,
  EBPF_MAP_OPERATION_UPDATE as UPDATE,
} from '../abi/flags.ts';
import { NPI } from '../abi/layout.ts';
import type {
  Box,
  ClientData,
  NpiRegistrationInstance,
  ProviderCharacteristics,
  ProviderData,
} from '../provider/module.ts';
import type { CallbackEntered, CallbackReturned } from '../trace/event.ts';
import type { Meanwhile, ObservedProvider } from '../trace/plan.ts';
import { toHex } from '../trace/recorder.ts';
import { answersOf, masked, type Answers } from './configured-answers.ts';
import { attemptsIn } from './client-attempts.ts';
import type { Attempts, Observation, ObservedBinding, ObservedMap } from './observation.ts';
import { observedStructures } from './observed-structures.ts';

type Bytes = Uint8Array | null;

export class ObservingProvider {
  readonly config: ObservedProvider;
  /** Label of the registration; set before it is registered. */
  label = '';
  private readonly observation: Observation;
  private readonly answers: Answers;
  private isOver = false;

  constructor(config: ObservedProvider, observation: Observation) {
    this.config = config;
    this.observation = observation;
    this.answers = answersOf(config);
  }

  /** The structures to register. */
  characteristics(moduleGuid: string): ProviderCharacteristics {
    return {
      ...NPI.characteristics,
      ProviderAttachClient: this.attach,
      ProviderDetachClient: this.detach,
      ProviderCleanupBindingContext: this.cleanup,
      ProviderRegistrationInstance: {
        ...NPI.registrationInstance,
        NpiId: EBPF_MAP_INFO_EXTENSION_IID,
        ModuleId: { ...NPI.moduleId, Guid: moduleGuid },
        NpiSpecificCharacteristics: this.providerData(),
      },
    };
  }

  private providerData(): ProviderData | null {
    const callbacks = {
      preprocess_map_create: this.create,
      postprocess_map_delete: this.mapDelete,
      preprocess_associate_program_type: this.associate,
      postprocess_map_find_element: this.find,
      preprocess_map_update_element: this.update,
      preprocess_map_delete_element: this.elementDelete('preprocess_map_delete_element'),
      postprocess_map_delete_element: this.elementDelete('postprocess_map_delete_element'),
    };
    return observedStructures(this.config, callbacks, (touch) => {
      const { quiet, recorder } = this.observation;
      if (!quiet) recorder.record({ kind: 'provider-touched', registration: this.label, ...touch });
    });
  }

  /** Others do what they do during the first of these calls. */
  private meanwhile(callback: Meanwhile['callback']): void {
    const { during } = this.config;
    if (during?.callback !== callback || this.isOver) return;
    this.isOver = true;
    this.observation.meanwhile(during.operations);
  }

  private state(
    binding: ObservedBinding | null,
    state: 'attached' | 'refused' | 'detached' | 'cleaned',
    context: boolean,
  ): void {
    this.observation.recorder.record({
      kind: 'binding-state',
      binding: binding?.label ?? 'no binding',
      registration: this.label,
      state,
      context: context && binding ? this.contextLabel(binding) : null,
      bare: false,
    });
  }

  private contextLabel(context: unknown): string | null {
    return context === null || context === undefined
      ? null
      : this.observation.recorder.label('context', context);
  }

  private readonly attach = (
    _handle: bigint,
    _context: unknown,
    instance: NpiRegistrationInstance<ClientData>,
    _clientContext: unknown,
    dispatch: unknown,
    bindingContext: Box<unknown>,
    providerDispatch: Box<unknown>,
  ): string => {
    const client = instance?.NpiSpecificCharacteristics ?? null;
    const table = client?.base_client_table ?? null;
    const binding: ObservedBinding = { label: this.observation.recorder.fresh('binding'), client };
    const facts = {
      registration: this.label,
      binding: binding.label,
      client: {
        data: client && { ...client.header },
        table: table && { ...table.header },
        dispatch_null: dispatch === null || dispatch === undefined,
        members: table ? CLIENT_FUNCTIONS.filter((name) => typeof table[name] === 'function') : [],
        ...(client ? { map_context_offset: Number(client.map_context_offset) } : {}),
      },
    };
    const status = this.observation.around('ProviderAttachClient', facts, () => {
      this.meanwhile('ProviderAttachClient');
      const result = this.answers.attach();
      const accepted = result === 'STATUS_SUCCESS';
      if (accepted) {
        bindingContext.value = binding;
        providerDispatch.value = null;
      }
      return {
        result,
        context: accepted ? this.contextLabel(binding) : null,
        wrote_context: accepted,
        wrote_dispatch: accepted,
      };
    });
    const accepted = status === 'STATUS_SUCCESS';
    this.state(binding, accepted ? 'attached' : 'refused', accepted);
    return status ?? '';
  };

  private readonly detach = (context: unknown): string => {
    const binding = bindingOf(context);
    this.observation.around('ProviderDetachClient', this.ofBinding(context), () => ({
      result: 'STATUS_SUCCESS',
    }));
    this.state(binding, 'detached', true);
    return 'STATUS_SUCCESS';
  };

  private readonly cleanup = (context: unknown): void => {
    this.observation.around('ProviderCleanupBindingContext', this.ofBinding(context), () => ({
      result: null,
    }));
    this.state(bindingOf(context), 'cleaned', true);
  };

  private ofBinding(context: unknown): Partial<CallbackEntered> {
    return {
      registration: this.label,
      context: this.contextLabel(context),
      ...(bindingOf(context) ? { binding: bindingOf(context)!.label } : {}),
    };
  }

  /**
   * Facts of a call for a map: the map is the operation's, or the context's where the operation has
   * none.
   */
  private ofMap(binding: unknown, context: unknown, ofContext: boolean): Partial<CallbackEntered> {
    const own = mapOf(context);
    const { map } = this.observation.situation();
    const label = ofContext ? (own?.map ?? map) : (map ?? own?.map);
    return {
      ...this.ofBinding(binding),
      context: this.contextLabel(context),
      ...(label === undefined ? {} : { map: label }),
    };
  }

  /** What a callback of a map tries, unless this provider keeps still. */
  private attempts(binding: unknown, context: unknown, key: Bytes = null): Attempts {
    if (this.config.silent) return {};
    return attemptsIn(this.observation, bindingOf(binding), mapOf(context), key);
  }

  private readonly create = (
    binding: unknown,
    map_type: number,
    key_size: number,
    value_size: number,
    max_entries: number,
    actual: Box<number>,
    mapContext: Box<unknown>,
  ): string => {
    const { observation } = this;
    const map = observation.situation().map ?? observation.recorder.fresh('map');
    const facts = {
      ...this.ofBinding(binding),
      context: null,
      map,
      map_type,
      create_key_size: key_size,
      create_value_size: value_size,
      max_entries,
    };
    const act = (): Partial<CallbackReturned> & { result: string } => {
      this.meanwhile('preprocess_map_create');
      const result = this.answers.create();
      if (result !== 'EBPF_SUCCESS') {
        return { result, wrote_map_context: false, wrote_actual_value_size: false };
      }
      const stored = this.config.actual ?? value_size;
      const made: ObservedMap = {
        label: '',
        map,
        handle: 0n,
        key_size,
        value_size,
        binding: bindingOf(binding)?.label ?? 'no binding',
        registration: this.label,
        actual: stored,
      };
      made.label = this.contextLabel(made) ?? '';
      actual.value = stored;
      mapContext.value = made;
      observation.lastCreated = made;
      return {
        result,
        context: made.label,
        actual_value_size: stored,
        wrote_map_context: true,
        wrote_actual_value_size: true,
      };
    };
    const attempts = this.attempts(binding, null);
    return observation.around('preprocess_map_create', facts, act, attempts) ?? '';
  };

  private readonly mapDelete = (binding: unknown, context: unknown): void => {
    const facts = this.ofMap(binding, context, true);
    const attempts = this.attempts(binding, null);
    this.observation.around('postprocess_map_delete', facts, () => ({ result: null }), attempts);
  };

  private readonly associate = (
    binding: unknown,
    context: unknown,
    program_type: string,
  ): string => {
    const facts = { ...this.ofMap(binding, context, false), program_type };
    const act = (): { result: string } => ({ result: this.answers.associate() });
    const attempts = this.attempts(binding, null);
    return this.observation.around('preprocess_associate_program_type', facts, act, attempts) ?? '';
  };

  /** Values are stored masked by a transforming provider, as they are by another. */
  private readonly changing =
    (callback: 'postprocess_map_find_element' | 'preprocess_map_update_element') =>
    (
      binding: unknown,
      context: unknown,
      key_size: number,
      key: Bytes,
      value_size: number,
      value: Bytes,
      out_size: number,
      out: Bytes,
      flags: number,
    ): string => {
      const facts = {
        ...this.ofMap(binding, context, false),
        key: key && toHex(key),
        key_size,
        value: value && toHex(value),
        value_size,
        out_size: this.outSize(out_size, out),
        ...(out?.length ? { fill: out[0]! } : {}),
        flags,
      };
      const isFind = callback === 'postprocess_map_find_element';
      const act = (): Partial<CallbackReturned> & { result: string } => {
        const result = isFind ? this.answers.find() : this.answers.update();
        if (out && value) out.set(masked(value, out.length, isFind ? 0xdd : 0xee));
        return { result, ...(out ? { out: toHex(out) } : {}) };
      };
      const attempts = this.attempts(binding, context, key);
      return this.observation.around(callback, facts, act, attempts) ?? '';
    };

  /**
   * A transforming provider that gets no buffer gets nothing, whatever the size says; a plain one
   * must get size 0.
   */
  private outSize(out_size: number, out: Bytes): number | null {
    if (out) return out_size;
    return this.config.transforms || !out_size ? null : out_size;
  }

  private readonly find = this.changing('postprocess_map_find_element');
  private readonly update = this.changing('preprocess_map_update_element');

  private readonly elementDelete =
    (callback: 'preprocess_map_delete_element' | 'postprocess_map_delete_element') =>
    (
      binding: unknown,
      context: unknown,
      key_size: number,
      key: Bytes,
      value_size: number,
      value: Bytes,
      flags: number,
    ): string => {
      const facts = {
        ...this.ofMap(binding, context, (flags & MAP_CLEANUP) !== 0),
        key: key && toHex(key),
        key_size,
        value: value && toHex(value),
        value_size,
        flags,
      };
      const act = (): { result: string | null } => ({
        result: callback === 'preprocess_map_delete_element' ? this.answerToDelete(flags) : null,
      });
      const attempts = this.attempts(binding, context, key);
      return this.observation.around(callback, facts, act, attempts) ?? '';
    };

  private answerToDelete(flags: number): string {
    return flags & (UPDATE | MAP_CLEANUP)
      ? this.answers.pre_delete_always()
      : this.answers.pre_delete();
  }
}

const bindingOf = (context: unknown): ObservedBinding | null =>
  typeof context === 'object' && context !== null && 'client' in context
    ? (context as ObservedBinding)
    : null;

const mapOf = (context: unknown): ObservedMap | null =>
  typeof context === 'object' && context !== null && 'handle' in context
    ? (context as ObservedMap)
    : null;
