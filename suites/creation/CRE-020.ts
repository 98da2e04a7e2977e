/**
 * CRE-020, a MUST for the runtime.
 * Source: libs/execution_context/ebpf_maps.c:fixed_size_map=true; xdp ebpfcpumap.c comment
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { keyName, livesOf } from '../state/map-lives.ts';
import { inOrder } from '../state/in-order.ts';

/** CRE-020: max_entries is the runtime's to enforce. */
const watchMaxEntries: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  const before = new Map<number, number>();
  return inOrder(handlers, {
    'operation-started': (event) => {
      const life = lives.mapOf(event.op);
      const { operation } = event;
      if (!life || operation.op !== 'update' || life.entries.has(keyName(operation))) return;
      before.set(event.op, life.entries.size);
    },
    'operation-ended': (event) => {
      const held = before.get(event.op);
      const life = lives.mapOf(event.op);
      const max = life?.created.max_entries ?? 0;
      if (held === undefined || !life?.sure || max === 0 || held < max) return;
      say.exercised();
      if (event.result !== 'EBPF_SUCCESS') return;
      say.violated(
        event,
        `no more than max_entries, ${max}`,
        `an update of another key succeeded in ${life.map}, which held ${held}`,
      );
    },
  });
};

export const rule: Requirement = {
  id: 'CRE-020',
  asks: 'max_entries is enforced by the base map: a provider does not have to count.',
  passing: 'A full map refused another key.',
  look: 'The base table’s bound.',
  watch: watchMaxEntries,
};
