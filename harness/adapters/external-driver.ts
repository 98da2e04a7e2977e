/**
 * The native adapter for a driver that is linked against a library which exports the NMR: the
 * library is loaded first, then the driver, and what it registers there is found by asking the
 * library as a client.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DISPATCH_LEVEL } from '../abi/flags.ts';
import { readStatus } from '../abi/result.ts';
import { SubjectError } from '../errors/errors.ts';
import type { HostServices, Outcome, Subject } from '../provider/port.ts';
import { printable } from '../trace/printable.ts';
import type { LoadedSubject } from './adapter.ts';
import { makeDriverObject, unloadRoutine } from './driver-object.ts';
import { ExternalNmr } from './external-nmr.ts';
import { ExternalRegistration } from './external-registration.ts';
import { forgetImage } from './image-memory.ts';
import { addressOf, functionAt, type Signature } from './koffi-binding.ts';
import { checkLibraryFile } from './library-file.ts';
import { hostTableAddress, moduleFunctions, openWorld } from './native.ts';
import { releaseClientSets } from './native-client-table.ts';
import { callNative } from './native-crossing.ts';
import { serveRun } from './native-host-table.ts';
import { Instances, openAnyLibrary, type Exports } from './native-library.ts';
import { nativeRegistration, type World } from './native-registration.ts';

/**
 * How a driver begins: the glue that the harness asks of others, its own entry point, or by being
 * loaded.
 */
type Entry = 'cmc_provider_start' | 'DriverEntry' | 'being loaded';

/** A driver and the ways to begin and end a run of it. */
type Driver = {
  entry: Entry;
  nmr: ExternalNmr;
  world: World;
  instances: Instances;
};

const unloadSignature: Signature = { result: 'void', parameters: ['uint64_t'] };

/**
 * Loads NMR and driver. Throws UsageError for the first and SubjectError for the second, in one
 * sentence.
 */
export const loadExternalDriver = (file: string, nmrFile: string): LoadedSubject => {
  checkLibraryFile(file);
  const nmr = new ExternalNmr(nmrFile);
  const world = openWorld();
  const shown = path.basename(file);
  const whole = path.resolve(file);
  const before = instancesIn(nmr, world);
  const instances = new Instances(whole, shown, openAnyLibrary);
  const entry = entryOf(instances.first(), instancesIn(nmr, world).size > before.size, {
    shown,
    nmr,
  });
  const driver: Driver = { entry, nmr, world, instances };
  // Loaded again by each start.
  if (entry === 'being loaded') unload(driver);
  world.buffers.reset();
  return {
    kind: 'native',
    name: printable(shown, 100),
    sha256: createHash('sha256').update(readFileSync(whole)).digest('hex'),
    profile: null,
    entry: entry === 'being loaded' ? 'loading it' : entry,
    // Other drivers are not handed the harness's services.
    hidden: entry === 'cmc_provider_start' ? ['externalNmr'] : ['externalNmr', 'ownServices'],
    open: ({ fresh, relax = null }) => {
      world.buffers.relax(relax);
      return openRun(driver, fresh);
    },
    close: () => serveRun(null),
  };
};

const instancesIn = (nmr: ExternalNmr, { buffers }: World): Set<bigint> =>
  new Set(nmr.offered(buffers).map(({ instance }) => instance));

const entryOf = (
  exports: Exports,
  hasRegistered: boolean,
  { shown, nmr }: { shown: string; nmr: ExternalNmr },
): Entry => {
  if (exports.cmc_provider_start && exports.cmc_provider_stop) return 'cmc_provider_start';
  if (hasRegistered) return 'being loaded';
  if (exports.DriverEntry) return 'DriverEntry';
  throw new SubjectError(
    `"${shown}" has no entry point: it exports neither cmc_provider_start and cmc_provider_stop nor ` +
      `DriverEntry, and loading it registered no provider of maps with "${nmr.shown}".`,
  );
};

const unload = ({ instances }: Driver): void => {
  // What was noted of its memory is not there any more.
  forgetImage();
  callNative(() => instances.unload());
};

/** A subject for one run. */
const openRun = (driver: Driver, fresh: boolean): Subject => {
  const { entry, nmr, world, instances } = driver;
  const { memory, buffers } = world;
  if (entry === 'being loaded' && fresh) instances.keep();
  const exports = entry === 'being loaded' ? {} : instances.next(fresh).exports;
  let registrations: ExternalRegistration[] = [];
  let isStopping = false;
  const run = entryRoutines(driver, exports);
  memory.mask.reset();
  const ended = (result: string | null): Outcome => ({ result, damage: buffers.written() });
  return {
    space: memory,
    hasOwnRegistrar: true,
    start: (services) => {
      serveRun({
        services: { ...services, queueWork: (routine) => queueWork(services, routine, isStopping) },
        registration: (characteristics, context) =>
          nativeRegistration(characteristics, context, world),
        hideText: (text) => memory.mask.hideText(text),
        damage: () => buffers.written(),
        release: (address) => buffers.release(address),
      });
      // What an earlier run left registered is no business of this one.
      const before = instancesIn(nmr, world);
      const refusal = run.start();
      if (refusal !== null) return ended(refusal);
      registrations = takeUp(driver, before, services);
      return ended(registrations.length ? null : notRegistered(driver));
    },
    stop: () => {
      isStopping = true;
      run.stop();
      isStopping = false;
      const left = instancesIn(nmr, world);
      // Its code must stay while somebody may call it.
      if (registrations.some(({ instance }) => left.has(instance))) instances.keep();
      for (const one of registrations) if (!left.has(one.instance)) one.close();
      registrations = [];
      return ended(null);
    },
    ...moduleFunctions(exports, world),
    contextAddress: (context) => addressOf(context),
    endRun: () => {
      serveRun(null);
      memory.reclaimAll();
      buffers.reset();
      releaseClientSets();
    },
  };
};

/** The providers that this start registered, as if they had registered with the harness. */
const takeUp = (
  { nmr, world }: Driver,
  before: ReadonlySet<bigint>,
  services: HostServices,
): ExternalRegistration[] =>
  nmr
    .offered(world.buffers)
    .filter(({ instance }) => !before.has(instance))
    .map((offered) => new ExternalRegistration(offered, { nmr, services, world }));

const notRegistered = ({ nmr }: Driver): string =>
  `it registered no provider of maps with "${nmr.shown}": link it against that very library`;

/**
 * While a module stops it may wait in the library, where nothing of the harness's can get on: what
 * it queues on the way there is done at once, as another processor might, unless a spin lock is
 * held.
 */
const queueWork = (
  services: HostServices,
  routine: Parameters<HostServices['queueWork']>[0],
  isStopping: boolean,
): void => {
  services.queueWork(routine);
  if (isStopping && services.KeGetCurrentIrql() < DISPATCH_LEVEL) services.runQueuedWork();
};

type Routines = {
  /** Null, or why it did not start. */
  start: () => string | null;
  stop: () => void;
};

const entryRoutines = (driver: Driver, exports: Exports): Routines => {
  const { entry, world, instances } = driver;
  switch (entry) {
    case 'cmc_provider_start':
      return {
        start: () => {
          const table = hostTableAddress(world.buffers);
          const answer = callNative(() => exports.cmc_provider_start!(table));
          return answer === 0 ? null : `cmc_provider_start returned ${String(answer)}`;
        },
        stop: () => void callNative(() => exports.cmc_provider_stop!()),
      };
    case 'DriverEntry': {
      let object = 0n;
      return {
        start: () => {
          const made = makeDriverObject(world.memory);
          object = made.object;
          const answer = callNative(() => exports.DriverEntry!(object, made.registryPath));
          const status = readStatus(answer) ?? 'no status';
          if (status !== 'STATUS_SUCCESS') return `DriverEntry returned ${status}`;
          return unloadRoutine(object) === 0n
            ? 'DriverEntry set no DriverUnload, so it can never be stopped'
            : null;
        },
        stop: () => {
          const unloads = functionAt(unloadRoutine(object), unloadSignature);
          callNative(() => unloads(object));
        },
      };
    }
    case 'being loaded':
      return {
        start: () => {
          try {
            callNative(() => instances.next(false));
            return null;
          } catch (reason) {
            if (reason instanceof SubjectError) return reason.message;
            throw reason;
          }
        },
        stop: () => unload(driver),
      };
  }
};
