/** Judgements of literal traces, for the tests of chapters. */
import type { Chapter, Finding, SubjectContext, TraceEvent } from '../harness/index.ts';
import { judge } from '../harness/index.ts';
import { bootstrapProfile } from '../harness/execute/bootstrap-profile.ts';

/** A subject of which nothing is known. */
export const anySubject: SubjectContext = {
  kind: 'in-process',
  profile: { ...bootstrapProfile(null), mapType: 15 },
  registrations: [],
  revision: 'merged',
  enumHeader: null,
};

type Loose = { kind: TraceEvent['kind'] } & Record<string, unknown>;

/** A trace from its events, with numbers and the frame that every trace has. */
export const traceOf = (...events: Loose[]): TraceEvent[] =>
  [
    { kind: 'run-started', plan: 'literal', probes: [], conditions: {}, choices: 0 },
    ...events,
    { kind: 'run-ended', operations: 0, callbacks: 0 },
  ].map((event, seq) => ({ actor: 0, ...event, seq })) as unknown as TraceEvent[];

/** What the rules of a chapter say about a literal trace. */
export const judged = (
  chapter: Chapter,
  trace: TraceEvent[],
  subject: SubjectContext = anySubject,
): Finding[] =>
  judge(
    chapter.requirements.map(({ applies: _, ...rest }) => rest),
    trace,
    subject,
    () => [],
  );

/** What one rule of the chapter says about a trace: how often it was exercised, and what it saw. */
export const verdictsBy =
  (chapter: Chapter) =>
  (id: string, trace: TraceEvent[]): { exercised: number; saw: string[] } => {
    const found = judged(chapter, trace).find((one) => one.id === id);
    return { exercised: found?.exercised ?? 0, saw: found?.violations.map(({ saw }) => saw) ?? [] };
  };

/**
 * What one rule of the chapter saw in a trace of a subject with such a profile; undefined when it
 * was not exercised.
 */
export const sayingsOf =
  (chapter: Chapter) =>
  (id: string, profile: object, ...events: Loose[]): string[] | undefined => {
    const subject = { ...anySubject, profile: { ...anySubject.profile, ...profile } };
    const finding = judged(chapter, traceOf(...events), subject).find((one) => one.id === id);
    return finding?.violations.map(({ saw }) => saw);
  };
