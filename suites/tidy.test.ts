/**
 * The laws of the source tree that a program can check, over every file that a clone would have.
 *
 * Each law names what would break it (`caught`), so that none of them is a law that cannot fail.
 * Layout of the text is
 * prettier's, clocks and chance are eslint's (eslint.config.mjs).
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

type File = { readonly path: string; readonly text: string };
type Law = {
  readonly says: string;
  /** One sentence for each place that breaks the law. */
  readonly broken: (files: readonly File[]) => string[];
  /** Trees that break it, each in its own way. */
  readonly caught: readonly (readonly File[])[];
  /** A tree that looks like a breach and is none. */
  readonly spared?: readonly File[];
};

const file = (name: string, text = ''): File => ({ path: name, text });

/** Tests, and what only tests are made of: neither ships. */
const isTest = (name: string): boolean => /\.(test|fixture)\.ts$/.test(name);
const isSource = (name: string): boolean => /\.(ts|mjs|c|h)$/.test(name);
/** The shadow headers are lists of declarations: data in C's clothes. */
const isDeclarationList = /^harness\/native\/include\/shadow\//;
/** Of a test, or of a process in one: vitest's own limit is hours. */
const timeLimit = /^\s*\}, [\d_]{4,}\);|^\s*[\d_]{4,},$|\btimeout: [\d_]{4,}/;
const isProse = (name: string): boolean => name.endsWith('.md');

type Import = { readonly from: string; readonly to: string };

/**
 * Every import of a TypeScript file, type imports and dynamic ones too; relative ones as paths from
 * the root.
 */
const importsOf = ({ path: from, text }: File): Import[] =>
  /\.(ts|mjs)$/.test(from)
    ? ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => ({
        from,
        to: fileName.startsWith('.')
          ? path.posix.join(path.posix.dirname(from), fileName)
          : fileName,
      }))
    : [];

const startsWithAny = (name: string, prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) => name === prefix || (prefix.endsWith('/') && name.startsWith(prefix)));

const layers = (...names: string[]): string[] => names.map((name) => `harness/${name}/`);

/**
 * From the ground up: what each folder of the harness may import, besides itself. `check` and `sim`
 * never see each other.
 */
const above: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  abi: ['errors'],
  trace: ['abi', 'errors'],
  provider: ['abi', 'trace'],
  check: ['abi', 'trace', 'provider'],
  sim: ['abi', 'trace', 'provider'],
  adapters: ['abi', 'trace', 'provider', 'errors'],
  explore: ['abi', 'trace', 'provider', 'check', 'sim'],
  native: [],
  syntax: [],
  registry: ['abi', 'trace', 'errors', 'syntax'],
  execute: ['abi', 'trace', 'provider', 'sim', 'adapters', 'explore', 'errors'],
  host: ['abi', 'trace', 'provider', 'sim', 'adapters', 'execute', 'native', 'errors'],
  conclude: ['abi', 'trace', 'provider', 'check', 'explore', 'execute', 'errors'],
  runtime: ['abi', 'trace', 'provider', 'check', 'explore', 'execute', 'conclude'],
  campaign: [
    ...['abi', 'trace', 'provider', 'check', 'explore', 'errors'],
    ...['execute', 'conclude', 'host', 'runtime'],
  ],
  emit: ['abi', 'trace', 'check', 'conclude', 'errors'],
  transcripts: [
    ...['abi', 'trace', 'provider', 'check', 'sim', 'adapters', 'errors'],
    ...['conclude', 'runtime', 'native', 'host'],
  ],
  windows: ['native'],
};
const engine = layers(...Object.keys(above), 'run');

/** Who may import what; the first row whose folder holds the file decides. */
const mayImport: readonly (readonly [folder: string, allowed: readonly string[]])[] = [
  ...Object.entries(above).map(([name, down]) => [`harness/${name}/`, layers(...down)] as const),
  // The engine knows the law through one file.
  ['harness/run/chapters.ts', ['suites/', ...layers('runtime')]],
  ['harness/run/', engine],
  ['harness/selftest/', engine],
  ['harness/mutate/', engine],
  // A certificate holds reports.
  ['harness/bundle/', ['reports/', ...layers('abi', 'trace', 'check', 'conclude', 'errors')]],
  ['harness/command/', ['harness/', 'suites/', 'fixtures/', 'reports/']],
  ['harness/mapcert.mjs', ['harness/main.ts']],
  ['harness/main.ts', ['harness/', 'suites/', 'fixtures/', 'reports/']],
  ['harness/index.ts', engine],
  ['harness/certify.ts', engine],
  ['harness/vitest.ts', [...engine, 'harness/certify.ts', 'reports/']],
  [
    'suites/',
    [...layers('abi', 'trace', 'provider', 'check', 'explore', 'execute'), 'harness/index.ts'],
  ],
  ['fixtures/', [...layers('abi', 'provider'), 'harness/index.ts']],
  ['reports/', layers('abi', 'trace', 'check', 'conclude')],
];

/**
 * Where a file lives, for the drawing of who imports whom: each file at the top of a tree is a
 * place of its own.
 */
const placeOf = (name: string): string => {
  const folder = path.posix.dirname(name);
  return folder.includes('/') ? folder : name;
};

/** Places that import each other, by way of others too; each with its way back to itself. */
const circlesIn = (imports: readonly Import[]): string[] => {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of imports)
    if (from !== to) next.set(from, (next.get(from) ?? new Set()).add(to));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (place: string, way: readonly string[]): void => {
    const before = way.indexOf(place);
    if (before >= 0) found.push([...way.slice(before), place].join(' → '));
    if (before >= 0 || done.has(place)) return;
    for (const one of next.get(place) ?? []) visit(one, [...way, place]);
    done.add(place);
  };
  for (const place of next.keys()) visit(place, []);
  return found;
};

const circlesBroken = (files: readonly File[]): string[] => {
  const known = new Set(files.map(({ path: name }) => name));
  const imports = files
    .filter(({ path: name }) => !isTest(name) && !name.endsWith('.bench.ts'))
    .flatMap(importsOf)
    .filter(({ to }) => known.has(to));
  const ofPlaces = imports.map(({ from, to }) => ({ from: placeOf(from), to: placeOf(to) }));
  return [...circlesIn(imports), ...circlesIn(ofPlaces)];
};

/**
 * main.ts is where everything meets, so nothing but the bin starts it; the command line is its own.
 */
const reserved: Readonly<Record<string, readonly string[]>> = {
  'harness/main.ts': ['harness/mapcert.mjs'],
  'harness/command/': ['harness/main.ts', 'harness/command/'],
};

const isForbidden = ({ from, to }: Import): boolean => {
  if (!/^(harness|suites|fixtures|reports)\//.test(to) || isTest(from)) return false;
  if (from.endsWith('.bench.ts')) return false;
  const door = Object.entries(reserved).find(([name]) => startsWithAny(to, [name]));
  if (door) return !startsWithAny(from, door[1]);
  const row = mayImport.find(([folder]) => startsWithAny(from, [folder]));
  return row !== undefined && !startsWithAny(to, [row[0], ...row[1]]);
};

/** C says less in a line, and a provider or a shim is one translation unit. */
const linesMax = (name: string): number => (/\.(c|h)$/.test(name) ? 500 : 350);

/** Tables: seeded mistakes of headers, and the kernel names that the shim offers. */
const longOnPurpose = ['fixtures/headers/mistakes.ts', 'harness/native/shim/cmc_shim.c'];

/** The engine has no rules but these: of headers, and what a model expects of a map. */
const mayNameRules = ['harness/registry/'];
const ruleId = /^(?!\s*(\*|\/[*/])).*(['"`])([A-Z]+-)+\d{3}\2/;

/** Libraries that one file each turns into the project's own words. */
const singleDoors = ['koffi', 'fast-check', 'fflate', 'junit-report-builder', 'web-tree-sitter'];
const commandLine = ['harness/command/', 'harness/registry/'];

const packageOf = (specifier: string): string =>
  specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

const doorsBroken = (files: readonly File[]): string[] => {
  const imports = files.flatMap(importsOf).map(({ from, to }) => ({ from, to: packageOf(to) }));
  const manifest = files.find(({ path: name }) => name === 'package.json');
  const { dependencies = {} } = JSON.parse(manifest?.text ?? '{}') as { dependencies?: object };
  const several = singleDoors.flatMap((name) => {
    const importers = new Set(imports.filter(({ to }) => to === name).map(({ from }) => from));
    const due = importers.size > 1 || (importers.size === 0 && name in dependencies);
    return due
      ? [`${name} has one importer, not ${importers.size}: ${[...importers].join(', ')}`]
      : [];
  });
  const strays = imports
    .filter(({ from, to }) => to === 'commander' && !startsWithAny(from, commandLine))
    .map(({ from }) => `${from} imports commander, which belongs to ${commandLine.join(' and ')}`);
  return [...several, ...strays];
};

const dependenciesBroken = (files: readonly File[]): string[] => {
  const manifest = files.find(({ path: name }) => name === 'package.json');
  const {
    dependencies = {},
    peerDependencies = {},
    name = '',
  } = JSON.parse(manifest?.text ?? '{}') as {
    dependencies?: Record<string, string>;
    peerDependencies?: Record<string, string>;
    name?: string;
  };
  const ships = files.filter(
    ({ path: from }) => /^(harness|suites|fixtures|reports)\//.test(from) && !isTest(from),
  );
  const unmet = ships
    .filter(({ path: from }) => !from.endsWith('.bench.ts') && !from.startsWith('harness/windows/'))
    .flatMap(importsOf)
    .filter(({ to }) => !/^(node:|harness\/|suites\/|fixtures\/|reports\/)/.test(to))
    .filter(
      ({ to }) =>
        packageOf(to) !== name && !(packageOf(to) in { ...dependencies, ...peerDependencies }),
    )
    .map(({ from, to }) => `${from} ships and imports ${to}, which is not among "dependencies"`);
  const idle = Object.keys(dependencies)
    .filter((dependency) => !ships.some(({ text }) => text.includes(`'${dependency}`)))
    .map((dependency) => `no file that ships names the dependency ${dependency}`);
  return [...unmet, ...idle];
};

/** Lines of the chosen files that match, as `path:line says`. */
const linesWith =
  (chosen: (name: string) => boolean, wrong: (line: string) => boolean, says: string) =>
  (files: readonly File[]): string[] =>
    files
      .filter(({ path: name }) => chosen(name))
      .flatMap(({ path: name, text }) =>
        text
          .split('\n')
          .flatMap((line, index) => (wrong(line) ? [`${name}:${index + 1} ${says}`] : [])),
      );

/** Code or a comment of TypeScript: what holds no sentence for users, which nobody breaks in two. */
const isCode = (line: string): boolean =>
  /^\s*(\*|\/[/*])/.test(line) || /^[^'"`{};]*[;{}]?$/.test(line);

/** Pages of the contract's own repository. */
const theirs = [
  'docs/CustomMaps.md',
  'docs/eBpfExtensions.md',
  'docs/EpochBasedMemoryManagement.md',
];

/** What comments cite: contradictions by their id, and pages. */
const citations = /\bC-\d{2}\b|\bdocs\/[\w/-]+\.md\b/g;

/** Citations that lead nowhere, and words for papers that are not in the repository. */
const citationsBroken = (files: readonly File[]): string[] => {
  const pages = new Map(files.map(({ path: name, text }) => [name, text]));
  const known = pages.get('docs/contract/CONTRADICTIONS.md') ?? '';
  const isKnown = (word: string): boolean =>
    word.startsWith('docs/')
      ? pages.has(word) || theirs.includes(word)
      : known.includes(`| ${word} |`);
  return files
    .filter(({ path: name }) => isSource(name) && name !== 'suites/tidy.test.ts')
    .flatMap(({ path: name, text }) => [
      ...[...text.matchAll(citations)]
        .filter(([word]) => !isKnown(word))
        .map(([word]) => `${name} cites ${word}, which is not in the repository`),
      ...[...text.matchAll(/\bspec [A-E]\b|§/g)].map(([word]) => `${name} cites "${word}"`),
    ]);
};

/** Anchors that GitHub makes of a page's headings. */
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ +(.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-'),
  );

const linksBroken = (files: readonly File[]): string[] => {
  const texts = new Map(files.map(({ path: name, text }) => [name, text]));
  const isThere = (name: string): boolean =>
    name === '.' ||
    texts.has(name) ||
    [...texts.keys()].some((other) => other.startsWith(`${name}/`));
  return files
    .filter(({ path: name }) => isProse(name))
    .flatMap(({ path: page, text }) => {
      const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
      const links = prose.matchAll(/\]\(<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]: +(\S+)/gm);
      return [...links].flatMap(([, inline, reference]) => {
        const link = (inline ?? reference)!;
        if (/^[a-z]+:/.test(link)) return [];
        const [target = '', anchor] = link.split('#');
        const name = target
          ? path.posix.join(path.posix.dirname(page), target).replace(/\/$/, '')
          : page;
        if (!isThere(name)) return [`${page} links to ${link}, which is not there`];
        const lost = anchor && isProse(name) && !anchorsOf(texts.get(name) ?? '').includes(anchor);
        return lost ? [`${page} links to ${link}, a heading that is not there`] : [];
      });
    });
};

// Written in halves: this file is held to its own laws.
const putOff = ['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'];
const putOffPattern = new RegExp(`\\b(${putOff.join('|')})\\b`);
const machinePath = /(?<![\w.~*])\/(work|root|home)\//;
const registryHost =
  /\bregistry\.[a-z0-9-]+\.[a-z]+|https?:\/\/[^\s/"']*(registry|artifactory|nexus|verdaccio)/i;
const vagueNames = /(^|\/)(utils?|helpers?|types?|misc|common)(\.|\/)/;

const laws: readonly Law[] = [
  {
    says: 'imports point down, and check and sim never see each other',
    broken: (files) =>
      files
        .flatMap(importsOf)
        .filter(isForbidden)
        .map(({ from, to }) => `${from} imports ${to}`),
    caught: [
      [file('harness/check/judge.ts', "import { x } from '../sim/epoch.ts';")],
      [file('harness/sim/epoch.ts', "import type { X } from '../check/verdict.ts';")],
      [file('harness/abi/guid.ts', "export { x } from '../trace/event.ts';")],
      [file('harness/trace/event.ts', "type X = import('../run/record.ts').X;")],
      [file('harness/provider/port.ts', "const x = await import('../sim/nmr.ts');")],
      [file('harness/run/runner.ts', "import { x } from '../command/certify.ts';")],
      [file('harness/registry/header.ts', "import '../main.ts';")],
      [file('harness/execute/execute.ts', "import { x } from '../host/session.ts';")],
      [file('suites/update/monitors.ts', "import { x } from '../../harness/sim/epoch.ts';")],
      [file('fixtures/providers/plain.ts', "import { x } from '../../harness/trace/event.ts';")],
      [file('reports/json.ts', "import { x } from '../harness/run/runner.ts';")],
    ],
    spared: [
      file('harness/run/runner.ts', "import { x } from '../sim/epoch.ts';"),
      file('harness/command/certify.ts', "import { x } from '../../reports/json.ts';"),
      file('harness/check/judge.ts', "// import { x } from '../sim/epoch.ts';"),
      file(
        'suites/update/update.test.ts',
        "import { x } from '../../fixtures/providers/plain.ts';",
      ),
    ],
  },
  {
    says: 'no files and no folders import each other in a circle',
    broken: circlesBroken,
    caught: [
      [
        file('harness/sim/a.ts', "import type { B } from './b.ts';"),
        file('harness/sim/b.ts', "import type { C } from './c.ts';"),
        file('harness/sim/c.ts', "import { a } from './a.ts';"),
      ],
      [
        file('harness/host/a.ts', "import { b } from '../run/b.ts';"),
        file('harness/run/b.ts'),
        file('harness/run/c.ts', "import { d } from '../host/d.ts';"),
        file('harness/host/d.ts'),
      ],
    ],
    spared: [
      file('harness/sim/a.ts', "import { b } from './b.ts';"),
      file('harness/sim/b.ts'),
      file('suites/all.ts', "import { x } from './x/index.ts';"),
      file('suites/x/index.ts', "import { y } from '../y.ts';"),
      file('suites/y.ts'),
    ],
  },
  {
    says: 'a foreign library has one door',
    broken: doorsBroken,
    caught: [
      ...singleDoors.map((name) => [
        file('harness/adapters/native.ts', `import x from '${name}';`),
        file('harness/explore/plan.ts', `import type { X } from '${name}';`),
      ]),
      [file('package.json', '{"dependencies": {"koffi": "1.0.0"}}')],
      [file('harness/run/options.ts', "import { Command } from 'commander';")],
    ],
    spared: [file('harness/command/list.ts', "import { Command } from 'commander';")],
  },
  {
    says: 'what ships imports what the package depends on, and depends on nothing idle',
    broken: dependenciesBroken,
    caught: [
      [file('reports/xml.ts', "import x from 'left-behind/deep.js';")],
      [file('package.json', '{"dependencies": {"left-behind": "1.0.0"}}')],
    ],
    spared: [
      file('package.json', '{"name": "self", "dependencies": {"@a/b": "1.0.0"}}'),
      file(
        'harness/run/x.ts',
        "import '@a/b/c.js'; import 'self'; import 'node:fs'; import './y.ts';",
      ),
      file('harness/run/x.test.ts', "import 'vitest';"),
    ],
  },
  {
    says: 'the engine spells no id of a rule: what is peculiar to a rule, the rule says',
    broken: linesWith(
      (name) =>
        /^harness\/.*\.(ts|[ch])$/.test(name) &&
        !isTest(name) &&
        !name.includes('/test/') &&
        !startsWithAny(name, mayNameRules),
      (line) => ruleId.test(line),
      'spells the id of a rule',
    ),
    caught: [
      [file('harness/run/stress.ts', "const isAdvice = (rule) => rule === 'CONC-007';")],
      [file('harness/adapters/hidden.ts', 'const why = {\n  "CRUD-DEL-016": hidden,\n};')],
      [file('harness/explore/model.ts', 'const rule = `SIZE-005`;')],
      [file('harness/native/stress/run.c', 'report("CONC-001", "a hang");')],
    ],
    spared: [
      file('harness/run/stress.ts', "// A stop is UNLOAD-001, as the sentence says: 'see PIN-001'"),
      file('harness/abi/requirement.ts', '/**\n * Such as `CRUD-DEL-006`.\n */'),
      file('harness/command/list.ts', "const says = 'id of a rule, as in PIN-001';"),
      file('harness/run/stress.test.ts', "expect(broken).toEqual(['CONC-007']);"),
      file('harness/registry/rules.ts', "const rule = 'ENUM-001';"),
      file('suites/update/refusals.ts', "const probes = ['CRUD-UPD-007'];"),
    ],
  },
  {
    says: 'vitest stays in tests, and in the suite that is mounted in it',
    broken: (files) =>
      files
        .flatMap(importsOf)
        .filter(({ to }) => packageOf(to) === 'vitest')
        .filter(
          ({ from }) =>
            !isTest(from) && !/(^|\/)vitest\.config\.ts$|^harness\/vitest\.ts$/.test(from),
        )
        .map(({ from }) => `${from} imports vitest`),
    caught: [[file('suites/mount.ts', "import { test } from 'vitest';")]],
    spared: [file('suites/a.test.ts', "import { test } from 'vitest';")],
  },
  {
    says: 'an action of others is pinned by its commit, with the version beside it',
    broken: linesWith(
      (name) => /^(action\.yml$|\.github\/workflows\/|integrations\/.*\.yml$)/.test(name),
      (line) =>
        /\buses: +(?!custom-map-conformance\/|\.\/)/.test(line) &&
        !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line),
      'moves with its tag',
    ),
    caught: [
      [file('.github/workflows/a.yml', '- uses: actions/checkout@v4')],
      [file('action.yml', `- uses: actions/checkout@${'0'.repeat(40)}`)],
      [file('integrations/a/gate.yml', '- uses: actions/checkout@v4')],
    ],
    spared: [
      file('.github/workflows/a.yml', `- uses: actions/checkout@${'0'.repeat(40)} # v4.2.2`),
      file('docs/a.md', '- uses: actions/checkout@v4'),
    ],
  },
  {
    says: 'a source file has at most 350 lines, one in C 500',
    broken: (files) =>
      files
        .filter(
          ({ path: name }) => isSource(name) && !isTest(name) && !isDeclarationList.test(name),
        )
        .map(({ path: name, text }) => ({ name, lines: text.split('\n').length - 1 }))
        .filter(({ name, lines }) => lines > linesMax(name) && !longOnPurpose.includes(name))
        .map(({ name, lines }) => `${name} has ${lines} lines: does one noun live there?`),
    caught: [
      [file('harness/sim/long.ts', '\n'.repeat(351))],
      [file('fixtures/native/long.c', '\n'.repeat(501))],
    ],
    spared: [
      file('harness/sim/long.ts', '\n'.repeat(350)),
      file('fixtures/native/long.h', '\n'.repeat(500)),
      file('a.test.ts', '\n'.repeat(999)),
    ],
  },
  {
    says: 'a line has at most 100 columns, one with a sentence in it or in C 140',
    broken: (files) => [
      ...linesWith(
        (name) => isSource(name) && !isTest(name),
        (line) => line.length > 140,
        'is too long',
      )(files),
      ...linesWith(
        (name) => /\.(ts|mjs)$/.test(name) && !isTest(name),
        (line) => line.length > 100 && isCode(line),
        'is too long',
      )(files),
    ],
    caught: [
      [file('a.ts', ' '.repeat(141))],
      [file('a.c', ' '.repeat(141))],
      [file('a.ts', `${'one + '.repeat(17)}1;`)],
      [file('a.ts', ` * ${'many words '.repeat(9)}`)],
    ],
    spared: [
      file('a.ts', ' '.repeat(99)),
      file('a.ts', `says('${'many words '.repeat(9)}')`),
      file('a.c', `  ${'int a; '.repeat(17)}`),
    ],
  },
  {
    says: 'files and folders are named after a concept',
    broken: (files) =>
      files
        .filter(({ path: name }) => vagueNames.test(name))
        .map(({ path: name }) => `${name}: name the thing it holds, not the sort of code`),
    caught: ['utils/a.ts', 'harness/helpers.ts', 'x/types.ts', 'x/misc/a.c', 'common.h'].map(
      (name) => [file(name)],
    ),
    spared: [file('harness/abi/map-types.ts')],
  },
  {
    says: 'a test has no time limit of its own: how long it takes is the business of the machine',
    broken: linesWith(
      (name) => name.endsWith('.test.ts'),
      (line) => timeLimit.test(line),
      'limits the time of a test',
    ),
    // Numbers in two pieces: these lines are no breaches.
    caught: [
      ...[
        `it('is slow', () => {\n}, ${1}000);`,
        `it(\n  'is slow',\n  work,\n  ${1}000,\n);`,
        `run({ timeout: ${1}000 });`,
      ].map((text) => [file('harness/run/x.test.ts', text)]),
    ],
    spared: [
      file('harness/run/x.test.ts', 'const options = { timeoutMs: 9, timeout: 0 };'),
      file('harness/run/limits.ts', `const given = { timeout: ${1}000 };`),
    ],
  },
  {
    says: 'nothing is put off',
    broken: linesWith(
      () => true,
      (line) => putOffPattern.test(line),
      'puts something off',
    ),
    caught: putOff.map((word) => [file('README.md', `one\n${word}: two`)]),
  },
  {
    says: 'no path of one machine and no registry host is written down',
    broken: linesWith(
      () => true,
      (line) => machinePath.test(line) || registryHost.test(line),
      'names a machine path or a registry host',
    ),
    caught: [
      ...['work', 'root', 'home'].map((folder) => [file('a.md', `see /${folder}/x`)]),
      [file('package-lock.json', '"https://regi' + 'stry.npmjs.org/a"')],
      [file('.npmrc', 'registry=https://mirror' + '.artifactory.example/npm')],
    ],
    spared: [file('a.md', 'frame/work/shop, https://example.org/home/page and suites/registry/')],
  },
  {
    says: 'the lock file works with any registry',
    broken: (files) =>
      files
        .filter(({ path: name }) => name === 'package-lock.json')
        .filter(({ text }) => text.includes('"resolved"'))
        .map(
          ({ path: name }) =>
            `${name} pins addresses: see omit-lockfile-registry-resolved in .npmrc`,
        ),
    caught: [[file('package-lock.json', '{"resolved": "x"}')]],
  },
  {
    says: 'what a source file cites is in the repository',
    broken: citationsBroken,
    caught: [
      [file('a.ts', '// C-05 differs')],
      [file('a.ts', '// see docs/LOST.md')],
      [file('a.ts', '/** As spec B.2 has it. */')],
    ],
    spared: [
      file('a.ts', '/** C-05, docs/contract/CONTRADICTIONS.md */'),
      file('docs/contract/CONTRADICTIONS.md', '| C-05 | what |'),
    ],
  },
  {
    says: 'links between pages lead somewhere',
    broken: linksBroken,
    caught: [
      [file('README.md', 'see [this](docs/lost.md)')],
      [file('docs/a.md', 'see [this](#lost)'), file('README.md')],
      [file('README.md', '[this]: lost.md')],
    ],
    spared: [
      file(
        'README.md',
        '[a](docs/a.md#two-words) [b](docs) [c](https://example.org) `[d](lost.md)`',
      ),
      file('docs/a.md', '## Two words\n[up](../README.md)'),
    ],
  },
];

const root = fileURLToPath(new URL('..', import.meta.url));
const generated = /^(node_modules|dist|coverage|\.git|reports\/out)$|(^|\/)build$/;

/**
 * Without git (an unpacked archive) the folders are walked; what git ignores is then known by name.
 */
const walk = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (generated.test(name)) return [];
    return entry.isDirectory() ? walk(name) : [name];
  });

const names = existsSync(path.join(root, '.git'))
  ? execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    })
      .split('\0')
      .filter(Boolean)
  : walk('.');

/** A file with a zero byte has no lines to judge; it can be linked to all the same. */
const project: readonly File[] = [...new Set(names)]
  .filter((name) => statSync(path.join(root, name), { throwIfNoEntry: false })?.isFile())
  .map((name) => file(name, readFileSync(path.join(root, name), 'utf8')))
  .map((one) => (one.text.includes('\0') ? file(one.path, '') : one));

test('the laws see the project', () => {
  expect(project.map(({ path: name }) => name)).toEqual(
    expect.arrayContaining(['package.json', 'harness/abi/layout.ts', 'suites/tidy.test.ts']),
  );
});

describe.each(laws)('$says', ({ broken, caught, spared = [] }) => {
  test('holds', () => {
    expect(broken(project)).toEqual([]);
  });

  test('catches a breach and spares what only looks like one', () => {
    expect(caught.length).toBeGreaterThan(0);
    for (const tree of caught)
      expect(broken(tree), JSON.stringify(tree).slice(0, 200)).not.toEqual([]);
    expect(broken(spared)).toEqual([]);
  });
});
