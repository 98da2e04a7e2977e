/**
 * CRE-003, a MUST for the provider.
 * Source: include/ebpf_extension.h:_Out_ actual_value_size;
 * libs/execution_context/ebpf_maps.c:actual_value_size == 0 check
 */
import type { CallbackEntered, Requirement, TraceView, Watch } from '../../harness/index.ts';
import { ledgerOf } from '../state/block-ledger.ts';
import { inOrder } from '../state/in-order.ts';
import { argumentsOf, hasZero, standingOf } from './accepted-sizes.ts';
import { create, hasMany } from './creations.ts';

/** Nothing about the arguments is a reason to fail, as far as anybody knows. */
const isOrdinary = (call: CallbackEntered, trace: TraceView): boolean => {
  const { profile } = trace.subject;
  if (call.map_type !== profile.mapType || hasZero(call) || hasMany(call)) return false;
  const standing = standingOf(trace.subject, call);
  return standing === 'supported' || (standing === 'unknown' && profile.accepted.length === 0);
};

/** CRE-003: a success writes actual_value_size, not zero, whatever it held before. */
const watchActualValueSize: Watch = (say, trace) => {
  const sizes = new Map<string, number>();
  const failed = new Set<number>();
  const { book: ledger, handlers } = ledgerOf(trace);
  return inOrder(handlers, {
    'allocation-failed': (event) => void failed.add(event.call),
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || event.result !== 'EBPF_SUCCESS' || !call) return;
      say.exercised();
      const size = event.actual_value_size;
      const expected =
        'a successful preprocess_map_create writes a size other than zero to *actual_value_size';
      if (event.wrote_actual_value_size === false) {
        say.violated(
          event,
          expected,
          `it succeeded (${argumentsOf(call)}) and did not write *actual_value_size`,
        );
        return;
      }
      if (!size) {
        say.violated(
          event,
          expected,
          `it succeeded (${argumentsOf(call)}) with *actual_value_size ${size ?? 'no number'}`,
        );
        return;
      }
      const like = [call.registration, call.map_type, argumentsOf(call)].join(' ');
      const before = sizes.get(like);
      if (before !== undefined && before !== size) {
        say.violated(
          event,
          'the same *actual_value_size for the same arguments, whatever it held before',
          `${before} the first time and ${size} now`,
        );
      }
      sizes.set(like, before ?? size);
    },
    lost: (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || !call || failed.has(event.call)) return;
      if (ledger.isHarmed(event.call)) return;
      if (isOrdinary(call, trace))
        say.lost(event, `preprocess_map_create returns (${argumentsOf(call)})`);
    },
  });
};

export const rule: Requirement = {
  id: 'CRE-003',
  asks: 'A successful preprocess_map_create writes a size other than zero to *actual_value_size.',
  passing:
    'Every successful create wrote it, and wrote the same size whether it held 0 or 0xDEADBEEF before.',
  look: 'preprocess_map_create: is *actual_value_size assigned on every path that succeeds?',
  watch: watchActualValueSize,
  owns: ['preprocess_map_create'],
};
