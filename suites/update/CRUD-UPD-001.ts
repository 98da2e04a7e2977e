/**
 * CRUD-UPD-001, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Add/Update Element; Differences in Signatures item 1
 */
import type { EventOf, Requirement, Watch } from '../../harness/index.ts';
import { callsTo, eachKeyOperation, isRefusedToPrograms } from '../state/base-contents.ts';
import { DELETES, UPDATES } from '../state/element-call.ts';
import { inOrder } from '../state/in-order.ts';
import { updates } from './conditions.ts';

/** CRUD-UPD-001: the update callback comes first, once, with the caller's value. */
const watchAnnouncement: Watch = (say, trace) => {
  const looks = new Map<number, EventOf<'service'>>();
  const judged = eachKeyOperation((done, event, voice) => {
    if (done.operation.op !== 'update' || isRefusedToPrograms(done, trace)) return;
    const updates = callsTo(done, trace, UPDATES);
    const first = updates[0];
    if (event.result === 'EBPF_SUCCESS' && updates.length !== 1) {
      voice.violated(
        event,
        'every update calls the update callback once before the base map is written',
        `it was called ${updates.length} times`,
      );
      return;
    }
    if (!first) return;
    voice.exercised();
    const early = callsTo(done, trace, DELETES).find((call) => call.seq < first.seq);
    if (early)
      voice.violated(
        early,
        'the update callback comes before anything is displaced',
        `${early.callback} came first`,
      );
    if (event.given !== undefined && first.value !== event.given) {
      voice.violated(first, "the update callback gets the caller's value", 'it got other bytes');
    }
    const look = looks.get(first.call);
    if (!look || done.overlapped || done.before.presence === 'unknown') return;
    const found = look.result === 'EBPF_SUCCESS';
    if (
      look.key === first.key &&
      look.map === done.map &&
      found !== (done.before.presence === 'present')
    ) {
      voice.violated(
        look,
        'during the update callback the base map still shows the old state',
        found ? 'the key was found already' : 'the old entry was gone already',
      );
    }
  })(say, trace);
  return inOrder(judged, {
    service: (event) => {
      if (trace.call(event.call)?.callback === UPDATES[0] && event.name === 'find_element_function')
        looks.set(event.call, event);
    },
  });
};

export const rule: Requirement = {
  id: 'CRUD-UPD-001',
  asks:
    'preprocess_map_update_element is called before the base map is written, for inserts ' +
    "and replaces alike, with the caller's value.",
  passing: "Every successful update called it once, first, with the caller's bytes.",
  look: "the runtime's update: is the provider asked before anything is stored?",
  applies: updates,
  watch: watchAnnouncement,
  owns: ['update'],
};
