/**
 * `probe`: what a subject looks like from outside, as a configuration that declares nothing nobody
 * declared.
 */
import type { Command } from 'commander';
import path from 'node:path';
import type { Profile } from '../provider/profile.ts';
import type { ProbeOptions } from '../run/options.ts';
import { duration } from './arguments.ts';
import { existing } from './certify.ts';
import type { Context } from './context.ts';
import { requireFile } from './read-file.ts';
import { printable } from '../trace/printable.ts';
import { writeWhole } from './write-file.ts';

type ProbeFlags = {
  config?: string;
  revision: 'merged' | 'draft';
  timeout?: number;
  inProcess?: boolean;
  nmr?: string;
  asan?: boolean;
  out?: string;
};

/** Adds `probe`. */
export const addProbe = (program: Command, context: Context): void => {
  program
    .command('probe')
    .summary('writes the profile that a subject shows')
    .description(
      'Finds out what a provider accepts and writes it as a configuration: what is declared\n' +
        'as it stands, what was only seen as comments, for a person to declare.',
    )
    .argument('<subject>', 'module, library or trace')
    .option('--config <file>', 'what is already declared')
    .option('--revision <revision>', 'text of the contract: merged or draft', 'merged')
    .option('--timeout <time>', 'longest time of one callback', duration('--timeout'))
    .option('--in-process', 'no host process: for debuggers')
    .option('--nmr <library>', 'a library that exports the NMR itself')
    .option('--asan', 'the library was built with a sanitizer (Linux)')
    .option('--out <dir>', 'folder for mapcert.config.mjs (default: standard output)')
    .action(async (subject: string, flags: ProbeFlags) => {
      if (flags.config !== undefined) requireFile(flags.config, '--config');
      if (flags.nmr !== undefined) requireFile(flags.nmr, '--nmr');
      const options: ProbeOptions = {
        subject: existing(subject),
        config: flags.config ?? null,
        revision: flags.revision,
        timeoutMs: flags.timeout ?? null,
        inProcess: flags.inProcess ?? false,
        nmr: flags.nmr ?? null,
        asan: flags.asan ?? false,
      };
      const { profile, losses } = await context.probe(options);
      const text = configOf(profile, losses);
      if (flags.out === undefined) context.stdout.write(text);
      else writeWhole(path.join(flags.out, 'mapcert.config.mjs'), text);
    });
};

/** Members in the order in which a vendor thinks of them. */
const members = [
  ...['keySizes', 'valueSizes', 'maxEntries', 'keys', 'values', 'invalidValues'],
  ...['valueRelation', 'duplicatesAllowed', 'userUpdate', 'userLookup', 'deleteMayReject'],
  ...['programTypes', 'restartable', 'reclamation', 'maxMaps', 'helpers', 'mapTypeName'],
] as const;
type Member = (typeof members)[number];

/** The member as a declaration has it; undefined: a function, or nothing that can be declared. */
const declarable = (profile: Profile, member: Member): unknown => {
  switch (member) {
    case 'keys':
      return profile.keysBelowMaxEntries ? 'below-max-entries' : undefined;
    case 'values':
      return undefined;
    case 'valueRelation':
      return profile.valueRelation === 'function' ? undefined : profile.valueRelation;
    case 'programTypes': {
      const { accept = [], reject = [] } = profile.programTypes ?? {};
      return { accept, reject };
    }
    default:
      return profile[member as keyof Profile];
  }
};

/**
 * The configuration as a module. A probe widens or informs and excuses nothing
 * (docs/CONDITIONS.md), so what was only seen is a comment: taken over unread it would declare a
 * fault away, and sizes that were tried are not all there are. So is what it was lost in: a crash
 * is no answer.
 */
const configOf = (profile: Profile, losses: readonly string[]): string => {
  const lines = (source: string, mark: string): string[] =>
    members
      .filter((member) => profile.source[member] === source)
      .map((member) => {
        const value = declarable(profile, member);
        return value === undefined
          ? `  // ${member}: ${member === 'values' ? `from ${profile.values}` : 'a function'},`
          : `  ${mark}${member}: ${JSON.stringify(value)},`;
      });
  const declared = lines('declared', '');
  const probed = lines('probed', '// ');
  const unknown = members.filter((member) => profile.source[member] === undefined);
  return [
    'export default {',
    ...(declared.length > 0 ? ['  // Declared.', ...declared] : []),
    ...(probed.length > 0
      ? [
          '  // Probed: seen, and no more than that. Declare what is meant, and nothing else.',
          ...probed,
        ]
      : []),
    ...(losses.length > 0
      ? [
          '  // Lost while it was asked, so that the answers are not all here; `mapcert certify` says which rules that breaks:',
          ...losses.map((loss) => `  // - ${printable(loss, 600)}`),
        ]
      : []),
    ...(unknown.length > 0 ? [`  // Neither declared nor probed: ${unknown.join(', ')}.`] : []),
    '};',
    '',
  ].join('\n');
};
