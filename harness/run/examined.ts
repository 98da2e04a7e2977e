/**
 * What the kinds of subjects have in common once their runs are judged: certify.ts makes the
 * witnesses small, concludes and writes the record, in one way for all.
 */
import type { Folds } from '../campaign/campaign.ts';
import type { Trial } from '../campaign/trial.ts';
import type { Errata } from '../conclude/errata.ts';
import type { Witness } from '../conclude/fold.ts';
import type { Counterexample, RequirementRecord, RestsOn, RunRecord } from '../conclude/record.ts';
import type { IsBrokenUnder } from '../conclude/waive.ts';
import { replayIdOf } from './replay-token.ts';
import type { UpgradeRecord } from '../conclude/upgrade-record.ts';
import type { Waiver } from '../provider/profile.ts';
import type { TraceEvent } from '../trace/event.ts';

export type Examined = Pick<RunRecord, 'subject' | 'profile' | 'executed' | 'covered' | 'notes'> & {
  chapters: RunRecord['chapters'];
  folds: Folds;
  /** Repeats its runs; null: they cannot be repeated. */
  trial: Trial | null;
  /** What one rule says of one of its runs. */
  judge: Trial['judge'];
  /** A row for each rule of the catalogue, from what the folds hold now. */
  rows: () => RequirementRecord[];
  restsOn: (rows: readonly RequirementRecord[]) => RestsOn[];
  /** How a report shows the run in which a rule was broken; null: there is none to show. */
  counterexample: (id: string, witness: Witness) => Counterexample | null;
  errata: Errata | null;
  /** Which changes of a runtime break it; absent: nobody asked. */
  upgrade?: UpgradeRecord | undefined;
  waivers: readonly Waiver[];
  isBrokenUnder: () => Promise<IsBrokenUnder>;
  /** Ids of the rules that count; null: all do. */
  selected: ReadonlySet<string> | null;
  /** The selection as the record has it. */
  selection: RunRecord['selection'];
  /** Closes what was opened. */
  close: () => Promise<void>;
};

/** Reports repeat so many events of a witness's trace, around the violation. */
const witnessEventsMax = 400;

/** A run that a replay line repeats. */
export const repeatable = (
  { plan, choices, trace, violation }: Witness,
  replay: string,
): Counterexample => ({
  plan,
  choices,
  trace: excerptOf(trace, violation.seq),
  replay,
  id: replayIdOf(replay),
});

/** Mostly what came before the violation: causes are there. */
const excerptOf = (trace: readonly TraceEvent[], seq: number): TraceEvent[] => {
  const latest = trace.length - witnessEventsMax;
  const begin = Math.max(0, Math.min(latest, seq - Math.floor(witnessEventsMax * 0.75)));
  return trace.slice(begin, begin + witnessEventsMax);
};
