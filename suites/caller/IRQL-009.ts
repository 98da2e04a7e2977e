/**
 * IRQL-009, a SHOULD for the provider.
 * Source: Microsoft, NPI_PROVIDER_DETACH_CLIENT_FN and NPI_PROVIDER_CLEANUP_BINDING_CONTEXT_FN
 * (netioddk.h): IRQL <= DISPATCH_LEVEL
 */
import {
  type CallbackEntered,
  DISPATCH_LEVEL,
  type Requirement,
  type Watch,
  irqlName,
} from '../../harness/index.ts';
import { endOfABinding } from '../state/blind-spots.ts';
import { BLOCKING } from './callback-levels.ts';

const ENDS: readonly string[] = ['ProviderDetachClient', 'ProviderCleanupBindingContext'];

/**
 * IRQL-009: the registrar ends bindings at any level. The plan that raises it is for this rule
 * alone.
 */
const watchEndsOfBindings: Watch = (say, trace) => {
  const expected =
    'detach and cleanup are safe at DISPATCH_LEVEL, at which the registrar may call them';
  const raised = (call: number): CallbackEntered | undefined => {
    const entered = trace.call(call);
    const isMeant = entered && ENDS.includes(entered.callback) && entered.irql >= DISPATCH_LEVEL;
    return isMeant ? entered : undefined;
  };
  return {
    'callback-returned': (event) => {
      if (raised(event.call)) say.exercised();
    },
    misuse: (event) => {
      const call = raised(event.call);
      if (!call || !BLOCKING.includes(event.misuse)) return;
      say.violated(
        event,
        expected,
        `${call.callback}, called at ${irqlName(call.irql)}: ${event.detail}`,
      );
    },
    lost: (event) => {
      if (raised(event.call)) say.lost(event, expected);
    },
  };
};

export const rule: Requirement = {
  id: 'IRQL-009',
  asks: 'ProviderDetachClient and ProviderCleanupBindingContext are safe at DISPATCH_LEVEL: NMR may call both there.',
  passing:
    'Clients, with and without a map, went at DISPATCH_LEVEL; both callbacks returned and waited for nothing.',
  look:
    'Waits, mutexes and pageable routines in detach and cleanup: answer STATUS_PENDING and ' +
    'finish in a work item instead.',
  watch: watchEndsOfBindings,
  blindSpots: { externalNmr: endOfABinding },
};
