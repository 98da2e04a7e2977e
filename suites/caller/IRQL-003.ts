/**
 * IRQL-003, a MUST for the provider.
 * Source: docs/CustomMaps.md#Concurrency and IRQL; Delete Element, Deprecated
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { hasValues, isPreprocess, when } from '../state/applies.ts';
import { kernelServices } from '../state/blind-spots.ts';
import { PRE, safeAtDispatch } from './callback-levels.ts';

/** IRQL-003: the deprecated delete runs under the bucket lock. */
const watchPreprocessDelete: Watch = (say, trace) => {
  const { updatesOriginalValue } = trace.subject.profile;
  return safeAtDispatch(
    'preprocess_map_delete_element is safe at DISPATCH_LEVEL: a spin lock is held around it',
    (call) => call.callback === PRE,
    updatesOriginalValue ? { tests: () => true, blame: () => 'warned' } : {},
  )(say, trace);
};

export const rule: Requirement = {
  id: 'IRQL-003',
  asks: 'preprocess_map_delete_element is safe at DISPATCH_LEVEL even for user callers: the bucket lock is held.',
  passing:
    'It was called at DISPATCH for users and came back. With updates_original_value true ' +
    'the level is promised to be PASSIVE, and DISPATCH is tried in the as-shipped dialect ' +
    'only.',
  look: 'Waits and pageable routines in preprocess_map_delete_element; or use postprocess_map_delete_element.',
  applies: when(isPreprocess, hasValues),
  watch: watchPreprocessDelete,
  blindSpots: { ownServices: kernelServices },
};
