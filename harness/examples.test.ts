/**
 * What the package exports by name is explained where it is declared, with an example that the
 * compiler takes.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.dirname(import.meta.dirname);
const index = path.join(root, 'harness/index.ts');

/** Each name that index.ts hands on, with the file that declares it. */
const exported = (): { name: string; file: string; isType: boolean }[] =>
  [...readFileSync(index, 'utf8').matchAll(/^export (type )?\{([^}]*)\} from '([^']+)'/gm)].flatMap(
    ([, type, names, from]) =>
      names!
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '')
        .map((name) => ({
          name,
          file: path.resolve(path.dirname(index), from!),
          isType: type !== undefined,
        })),
  );

/** The examples in the docblock of a declaration; null where there is no such thing. */
const exampleIn = (text: string, name: string): string | null => {
  const block = String.raw`/\*\*((?:(?!\*/)[\s\S])*)\*/\n`;
  const declared = `export (?:type|const|function) ${name}\\b`;
  const found = new RegExp(`${block}${declared}`).exec(text);
  const [, example] = /@example\b([\s\S]*)$/.exec(found?.[1] ?? '') ?? [];
  return example === undefined ? null : example.replace(/^ \* ?/gm, '').trim();
};

const exampleOf = ({ name, file }: { name: string; file: string }): string | null =>
  exampleIn(readFileSync(file, 'utf8'), name);

/** Hands examples to the compiler as one file, a block each; answers what it says against them. */
const compiled = (examples: readonly string[]): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'examples-'));
  try {
    const names = exported().map(({ name, isType }) => (isType ? `type ${name}` : name));
    const blocks = examples.map((example) => `{\n${example.replace(/^export .*$/m, '')}\n}`);
    const imports = `import { mapTypes, ${names.join(', ')} } from 'custom-map-conformance';`;
    writeFileSync(path.join(folder, 'examples.ts'), [imports, ...blocks].join('\n'));
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    const options = {
      paths: { 'custom-map-conformance': [index] },
      ...{ noUnusedLocals: false, noUnusedParameters: false, verbatimModuleSyntax: false },
    };
    const settings = {
      extends: path.join(root, 'tsconfig.json'),
      compilerOptions: { ...options, lib: ['es2023', 'dom'] },
      include: [path.join(folder, 'examples.ts')],
    };
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(settings));
    const compiler = path.join(root, 'node_modules/@typescript/native/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

it('each has an example', () => {
  expect(exported().length).toBeGreaterThan(50);
  expect(exported().flatMap((one) => (exampleOf(one) === null ? [one.name] : []))).toEqual([]);
});

it('finds no example where there is none', () => {
  expect(exampleIn('/** A thing. */\nexport const thing = 1;', 'thing')).toBeNull();
  expect(exampleIn('export const thing = 1;', 'thing')).toBeNull();
  expect(exampleIn('/** @example thing; */\nexport type other = 1;', 'thing')).toBeNull();
});

it('the compiler takes them all, and not what is wrong', () => {
  const examples = exported().map((one) => exampleOf(one) ?? '');
  expect(compiled(examples)).toBe('');
  expect(compiled(["const caller: Caller = 'kernel';"])).toContain(
    '\'"kernel"\' is not assignable',
  );
});
