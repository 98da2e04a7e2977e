/**
 * `npm run test:windows [name…]`: the C fixtures as DLLs, certified by the Windows package under
 * Wine, must get the verdicts that the same sources get on Linux. docs/WINDOWS.md says what that
 * proves. Names select cases by prefix.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { buildNative } from '../native/build.ts';
import { buildCrashReporter } from '../native/build-crash.ts';
import { buildStressDriver } from '../native/build-stress.ts';
import { findCompiler, NativeBuildError } from '../native/compiler.ts';
import { project } from './bundle.ts';
import { casesOf, type Case } from './cases.ts';
import { packagedEntry, packageFolder, packageForWindows } from './package.ts';
import { installSystemTools, mingw, MissingError, workFolder } from './prerequisites.ts';
import { makeSingleFile } from './single-file.ts';
import { differences, judgedRules, readJudged, type Exception, type Judged } from './verdicts.ts';
import { runBounded, startWine, stopWine } from './wine.ts';

/** One certification; a right provider takes a minute or two under Wine. */
const caseLimitMs = 600_000;
/** Everything together. */
const totalLimitMs = 5_400_000;
const casesAtOnce = 2;
const missingExitCode = 4;
const singleFileCase = 'single-file';

const reports = path.join(workFolder, 'reports');
const exceptionsFile = path.join(project, 'fixtures/native/windows-exceptions.json');

type Libraries = { linux: ReadonlyMap<string, string>; windows: ReadonlyMap<string, string> };

const prepare = async (): Promise<{ cases: Case[]; libraries: Libraries }> => {
  installSystemTools();
  await packageForWindows();
  // The package runs on Linux too: the same code then judges both.
  for (const built of [await buildStressDriver(), await buildCrashReporter()]) {
    const folder = path.basename(path.dirname(built));
    const into = path.join(packageFolder, 'app/harness/native/build', folder);
    cpSync(built, path.join(into, path.basename(built)));
  }
  const target = { compiler: findCompiler(mingw), into: path.join(workFolder, 'fixtures') };
  const places = ['providers/', 'faults/'];
  const windows = (await Promise.all(places.map((one) => buildNative(one, target)))).flat();
  const linux = (await Promise.all(places.map((one) => buildNative(one)))).flat();
  const byName = (built: typeof linux): Map<string, string> =>
    new Map(built.map(({ name, library }) => [name, library]));
  return { cases: casesOf(linux), libraries: { linux: byName(linux), windows: byName(windows) } };
};

const writeProfile = (stem: string, profile: object): string => {
  const file = `${stem}.config.json`;
  writeFileSync(file, JSON.stringify(profile));
  return file;
};

const certify = async (
  one: Case,
  system: keyof Libraries,
  libraries: Libraries,
): Promise<Judged> => {
  const stem = path.join(reports, `${one.name.replaceAll('/', '-')}.${system}`);
  const command = system === 'linux' ? process.execPath : 'wine';
  const program = system === 'linux' ? [] : [path.join(packageFolder, 'node.exe')];
  const library = libraries[system].get(one.fixture);
  if (library === undefined) throw new Error(`${one.fixture} was not built for ${system}`);
  // Relative paths mean the same to both: Wine has other names for whole ones.
  const inWork = (file: string): string => path.relative(workFolder, file);
  const config = one.profile === null ? [] : ['--config', inWork(writeProfile(stem, one.profile))];
  const options = [...one.options, ...config, '--quiet'];
  const given = [inWork(packagedEntry), 'certify', inWork(library), ...options];
  const report = `json=${inWork(stem)}.json`;
  const ended = await runBounded(
    [command, ...program, ...given, '--report', report],
    `${stem}.log`,
    caseLimitMs,
  );
  if (ended.timedOut) process.stdout.write(`${one.name}: ${system} did not end in time\n`);
  return readJudged(ended.code, `${stem}.json`);
};

/**
 * One line for a case, and one for each difference. True when nothing differs without a listed
 * reason.
 */
const show = (
  { name, codes }: Case,
  judged: { linux: Judged; windows: Judged },
  exceptions: readonly Exception[],
): boolean => {
  const found = differences(name, judged, exceptions);
  // A case that no system could run proves nothing.
  const ran = codes.includes(judged.linux.exitCode ?? -1);
  const isSame = ran && found.every(({ reason }) => reason !== null);
  const rules = `${judgedRules(judged.windows).length} rules`.padStart(9);
  const verdict = isSame
    ? found.length === 0
      ? 'same'
      : 'same but for what is listed'
    : 'DIFFERENT';
  const exit = `exit ${String(judged.linux.exitCode)}/${String(judged.windows.exitCode)}`;
  process.stdout.write(`${name.padEnd(52)} ${rules}  ${exit}  ${verdict}\n`);
  for (const { what, linux, windows, reason } of found) {
    const known = reason === null ? '' : ` (listed: ${reason})`;
    process.stdout.write(`    ${what}: linux ${linux}, windows ${windows}${known}\n`);
  }
  return isSame;
};

/** The one file lays itself out and judges the sample as its folder does. */
const trySingleFile = async (): Promise<boolean> => {
  const program = makeSingleFile(packageFolder);
  const report = path.join(reports, 'single-file.json');
  const given = ['certify', '--quiet', '--report', `json=${path.relative(workFolder, report)}`];
  const log = path.join(reports, 'single-file.log');
  const { code } = await runBounded(['wine', program, ...given], log, caseLimitMs);
  const judged = readJudged(code, report);
  const isRight = code === 0 && judgedRules(judged).length > 0;
  const verdict = isRight ? 'as it should' : 'DIFFERENT';
  process.stdout.write(`${singleFileCase.padEnd(52)} exit ${String(code)}  ${verdict}\n`);
  return isRight;
};

const runAll = async (names: readonly string[]): Promise<number> => {
  const { cases, libraries } = await prepare();
  const exceptions = JSON.parse(readFileSync(exceptionsFile, 'utf8')) as Exception[];
  const wanted = cases.filter(
    ({ name }) => names.length === 0 || names.some((one) => name.startsWith(one)),
  );
  const isSelected = names.length === 0 || names.some((one) => singleFileCase.startsWith(one));
  if (wanted.length === 0 && !isSelected) {
    throw new MissingError(`no case is named ${names.join(', ')}…; see fixtures/native`);
  }
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  if (!startWine())
    throw new MissingError('Wine is installed but does not start; try `wine wineboot -i` by hand.');
  const isWhole = !isSelected || (await trySingleFile());
  let same = 0;
  const queue = wanted.values(); // Shared, so that each worker takes the next.
  const work = async (): Promise<void> => {
    for (const one of queue) {
      const [linux, windows] = await Promise.all([
        certify(one, 'linux', libraries),
        certify(one, 'windows', libraries),
      ]);
      same += Number(show(one, { linux, windows }, exceptions));
    }
  };
  await Promise.all(Array.from({ length: casesAtOnce }, work));
  process.stdout.write(`${same} the same, ${wanted.length - same} different\n`);
  return same === wanted.length && isWhole ? 0 : 1;
};

const guarded = async (names: readonly string[]): Promise<number> => {
  const timer = setTimeout(() => {
    console.error(`test:windows: not done after ${totalLimitMs / 60_000} minutes`);
    stopWine();
    process.exit(1);
  }, totalLimitMs);
  process.once('SIGINT', () => {
    stopWine();
    process.exit(130);
  });
  try {
    return await runAll(names);
  } catch (reason) {
    if (!(reason instanceof MissingError || reason instanceof NativeBuildError)) throw reason;
    console.error(`test:windows: ${reason.message}`);
    return reason instanceof NativeBuildError ? reason.exitCode : missingExitCode;
  } finally {
    clearTimeout(timer);
    stopWine();
  }
};

process.exit(await guarded(process.argv.slice(2)));
