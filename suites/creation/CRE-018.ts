/**
 * CRE-018, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Example: Object Map insert flow;
 * libs/execution_context/ebpf_maps.c:ebpf_map_get_info (original_value_size)
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { lacking, registrationsOf } from '../state/registration-facts.ts';
import { inOrder } from '../state/in-order.ts';
import { create } from './creations.ts';

/** Larger tables may be refused for want of memory. */
const modestBytes = 4096;

const modestEntries = 1_000_000;

/** CRE-018: stored values may be larger; users go on seeing the declared size. */
const watchLargerValues: Watch = (say, trace) => {
  const { book: registrations, handlers } = registrationsOf(trace);
  const larger = new Set<number>();
  return inOrder(handlers, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || !call || call.direct || event.result !== 'EBPF_SUCCESS')
        return;
      const facts = registrations.facts.get(call.registration ?? '');
      const size = event.actual_value_size ?? 0;
      const modest =
        size <= modestBytes &&
        (call.create_key_size ?? 0) <= modestBytes &&
        (call.max_entries ?? 0) <= modestEntries;
      if (
        !facts?.data?.base_properties?.updates_original_value ||
        lacking(facts).length > 0 ||
        !modest
      )
        return;
      if (size > (call.create_value_size ?? 0)) larger.add(call.op);
    },
    'operation-ended': (event) => {
      const { operation } = event;
      if (operation.op === 'create' && larger.has(event.op)) {
        say.exercised();
        if (event.result === 'EBPF_SUCCESS' || event.result === 'EBPF_NO_MEMORY') return;
        say.violated(
          event,
          'an actual_value_size larger than value_size is supported',
          `the creation failed with ${event.result}`,
        );
      }
      if (operation.op !== 'info' || event.result !== 'EBPF_SUCCESS') return;
      const map = trace.map(event.map);
      const shown = (event.out as { value_size?: unknown } | null)?.value_size;
      if (!map || typeof shown !== 'number' || map.actual_value_size <= map.value_size) return;
      say.exercised();
      if (shown === map.value_size) return;
      say.violated(
        event,
        `map info shows the declared value_size ${map.value_size}`,
        `it shows ${shown}`,
      );
    },
  });
};

export const rule: Requirement = {
  id: 'CRE-018',
  asks: 'An actual_value_size larger than value_size works, and users go on seeing value_size.',
  passing: 'Such maps were created, and map info showed the declared size.',
  look: 'Which of the two sizes map info and the batch functions use.',
  watch: watchLargerValues,
  owns: ['info'],
};
