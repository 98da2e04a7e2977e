/** What was run: runs, operations and callbacks, by chapter and in all. */
import { Coverage } from './coverage.ts';
import type { ChapterRecord } from './record.ts';
import type { Covered } from '../trace/covered.ts';
import type { TraceEvent } from '../trace/event.ts';
import { settingOf } from '../trace/setting.ts';
import type { Plan } from '../trace/plan.ts';

/** A run as it is counted: whose chapter it is, and whether its schedules are walked. */
type Counted = { plan: Plan; suite: string; generated: boolean; exhaustive?: unknown };

export class Tally {
  readonly executed = { runs: 0, operations: 0, callbacks: 0 };
  private readonly byChapter = new Map<string, ChapterRecord>();
  private readonly coverage = new Coverage();
  /** Plans whose schedules are being walked: one scenario each, however many runs. */
  private readonly walked = new Set<Counted>();

  get chapters(): ChapterRecord[] {
    return [...this.byChapter.values()];
  }

  get covered(): Covered {
    return this.coverage.counts;
  }

  /** Adds a run, by what its trace tells. */
  add(run: Counted, trace: readonly TraceEvent[]): void {
    const last = trace.at(-1);
    const done = last?.kind === 'run-ended' ? last : { operations: 0, callbacks: 0 };
    const chapter = this.byChapter.get(run.suite) ?? {
      suite: run.suite,
      scenarios: 0,
      generated: 0,
      operations: 0,
      callbacks: 0,
    };
    this.byChapter.set(run.suite, chapter);
    if (run.generated) chapter.generated += 1;
    else if (!this.walked.has(run)) chapter.scenarios += 1;
    if (run.exhaustive) this.walked.add(run);
    for (const sum of [chapter, this.executed]) {
      sum.operations += done.operations;
      sum.callbacks += done.callbacks;
    }
    this.executed.runs += 1;
    this.coverage.add(trace, settingOf(run.plan));
  }
}
