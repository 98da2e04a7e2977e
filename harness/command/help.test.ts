/** Help and wrong usage: examples under every command, and the name that was meant. */
import { expect, it } from 'vitest';
import { EXAMPLES } from './examples.ts';
import { didYouMean, nearest } from './nearest.ts';
import { main } from './program.ts';

const unused = () => Promise.reject(new Error('not asked for'));

const mapcert = async (...argv: string[]): Promise<string> => {
  let said = '';
  await main(argv, {
    ...{ certify: unused, certifyRuntime: unused, certifyHeader: unused, replay: unused },
    ...{
      shrink: unused,
      probe: unused,
      selftest: unused,
      mutate: unused,
      chapters: () => Promise.resolve([]),
    },
    stdout: { write: (text) => (said += text) },
    stderr: { write: (text) => (said += text) },
    env: {},
  });
  return said;
};

it('every command has examples, of options that it has', async () => {
  const commands = [...(await mapcert('--help')).matchAll(/^ {2}([a-z]+) \[?[<[]?/gm)]
    .map(([, name]) => name!)
    .filter((name) => !['mapcert', 'help'].includes(name));
  expect(commands.length).toBeGreaterThan(11);
  for (const name of commands) {
    const help = await mapcert(name, '--help');
    expect(help, name).toMatch(/Examples?:/);
    for (const [line] of EXAMPLES[name] ?? []) {
      expect(line.startsWith(`mapcert ${name}`)).toBe(true);
      for (const [option] of line.matchAll(/--[a-z-]+/g)) expect(help, line).toContain(option);
    }
  }
});

it('names what was meant where something near is there', () => {
  expect(nearest('lifecicle', ['lifecycle', 'lookup'])).toBe('lifecycle');
  expect(nearest('crud-del-6', ['CRUD-UPD-006', 'CRUD-DEL-006'])).toBe('CRUD-DEL-006');
  expect(nearest('jnuit', ['json', 'junit'])).toBe('junit');
  expect(didYouMean('zzz', ['json', 'junit'])).toBe('');
});

it.each([
  [['certify', '--level', 'mus'], 'Did you mean must?'],
  [['certify', '--report', 'jsn=x'], 'Did you mean json?'],
  [['certify', '--only', 'CRUD-DEL-6'], 'Did you mean CRUD-DEL-006?'],
  [['certify', '--dialect', 'as-shiped'], 'Did you mean as-shipped?'],
  [['explain', 'REG-0001'], 'Did you mean REG-001?'],
  [['list', 'suite'], 'Did you mean suites?'],
])('%j is answered with the nearest name', async (argv, said) => {
  expect(await mapcert(...argv)).toContain(said);
});
