/**
 * What holds a rule together: a catalogue row, one row of a chapter, a judge or a reason for none,
 * scenarios, and faults that it finds. Each law names the breakages that it catches (`caught`);
 * each of them was seen red.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../harness/abi/catalogue.ts';
import type { ProviderModule } from '../harness/index.ts';
import { bundledHeader } from '../harness/run/bundled-header.ts';
import { examineModule } from '../harness/run/in-process.fixture.ts';
import { headMetaIn } from '../harness/native/head-meta.ts';
import type { FaultMeta } from '../harness/selftest/fault-meta.ts';
import { CHAPTERS } from './catalogue.ts';
import { ownersOfLoss } from './owners-of-losses.ts';

type Rule = { id: string; level: string; subject?: string };
type Row = { id: string; asks: string; passing: string; look: string } & {
  watch?: unknown;
  untestable?: string;
  owns?: readonly unknown[];
  underThreads?: { exercisedBy?: string; brokenBy?: Readonly<Record<string, string>> };
};
type ChapterOfHouse = {
  name: string;
  requirements: readonly Row[];
  scenarios: readonly { name: string; probes: readonly string[] }[];
};
type Fixture = { folder: string; file: string; meta: Record<string, unknown>; text: string };
type House = {
  catalogue: readonly Rule[];
  chapters: readonly ChapterOfHouse[];
  fixtures: readonly Fixture[];
  /** Source text of the driver of real threads. */
  driver: string;
};
type Law = {
  says: string;
  broken: (house: House) => string[];
  /** What breaks it: changes of a sound house. */
  caught: Readonly<Record<string, (house: House) => House>>;
};

const kinds = ['fail', 'crash', 'hang', 'warn', 'incomplete'];
/** Members of a fixture's meta with the type that each must have. */
const members: Readonly<Record<string, string>> = {
  ...{ id: 'string', violates: 'strings', expects: 'string', sentence: 'string', says: 'string' },
  ...{ dialect: 'string', revision: 'string', stage: 'string', stress: 'boolean' },
  ...{ alone: 'boolean', all: 'boolean', warns: 'strings', config: 'object' },
  ...{ profile: 'object', enumHeader: 'boolean', isolated: 'boolean', lowMemory: 'boolean' },
};
/** The driver of real threads: what it meets and what it sees, by name (harness/native/stress). */
const driverText = readdirSync(new URL('../harness/native/stress', import.meta.url))
  .filter((name) => name.endsWith('.c'))
  .map((name) => readFileSync(new URL(`../harness/native/stress/${name}`, import.meta.url), 'utf8'))
  .join('\n');
const isFault = ({ folder }: Fixture): boolean => !folder.endsWith('variants');
const rowsOf = ({ chapters }: House): Row[] => chapters.flatMap(({ requirements }) => requirements);
const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const typeOf = (value: unknown): string => (Array.isArray(value) ? 'strings' : typeof value);

/** Texts and layout do not make two faults of one: what is left when both are blanked does. */
const shapeOf = ({ text }: Fixture): string =>
  text
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*|export const meta = \{[\s\S]*?\n\};/g, '')
    .replace(/'[^'\n]*'|"[^"\n]*"|\s+/g, '');

const killersOf = (house: House, id: string): Fixture[] =>
  house.fixtures.filter((one) => isFault(one) && strings(one.meta['violates']).includes(id));

/** What a row owns; a callback of a provider may have the name of an operation of a runtime. */
const ownedBy =
  (catalogue: readonly Rule[]) =>
  ({ id, owns = [] }: Row): { id: string; place: string; where: unknown }[] => {
    const subject = catalogue.find((one) => one.id === id)?.subject ?? '';
    return owns.map((one) => {
      const { in: place, where } = (typeof one === 'string' ? { in: one } : one) as {
        in: string;
        where?: unknown;
      };
      return { id, place: `${subject} ${place}`, where };
    });
  };

/** Names between quotes in what a pattern finds. */
const namesIn = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].flatMap(([, found = '']) =>
    [...found.matchAll(/"([\w-]+)"/g)].map(([, name = '']) => name),
  );

/** Faults that a rule needs: two of a kind that stops a vendor, one of a kind that warns. */
const needed = ({ level }: Rule): number =>
  level.startsWith('MUST') ? 2 : level.startsWith('SHOULD') ? 1 : 0;

const laws: readonly Law[] = [
  {
    says: 'every rule of the catalogue has exactly one row, and every row is of the catalogue',
    broken: (house) => {
      const rows = rowsOf(house).map(({ id }) => id);
      const ids = house.catalogue.map(({ id }) => id);
      return [
        ...ids
          .map((id) => [id, rows.filter((one) => one === id).length] as const)
          .filter(([, count]) => count !== 1)
          .map(([id, count]) => `${id} has ${count} rows`),
        ...rows.filter((id) => !ids.includes(id)).map((id) => `${id} is not in the catalogue`),
      ];
    },
    caught: {
      'a rule without a row': (house) => ({ ...house, chapters: [] }),
      'a row twice': (house) => ({ ...house, chapters: [...house.chapters, ...house.chapters] }),
      'a row of no rule': (house) => ({ ...house, catalogue: [] }),
      'a rule twice in the catalogue': (house) => withRow(house, row('X-002')),
    },
  },
  {
    says: 'a rule is watched, or it says why nobody can judge it',
    broken: (house) =>
      rowsOf(house)
        .filter(({ watch, untestable }) => !watch === !untestable)
        .map(
          ({ id, watch }) =>
            `${id} has ${watch ? 'both a monitor and' : 'neither a monitor nor'} a reason for none`,
        ),
    caught: {
      'a row without monitor': (house) => changed(house, { watch: undefined }),
      'a monitor and a reason for none': (house) => changed(house, { untestable: 'nobody can' }),
    },
  },
  {
    says: 'a loss that nobody claims has one owner',
    broken: ({ catalogue, chapters }) => {
      const owners = chapters
        .flatMap(({ requirements }) => requirements)
        .flatMap(ownedBy(catalogue));
      return owners
        .filter(({ place, where }, at) =>
          owners.some(
            (other, index) => index !== at && other.place === place && !(where && other.where),
          ),
        )
        .map(({ id, place }) => `${id} is not the only owner of ${place}`);
    },
    caught: {
      'two owners of a callback': (house) =>
        withRow(changed(house, { owns: ['start'] }), { ...row('X-001'), owns: ['start'] }),
      'an owner beside one for some subjects': (house) =>
        changed(house, { owns: ['start', { in: 'start', where: {} }] }),
    },
  },
  {
    says: 'what the driver of threads sees belongs to one rule, and every such rule is heard',
    broken: (house) => {
      const told = rowsOf(house).flatMap(({ underThreads: own }) => own ?? []);
      const claimed = told.flatMap(({ brokenBy = {} }) => Object.keys(brokenBy));
      const seen = namesIn(house.driver, /\b(?:SAW|saw)\(([^,]*),/g);
      const met = namesIn(house.driver, /\[MET_\w+\] =([^,]*),/g);
      return [
        ...seen.filter((name) => !claimed.includes(name)).map((name) => `no rule has ${name}`),
        ...claimed
          .filter((name, at) => claimed.indexOf(name) !== at)
          .map((name) => `${name} belongs to two rules`),
        ...claimed.filter((name) => !seen.includes(name)).map((name) => `nothing sees ${name}`),
        ...told
          .flatMap(({ exercisedBy = [] }) => exercisedBy)
          .filter((name) => !met.includes(name))
          .map((name) => `nothing tells of ${name}`),
      ];
    },
    caught: {
      'a sight of no rule': (house) => ({ ...house, driver: `${house.driver}\nSAW("odd", "");` }),
      'a sight that nothing sees': (house) =>
        changed(house, { underThreads: { brokenBy: { never: 'asked' } } }),
      'a sight of two rules': (house) => {
        const underThreads = { brokenBy: { odd: 'asked' } };
        const seen = { ...house, driver: 'SAW("odd", "");' };
        return changed(withRow(seen, { ...row('X-002'), underThreads }), { underThreads });
      },
      'a tally that nothing tells of': (house) =>
        changed(house, { underThreads: { exercisedBy: 'never' } }),
    },
  },
  {
    says: 'a row tells what it asks, what a pass shows and where to look',
    broken: (house) =>
      rowsOf(house)
        .filter(({ asks, passing, look }) => [asks, passing, look].some((text) => !text.trim()))
        .map(({ id }) => `${id} leaves a sentence empty`),
    caught: { 'an empty sentence': (house) => changed(house, { look: ' ' }) },
  },
  {
    says: 'the rules of an area live in one chapter',
    broken: ({ chapters }) => {
      const homes = new Map<string, string>();
      return chapters.flatMap(({ name, requirements }) =>
        requirements.flatMap(({ id }) => {
          const area = id.replace(/-\d+$/, '');
          const home = homes.get(area) ?? name;
          homes.set(area, home);
          return home === name ? [] : [`${id} is in ${name}, others of ${area} in ${home}`];
        }),
      );
    },
    caught: {
      'a rule in a foreign chapter': (house) => ({
        ...house,
        chapters: [...house.chapters, { name: 'b', scenarios: [], requirements: [row('X-002')] }],
      }),
    },
  },
  {
    says: 'scenarios have names of their own and probe rules that exist',
    broken: ({ chapters, catalogue }) =>
      chapters.flatMap(({ name: chapter, scenarios }) =>
        scenarios.flatMap(({ name, probes }, at) => [
          ...(scenarios.findIndex((one) => one.name === name) === at
            ? []
            : [`${chapter} has two scenarios “${name}”`]),
          ...probes
            .filter((id) => !catalogue.some((rule) => rule.id === id))
            .map((id) => `“${name}” probes ${id}, which is no rule`),
        ]),
      ),
    caught: {
      'a scenario that probes no rule': (house) => withScenario(house, ['X-9']),
      'two scenarios of one name': (house) => withScenario(withScenario(house, []), []),
    },
  },
  {
    says: 'a watched chapter has a scenario',
    broken: ({ chapters }) =>
      chapters
        .filter(
          ({ requirements, scenarios }) =>
            requirements.some(({ watch }) => watch) && !scenarios.length,
        )
        .map(({ name }) => `${name} has monitors and no scenario`),
    caught: {
      'monitors without a scenario': (house) => ({
        ...house,
        chapters: house.chapters.map((one) => ({ ...one, scenarios: [] })),
      }),
    },
  },
  {
    says: 'a MUST that is watched has two faults of different make, a SHOULD has one',
    broken: (house) =>
      house.catalogue.flatMap((rule) => {
        const { watch } = rowsOf(house).find(({ id }) => id === rule.id) ?? {};
        const shapes = new Set(killersOf(house, rule.id).map(shapeOf)).size;
        return watch && shapes < needed(rule)
          ? [`${rule.id}, a ${rule.level}, has ${shapes} faults of different make`]
          : [];
      }),
    caught: {
      'a MUST with one fault': (house) => ({ ...house, fixtures: house.fixtures.slice(1) }),
      'a MUST with the same fault twice': (house) => ({
        ...house,
        fixtures: house.fixtures.map((one) => ({ ...one, text: 'wrong(1)' })),
      }),
      'a SHOULD without a fault': (house) =>
        withRow(
          { ...house, catalogue: [...house.catalogue, { id: 'X-002', level: 'SHOULD' }] },
          row('X-002'),
        ),
    },
  },
  {
    says: 'a meta has members that exist, of their type, and expects a kind of verdict',
    broken: ({ fixtures }) =>
      fixtures.flatMap(({ folder, file, meta }) => [
        ...Object.entries(meta)
          .filter(([name, value]) => members[name] !== typeOf(value))
          .map(([name]) => `${folder}/${file}: ${name} is not a member, or not of that type`),
        ...(meta['id'] === undefined ? [`${folder}/${file} has no id`] : []),
        ...(typeof meta['expects'] === 'string' && ![...kinds, 'pass'].includes(meta['expects'])
          ? [`${folder}/${file} expects ${meta['expects']}`]
          : []),
      ]),
    caught: {
      'a kind that does not exist': (house) => withMeta(house, { expects: 'fial' }),
      'a member that does not exist': (house) => withMeta(house, { violate: ['X-001'] }),
      'a member of another type': (house) => withMeta(house, { violates: 'X-001' }),
      'no id': (house) => withMeta(house, { id: undefined }),
    },
  },
  {
    says: 'a fault names rules that exist, a variant breaks none',
    broken: ({ fixtures, catalogue }) =>
      fixtures.flatMap((one) => {
        const named = strings(one.meta['violates']);
        const where = `${one.folder}/${one.file}`;
        if (!isFault(one)) return named.length ? [`${where} breaks ${named.join(', ')}`] : [];
        const unknown = [...named, ...strings(one.meta['warns'])].filter(
          (id) => !catalogue.some((rule) => rule.id === id),
        );
        return [
          ...(named.length || one.meta['expects'] === 'pass' ? [] : [`${where} breaks no rule`]),
          ...unknown.map((id) => `${where} names ${id}, which is no rule`),
        ];
      }),
    caught: {
      'a rule that does not exist': (house) => withMeta(house, { violates: ['X-999'] }),
      'a fault of nothing': (house) => withMeta(house, { violates: [] }),
      'a variant that breaks a rule': (house) => ({
        ...house,
        fixtures: [...house.fixtures, { ...house.fixtures[0]!, folder: 'variants' }],
      }),
    },
  },
  {
    says: 'an id names one fixture of a folder: the same fault in C bears it too',
    broken: ({ fixtures }) => {
      const ids = fixtures.map(({ folder, meta }) => `${folder}: ${String(meta['id'])}`);
      return ids
        .filter((id, at) => ids.indexOf(id) !== at)
        .map((id) => `${id} is the id of more than one fixture`);
    },
    caught: {
      'two faults of one id': (house) => withMeta(house, { id: 'F-2' }),
    },
  },
];

const row = (id: string): Row => ({ id, asks: 'a', passing: 'p', look: 'l', watch: () => ({}) });
const fault = (id: string, text: string): Fixture => ({
  folder: 'faults',
  file: `${id}.ts`,
  meta: { id, violates: ['X-001'], expects: 'fail' },
  text,
});

/** A house of one rule in which nothing is wrong. */
const sound: House = {
  catalogue: [{ id: 'X-001', level: 'MUST' }],
  chapters: [
    { name: 'a', requirements: [row('X-001')], scenarios: [{ name: 's', probes: ['X-001'] }] },
  ],
  fixtures: [fault('F-1', 'if (early) return;'), fault('F-2', 'release(value); release(value);')],
  driver: '',
};

const withFirst = (house: House, change: (first: ChapterOfHouse) => ChapterOfHouse): House => ({
  ...house,
  chapters: house.chapters.map((one, at) => (at === 0 ? change(one) : one)),
});
const changed = (house: House, change: Partial<Row>): House =>
  withFirst(house, (first) => ({
    ...first,
    requirements: first.requirements.map((one) => ({ ...one, ...change })),
  }));
const withRow = (house: House, added: Row): House =>
  withFirst(house, (first) => ({ ...first, requirements: [...first.requirements, added] }));
const withScenario = (house: House, probes: string[]): House =>
  withFirst(house, (first) => ({
    ...first,
    scenarios: [...first.scenarios, { name: 'another', probes }],
  }));
const withMeta = (house: House, change: Record<string, unknown>): House => ({
  ...house,
  fixtures: house.fixtures.map((one, at) =>
    at === 0 ? { ...one, meta: { ...one.meta, ...change } } : one,
  ),
});

/** What a literal of a source file says; undefined where it is no literal. */
const valueOf = (node: ts.Expression): unknown => {
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) return valueOf(node.expression);
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isArrayLiteralExpression(node)) return node.elements.map(valueOf);
  if (ts.isObjectLiteralExpression(node)) {
    const members = node.properties.filter(ts.isPropertyAssignment);
    return Object.fromEntries(
      members.map(({ name, initializer }) => [name.getText(), valueOf(initializer)]),
    );
  }
  if (ts.isBinaryExpression(node))
    return `${String(valueOf(node.left))}${String(valueOf(node.right))}`;
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  return node.kind === ts.SyntaxKind.FalseKeyword ? false : undefined;
};

/** The meta of a fixture, read as text: importing hundreds of modules costs too much. */
const metaOf = (file: string, text: string): Record<string, unknown> => {
  if (file.endsWith('.c')) return JSON.parse(headMetaIn(text) ?? '{}') as Record<string, unknown>;
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const declared = source.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => declarationList.declarations)
    .find(({ name }) => name.getText() === 'meta');
  return (declared?.initializer ? valueOf(declared.initializer) : {}) as Record<string, unknown>;
};

const folders = ['faults', 'variants', 'runtimes'].flatMap((name) => [name, `native/${name}`]);
const root = path.resolve(import.meta.dirname, '../fixtures');

const fixturesIn = (folder: string): Fixture[] =>
  readdirSync(path.join(root, folder))
    .filter((name) => /\.(ts|c)$/.test(name))
    .map((file) => {
      const text = readFileSync(path.join(root, folder, file), 'utf8');
      return { folder, file, meta: metaOf(file, text), text };
    })
    .filter(({ file, text }) => file.endsWith('.ts') || headMetaIn(text) !== null);

const house: House = {
  catalogue: CATALOGUE,
  driver: driverText,
  chapters: CHAPTERS,
  fixtures: [...folders.filter((one) => one !== 'native/runtimes'), 'runtimes/deviations'].flatMap(
    fixturesIn,
  ),
};

/** Right subjects that between them exercise what right subjects can. */
const rightOnes = [
  ...['accounting-map', 'handle-object', 'helper-object', 'plain-full', 'plain-preprocess'],
  ...['plain-rejecting'],
].map((name) => `providers/${name}.ts`);
const oddOnes = [
  'k-07-refuses-lookups',
  'k-23-private-program-type',
  'v-enum-2-draft-extension-id',
  'v-life-4-null-context',
].map((name) => `variants/${name}.ts`);

/** Rules that no right provider puts to the test, and who does: their faults. */
const exercisedByWrongOnesOnly: Readonly<Record<string, string>> = {
  'REG-019': 'what becomes of a provider whose characteristics are malformed',
  'CRE-014': 'creation with a provider that lacks callbacks it must have',
  'CRE-015': 'creation with a provider that reports a wrong value size',
  'CRUD-DEL-005': 'a table with neither delete callback',
  'FLAG-007': 'a permission: nothing to break',
  'EPOCH-005': 'a permission: nothing to break',
  'ABI-013': 'tables of an unknown version or size',
  'DISC-010': 'providers that come and go during a creation: only where a runtime is the subject',
};

const exercisedBy = async (file: string): Promise<string[]> => {
  const { default: module, meta = {} } = (await import(
    pathToFileURL(path.join(root, file)).href
  )) as { default: ProviderModule; meta?: Partial<FaultMeta> };
  const { rows } = await examineModule(module, {
    chapters: CHAPTERS,
    ownersOfLoss,
    enumHeader: bundledHeader(),
    dialects: ['as-documented', 'as-shipped'],
    generated: 1,
    ...(meta.revision ? { revision: meta.revision } : {}),
    ...(meta.config ? { config: meta.config } : {}),
  });
  return rows
    .filter(({ exercised, selfCheck }) => exercised + (selfCheck?.exercised ?? 0) > 0)
    .map(({ id }) => id);
};

test('every monitor is exercised on a right subject, or it is said why none can', async () => {
  const exercised = new Set<string>();
  for (const file of [...rightOnes, ...oddOnes])
    for (const id of await exercisedBy(file)) exercised.add(id);
  const watched = rowsOf(house).filter(({ watch }) => watch);
  const idle = watched.map(({ id }) => id).filter((id) => !exercised.has(id));
  expect(idle.sort()).toEqual(Object.keys(exercisedByWrongOnesOnly).sort());
});

test('the laws see the house', () => {
  expect(house.fixtures.length).toBeGreaterThan(600);
  expect(rowsOf(house).length).toBeGreaterThan(200);
  expect(laws.flatMap(({ broken }) => broken(sound))).toEqual([]);
});

describe.each(laws)('$says', ({ broken, caught }) => {
  test('holds', () => {
    expect(broken(house)).toEqual([]);
  });

  test.each(Object.entries(caught))('%s turns it red', (_name, breakage) => {
    expect(broken(breakage(sound))).not.toEqual([]);
  });
});
