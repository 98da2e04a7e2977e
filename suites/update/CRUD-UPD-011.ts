/**
 * CRUD-UPD-011, a MUST NOT for the provider.
 * Source: include/ebpf_extension.h:ebpf_preprocess_map_update_element_t; xdp ebpfcpumap.c comment
 */
import {
  EBPF_MAP_OPERATION_HELPER,
  EBPF_MAP_OPERATION_UPDATE,
  type EventOf,
  type Requirement,
  type Watch,
} from '../../harness/index.ts';
import { watchLedger } from '../state/blame.ts';
import { DELETES, isOrdinary } from '../state/element-call.ts';
import { inOrder } from '../state/in-order.ts';
import { isUpdate } from './refusals.ts';
import { evidence, updates } from './conditions.ts';

type Returned = EventOf<'callback-returned'>;

/** CRUD-UPD-011: the provider cannot know whether a key is new. */
const watchNoGuess: Watch = (say, trace) => {
  const expected =
    'an update does not depend on whether the key is there already, nor on the option, which ' +
    'nobody tells the provider';
  const owned = watchLedger(['rollback-on-existing'], expected, ['accepted'])(say, trace);
  /** Values refused for a key that held another, by map, caller and value: the last of each. */
  const refused = new Map<string, { event: Returned; key: string }>();
  /**
   * Those that a key without a value then took, nothing having been released between: there was
   * room, and the value is none to refuse. Still some keys may take what others do not (CRE-021):
   * the same key has to take it, once it holds none.
   */
  const suspected = new Map<string, Returned>();
  const held = new Set<string>();
  /** Values accepted at any time: a refusal of one of them may be for its being a duplicate. */
  const given = new Set<string>();
  let failing = false;
  const isHeld = (map: string, key: string): boolean => held.has(`${map} ${key}`);
  return inOrder(owned, {
    'allocation-failed': () => void (failing = true),
    'operation-ended': (event) => {
      if (event.operation.op === 'close') held.clear();
    },
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (!call || !call.map || !call.key) return;
      if ((DELETES as readonly string[]).includes(event.callback)) {
        // With something released, a refusal for want of room may be over.
        refused.clear();
        if (!((call.flags ?? 0) & EBPF_MAP_OPERATION_UPDATE))
          held.delete(`${call.map} ${call.key}`);
      }
      if (!isUpdate(event) || call.direct || failing || !isOrdinary(call, trace)) return;
      const caller = (call.flags ?? 0) & EBPF_MAP_OPERATION_HELPER;
      const name = `${call.map} ${caller} ${call.value}`;
      if (event.result !== 'EBPF_SUCCESS') {
        const twin = given.has(call.value ?? '');
        if (isHeld(call.map, call.key) && !twin) refused.set(name, { event, key: call.key });
        return;
      }
      const refusal = refused.get(name);
      const fresh = !isHeld(call.map, call.key);
      held.add(`${call.map} ${call.key}`);
      given.add(call.value ?? '');
      if (!fresh) return;
      if (refusal && refusal.key !== call.key) {
        refused.delete(name);
        suspected.set(`${name} ${refusal.key}`, refusal.event);
      }
      const known = suspected.get(`${name} ${call.key}`);
      if (!known) return;
      suspected.delete(`${name} ${call.key}`);
      say.violated(
        known,
        expected,
        `a value was refused (${known.result}) for a key that held another, accepted for a key ` +
          `that held none, and accepted for the same key when that held none`,
      );
    },
  });
};

export const rule: Requirement = {
  id: 'CRUD-UPD-011',
  asks: 'The provider does not assume that an update inserts, or replaces, or has a certain option.',
  passing:
    `NOEXIST on an existing key left the old entry usable and held once; values were ` +
    `accepted for held keys as for new ones. ${evidence}`,
  look: 'preprocess_map_update_element: does it keep a table of keys and decide by it?',
  applies: updates,
  watch: watchNoGuess,
};
