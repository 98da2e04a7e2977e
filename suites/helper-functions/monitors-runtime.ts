/** Monitors of what the runtime owes BPF programs and helpers, one per rule. */
import { EBPF_MAP_OPERATION_HELPER, type Operation, type Watch } from '../../harness/index.ts';
import { keyName, livesOf } from '../map-lives.ts';
import { together } from '../together.ts';

const isElementOperation = (operation: Operation): boolean =>
  ['find', 'update', 'delete'].includes(operation.op);

/** HELP-001 (runtime): programs get nowhere near the elements of a transforming map. */
export const watchProgramsRefused: Watch = (say) => {
  const expected =
    'element operations of BPF programs on a transforming map end with ' +
    'EBPF_OPERATION_NOT_SUPPORTED and reach no callback';
  const open = new Set<number>();
  return {
    'operation-started': (event) => {
      if (event.caller === 'program' && isElementOperation(event.operation)) open.add(event.op);
    },
    'callback-entered': (event) => {
      if (open.has(event.op))
        say.violated(event, expected, `${event.callback} was called for a program's operation`);
    },
    'operation-ended': (event) => {
      if (!open.delete(event.op) || event.skipped) return;
      say.exercised();
      const refused =
        event.operation.op === 'find'
          ? event.result !== 'EBPF_SUCCESS'
          : event.result === 'EBPF_OPERATION_NOT_SUPPORTED';
      if (!refused)
        say.violated(
          event,
          expected,
          `${event.operation.op} by a program answered ${event.result}`,
        );
    },
  };
};

/** HELP-002 (runtime): programs look up, update and delete in maps that store what they are given. */
export const watchProgramsServed: Watch = (say) => {
  const expected =
    'programs may look up, update and delete, and the provider hears of it with HELPER';
  const open = new Map<number, { refused: boolean }>();
  const calls = new Map<number, number>();
  return {
    'operation-started': (event) => {
      if (event.caller === 'program' && isElementOperation(event.operation))
        open.set(event.op, { refused: false });
    },
    'callback-entered': (event) => {
      if (!open.has(event.op) || event.direct || event.flags === undefined) return;
      calls.set(event.call, event.op);
      if (event.flags & EBPF_MAP_OPERATION_HELPER) return;
      say.violated(event, expected, `${event.callback} was called for a program without HELPER`);
    },
    'callback-returned': (event) => {
      const operation = open.get(calls.get(event.call) ?? 0);
      if (operation && event.result !== null && event.result !== 'EBPF_SUCCESS')
        operation.refused = true;
    },
    'operation-ended': (event) => {
      const operation = open.get(event.op);
      if (!operation || !open.delete(event.op) || event.skipped || operation.refused) return;
      say.exercised();
      if (event.result !== 'EBPF_OPERATION_NOT_SUPPORTED') return;
      say.violated(
        event,
        expected,
        `${event.operation.op} by a program answered ${event.result}, and no callback had refused it`,
      );
    },
  };
};

/** HELP-012 (runtime): find_element_function gives what is stored, and fails for what is not. */
export const watchFindElementResult: Watch = (say, trace) => {
  const { book, handlers } = livesOf(trace);
  return together(handlers, {
    'operation-ended': (event) => {
      if (event.operation.op !== 'find_element' || event.skipped || event.operation.key === null)
        return;
      const life = book.of(event.map);
      // A map without a context is denied by find_element_function (C-27).
      if (!life?.sure || life.created.context === null) return;
      say.exercised();
      const stored = life.entries.has(keyName(event.operation));
      const found = event.result === 'EBPF_SUCCESS';
      if (stored === found) return;
      say.violated(
        event,
        stored
          ? 'find_element_function answers EBPF_SUCCESS with the stored bytes of a key that is there'
          : 'find_element_function fails for a key that is not there',
        `${event.result} for a key that ${stored ? 'is' : 'is not'} stored in ${event.map}`,
      );
    },
  });
};
