/** FLAG and SIZE for providers: flags are a set of bits, sizes are there to be checked. */
import type { TraceView } from '../../harness/index.ts';
import { DELETES, FIND, UPDATES } from '../state/element-call.ts';

export type Entered = NonNullable<ReturnType<TraceView['call']>>;

export const ELEMENTS = [...FIND, ...UPDATES, ...DELETES] as const;
export const isElement = (callback: string): boolean =>
  (ELEMENTS as readonly string[]).includes(callback);
export const isDelete = (callback: string): boolean =>
  (DELETES as readonly string[]).includes(callback);
