/**
 * What a limit on a call counts. Never the time of day: on a busy machine that says nothing about
 * the subject. A process that computes, or waits for its turn to, uses processor time up; one that
 * sleeps uses up the time it was seen asleep.
 */
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';

/** When a call is given up, both in milliseconds. */
export type Limit = { cpuMs: number; sleptMs: number };

/** Milliseconds of a clock tick in /proc: its times are in hundredths of a second everywhere. */
const tickMs = 10;
/**
 * Of a wait for a disk, or for a child that has not begun, this part counts as sleep: few of them
 * last.
 */
const shareOfBlocked = 0.1;

type Look = { computedMs: number; asleep: number };

/** Counts what one call uses up, from `restart` on. */
export class Patience {
  private readonly process: number;
  private readonly caller: number | null;
  private cpuFrom = 0;
  private sleptMs = 0;
  private computedMs = 0;

  /**
   * @param process Whose time is counted.
   * @param caller Its thread that counts, when it counts its own: what that one does is no sign of
   * life.
   */
  constructor(process: number, caller: number | null = null) {
    this.process = process;
    this.caller = caller;
    this.restart();
  }

  restart(): void {
    this.sleptMs = 0;
    this.cpuFrom = look(this.process, this.caller).computedMs;
    this.computedMs = 0;
  }

  /** Looks at the process, `sinceMs` after the last look or later: more than that never counts. */
  look(sinceMs: number): void {
    const { computedMs, asleep } = look(this.process, this.caller);
    this.computedMs = computedMs - this.cpuFrom;
    this.sleptMs += asleep * sinceMs;
  }

  isOver({ cpuMs, sleptMs }: Limit): boolean {
    return this.computedMs >= cpuMs || this.sleptMs >= sleptMs;
  }
}

/**
 * Processor time so far, and how much of this moment is sleep. Where the system tells neither, all
 * of it is.
 */
const look = (id: number, caller: number | null): Look => {
  const unknown = { computedMs: 0, asleep: 1 };
  if (process.platform !== 'linux') return unknown;
  try {
    const fields = fieldsOf(`/proc/${id}/stat`);
    // utime and stime.
    const computedMs = tickMs * (Number(fields[11]) + Number(fields[12]));
    return { computedMs, asleep: sleepOf(id, caller) };
  } catch {
    return unknown;
  }
};

const fieldsOf = (file: string): string[] =>
  readFileSync(file, 'latin1').split(') ').at(-1)!.split(' ');

/** 0 where a thread computes or waits for its turn. */
const sleepOf = (id: number, caller: number | null): number => {
  let asleep = 1;
  for (const thread of readdirSync(`/proc/${id}/task`)) {
    if (Number(thread) === caller) continue;
    const state = stateOf(`/proc/${id}/task/${thread}/stat`);
    if (state === 'R') return 0;
    if (state === 'D') asleep = shareOfBlocked;
  }
  return asleep;
};

/** A thread that has just ended has none. */
const stateOf = (file: string): string | undefined => {
  try {
    return fieldsOf(file)[0];
  } catch {
    return undefined;
  }
};

/** The limit in words. */
export const limitWords = ({ sleptMs }: Limit): string =>
  sleptMs % 1000 === 0 ? `${sleptMs / 1000} s` : `${sleptMs} ms`;
