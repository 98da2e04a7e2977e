/**
 * UNLOAD-009, a SHOULD for the provider.
 * Source: netioddk (NMR contract)
 */
import type { Condition, Requirement, Watch } from '../../harness/index.ts';
import { when } from '../state/applies.ts';
import { inOrder } from '../state/in-order.ts';
import { crowdOf } from '../state/map-crowd.ts';
import { isRestartTried } from './scenarios.ts';

/** UNLOAD-009: a module that says it can be started again is as good as new. */
const watchRestart: Watch = (say, trace) => {
  let starts = 0;
  const { book: crowd, handlers } = crowdOf(trace);
  /** Most maps beside which a creation succeeded in the first start; null: none did. */
  let known: number | null = null;
  let stopped = false;
  /** Whether this start of the module registered anything, and the first one did. */
  let registered = false;
  let registeredFirst = false;
  const expected = 'a provider that was stopped can be started again and serves maps';
  return inOrder(handlers, {
    'callback-entered': (event) => {
      if (event.callback !== 'start') return;
      starts += 1;
      registered = false;
    },
    module: (event) => {
      if (event.what === 'stopped') stopped = true;
      if (starts < 2) return;
      if (event.what === 'started') {
        say.exercised();
        if (registeredFirst && !registered)
          say.violated(event, expected, 'a later start came back and had registered nothing');
      }
      if (event.what === 'start-failed')
        say.violated(event, expected, `the second start failed: ${event.detail ?? ''}`);
    },
    registered: (event) => {
      registered = true;
      registeredFirst ||= starts === 1;
      if (starts >= 2 && event.status !== 'STATUS_SUCCESS') {
        say.violated(event, expected, `its registration was answered with ${event.status}`);
      }
    },
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== 'preprocess_map_create' || call?.direct) return;
      const operation = trace.operation(call?.op ?? 0)?.operation;
      if (operation?.op !== 'create' || Object.keys(operation).length > 2) return;
      const beside = crowd.beside(event.call) ?? { least: 0, most: 0 };
      if (event.result === 'EBPF_SUCCESS') {
        if (starts === 1) known = Math.max(known ?? 0, beside.least);
        return;
      }
      if (known === null || beside.most > known || trace.conditions.fail_allocation !== undefined)
        return;
      if (starts >= 2) {
        say.violated(
          event,
          expected,
          `preprocess_map_create answered ${event.result}, and EBPF_SUCCESS before the restart`,
        );
      }
    },
    lost: (event) => {
      if (starts >= 2 && stopped && event.callback === 'start') say.lost(event, expected);
    },
  });
};

const isRestartAsked: Condition = {
  holds: ({ profile }) => isRestartTried(profile),
  otherwise: [
    {
      by: 'declared',
      on: 'restartable',
      why: 'the profile declares that the provider starts once per load (restartable)',
    },
  ],
};

export const rule: Requirement = {
  id: 'UNLOAD-009',
  asks: 'After complete deregistration the provider can register again within the same load.',
  passing: 'start, stop and start again worked, and maps were created as before.',
  look: 'Globals that only the loader initialises.',
  applies: when(isRestartAsked),
  watch: watchRestart,
};
