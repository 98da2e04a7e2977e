/** Monitors of creation, one per rule: what preprocess_map_create accepts, refuses and writes. */
import type { CallbackEntered, TraceView, Verdicts, Watch } from '../../harness/index.ts';
import { ledgerOf } from '../block-ledger.ts';
import { registrationsOf } from '../registration-facts.ts';
import { together } from '../together.ts';
import { argumentsOf, fewEntriesMax, hasZero, standingOf } from './accepted-sizes.ts';
import { watchServedSizes } from './monitors-served.ts';
import { watchUsableSizes } from './monitors-usable.ts';

const create = 'preprocess_map_create';

const hasMany = (call: CallbackEntered): boolean => (call.max_entries ?? 0) > fewEntriesMax;

/** Nothing about the arguments is a reason to fail, as far as anybody knows. */
const isOrdinary = (call: CallbackEntered, trace: TraceView): boolean => {
  const { profile } = trace.subject;
  if (call.map_type !== profile.mapType || hasZero(call) || hasMany(call)) return false;
  const standing = standingOf(trace.subject, call);
  return standing === 'supported' || (standing === 'unknown' && profile.accepted.length === 0);
};

/** CRE-003: a success writes actual_value_size, not zero, whatever it held before. */
export const watchActualValueSize: Watch = (say, trace) => {
  const sizes = new Map<string, number>();
  const failed = new Set<number>();
  const { book: ledger, handlers } = ledgerOf(trace);
  return together(handlers, {
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

/** CRE-004: without a transformation the stored size is the user's size. */
export const watchSameSize: Watch = (say, trace) => {
  const { book: registrations, handlers } = registrationsOf(trace);
  return together(handlers, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || event.result !== 'EBPF_SUCCESS' || !call) return;
      if (registrations.transforms(call.registration, trace)) return;
      if (typeof event.actual_value_size !== 'number') return;
      say.exercised();
      if (event.actual_value_size === call.create_value_size) return;
      say.violated(
        event,
        '*actual_value_size equal to value_size, as updates_original_value is false',
        `value_size ${call.create_value_size} and *actual_value_size ${event.actual_value_size}`,
      );
    },
  });
};

/** CRE-005: a success puts out a context that is not NULL. */
export const watchContext: Watch = (say) => ({
  'callback-returned': (event) => {
    if (event.callback !== create || event.result !== 'EBPF_SUCCESS') return;
    say.exercised();
    if ((event.context ?? null) !== null) return;
    const how =
      event.wrote_map_context === false
        ? 'left *map_context unwritten'
        : 'wrote NULL to *map_context';
    say.violated(
      event,
      'a map context other than NULL after a successful preprocess_map_create',
      `preprocess_map_create succeeded and ${how}`,
    );
  },
});

/** CRE-006: sizes that the provider does not support are refused. */
export const watchUnsupportedSizes: Watch = (say, trace) => {
  const { book: ledger, handlers } = ledgerOf(trace);
  const short = new Set<number>();
  return together(handlers, watchUsableSizes(say, trace), watchServedSizes(say, trace), {
    'allocation-failed': (event) => void short.add(event.call),
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || !call) return;
      const standing = standingOf(trace.subject, call);
      const refused = event.result !== 'EBPF_SUCCESS';
      if (
        standing === 'unsupported' ||
        standing === 'absurd' ||
        (standing === 'refused' && refused)
      )
        say.exercised();
      if (refused || (standing !== 'unsupported' && standing !== 'absurd')) return;
      say.violated(
        event,
        'preprocess_map_create refuses sizes that the provider does not support',
        `${argumentsOf(call)} was accepted, which is ${
          standing === 'absurd'
            ? 'far beyond every size that the provider was seen to accept'
            : 'outside the declared sizes'
        }`,
      );
    },
    lost: (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || !call || ledger.isHarmed(event.call)) return;
      if (['unsupported', 'absurd', 'refused'].includes(standingOf(trace.subject, call))) {
        say.lost(event, `preprocess_map_create refuses ${argumentsOf(call)}`);
      } else if (hasMany(call) && !short.has(event.call)) {
        say.lost(event, `preprocess_map_create takes or refuses ${argumentsOf(call)}`);
      }
    },
  });
};

const supportsZero = ({ subject: { profile } }: TraceView, call: CallbackEntered): boolean => {
  const declares = (name: string): boolean => profile.source[name] === 'declared';
  return (
    (call.create_key_size !== 0 || (declares('keySizes') && profile.keySizes.includes(0))) &&
    (call.create_value_size !== 0 || (declares('valueSizes') && profile.valueSizes.includes(0))) &&
    (call.max_entries !== 0 || (declares('maxEntries') && profile.maxEntries.min === 0))
  );
};

/** CRE-007: sizes of zero are refused, or supported on purpose. */
export const watchZeroSizes: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    const call = trace.call(event.call);
    if (event.callback !== create || !call || !hasZero(call)) return;
    say.exercised();
    if (event.result !== 'EBPF_SUCCESS' || supportsZero(trace, call)) return;
    say.violated(
      event,
      'preprocess_map_create refuses a size of zero that the provider does not declare to support',
      `${argumentsOf(call)} was accepted`,
    );
  },
  misuse: (event) => {
    const call = trace.call(event.call);
    if (event.misuse !== 'allocate-size-zero' || call?.callback !== create || !hasZero(call))
      return;
    say.violated(
      event,
      'no allocation of size zero',
      `${event.detail}, in preprocess_map_create with ${argumentsOf(call)}`,
    );
  },
  lost: (event) => {
    const call = trace.call(event.call);
    if (event.callback !== create || !call || !hasZero(call)) return;
    say.lost(event, `preprocess_map_create copes with a size of zero (${argumentsOf(call)})`);
  },
});

/** CRE-008: a map type that the provider did not register is refused. */
export const watchForeignType: Watch = (say, trace) => {
  const { book: registrations, handlers } = registrationsOf(trace);
  const isForeign = (call: CallbackEntered): boolean =>
    call.map_type !== undefined &&
    ![...registrations.facts.values()].some((facts) => facts.data?.map_type === call.map_type);
  return together(handlers, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || !call || !isForeign(call)) return;
      say.exercised();
      if (event.result !== 'EBPF_SUCCESS') return;
      say.violated(
        event,
        'preprocess_map_create refuses a map_type that the provider did not register',
        `map_type ${call.map_type} was accepted`,
      );
    },
    lost: (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || !call || !isForeign(call)) return;
      say.lost(event, `preprocess_map_create refuses map_type ${call.map_type}`);
    },
  });
};

/** CRE-013: the two out parameters are written within their bounds and while the call lasts. */
export const watchOutParameters: Watch = (say) => ({
  'callback-returned': (event) => {
    if (event.callback === create) say.exercised();
    for (const harm of event.damage) {
      if (harm.buffer !== 'actual_value_size' && harm.buffer !== 'map_context') continue;
      const bytes = harm.buffer === 'actual_value_size' ? 4 : 8;
      say.violated(
        event,
        `${harm.buffer} of preprocess_map_create is written within its ${bytes} bytes and only ` +
          `before the call returns`,
        harm.what === 'kept'
          ? `${harm.buffer} was ${harm.how} after preprocess_map_create had returned`
          : `memory beyond the ${bytes} bytes of ${harm.buffer} was written`,
      );
    }
  },
});

/** CRE-021: limits of the provider's own are its right; only that creations were tried is noted. */
export const watchOwnLimits: Watch = (say: Verdicts) => ({
  'callback-returned': (event) => {
    if (event.callback === create) say.exercised();
  },
});
