/**
 * CRE-011, a SHOULD for the provider.
 * Source: include/ebpf_extension.h:ebpf_preprocess_map_create_t @retval
 */
import type { CallbackEntered, Requirement, Watch } from '../../harness/index.ts';
import { registrationsOf } from '../state/registration-facts.ts';
import { inOrder } from '../state/in-order.ts';
import { argumentsOf } from './accepted-sizes.ts';
import { create, isBad } from './creations.ts';

/** CRE-011: NO_MEMORY for want of memory, INVALID_ARGUMENT for bad parameters. */
const watchFailureCode: Watch = (say, trace) => {
  const { book: registrations, handlers } = registrationsOf(trace);
  const starved = new Set<number>();
  const isOwnType = (call: CallbackEntered): boolean =>
    [...registrations.facts.values()].some((facts) => facts.data?.map_type === call.map_type);
  return inOrder(handlers, {
    'allocation-failed': (event) => void starved.add(event.call),
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      const { result } = event;
      if (event.callback !== create || !call || result === 'EBPF_SUCCESS') return;
      const bad = isOwnType(call) && isBad(call, trace);
      const starving = starved.has(event.call);
      if (!bad && !starving) return;
      say.exercised();
      if (starving && result !== 'EBPF_NO_MEMORY' && !(bad && result === 'EBPF_INVALID_ARGUMENT')) {
        say.violated(
          event,
          'EBPF_NO_MEMORY from a preprocess_map_create whose allocation fails',
          `it answered ${result}`,
        );
      } else if (!starving && result !== 'EBPF_INVALID_ARGUMENT') {
        say.violated(
          event,
          'EBPF_INVALID_ARGUMENT from preprocess_map_create for bad parameters',
          `it answered ${result} to ${argumentsOf(call)}`,
        );
      }
    },
  });
};

export const rule: Requirement = {
  id: 'CRE-011',
  asks:
    'preprocess_map_create answers EBPF_NO_MEMORY when an allocation fails and ' +
    'EBPF_INVALID_ARGUMENT to bad parameters.',
  passing:
    'Those were the answers to each failing allocation and to each unsupported or zero size.',
  look: 'preprocess_map_create: is an NTSTATUS or another enum returned as ebpf_result_t?',
  watch: watchFailureCode,
};
