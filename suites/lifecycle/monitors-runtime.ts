/** Monitors of what the runtime owes a provider while a map lives and when it ends. */
import { EBPF_MAP_OPERATION_MAP_CLEANUP } from '../../harness/index.ts';
import type { CallbackEntered, Watch } from '../../harness/index.ts';

export const mapDelete = 'postprocess_map_delete';
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
