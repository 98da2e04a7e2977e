/**
 * CONC-005, a MUST for the provider.
 * Source: docs/CustomMaps.md#Map Discovery and Creation (per instance)
 */
import type { Requirement, TraceView, Watch } from '../../harness/index.ts';
import { createsMaps, servesSeveral, when } from '../state/applies.ts';
import { inOrder } from '../state/in-order.ts';
import { inCompany } from './company.ts';
import { type Call, type Overlaps, overlapsOf } from './overlap.ts';

const lifetimesBeside = (call: Call | undefined, overlaps: Overlaps): boolean =>
  call !== undefined && (overlaps.flightOf(call.call)?.metLifetime ?? false);

/** CONC-005: maps come and go beside each other. */
const watchLifetimes: Watch = (say, trace) => {
  const expected =
    'attach, create, map delete and detach of different maps go on beside each other';
  /** Each map has a binding of its own, which comes before it and goes after it. */
  const bound = new Set<string>();
  /** Bindings whose map was made while another map came or went: their end is judged too. */
  const madeBeside = new Set<string>();
  let everMade = false;
  const { book: overlaps, handlers: first } = overlapsOf(trace);
  const isMadeBeside = (call: Call): boolean =>
    madeBeside.has(trace.map(call.map)?.binding ?? call.binding ?? '');
  const watched = inCompany(
    expected,
    (event, book) => LIFETIME.includes(event.callback) && lifetimesBeside(event, book),
    ({ call }, book) =>
      call !== undefined &&
      LIFETIME.includes(call.callback) &&
      (lifetimesBeside(call, book) || isMadeBeside(call)),
  )(say, trace);
  return inOrder(first, watched, {
    'map-created': () => void (everMade ||= !overlaps.begun),
    'binding-state': ({ binding, state }) => {
      if (state === 'cleaned' || state === 'refused') bound.delete(binding);
      else bound.add(binding);
    },
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (!call || call.direct || !everMade || !lifetimesBeside(call, overlaps)) return;
      if (event.callback === 'preprocess_map_create' && call.binding !== undefined)
        madeBeside.add(call.binding);
      if (event.callback !== 'ProviderAttachClient' && event.callback !== 'preprocess_map_create')
        return;
      if (event.result === 'STATUS_SUCCESS' || event.result === 'EBPF_SUCCESS') return;
      const others = [...bound].filter((one) => one !== call.binding).length;
      if (!isOrdinary(call, trace) || others >= (trace.subject.profile.maxMaps ?? Infinity)) return;
      say.violated(
        event,
        expected,
        `${event.callback} answered ${event.result} while another map was being made or ended`,
      );
    },
  });
};

/** A creation that succeeds when it is alone. */
const isOrdinary = (call: Call, trace: TraceView): boolean => {
  const { conditions, operation } = {
    conditions: trace.conditions,
    operation: trace.operation(call.op)?.operation,
  };
  if (conditions.fail_allocation !== undefined || conditions.map_context_offset !== undefined)
    return false;
  return (
    operation?.op === 'create' &&
    Object.keys(operation).every((name) => name === 'op' || name === 'map')
  );
};

/** What the contract calls the life of bindings and maps. */
const LIFETIME: readonly string[] = [
  'ProviderAttachClient',
  'ProviderDetachClient',
  'ProviderCleanupBindingContext',
  'preprocess_map_create',
  'postprocess_map_delete',
];

export const rule: Requirement = {
  id: 'CONC-005',
  asks: 'Attach, create, map delete and detach of different maps may go on at the same time.',
  passing:
    'Creations and destructions of several maps were interleaved step by step; none was refused or went astray.',
  look: 'State that ProviderAttachClient leaves for preprocess_map_create, and lists of maps.',
  applies: when(servesSeveral, createsMaps),
  watch: watchLifetimes,
  underThreads: {
    exercisedBy: 'lives',
    brokenBy: {
      'table-of-another':
        'what attach was given for one binding serves that binding, whatever attaches beside it',
      'map-context-shared':
        'maps that are created at the same time each get a context of their own',
      'binding-shared': 'clients that attach at the same time each get a binding of their own',
    },
    isOfThreads: true,
    owns: (place) => LIFETIME.includes(place),
  },
};
