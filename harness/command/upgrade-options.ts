/**
 * `--upgrade` and `--runtime-version`: the runtime under a provider is changed, which takes a
 * provider that the harness itself runs.
 */
import { Option, type Command } from 'commander';
import { UsageError } from '../errors/errors.ts';
import type { CertifyOptions } from '../run/options.ts';
import { RELEASES } from '../sim/releases.ts';
import { printable } from '../trace/printable.ts';

export type UpgradeFlags = {
  upgrade?: boolean;
  runtimeVersion?: string;
  dialect?: string[];
  nmr?: string;
};

/** Adds both options. */
export const withUpgrade = (command: Command): Command =>
  command
    .option('--upgrade', 'which changes of eBPFCore would break this provider')
    .option('--runtime-version <version>', 'judge as this release does it: 1.3.0, main');

/** The option where it is refused in a sentence of its own. */
export const hiddenUpgrade = (): Option => new Option('--upgrade').hideHelp();

/** What the flags ask of the engine. Throws UsageError where they cannot be asked. */
export const upgradeOptions = (
  { upgrade = false, runtimeVersion, dialect, nmr }: UpgradeFlags,
  isRecorded: boolean,
): Pick<CertifyOptions, 'upgrade' | 'runtimeVersion'> => {
  const option = upgrade ? '--upgrade' : '--runtime-version';
  if ((upgrade || runtimeVersion !== undefined) && isRecorded) {
    throw new UsageError(
      `${option} changes the runtime that a provider runs under, and a recording has run already: ` +
        'name the provider itself',
    );
  }
  if (runtimeVersion === undefined) return upgrade ? { upgrade } : {};
  if (!RELEASES.some(({ version }) => version === runtimeVersion)) {
    const known = RELEASES.map(({ version }) => version).join(', ');
    const asked = printable(runtimeVersion, 40);
    throw new UsageError(`--runtime-version '${asked}' is no release that is known: ${known}`);
  }
  const other = upgrade ? '--upgrade' : dialect ? '--dialect' : nmr ? '--nmr' : null;
  if (other === null) return { runtimeVersion };
  throw new UsageError(`--runtime-version is one reading, and ${other} asks for others: give one`);
};

/** Ends a command whose subject is no provider. */
export const refuseUpgrade = (subject: 'runtime' | 'header'): never => {
  throw new UsageError(
    '--upgrade asks what a provider stands, by changing the runtime under it; here the subject is ' +
      `a ${subject}: \`mapcert certify PROVIDER --upgrade\``,
  );
};
