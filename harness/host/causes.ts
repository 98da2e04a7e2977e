/**
 * Why the subject was lost. A judged run that was lost is made again without one suspected circumstance of the lost call
 * at a time; if the call returns now, that circumstance is the cause, and its rule has the loss. Memory that was used
 * after it had been given back goes into the trace as such, as a simulated provider's does at once.
 */
import { flagNames, irqlName } from '../abi/flags.ts';
import type { Job, RunResult } from '../run/execute.ts';
import type { Executor } from '../run/executor.ts';
import type { Ease } from '../sim/ease.ts';
import type { Cause, EventOf, TraceEvent } from '../trace/event.ts';
import { bitsOf, lostCallIn, suspectsOf } from './suspects.ts';

/** Runs that a subject's losses may cost besides; a native one needs a process for each. */
const repeatsMax = 40;
/** A cause that was found so often for losses of a kind is believed of the next. */
const believedAfter = 2;
const accessErrors: readonly string[] = ['SIGSEGV', 'SIGBUS', 'exception 0xc0000005'];

/** The executor, whose losses come with their cause where it can be found. */
export const withCauses = (inner: Executor): Executor => {
  if (inner.facts.kind === 'runtime') return inner;
  const search = new CauseSearch(inner);
  return {
    facts: inner.facts,
    run: async (jobs) => {
      const results = await inner.run(jobs);
      for (const [at, result] of results.entries())
        results[at] = await search.examined(jobs[at]!, result);
      return results;
    },
    close: () => inner.close(),
  };
};

class CauseSearch {
  private readonly inner: Executor;
  private repeats = 0;
  private readonly found = new Map<string, { cause: Cause | null; times: number }>();

  constructor(inner: Executor) {
    this.inner = inner;
  }

  /** The result, with the cause in its loss where there is one to be found. */
  async examined(job: Job, result: RunResult): Promise<RunResult> {
    const lost = result.trace.find((event) => event.kind === 'lost');
    if (!lost || result.diverged || result.unsettled || !isJudged(job)) return result;
    // What it did to its buffers is known already.
    if (lost.damage?.length || !lostCallIn(result.trace, lost)) return result;
    const cause = await this.circumstance(job, result.trace, lost);
    if (cause) return withCause(result, cause);
    const block = await this.freedBlock(job, result.trace, lost);
    return block ? withFreed(result, lost, block) : result;
  }

  private async circumstance(
    job: Job,
    trace: readonly TraceEvent[],
    lost: EventOf<'lost'>,
  ): Promise<Cause | null> {
    const suspects = suspectsOf(trace, lost, job.profile.updatesOriginalValue);
    if (suspects.length === 0) return null;
    const kind = JSON.stringify([lost.callback, lost.how, lost.error, suspects]);
    const before = this.found.get(kind);
    if (before && before.times >= believedAfter) return before.cause;
    let cause: Cause | null = null;
    for (const suspect of suspects) {
      if (!(await this.returns(job, lost, suspect))) continue;
      cause = await this.narrowed(job, lost, suspect);
      break;
    }
    const isSame = JSON.stringify(before?.cause) === JSON.stringify(cause);
    this.found.set(kind, { cause, times: isSame ? before!.times + 1 : 1 });
    return cause;
  }

  /** Of several bits the one without which the call returns; all of them where it takes all. */
  private async narrowed(job: Job, lost: EventOf<'lost'>, cause: Cause): Promise<Cause> {
    if (cause.what !== 'flags') return cause;
    const bits = bitsOf(cause.flags);
    if (bits.length < 2) return cause;
    const enough: number[] = [];
    for (const flags of bits)
      if (await this.returns(job, lost, { what: 'flags', flags })) enough.push(flags);
    return enough.length === 1 ? { what: 'flags', flags: enough[0]! } : cause;
  }

  private async returns(job: Job, lost: EventOf<'lost'>, without: Cause): Promise<boolean> {
    if (without.what !== 'allocation')
      return this.comesBack(job, lost, { call: lost.call, without });
    const { plan } = job;
    const trace = await this.again({
      ...job,
      conditions: { ...job.conditions, ...noFailure },
      plan: { ...plan, conditions: { ...plan.conditions, ...noFailure } },
    });
    // Calls have other numbers where nothing fails.
    return trace.length > 0 && !trace.some(({ kind }) => kind === 'lost');
  }

  /** The block that was used after it had been freed; null when it was something else. */
  private async freedBlock(
    job: Job,
    trace: readonly TraceEvent[],
    lost: EventOf<'lost'>,
  ): Promise<string | null> {
    if (this.inner.facts.kind !== 'native' || !accessErrors.includes(lost.error)) return null;
    const isKept = (kept: readonly string[]): Promise<boolean> =>
      this.comesBack(job, lost, { kept });
    let blocks = trace.flatMap((event) => (event.kind === 'freed' ? [event.block] : []));
    if (blocks.length === 0 || !(await isKept(blocks))) return null;
    // What was freed last is the likeliest.
    const last = blocks.at(-1)!;
    if (blocks.length > 1 && (await isKept([last]))) return last;
    while (blocks.length > 1) {
      const half = blocks.slice(0, blocks.length >> 1);
      blocks = (await isKept(half)) ? half : blocks.slice(half.length);
    }
    return blocks[0]!;
  }

  private async comesBack(job: Job, lost: EventOf<'lost'>, ease: Ease): Promise<boolean> {
    const trace = await this.again({ ...job, ease });
    return trace.some(
      (event) =>
        event.kind === 'callback-returned' &&
        event.call === lost.call &&
        event.callback === lost.callback,
    );
  }

  /** The run once more; counted by nobody. Nothing when there were too many. */
  private async again({ stopShort: _, ...job }: Job): Promise<readonly TraceEvent[]> {
    if (this.repeats >= repeatsMax) return [];
    this.repeats += 1;
    return (await this.inner.run([job]))[0]!.trace;
  }
}

const noFailure = { fail_allocation: undefined } as unknown as Record<string, never>;

/** A probe asks for no verdict, and what a plan does for its own rules only is theirs. */
const isJudged = ({ plan }: Job): boolean =>
  plan.suite !== undefined && plan.conditions?.probes_only !== true;

const withCause = (result: RunResult, cause: Cause): RunResult => ({
  ...result,
  trace: result.trace.map((event) =>
    event.kind === 'lost'
      ? { ...event, cause, detail: `${event.detail}; ${wordsOf(cause)} it returned` }
      : event,
  ),
});

const wordsOf = (cause: Cause): string => {
  switch (cause.what) {
    case 'flags':
      return `without the flags ${flagNames(cause.flags)}`;
    case 'key':
      return 'with a key';
    case 'size':
      return `with the usual size of ${cause.of}`;
    case 'level':
      return `at PASSIVE_LEVEL instead of ${irqlName(cause.irql)}`;
    case 'allocation':
      return 'where no allocation failed';
  }
};

/** The trace with the access that natively nobody sees, before the loss that came of it. */
const withFreed = (result: RunResult, lost: EventOf<'lost'>, block: string): RunResult => {
  const owner = result.trace.find((event) => event.kind === 'allocated' && event.block === block);
  const told: TraceEvent = {
    kind: 'misuse',
    call: lost.call,
    misuse: 'use-after-free',
    detail: `access to ${block}: the memory was freed and its epoch is over`,
    block,
    ...(owner && 'call' in owner ? { owner: owner.call } : {}),
    seq: 0,
    actor: lost.actor,
  };
  const at = result.trace.indexOf(lost);
  const trace = [...result.trace.slice(0, at), told, ...result.trace.slice(at)];
  return { ...result, trace: trace.map((event, seq) => ({ ...event, seq })) };
};
