/** `mapcert registry`: the map type enum of a header, judged and told. */
import type { Command } from 'commander';
import { EndedEarly } from '../errors/errors.ts';
import { collect, todayOption } from './arguments.ts';
import { reportOptions, waiversHelp } from './certify.ts';
import type { Context } from './context.ts';
import { Evidence } from './evidence.ts';
import type { PublishOptions } from './publish.ts';
import { requireFile } from './read-file.ts';
import { todayOf } from './regressions.ts';
import { withReports } from './reporting.ts';
import { hiddenUpgrade, refuseUpgrade } from './upgrade-options.ts';
import type { RegistryOptions } from '../registry/check-header.ts';

type RegistryFlags = Omit<RegistryOptions, 'header'> &
  PublishOptions & { waivers?: string | undefined; today?: string; upgrade?: boolean };

/** Adds `registry`. */
export const addRegistry = (
  program: Command,
  context: Context,
  done: (code: number) => void,
): void => {
  const command = program
    .command('registry')
    .summary('checks the map type enum of an ebpf_structs.h')
    .description(
      'Checks the map type registry: the enum bpf_map_type and the name arrays of\nebpf_structs.h.',
    )
    .argument('<header>', 'the header to check')
    .option('--base <header>', 'an older header, to find renumbered and reused ids')
    .option('--with <header...>', 'headers of other pull requests, to find collisions')
    .option('--type <name=id>', "a provider's type, by name, id or both; repeatable", collect)
    .option('--revision <revision>', 'contract revision: merged or draft', 'merged')
    .option('--waivers <file>', waiversHelp)
    .option(...todayOption)
    .option('--json', 'print the findings as JSON')
    .option('--annotations', 'print GitHub annotations before the report');
  command.addOption(hiddenUpgrade());
  reportOptions(command).action(async (header: string, flags: RegistryFlags) => {
    done(await registryCommand(header, flags, context));
  });
};

/** A header that holds nothing to judge ends with 6, one that cannot be read with 4. */
class UnreadHeader extends EndedEarly {
  override readonly name = 'UnreadHeader';
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

const registryCommand = async (
  header: string,
  flags: RegistryFlags,
  context: Context,
): Promise<number> => {
  if (flags.upgrade) refuseUpgrade('header');
  if (flags.waivers !== undefined) requireFile(flags.waivers, '--waivers');
  const { runRegistry, shownRegistry } = await import('../registry/check-header.ts');
  const revision = flags.revision === 'draft' ? 'draft' : 'merged';
  // The findings with their lines are what a person reads: the summary of rules is left to reports.
  const record = await withReports({ ...flags, quiet: true }, context, {
    asked: { subject: { kind: 'header', name: header }, revision, seed: 0 },
    opened: { subject: header },
    evidence: new Evidence(),
    cut: { exitCode: 7, sentence: 'the process ended before there was a verdict' },
    work: async () => {
      const { text, error, exitCode, report } = await runRegistry({ ...flags, header });
      const isPiped = flags.report?.some((one) => !one.includes('=')) ?? false;
      const show = (shown: string): void => {
        if (shown !== '' && flags.quiet !== true)
          (isPiped ? context.stderr : context.stdout).write(`${shown}\n`);
      };
      if (report === null) {
        show(text);
        throw new UnreadHeader(error ?? 'nothing was judged', exitCode);
      }
      const judged = await context.certifyHeader({
        ...{ report, waivers: flags.waivers ?? null },
        today: todayOf(flags.today, context),
      });
      show(shownRegistry({ ...report, outcome: judged.outcome, exitCode: judged.exitCode }, flags));
      return judged;
    },
  });
  return record.exitCode;
};
