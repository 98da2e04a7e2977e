/**
 * CRUD-FIND-014, a MUST NOT for the runtime.
 * Source: docs/CustomMaps.md#Differences in Signatures item 4
 */
import type { EventOf, Requirement, Watch } from '../../harness/index.ts';
import { createsMaps, when } from '../state/applies.ts';

/** CRUD-FIND-014: enumerating keys is the runtime's own business. */
const watchEnumeration: Watch = (say, trace) => {
  const enumerates = (op: number): boolean => {
    const name = trace.operation(op)?.operation.op;
    return name === 'next_key' || name === 'iterate';
  };
  return {
    'callback-entered': (event) => {
      if (
        !enumerates(event.op) ||
        event.direct ||
        event.within !== 0 ||
        !event.callback.includes('process_')
      )
        return;
      say.violated(
        event,
        'enumerating keys calls nothing of the provider',
        `${event.callback} was called`,
      );
    },
    'operation-ended': (event: EventOf<'operation-ended'>) => {
      if (enumerates(event.op) && !event.skipped) say.exercised();
    },
  };
};

export const rule: Requirement = {
  id: 'CRUD-FIND-014',
  asks: 'The provider has no part in enumerating keys.',
  passing: 'No callback ran while keys were enumerated.',
  look: "the runtime's get_next_key.",
  applies: when(createsMaps),
  watch: watchEnumeration,
  owns: ['next_key'],
};
