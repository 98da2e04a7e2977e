/** What the tests of a chapter need: its faults, examined in this process, and judgements of literal traces. */
import { readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import type {
  Chapter,
  Finding,
  ProviderModule,
  SubjectContext,
  TraceEvent,
} from '../harness/index.ts';
import { judge } from '../harness/index.ts';
import { mapTypes } from '../harness/index.ts';
import { bootstrapProfile } from '../harness/run/bootstrap-profile.ts';
import type { Folds } from '../harness/run/campaign.ts';
import { examineModule, type Examination } from '../harness/run/examine.ts';
import type { FaultMeta } from '../harness/run/fault-meta.ts';

const root = path.resolve(import.meta.dirname, '..');

export type FaultModule = { id: string; meta: FaultMeta; module: ProviderModule };

/** The faults of a folder that name a rule of the chapter first. */
export const faultsOf = async (
  chapter: Chapter,
  folder = 'fixtures/faults',
): Promise<FaultModule[]> => {
  const ids = new Set(chapter.requirements.map(({ id }) => id));
  const found: FaultModule[] = [];
  for (const name of readdirSync(path.join(root, folder)).sort()) {
    if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
    const file = pathToFileURL(path.join(root, folder, name)).href;
    const loaded = (await import(file)) as { meta: FaultMeta; default: ProviderModule };
    if (ids.has(loaded.meta.violates[0] ?? '')) {
      found.push({ id: loaded.meta.id, meta: loaded.meta, module: loaded.default });
    }
  }
  return found;
};

/** Ids of the bundled enum, as if a header had been given. */
const bundledIds: SubjectContext['enumHeader'] = {
  ids: Object.fromEntries(mapTypes.BPF_MAP_TYPES.map((name, id) => [name, id])),
  file: 'the header',
};

/** Examines a fault with the chapter's own rules and plans. */
export const examineFault = (
  { module, meta }: FaultModule,
  chapter: Chapter,
): Promise<Examination> =>
  examineModule(module, {
    chapters: [chapter],
    ...(meta.config ? { config: meta.config } : {}),
    ...(meta.revision ? { revision: meta.revision } : {}),
    enumHeader: meta.enumHeader === false ? null : bundledIds,
  });

/** What a fault's examination says of the rules it names; it ends with the first that has the expected sentence. */
export const killOf = async (
  { module, meta }: FaultModule,
  chapter: Chapter,
): Promise<string[]> => {
  const kills = (folds: Folds): string[] =>
    (['as-documented', meta.dialect] as const).flatMap((dialect) =>
      meta.violates.flatMap((id) => {
        const violation = dialect && folds.get(dialect)?.of(id).witness?.violation;
        const text = violation ? `${violation.expected}; ${violation.saw}` : '';
        return violation && text.includes(meta.sentence ?? '') ? [`${id}: ${text}`] : [];
      }),
    );
  const seen = await examineModule(module, {
    chapters: [chapter],
    generated: 0,
    ...(meta.config ? { config: meta.config } : {}),
    isOver: (folds) => (kills(folds).length > 0 ? 'killed' : null),
  });
  return kills(seen.folds);
};

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
