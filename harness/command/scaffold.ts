/**
 * What `init` writes: the files of harness/native/scaffold, with names filled in, and the headers
 * and the shim that they are compiled with, copied from the package so that they never age.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** In which style the provider is written: it decides the glue. */
export const KINDS = ['c', 'driver', 'cpp', 'ts'] as const;
export type Kind = (typeof KINDS)[number];

/** The library that the sources become, without its ending. */
export const LIBRARY = 'my_provider';

type Style = { own: string; files: readonly string[]; ending: 'c' | 'cpp'; glue: string };

const c = ['my_provider.c', 'my_provider.h'] as const;

/** `own`: the sources that a vendor replaces. */
const styles: Readonly<Record<Exclude<Kind, 'ts'>, Style>> = {
  c: {
    own: 'my_provider.c',
    files: [...c, 'c/provider_glue.c'],
    ending: 'c',
    glue: 'Put the names of your register and unregister routines into `provider_glue.c`.',
  },
  driver: {
    own: 'my_driver.c my_provider.c',
    files: [...c, 'driver/my_driver.c', 'driver/provider_glue.c'],
    ending: 'c',
    glue: '`provider_glue.c` calls `DriverEntry` and the `DriverUnload` that it set: nothing to change.',
  },
  cpp: {
    own: 'my_provider.cpp',
    files: ['my_provider.h', 'cpp/my_provider.cpp', 'cpp/provider_glue.cpp'],
    ending: 'cpp',
    glue: 'Put the names of your register and unregister routines into `provider_glue.cpp`.',
  },
};

const common = ['README.md', 'build.sh', 'CMakeLists.txt', 'mapcert.config.mjs'] as const;

const root = fileURLToPath(new URL('../native/', import.meta.url));
const textOf = (...names: string[]): string => readFileSync(path.join(root, ...names), 'utf8');

/** The one line that builds a folder of this kind. */
const commandOf = ({ own, ending }: Style, compiler: string): string =>
  [
    `${compiler} -shared -fPIC -g -fvisibility=hidden -Wl,--no-undefined`,
    '-Inative/include -Inative/include/shadow -Inative/shim -include cmc_prelude.h',
    `${own} provider_glue.${ending} native/shim/cmc_shim.c -o ${LIBRARY}.so`,
    ...(ending === 'cpp' ? ['-lstdc++'] : []),
  ].join(' ');

const filled = (text: string, style: Style): string => {
  const values: Readonly<Record<string, string>> = {
    NAME: LIBRARY,
    OWN: style.own,
    SOURCES: style.own,
    ENDING: style.ending,
    LANGUAGES: style.ending === 'cpp' ? 'C CXX' : 'C',
    GLUE: style.glue,
  };
  return text.replace(/@([A-Z]+)@/g, (found, name: string) => values[name] ?? found);
};

/** Files by their path in the folder to write, in the order to be shown. */
export const scaffold = (kind: Kind): Map<string, string> => {
  if (kind === 'ts') return model();
  const style = styles[kind];
  const own = [...common, ...style.files].map((name): [string, string] => {
    const base = path.basename(name);
    const compiler = base === 'build.sh' ? '"${CC:-gcc}"' : 'gcc';
    const text = textOf('scaffold', name).replaceAll('@COMMAND@', () => commandOf(style, compiler));
    return [base, filled(text, style)];
  });
  return new Map([...own, ...nativeFiles()]);
};

/** A model: what is compiled by nobody is kept as text, so that it ships as it stands. */
const model = (): Map<string, string> =>
  new Map(
    ['README.md', 'my_provider.ts', 'my_provider.test.ts'].map((name) => [
      name,
      textOf('scaffold', 'model', name.endsWith('.ts') ? `${name}.txt` : name),
    ]),
  );

/** Headers and shim, as the package builds its own fixtures with. */
const nativeFiles = (): [string, string][] => {
  const files = ['include', 'shim'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => path.join(folder, name))
      .filter((name) => /\.[ch]$/.test(name) && !name.startsWith(path.join('shim', 'test'))),
  );
  return [...files.sort(), 'CMakeLists.txt'].map((name) => [
    path.join('native', name),
    textOf(name),
  ]);
};
