/**
 * The host process: loads one subject, runs jobs against it and sends the traces back. Whatever the
 * subject does to this process stays here.
 */
import { ftruncateSync, writeSync } from 'node:fs';
import process from 'node:process';
import { SubjectError, UsageError } from '../errors/errors.ts';
import { printable } from '../trace/printable.ts';
import { blockLine } from './journal-line.ts';
import { MarkWriter, markerBytes } from './marker.ts';
import {
  crashDescriptor,
  journalDescriptor,
  marksDescriptor,
  packResult,
  type FromHost,
  type ToHost,
} from './message.ts';
import { splitDeclared } from '../execute/config.ts';
import { nameOwnFolder } from './own-folder.ts';
import { ownMeta } from './own-meta.ts';
import type { Session } from '../execute/executor.ts';
import { openSession } from './session.ts';

/** Results go out in pieces: what has arrived is not run again when the process dies. */
const resultsAtATime = 10;

const send = process.send!.bind(process) as (message: FromHost) => boolean;
// The channel is the harness's own: a subject must not speak on it.
delete process.send;

/** Shared memory where there is some, a write otherwise; and this process ends with its parent. */
const openMarks = async (): Promise<MarkWriter> => {
  try {
    const { mapShared, dieWithParent } = await import('../adapters/real-memory.ts');
    dieWithParent();
    const shared = mapShared(marksDescriptor, markerBytes);
    if (shared)
      return new MarkWriter(new Int32Array(shared.buffer, shared.byteOffset, 8), () => {});
  } catch {
    // No native binding for this platform: simulated subjects run without it.
  }
  const mark = new Int32Array(8);
  return new MarkWriter(mark, () => void writeSync(marksDescriptor, mark, 0, markerBytes, 0));
};

const refuse = (reason: unknown): void => {
  const fault =
    reason instanceof SubjectError ? 'subject' : reason instanceof UsageError ? 'usage' : 'harness';
  const text = reason instanceof Error ? reason.message : String(reason);
  send({ what: 'refused', fault, sentence: printable(text, 600) });
};

const load = async (message: Extract<ToHost, { what: 'load' }>): Promise<Session> => {
  if (message.reporter !== null) {
    const { watchCrashes } = await import('../adapters/crash-watch.ts');
    try {
      watchCrashes(message.reporter, crashDescriptor);
    } catch {
      // A reporter that this system does not load costs places, no verdicts.
    }
  }
  const session = await openSession(message.source, message.overlay, message.waits);
  const { data, functions } = splitDeclared(session.facts.declared);
  send({ what: 'loaded', facts: { ...session.facts, declared: data }, functions });
  return session;
};

const run = async (
  session: Session,
  marks: MarkWriter,
  { jobs, journal }: Extract<ToHost, { what: 'run' }>,
): Promise<void> => {
  let results: string[] = [];
  let written = 0;
  const note = (line: unknown): void => {
    written += writeSync(journalDescriptor, `${JSON.stringify(line)}\n`, written);
  };
  for (const [index, job] of jobs.entries()) {
    if (journal) {
      ftruncateSync(journalDescriptor, 0);
      written = 0;
    }
    marks.begin(index);
    const placed = (block: string, address: bigint): void => note(blockLine(block, address));
    const noted = journal ? { sink: note, chose: note, placed } : {};
    const result = await session.run(job, { ...noted, marker: marks });
    results.push(packResult(result));
    const isLast = index === jobs.length - 1;
    if (!isLast && results.length < resultsAtATime) continue;
    if (isLast) marks.idle();
    send({ what: 'results', from: index + 1 - results.length, results, isLast });
    results = [];
    // The channel needs a turn of the loop to carry what did not fit at once.
    await new Promise((resolve) => setImmediate(resolve));
  }
};

const serve = async (): Promise<void> => {
  nameOwnFolder(process.argv[2]);
  const marks = await openMarks();
  // The parent sees by it that this process came up.
  marks.idle();
  let session: Session | null = null;
  process.on('message', (message: ToHost) => {
    const work = async (): Promise<void> => {
      if (message.what === 'load') {
        session?.close();
        session = await load(message);
      } else if (message.what === 'describe') {
        send({ what: 'described', meta: await ownMeta(message.file) });
      } else if (session) await run(session, marks, message);
    };
    work().catch(refuse);
  });
};

process.on('disconnect', () => process.exit(0));
// What a subject leaves behind in the event loop is no call of the contract; its own calls are
// watched elsewhere.
process.on('uncaughtException', () => {});
process.on('unhandledRejection', () => {});

await serve();
