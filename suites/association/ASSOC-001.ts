/**
 * ASSOC-001, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Associate Program; ebpf_program.c:ebpf_program_associate_maps
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { livesOf } from '../state/map-lives.ts';
import { inOrder } from '../state/in-order.ts';
import { associate, typeOf } from './program-types.ts';

/** ASSOC-001 (runtime): the provider is asked first, and its refusal is the answer. */
const watchAsked: Watch = (say, trace) => {
  const answers = new Map<number, (string | null)[]>();
  const { book: lives, handlers } = livesOf(trace);
  return inOrder(handlers, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== associate || !call || call.direct) return;
      answers.set(call.op, [...(answers.get(call.op) ?? []), event.result]);
      const operation = trace.operation(call.op)?.operation;
      if (operation?.op !== 'associate' || typeOf(call) === operation.program_type.toLowerCase())
        return;
      say.violated(
        event,
        `${associate} is given the program’s type ${operation.program_type}`,
        `it was given ${call.program_type}`,
      );
    },
    'operation-ended': (event) => {
      if (event.operation.op !== 'associate' || event.skipped || !lives.mapOf(event.op)) return;
      const [answer, ...more] = answers.get(event.op) ?? [];
      say.exercised();
      if (answer === undefined || more.length > 0) {
        say.violated(
          event,
          `${associate} is called once before a map is associated`,
          `${answers.get(event.op)?.length ?? 0} calls`,
        );
      } else if (answer !== event.result) {
        say.violated(
          event,
          `the association answers what the provider answered, ${answer}`,
          `${event.result}`,
        );
      }
    },
  });
};

export const rule: Requirement = {
  id: 'ASSOC-001',
  asks:
    'preprocess_associate_program_type is called with the program’s type before a map is ' +
    'associated; its failure is the answer.',
  passing: 'Each association asked the provider once and answered what it answered.',
  look: 'The order of the callback and the reference on the map.',
  watch: watchAsked,
  owns: ['associate'],
};
