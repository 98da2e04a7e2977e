/**
 * Why the subject was lost. A judged run that was lost is made again without one suspected
 * circumstance at a time, first those of the lost call, then those of the run around it. If it
 * comes back now, that circumstance is the cause, and its rule has the loss; if it is lost as well,
 * the circumstance is ruled out, and its rule has nothing to do with it.
 */
import type { Job, RunResult } from '../execute/execute.ts';
import type { Executor } from '../execute/executor.ts';
import type { Ease } from '../sim/ease.ts';
import type { Cause, Circumstance } from '../trace/cause.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import { isKnownOf, withFound, withFreed, type Found } from './loss-findings.ts';
import { circumstancesOf, ruledOutPlainly, without, type PlanCause } from './plainer.ts';
import { bitsOf, callOf, suspectsOf } from './suspects.ts';

/** Runs that a subject's losses may cost besides; a native one needs a process for each. */
const repeatsMax = 60;
/**
 * What was found so often of losses of a kind is believed of the next; a hang costs more than a
 * crash.
 */
const believedAfter = { crash: 2, hang: 1 } as const;
const accessErrors: readonly string[] = ['SIGSEGV', 'SIGBUS', 'exception 0xc0000005'];

type Lost = EventOf<'lost'>;

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
  private readonly found = new Map<string, { found: Found; times: number }>();

  constructor(inner: Executor) {
    this.inner = inner;
  }

  /** The result, with what was found out about its loss. */
  async examined(job: Job, result: RunResult): Promise<RunResult> {
    const { trace } = result;
    const lost = trace.find((event) => event.kind === 'lost');
    if (!lost || result.diverged || result.unsettled || job.plan.suite === undefined) return result;
    // What it did to its buffers is known already.
    if (isKnownOf(lost)) return result;
    const ofCall = await this.inCall(job, trace, lost);
    const ofRun = ofCall.cause ? ofCall : await this.inRun(job, trace, lost);
    const ruledOut = [...new Set([...ofCall.ruledOut, ...ofRun.ruledOut])];
    const told = withFound(result, { cause: ofRun.cause, ruledOut });
    if (ofRun.cause) return told;
    const block = await this.freedBlock(job, trace, lost);
    return block ? withFreed(told, block) : told;
  }

  /**
   * What the lost call was given that an ordinary one is not. What a plan does for its own rules
   * only is theirs.
   */
  private inCall(job: Job, trace: readonly TraceEvent[], lost: Lost): Promise<Found> {
    const { profile, plan } = job;
    const isForItself = plan.conditions?.probes_only === true;
    const suspects = isForItself ? [] : suspectsOf(trace, lost, profile.updatesOriginalValue);
    return this.believed(lost, suspects, async () => {
      const found = await firstOf(suspects, async (suspect) => {
        const again = await this.again({ ...job, ease: { call: lost.call, without: suspect } });
        return again.length === 0 ? null : !isBack(again, lost);
      });
      return { ...found, cause: found.cause && (await this.narrowed(job, lost, found.cause)) };
    });
  }

  /** Of several bits the one without which the call returns; all of them where it takes all. */
  private async narrowed(job: Job, lost: Lost, cause: Cause): Promise<Cause> {
    if (cause.what !== 'flags') return cause;
    const bits = bitsOf(cause.flags);
    if (bits.length < 2) return cause;
    const enough: number[] = [];
    for (const flags of bits) {
      const ease: Ease = { call: lost.call, without: { what: 'flags', flags } };
      if (isBack(await this.again({ ...job, ease }), lost)) enough.push(flags);
    }
    return enough.length === 1 ? { what: 'flags', flags: enough[0]! } : cause;
  }

  /**
   * What the run had around the call that the plainest run has not: tried all together, and then
   * one by one.
   */
  private async inRun(job: Job, trace: readonly TraceEvent[], lost: Lost): Promise<Found> {
    const circumstances = circumstancesOf(job, trace, lost);
    const flags = callOf(trace, lost)?.flags ?? 0;
    const isLostWithout = async (causes: readonly PlanCause[]): Promise<boolean | null> =>
      isLostIn(await this.again(without(job, causes, trace, lost)), lost, flags);
    const plain = await this.believed(
      lost,
      ['plainly', flags, ruledOutPlainly(job, trace, lost).length],
      async () => {
        const all = circumstances.filter(({ what }) => what !== 'deferral');
        const isPlain = all.length === 0 || (await isLostWithout(all)) === true;
        return { cause: null, ruledOut: isPlain ? ruledOutPlainly(job, trace, lost) : [] };
      },
    );
    const open = circumstances.filter(({ what }) => !plain.ruledOut.includes(what));
    const found = await this.believed(lost, [flags, ...open], () =>
      firstOf(open, (one) => isLostWithout([one])),
    );
    return { ...found, ruledOut: [...plain.ruledOut, ...found.ruledOut] };
  }

  /** What was found of losses of this kind often enough, or what is found now. */
  private async believed(
    { callback, how, error }: Lost,
    kind: readonly unknown[],
    find: () => Promise<Found>,
  ): Promise<Found> {
    if (kind.length === 0) return { cause: null, ruledOut: [] };
    const name = JSON.stringify([callback, how, error, ...kind]);
    const before = this.found.get(name);
    if (before && before.times >= believedAfter[how]) return before.found;
    const found = await find();
    const isSame = JSON.stringify(before?.found) === JSON.stringify(found);
    this.found.set(name, { found, times: isSame ? before!.times + 1 : 1 });
    return found;
  }

  /** The block that was used after it had been freed; null when it was something else. */
  private async freedBlock(
    job: Job,
    trace: readonly TraceEvent[],
    lost: Lost,
  ): Promise<string | null> {
    if (this.inner.facts.kind !== 'native' || !accessErrors.includes(lost.error)) return null;
    if (job.plan.conditions?.probes_only || !callOf(trace, lost)) return null;
    const isKept = async (kept: readonly string[]): Promise<boolean> =>
      isBack(await this.again({ ...job, ease: { kept } }), lost);
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

  /**
   * The run once more; counted by nobody. Nothing when there were too many, or it does not count.
   */
  private async again({ stopShort: _, ...job }: Job): Promise<readonly TraceEvent[]> {
    if (this.repeats >= repeatsMax) return [];
    this.repeats += 1;
    const { trace, unsettled, diverged } = (await this.inner.run([job]))[0]!;
    return unsettled || diverged ? [] : trace;
  }
}

/**
 * The first suspect without which nothing is lost, and the kinds of those that it was lost without
 * as well.
 */
const firstOf = async <C extends Cause>(
  suspects: readonly C[],
  isLostWithout: (suspect: C) => Promise<boolean | null>,
): Promise<Found> => {
  const tried: { what: Circumstance; again: boolean | null }[] = [];
  for (const suspect of suspects) {
    const again = await isLostWithout(suspect);
    tried.push({ what: suspect.what, again });
    if (again === false) return { cause: suspect, ruledOut: kindsIn(tried) };
  }
  return { cause: null, ruledOut: kindsIn(tried) };
};

const kindsIn = (tried: readonly { what: Circumstance; again: boolean | null }[]) =>
  [...new Set(tried.map(({ what }) => what))].filter((kind) =>
    tried.every(({ what, again }) => what !== kind || again === true),
  );

/** Whether the call that was lost came back. */
const isBack = (trace: readonly TraceEvent[], lost: Lost): boolean =>
  trace.some(
    (event) =>
      event.kind === 'callback-returned' &&
      event.call === lost.call &&
      event.callback === lost.callback,
  );

/**
 * Whether another run was lost in the same way; null when it tells nothing. Calls have other
 * numbers there.
 */
const isLostIn = (trace: readonly TraceEvent[], lost: Lost, flags: number): boolean | null => {
  const again = trace.find((event) => event.kind === 'lost');
  if (!again) return isWhole(trace) && hasBeenCalled(trace, lost.callback, flags) ? false : null;
  const isSame = again.callback === lost.callback && again.how === lost.how;
  return isSame && (callOf(trace, again)?.flags ?? 0) === flags ? true : null;
};

const isWhole = (trace: readonly TraceEvent[]): boolean =>
  trace.at(-1)?.kind === 'run-ended' && !trace.some(({ kind }) => kind === 'bound-reached');

/** Whether what was left of the plan still came to such a call. */
const hasBeenCalled = (trace: readonly TraceEvent[], callback: string, flags: number): boolean =>
  trace.some(
    (event) =>
      event.kind === 'callback-entered' &&
      event.callback === callback &&
      (event.flags ?? 0) === flags,
  );
