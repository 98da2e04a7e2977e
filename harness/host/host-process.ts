/**
 * The parent's side of a host process: starts it, hands it jobs, watches that it gets on, ends it
 * when it does not, and says how it ended. What to do about an end is executor.ts.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Patience, type Limit } from '../adapters/process-load.ts';
import type { Job, RunResult } from '../execute/execute.ts';
import type { TraceEvent } from '../trace/event.ts';
import { readCrashRecord, type CrashRecord } from './crash-record.ts';
import { blockPlace } from './journal-line.ts';
import { clearJournal, openSharedFiles, readJournal, readMark, type Mark } from './marker.ts';
import { unpackResult, type FromHost, type ToHost } from './message.ts';
import { newFolderName, removeFolder } from './own-folder.ts';
import type { BlockPlace } from './place.ts';
import { StderrTail } from './stderr-tail.ts';
import { pollMs, watchProcess } from './watch-process.ts';

/** The harness's own code in the child gets this much between two marks. */
const harnessLimit: Limit = { cpuMs: 60_000, sleptMs: 60_000 };
/**
 * Heap of a host: a simulated subject that allocates without end must not take the machine with it.
 */
const heapMegabytes = 1024;

/** A host process that ended while it had work. */
export type Death = {
  /** Who ended it. */
  how: 'crash' | 'hang' | 'harness';
  /** Signal or exit code in words. */
  error: string;
  /** What it wrote to stderr last. */
  said: string;
  mark: Mark;
  /** What the crash reporter wrote, and the address that was accessed, by it or by a sanitizer. */
  record: CrashRecord | null;
  fault: bigint | null;
};

/**
 * What is known of a run that did not come back: its events, the choices of a search, where blocks
 * lay.
 */
export type Journal = { trace: TraceEvent[]; taken: number[]; blocks: BlockPlace[] };

/** What a host may answer to a question: this, or that it refuses. */
type AnswerOf<What extends FromHost['what']> = Extract<FromHost, { what: What | 'refused' }>;

const live = new Map<ChildProcess, string>();
process.on('exit', () => {
  for (const [child, folder] of live) {
    child.kill('SIGKILL');
    removeFolder(folder);
  }
});

const hostModule = (): { file: string; execArgv: string[] } => {
  const isSource = import.meta.url.endsWith('.ts');
  const file = fileURLToPath(
    new URL(isSource ? './host-main.ts' : './host-main.js', import.meta.url),
  );
  const options = [`--max-old-space-size=${heapMegabytes}`];
  if (!isSource) return { file, execArgv: options };
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm')).href;
  return { file, execArgv: [...options, '--import', tsx] };
};

export class HostProcess {
  private readonly child: ChildProcess;
  private readonly files = openSharedFiles();
  /** Its temporary files, if it makes any. */
  private readonly folder = newFolderName();
  private readonly stderr = new StderrTail();
  private receive: ((message: FromHost) => void) | null = null;
  private onEnd: ((how: string) => void) | null = null;
  /** Signal or exit code in words, once the process is gone. */
  private ended: string | null = null;
  private closing: Promise<void> | null = null;

  /** `environment` comes on top of this process's own. */
  constructor(environment: Readonly<Record<string, string>> = {}) {
    const { file, execArgv } = hostModule();
    const { NODE_OPTIONS: _, ...env } = process.env;
    const { marks, journal, crash } = this.files;
    this.child = fork(file, [this.folder], {
      execArgv,
      env: { ...env, ...environment },
      serialization: 'advanced',
      // Standard output is the subject's and nobody reads it.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...[marks, journal, crash]],
    });
    live.set(this.child, this.folder);
    this.child.stderr?.on('data', (bytes: Buffer) => this.stderr.add(bytes));
    this.child.on('message', (message) => this.receive?.(message as FromHost));
    this.child.on('error', (reason) => this.end(`could not be started: ${reason.message}`));
    // `close` comes when stderr is read to its end, too.
    this.child.on('close', (code, signal) => this.end(signal ?? exitWords(code)));
  }

  get isAlive(): boolean {
    return this.ended === null;
  }

  /** Loads the subject; the answer of the host, or its death. */
  load(
    message: Extract<ToHost, { what: 'load' }>,
    limit: Limit,
  ): Promise<AnswerOf<'loaded'> | Death> {
    return this.ask<AnswerOf<'loaded'>>(message, limit);
  }

  /** What the module says of itself; the answer of the host, or its death. */
  describe(file: string, limit: Limit): Promise<AnswerOf<'described'> | Death> {
    return this.ask<AnswerOf<'described'>>({ what: 'describe', file }, limit);
  }

  private ask<Answer>(message: ToHost, limit: Limit): Promise<Answer | Death> {
    return new Promise((resolve) => {
      let how: Death['how'] = 'crash';
      const stop = watchProcess(this.child.pid ?? 0, limit, () => {
        how = 'hang';
        this.kill();
      });
      this.onEnd = (error) => {
        stop();
        resolve(this.death(how, error));
      };
      this.receive = (answer) => {
        if (answer.what === 'results') return;
        stop();
        this.onEnd = null;
        resolve(answer as Answer);
      };
      this.post(message);
    });
  }

  /**
   * Runs jobs in order, `take` gets their results in order. Null, or how the process ended
   * meanwhile.
   */
  run(
    jobs: readonly Job[],
    options: {
      journal: boolean;
      limit: (mark: Mark) => Limit;
      take: (result: RunResult) => void;
    },
  ): Promise<Death | null | string> {
    if (options.journal) clearJournal(this.files.journal);
    return new Promise((resolve) => {
      const watchdog = new Watchdog(this.child.pid ?? 0, this.files.marks, options.limit);
      let cause: 'crash' | 'hang' | 'harness' = 'crash';
      const timer = setInterval(() => {
        const found = watchdog.look();
        if (found === null) return;
        cause = found;
        this.kill();
      }, pollMs);
      const finish = (answer: Death | null | string): void => {
        clearInterval(timer);
        this.receive = null;
        this.onEnd = null;
        resolve(answer);
      };
      this.onEnd = (error) => finish(this.death(cause, error));
      this.receive = (answer) => {
        if (answer.what === 'refused') finish(answer.sentence);
        if (answer.what !== 'results') return;
        for (const text of answer.results) options.take(unpackResult(text));
        if (answer.isLast) finish(null);
      };
      this.post({ what: 'run', jobs, journal: options.journal });
    });
  }

  /** What the last journaled run left. */
  journal(): Journal {
    const lines = readJournal(this.files.journal).map(
      (line) => JSON.parse(line) as TraceEvent | number | string,
    );
    return {
      trace: lines.filter((line) => typeof line === 'object'),
      taken: lines.filter((line) => typeof line === 'number'),
      blocks: lines.filter((line) => typeof line === 'string').map(blockPlace),
    };
  }

  kill(): void {
    this.child.kill(killSignal);
  }

  /** Ends the process and waits until it is gone. */
  close(): Promise<void> {
    return (this.closing ??= this.finish());
  }

  private async finish(): Promise<void> {
    if (this.isAlive) {
      this.kill();
      await new Promise<void>((resolve) => this.child.once('close', () => resolve()));
    }
    this.files.close();
  }

  private post(message: ToHost): void {
    if (this.ended !== null) {
      this.onEnd?.(this.ended);
      return;
    }
    this.child.send(message, () => {});
  }

  private end(how: string): void {
    if (this.ended !== null) return;
    this.ended = how;
    live.delete(this.child);
    removeFolder(this.folder);
    this.onEnd?.(how);
  }

  private death(how: Death['how'], error: string): Death {
    const mark = readMark(this.files.marks);
    // A process that never came up had nothing of the subject in it.
    const isUp = mark.beat !== 0;
    const record = how === 'crash' ? readCrashRecord(this.files.crash) : null;
    const fault = record?.fault ?? this.stderr.faultAddress();
    const by = isUp || how === 'hang' ? how : 'harness';
    return { how: by, error, said: this.stderr.text(), mark, record, fault };
  }
}

const killSignal = 'SIGKILL';

/** An exit code in words; Windows reports a fault as a code of its own. */
const exitWords = (code: number | null): string => {
  if (code === null) return 'ended';
  if (code >= 0x8000_0000) return `exception 0x${code.toString(16)}`;
  return `exit(${code})`;
};

/** Counts what a call uses up, as long as the mark stays as it is. */
class Watchdog {
  private readonly patience: Patience;
  private readonly marks: number;
  private readonly limit: (mark: Mark) => Limit;
  private beat = -1;

  constructor(process: number, marks: number, limit: (mark: Mark) => Limit) {
    this.patience = new Patience(process);
    this.marks = marks;
    this.limit = limit;
  }

  /** Null while it gets on. */
  look(): 'hang' | 'harness' | null {
    const mark = readMark(this.marks);
    if (mark.beat !== this.beat) {
      this.beat = mark.beat;
      this.patience.restart();
      return null;
    }
    this.patience.look(pollMs);
    const isSubject = mark.stage === 'subject';
    if (!this.patience.isOver(isSubject ? this.limit(mark) : harnessLimit)) return null;
    return isSubject ? 'hang' : 'harness';
  }
}
