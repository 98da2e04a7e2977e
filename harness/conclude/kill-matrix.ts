/** The kill matrix as data: what selftest writes, and reports and certificates carry. */

/** The kill matrix. */
export type SelftestResult = {
  faults: {
    id: string;
    violates: string[];
    killedBy: string[];
    expected: boolean;
    message: string | null;
    runsToKill: number | null;
    operationsToKill: number | null;
    /** MUST rules that are broken besides those named; null where nobody looked. */
    besides?: string[] | null;
    /**
     * Whether the printed counterexample, repeated, shows it again; null where there is none to
     * repeat.
     */
    replayed?: boolean | null;
  }[];
  variants: { id: string; outcome: string; falseAlarms: string[] }[];
  /** Wrong runtimes, and right ones (`violates` is empty; what they break is their message). */
  runtimes: {
    id: string;
    violates: string[];
    killedBy: string[];
    expected: boolean;
    message: string | null;
  }[];
  /** The embedded right provider, walked through the orders of its actors' phases. */
  walks?: {
    plans: { plan: string; schedules: number; exhausted: boolean }[];
    falseAlarms: string[];
  };
  /** MUST rules of runtimes without a killing runtime. */
  unprovenRuntime?: string[];
  /** MUST rules without a killing fault. */
  unproven: string[];
  totals: Record<string, number>;
};
