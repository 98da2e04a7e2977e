/**
 * What runs brought about, counted from their traces: how often each callback succeeded or was
 * refused, for whom, and which occasions of the contract arose. It decides nothing; it says what a
 * verdict saw.
 */
import type { CallbackName } from '../abi/callbacks.ts';
import { EBPF_MAP_OPERATION_HELPER, EBPF_MAP_OPERATION_MAP_CLEANUP } from '../abi/flags.ts';
import { COVERED, type Covered, type CoveredName } from '../trace/covered.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { Setting } from '../trace/setting.ts';

type Counter = { succeeded: CoveredName; refused?: CoveredName; isElement?: true };

const counters: Readonly<Partial<Record<CallbackName, Counter>>> = {
  ProviderAttachClient: { succeeded: 'attach', refused: 'attachRefused' },
  ProviderDetachClient: { succeeded: 'detach' },
  ProviderCleanupBindingContext: { succeeded: 'cleanup' },
  preprocess_map_create: { succeeded: 'create', refused: 'createRefused' },
  postprocess_map_delete: { succeeded: 'mapDelete' },
  preprocess_associate_program_type: { succeeded: 'associate', refused: 'associateRefused' },
  postprocess_map_find_element: { succeeded: 'find', refused: 'findRefused', isElement: true },
  preprocess_map_update_element: { succeeded: 'update', refused: 'updateRefused', isElement: true },
  preprocess_map_delete_element: { succeeded: 'delete', refused: 'deleteRefused', isElement: true },
  postprocess_map_delete_element: { succeeded: 'delete', isElement: true },
};

const succeeded = (result: string | null): boolean =>
  result === null || /^(EBPF_SUCCESS|STATUS_SUCCESS|STATUS_PENDING)$/.test(result);

const none = (): Covered => Object.fromEntries(COVERED.map((name) => [name, 0])) as Covered;

/** Sums over runs; memory is flat in them. */
export class Coverage {
  readonly counts = none();

  /** Counts one run. */
  add(trace: readonly TraceEvent[], setting: Setting): void {
    const { counts } = this;
    counts[setting === 'robustness' ? 'robustnessRuns' : 'ordinaryRuns'] += 1;
    let starts = 0;
    // Bindings of maps that live: whether a detach came before the end of its map.
    const bindings = new Map<string, string>();
    for (const event of trace) {
      switch (event.kind) {
        case 'callback-entered':
          this.entered(event);
          break;
        case 'callback-returned': {
          const counter = counters[event.callback];
          const name = succeeded(event.result) ? counter?.succeeded : counter?.refused;
          if (name) counts[name] += 1;
          break;
        }
        case 'map-created':
          bindings.set(event.map, event.binding);
          break;
        case 'map-gone':
          bindings.delete(event.map);
          break;
        case 'binding-state':
          if (event.state === 'detaching' && [...bindings.values()].includes(event.binding))
            counts.detachFirst += 1;
          break;
        case 'module':
          if (event.what === 'started' && (starts += 1) > 1) counts.restarts += 1;
          break;
        case 'base-map':
          if (event.change !== 'refused') counts[event.change] += 1;
          break;
        case 'registered':
          if (!event.inert && event.status !== 'STATUS_SUCCESS') counts.registrationsRefused += 1;
          break;
        case 'allocation-failed':
          counts.allocationsFailed += 1;
          break;
        case 'operation-ended':
          if (event.operation.op === 'helper' && event.skipped !== true) counts.helpers += 1;
          break;
        default:
      }
    }
  }

  private entered(event: Extract<TraceEvent, { kind: 'callback-entered' }>): void {
    const { counts } = this;
    if (event.direct) counts.directCalls += 1;
    const isCleanup = ((event.flags ?? 0) & EBPF_MAP_OPERATION_MAP_CLEANUP) !== 0;
    if (event.process === 0 && (isCleanup || event.callback === 'postprocess_map_delete'))
      counts.cleanedByNobody += 1;
    if (!counters[event.callback]?.isElement) return;
    const isProgram = ((event.flags ?? 0) & EBPF_MAP_OPERATION_HELPER) !== 0;
    counts[isProgram ? 'programCallers' : 'userCallers'] += 1;
    if (event.irql >= 2) counts.atDispatch += 1;
  }
}

/** The counts of several parts of one run. */
export const joinCovered = (parts: readonly Covered[]): Covered => {
  const joined = none();
  for (const part of parts) for (const name of COVERED) joined[name] += part[name] ?? 0;
  return joined;
};
