/** What `--upgrade` found out, as data: which changes of a runtime break this provider. */
import type { TraceEvent } from '../trace/event.ts';
import type { Plan } from '../trace/plan.ts';

/** One switch of the reference runtime set to a value that it has not in the base. */
export type Change = { switch: string; to: boolean };

/** A rule that a set of changes turns red, with the smallest plan that was met. */
export type BrokenRule = {
  id: string;
  message: string;
  plan: Plan;
  trace: TraceEvent[];
  /** Command line that repeats it. */
  replay: string;
};

/** A smallest set of changes that breaks rules which hold without it. */
export type Breaking = {
  base: string;
  changes: Change[];
  rules: BrokenRule[];
  /** The runtime does not use the provider any more: no map of it comes to be. */
  isRefused: boolean;
};

/**
 * One change from one base. `unnoticed`: no run came to ask for the switch, so nothing about the
 * provider can depend on it; `open`: runs of it proved nothing.
 */
export type SingleChange = Change & {
  base: string;
  verdict: 'holds' | 'breaks' | 'unnoticed' | 'open';
  /** Plans that noticed it and were run again. */
  plans: number;
  /** Rules that it turns red. */
  rules: string[];
};

/** A switch as reports tell it. */
export type SwitchNote = {
  name: string;
  about: readonly string[];
  kind: 'divergence' | 'pending' | 'past';
  /** Each completes "the runtime …". */
  off: string;
  on: string;
};

export type UpgradeRecord = {
  switches: SwitchNote[];
  /** The readings that changes start from, with the rules that are red there already. */
  bases: { name: string; plans: number; broken: string[] }[];
  singles: SingleChange[];
  /** Pairs that some plan notices together, and runs of them. */
  pairs: { tried: number; runs: number };
  /** Sets of many changes at once. */
  combinations: { tried: number; runs: number };
  breaking: Breaking[];
  releases: { version: string; commit: string; verdict: 'holds' | 'breaks'; rules: string[] }[];
  runs: number;
};
