/** The runtime's NMR clients: what each shows a provider, and those that belong to no map. */
import { CLIENT_FUNCTIONS, type ClientFunction } from '../abi/callbacks.ts';
import type { ClientPresentation } from '../provider/port.ts';
import type { Thread } from '../provider/thread.ts';
import type { ClientVariant } from '../trace/plan.ts';
import { clientServices } from './client-services.ts';
import type { Answer } from './custom-map.ts';
import { opaqueClientContext } from './epoch-memory.ts';
import { isKept, type Binding, type Registered } from './registered.ts';
import type { Core } from './core.ts';

/**
 * Module ids without the shape of the others: a GUID is sixteen bytes, whoever made it (REG-016).
 */
const fixedModuleIds = {
  'time-based': '0c5e2f10-7b1a-11ef-9d3c-00155d012a07',
  unversioned: 'f7c1d2a4-5b6e-c8f0-e1a2-93b4c5d6e7f8',
} as const;

/** Slot of the map whose creation waited for the provider (conditions.early_client). */
const earlyMap = 0;

/** Bytes behind a client context that may be read. */
const readableBytes = 64;

export class Clients {
  private readonly runtime: Core;
  /** Bindings of clients without a map, by the plan's number. */
  private readonly bare = new Map<number, Binding>();
  private moduleIds = 0;
  /** Slot of the last client that waited for a provider: below those of plans. */
  private early = 0;

  constructor(runtime: Core) {
    this.runtime = runtime;
  }

  /** What a client shows a provider in this run. */
  present(binding: Binding, variant: ClientVariant): ClientPresentation {
    const { conditions, mapContextOffset } = this.runtime;
    const appended = conditions.appended ?? 0;
    const { padding = 0 } = variant;
    const cut = variant.truncate_after
      ? CLIENT_FUNCTIONS.indexOf(variant.truncate_after as ClientFunction) + 1
      : CLIENT_FUNCTIONS.length;
    const dataSize = variant.data_size ?? 40 + appended;
    const isUnknown = (variant.data_version ?? 1) > 1 || (variant.table_version ?? 1) > 1;
    const tableSize = variant.table_size ?? (variant.truncate_after ? 24 + 8 * cut : 80 + appended);
    return {
      data: variant.no_data
        ? null
        : { version: variant.data_version ?? 1, size: dataSize, total_size: dataSize + padding },
      map_context_offset: BigInt(mapContextOffset),
      table: {
        version: variant.table_version ?? 1,
        size: tableSize,
        total_size: tableSize + padding,
      },
      members: CLIENT_FUNCTIONS.slice(0, cut),
      services: clientServices(this.runtime, binding, isUnknown),
      dispatch: variant.dispatch === 'table',
    };
  }

  /** A new client module id: never the same twice in a run, the same in the same run. */
  moduleId(): string {
    this.moduleIds += 1;
    return this.sameModuleId();
  }

  /** Attaches a client that no map stands behind. */
  attach(thread: Thread, slot: number, client: ClientVariant): Answer {
    const { nmr } = this.runtime;
    if (this.bare.has(slot)) return { result: 'SLOT_IN_USE' };
    const offers = [...nmr.offers()].filter((one) => !one.own);
    const ofRun = (one: Registered): boolean =>
      one.facts.data?.map_type === this.runtime.data.mapType;
    const offered = offers.find(ofRun) ?? offers[0];
    if (!offered) return { result: 'EBPF_EXTENSION_FAILED_TO_LOAD' };
    return this.attachTo(offered, thread, slot, client);
  }

  /**
   * A client that was there before the provider, attached before the registration returns: one
   * without a map, which stays or, in passing, goes again at once; or, where the registration is of
   * the run's type, that of a map whose creation waited for it.
   */
  attachEarly(thread: Thread, registered: Registered, kind: 'bare' | 'map' | 'passing'): void {
    const { data, maps } = this.runtime;
    if (kind !== 'map') {
      this.attachTo(registered, thread, (this.early -= 1), {});
      if (kind === 'passing') this.detach(thread, this.early);
    } else if (registered.facts.data?.map_type === data.mapType && maps.labelOf(earlyMap) === '') {
      this.runtime.performWithin({ op: 'create', map: earlyMap });
    }
  }

  private attachTo(
    offered: Registered,
    thread: Thread,
    slot: number,
    client: ClientVariant,
  ): Answer {
    const { binding, status } = this.runtime.nmr.bindings.attach(thread, offered, {
      client: (made) => this.present(made, client),
      moduleId: this.shownModuleId(client.module_id),
      bare: true,
      clientContext: this.shownContext(client),
    });
    // A client without a map deregisters when it is detached, and so does one whose attach is kept.
    if (isKept(status)) this.bare.set(slot, binding);
    return { result: status };
  }

  detach(thread: Thread, slot: number): Answer {
    const binding = this.bare.get(slot);
    if (!binding) return { result: 'NO_SUCH_BINDING' };
    this.bare.delete(slot);
    this.runtime.nmr.bindings.release(thread, binding);
    return { result: 'STATUS_SUCCESS' };
  }

  /** Detaches every client without a map; whether there was one. */
  detachAll(thread: Thread): boolean {
    const slots = [...this.bare.keys()];
    for (const slot of slots) this.detach(thread, slot);
    return slots.length > 0;
  }

  private shownModuleId(variant: ClientVariant['module_id']): string {
    if (variant === undefined) return this.moduleId();
    return variant === 'same' ? this.sameModuleId() : fixedModuleIds[variant];
  }

  /** The module id of the attach before. */
  private sameModuleId(): string {
    const n = this.moduleIds;
    const mix = (Math.imul(n, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
    return `${mix}-c11e-4000-8000-${n.toString(16).padStart(12, '0')}`;
  }

  /** A client context that can be read, zeroes, or one that several clients have (REG-016). */
  /** A ClientBindingContext of the plan's own; undefined: the runtime's usual one. */
  shownContext({ context }: ClientVariant): bigint | undefined {
    if (context === undefined) return undefined;
    return context === 'same'
      ? opaqueClientContext
      : this.runtime.subject.space.allocate(readableBytes, 0);
  }
}
