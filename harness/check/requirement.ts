/**
 * What a suite says about one rule: when it applies, how it is watched, what to tell who fails it.
 */
import type { BlindSpot } from '../provider/blind-spot.ts';
import type { Profile } from '../provider/profile.ts';
import type { DialectName } from '../trace/plan.ts';
import type { Condition } from './condition.ts';
import type { Watch } from './monitor.ts';
import type { Owned } from './ownership.ts';
import type { SubjectContext } from './subject.ts';

/** Where the rule cannot be seen, and why: a pass would say more than was seen. */
export type BlindSpots = Partial<Record<BlindSpot, string>> & {
  /** In recordings of eBPFCore through a recording provider, whatever they contain. */
  transcripts?: string;
  /** Optional members of a runtime's face: where it offers none of these, nothing is seen. */
  members?: readonly string[];
  /** Those that show it of a runtime that reclaims late: without, the rule is left open. */
  lateReclaim?: readonly string[];
};

/**
 * What the rule is where real threads drive a native provider: they leave no trace, but tallies of
 * what was met and one sight of each kind (harness/native/stress/records.c has the names).
 */
export type UnderThreads = {
  /** The tally that says how often the rule was put to the test. */
  exercisedBy?: string;
  /** Sights that break it, each with what the contract asks there. */
  brokenBy?: Readonly<Record<string, string>>;
  /** It is about what threads do to each other: what one thread showed alone breaks it not. */
  isOfThreads?: true;
  /** Whether a provider that is lost in this callback, or place of the driver, breaks the rule. */
  owns?: (place: string) => boolean;
  /** Providers for which it is advice. */
  isAdvice?: (profile: Profile) => boolean;
};

/**
 * One rule of a chapter. The catalogue row (level, subject, sources, sentence) is looked up by id.
 * @example
 * const rule: Requirement = {
 *   id: 'LIFE-002',
 *   asks: 'What was made for a map goes with it.',
 *   passing: 'Nothing was left when the map was gone.',
 *   look: 'postprocess_map_delete.',
 *   watch: () => ({}),
 * };
 */
export type Requirement = {
  id: string;
  /** What the rule asks, in plain words of ours (one or two sentences). */
  asks: string;
  /** What a pass shows, and by what: the honest extent of the evidence. */
  passing: string;
  /** If it fails, look at …: the kindest line of the report. */
  look: string;
  /** Why no run exercised it, where that is the subject's doing: what to declare or to mend. */
  unexercised?: string;
  /** Conditions that must all hold for the rule to bind a subject. Absent: it always does. */
  applies?: readonly Condition[];
  /** Subjects for which a SHOULD counts as a MUST, by the rule's condition. */
  isMustFor?: (subject: SubjectContext) => boolean;
  /** Why nobody can judge this rule from outside; such a rule has no watch. */
  untestable?: string;
  /** The monitor; absent only for untestable rules and for rules judged elsewhere (`registry`). */
  watch?: Watch;
  /**
   * What of the rule holds whatever a provider is asked: it is watched in runs, too, that stand
   * aside for the sake of other rules. Absent: such runs may lead a right provider to break it.
   */
  aside?: Watch;
  /**
   * The rule as another reading of the contract has it, of runtimes that are known to follow that
   * one: a monitor that complains of nothing but what breaks the rule there too. Absent: the
   * readings agree on this rule.
   */
  readings?: Partial<Record<DialectName, Watch>>;
  /** Rules that a single run's structure decides: strength `static`. */
  strength?: 'static';
  /** Where a loss is this rule's when no monitor claims it. */
  owns?: readonly Owned[];
  blindSpots?: BlindSpots;
  underThreads?: UnderThreads;
  /** Runs in which one allocation fails are for this rule. */
  isSwept?: true;
};
