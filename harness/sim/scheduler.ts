/**
 * Moves actors phase by phase. Whoever can move is listed in a fixed order (destructions, actors,
 * deferred work); a choice picks one. With no choices left the first is taken, which is the plain
 * sequential order. The same choices always give the same run.
 */
import type { Choices } from '../trace/plan.ts';
import type { Thread } from '../provider/thread.ts';

/** Something that runs in phases on a thread of its own. */
export type Task = {
  thread: Thread;
  steps: Generator<void, unknown>;
  running: boolean;
  done: boolean;
};

/**
 * A point at which more than one could move: who, which one did, and how many events there were
 * before and after.
 */
export type BranchPoint = { movers: number[]; taken: number; seq: number; end: number };

/**
 * What a search over schedules wants to know; `taken` hears of each choice before it is acted upon.
 */
export type Search = { seq: () => number; taken: (choice: number) => void };

export class Scheduler {
  private readonly choices: Choices;
  private taken = 0;
  /**
   * Number of movers at each point where more than one could move: what exhaustive search walks.
   */
  readonly branches: number[] = [];
  /** The same points in full; kept only for a search over schedules. */
  readonly points: BranchPoint[] = [];
  private readonly search: Search | null;
  private lastMover = -1;
  private readonly actors: Task[] = [];
  private readonly background: Task[] = [];
  private readonly runDeferred: () => boolean;
  private readonly hasDeferred: () => boolean;
  private readonly resume: (task: Task) => void;

  constructor(options: {
    choices: Choices;
    runDeferred: () => boolean;
    hasDeferred: () => boolean;
    /** Runs one phase of a task with its thread current. */
    resume: (task: Task) => void;
    /**
     * For a search over schedules: keeps the points, and with no choices left goes on with whoever
     * moved last.
     */
    search?: Search;
  }) {
    this.search = options.search ?? null;
    this.choices = options.choices;
    this.runDeferred = options.runDeferred;
    this.hasDeferred = options.hasDeferred;
    this.resume = options.resume;
  }

  addActor(thread: Thread, steps: Generator<void, unknown>): Task {
    const task = { thread, steps, running: false, done: false };
    this.actors.push(task);
    return task;
  }

  /** A destruction or another task of the runtime itself. */
  addBackground(thread: Thread, steps: Generator<void, unknown>): void {
    this.background.push({ thread, steps, running: false, done: false });
  }

  /**
   * One phase of somebody; false when nobody can move. `backgroundOnly` leaves the actors alone.
   */
  step(backgroundOnly = false): boolean {
    const movers: (Task | 'deferred')[] = [];
    for (const task of this.background) if (!task.running && !task.done) movers.push(task);
    if (!backgroundOnly) {
      for (const task of this.actors) if (!task.running && !task.done) movers.push(task);
    }
    if (this.hasDeferred()) movers.push('deferred');
    if (movers.length === 0) return false;
    const mover = movers[this.search ? this.pickIn(movers) : this.pick(movers.length)]!;
    const point = movers.length > 1 ? this.points.at(-1) : undefined;
    const moved = mover === 'deferred' ? this.runDeferred() : this.advance(mover);
    if (point) point.end = this.search!.seq();
    return moved;
  }

  /** Drives one task to its end, others only when it waits. */
  drive(task: Task): void {
    while (!task.done) this.advance(task);
  }

  private advance(task: Task): true {
    task.running = true;
    this.resume(task);
    task.running = false;
    const at = task.done ? this.background.indexOf(task) : -1;
    if (at >= 0) this.background.splice(at, 1);
    return true;
  }

  /**
   * As pick, for a search. A mover is named by its actor: 0 and up; tasks of the runtime count down
   * from -2.
   */
  private pickIn(movers: readonly (Task | 'deferred')[]): number {
    const names = movers.map((mover) => this.nameOf(mover));
    let at = 0;
    if (names.length > 1) {
      const choice = this.choices[this.taken];
      at =
        choice === undefined ? Math.max(names.indexOf(this.lastMover), 0) : choice % names.length;
      this.taken += 1;
      this.branches.push(names.length);
      this.points.push({ movers: names, taken: at, seq: this.search!.seq(), end: Infinity });
      this.search!.taken(at);
    }
    this.lastMover = names[at]!;
    return at;
  }

  private nameOf(mover: Task | 'deferred'): number {
    if (mover === 'deferred') return -1;
    return this.actors.includes(mover) ? mover.thread.actor : -2 - this.background.indexOf(mover);
  }

  private pick(count: number): number {
    if (count === 1) return 0;
    const choice = this.choices[this.taken] ?? 0;
    this.taken += 1;
    this.branches.push(count);
    return choice % count;
  }
}
