/**
 * ABI-016, a MUST NOT for the provider.
 * Source: proposed header (xdp/CPUMAP work, "dispatch_table_v2")
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { TABLE_SIZE } from '../discovery/structure.ts';

/**
 * ABI-016: members of the version-2 proposal are never called, and everything works all the same.
 */
const watchProposal: Watch = (say, trace) => {
  const proposing = new Set<string>();
  const expected = 'the provider works without members that only the version-2 proposal has';
  const isPlain = (op: number): boolean => {
    const operation = trace.operation(op)?.operation;
    return operation?.op === 'create'
      ? Object.keys(operation).length <= 2
      : operation?.op === 'update' &&
          typeof operation.value === 'number' &&
          operation.caller !== 'program';
  };
  const short = new Set<number>();
  const usedKinds = new Set<string>();
  return {
    registered: (event) => {
      const table = event.inert ? null : event.facts.data?.base_provider_table;
      const size = table?.header?.size ?? 0;
      if (table?.proposed?.length || size > TABLE_SIZE) proposing.add(event.registration);
    },
    'allocation-failed': (event) => void short.add(event.call),
    'callback-returned': (event) => {
      const entered = trace.call(event.call);
      if (
        !entered ||
        entered.direct ||
        !/^preprocess_map_(create|update_element)$/.test(event.callback)
      )
        return;
      if (!trace.probes.includes('ABI-016') || !isPlain(entered.op) || short.has(event.call))
        return;
      if (event.result === 'EBPF_SUCCESS') {
        usedKinds.add(event.callback);
        say.exercised();
      } else if (proposing.has(entered.registration ?? '') && !usedKinds.has(event.callback)) {
        say.violated(
          event,
          expected,
          `${event.callback} answered ${event.result ?? 'nothing'} although none of them has been called`,
        );
      }
    },
    lost: (event) => {
      const registration = trace.call(event.call)?.registration ?? '';
      if (proposing.has(registration) && trace.probes.includes('ABI-016'))
        say.lost(event, expected);
    },
  };
};

export const rule: Requirement = {
  id: 'ABI-016',
  asks:
    'A provider does not need members that only the version-2 proposal has (mutation, ' +
    'activate, rejectable delete).',
  passing: 'Against a runtime of version 1 maps were created and values accepted.',
  look: 'State that only preprocess_map_activate or a mutation callback sets up.',
  watch: watchProposal,
};
