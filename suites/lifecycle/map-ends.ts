/** Calls at the end of maps. */
import {
  EBPF_MAP_OPERATION_MAP_CLEANUP,
  type CallbackEntered,
  type Watch,
} from '../../harness/index.ts';

export const mapDelete = 'postprocess_map_delete';

/** A worker has no process of its own; as shipped every map ends there. */
export const worker = 0;

/** What becomes of a NULL context is LIFE-011's. */
export const isNullDelete = (call: CallbackEntered | undefined): boolean =>
  call?.callback === mapDelete && (call.context ?? null) === null;

/**
 * More maps than were ever alive together, and a few more, may not stay in a cache after their end.
 */
export const cachedMapsMax = 16;

export const isOfMap = (call: CallbackEntered): boolean =>
  !call.direct && call.map !== undefined && /^(pre|post)process_/.test(call.callback);
export const isCleanup = (call: CallbackEntered): boolean =>
  ((call.flags ?? 0) & EBPF_MAP_OPERATION_MAP_CLEANUP) !== 0;

/** True until the run was cut short: what did not happen then proves nothing. */
export const wholeRun = (): { whole: boolean; handlers: ReturnType<Watch> } => {
  const run = {
    whole: true,
    handlers: {
      lost: () => void (run.whole = false),
      'bound-reached': () => void (run.whole = false),
    } as ReturnType<Watch>,
  };
  return run;
};
