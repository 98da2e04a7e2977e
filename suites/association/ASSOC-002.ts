/**
 * ASSOC-002, a MUST for the provider.
 * Source: docs/CustomMaps.md#Associate Program (required)
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { when } from '../state/applies.ts';
import { inOrder } from '../state/in-order.ts';
import { accepted, associate, isDeclared, typeName, typeOf } from './program-types.ts';
import { acceptsSome } from './conditions.ts';

/**
 * Types that were accepted before the module was stopped stay compatible when it is started again.
 */
const watchRestarted: Watch = (say, trace) => {
  let starts = 0;
  const before = new Set<string>();
  return {
    'callback-entered': (event) => void (event.callback === 'start' && (starts += 1)),
    'callback-returned': (event) => {
      const type = typeOf(trace.call(event.call));
      if (type === null) return;
      if (event.result === 'EBPF_SUCCESS') {
        if (starts === 1) before.add(type);
        return;
      }
      if (starts < 2 || !before.has(type)) return;
      say.violated(
        event,
        'EBPF_SUCCESS for a program type that was accepted before the provider was stopped and started again',
        `${associate} answered ${event.result} to ${typeName(type)} after the restart`,
      );
    },
  };
};

/** ASSOC-002: compatible program types are accepted. */
const watchAccepts: Watch = (say, trace) =>
  inOrder(watchRestarted(say, trace), {
    'callback-returned': (event) => {
      const type = typeOf(trace.call(event.call));
      if (type === null || !accepted(trace.subject).includes(type)) return;
      say.exercised();
      if (event.result === 'EBPF_SUCCESS') return;
      say.violated(
        event,
        `EBPF_SUCCESS for a program type that the provider ` +
          `${isDeclared(trace.subject) ? 'declares to accept' : 'accepted when it was probed'}`,
        `${associate} answered ${event.result} to ${typeName(type)}`,
      );
    },
    lost: (event) => {
      if (event.callback === associate) say.lost(event, `${associate} answers and returns`);
    },
  });

export const rule: Requirement = {
  id: 'ASSOC-002',
  asks: 'Compatible program types get EBPF_SUCCESS.',
  passing:
    'Every declared type (or every type that the probe saw accepted) was accepted, with the map empty and filled.',
  look: 'preprocess_associate_program_type: is the comparison the right way round?',
  applies: when(acceptsSome),
  watch: watchAccepts,
  owns: ['preprocess_associate_program_type'],
};
