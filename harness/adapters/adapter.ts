/** How a subject is reached: loaded once, opened anew for every run. */
import type { BlindSpot } from '../provider/blind-spot.ts';
import type { DeclaredProfile } from '../provider/profile.ts';
import type { Relaxation, Subject } from '../provider/port.ts';

/** A subject that is there and can be run. */
export type LoadedSubject = {
  kind: 'in-process' | 'native';
  /** Name as the subject gives it, or its file name: bounded and free of control characters. */
  name: string;
  /** Of the file's bytes. */
  sha256: string;
  profile: DeclaredProfile | null;
  /** What starts it, in its own words. */
  entry?: string;
  /** What cannot be seen of it through this adapter. */
  hidden?: readonly BlindSpot[];
  /**
   * A subject for one run. `fresh` asks for a new instance of the module's own state too (a module
   * imported again, a copy of the library loaded again): after a run that did not end well. `relax`
   * is for the native adapter.
   */
  open: (options: { fresh: boolean; relax?: Relaxation | null }) => Promise<Subject> | Subject;
  close: () => void;
};
