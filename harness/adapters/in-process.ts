/**
 * The in-process adapter: a TypeScript module as subject (provider/module.ts), in simulated memory.
 */
import { readStatus } from '../abi/result.ts';
import type { Box, ProviderCharacteristics, ProviderModule } from '../provider/module.ts';
import type {
  AttachOutcome,
  HostServices,
  Loss,
  Outcome,
  Registration,
  Subject,
} from '../provider/port.ts';
import type { Damage } from '../trace/damage.ts';
import { attempt, lossOf } from './attempt.ts';
import { clientObjects, retireClient, type ClientObjects } from './client-objects.ts';
import { KeptBuffers } from './guarded-buffer.ts';
import { moduleHost } from './module-host.ts';
import { readFacts } from './module-facts.ts';
import { moduleTable } from './module-table.ts';
import { MemoryAccessFault, SimulatedMemory } from './simulated-memory.ts';

const statusOf = (answer: unknown): string =>
  readStatus(answer) ?? `not a result: ${typeof answer}`;

const isFunction = (value: unknown): value is (...args: never[]) => unknown =>
  typeof value === 'function';

/** A fresh subject around a module object: one per run. */
export const openModule = (module: ProviderModule): Subject => {
  const memory = new SimulatedMemory();
  const kept = new KeptBuffers();
  const tokens = new Map<unknown, bigint>();
  let host: HostServices | null = null;

  /** Tells the ledger of a bad access before the exception goes through the provider. */
  const view = (address: bigint, length: number, write: boolean): Uint8Array => {
    try {
      return memory.view(address, length, write);
    } catch (reason) {
      if (reason instanceof MemoryAccessFault) host?.memoryFault(reason.fault);
      throw reason;
    }
  };

  const simple = (act: () => unknown): Outcome =>
    attempt(
      () => {
        act();
        return { result: null, damage: [] };
      },
      (lost) => ({ result: null, damage: [], lost }),
    );

  return {
    space: memory,
    hasStackInPool: true,
    start: (services) => {
      host = services;
      const table = moduleHost(services, {
        view,
        registration: (characteristics, context) =>
          registrationOf(characteristics, context, { memory, kept }),
        simple,
      });
      try {
        module.start(table);
        return { result: null, damage: [] };
      } catch (reason) {
        return { result: `start threw: ${lossOf(reason).detail}`, damage: [] };
      }
    },
    stop: () => simple(() => module.stop()),
    makeValue: isFunction(module.makeValue)
      ? (_mapType, valueSize, index) => {
          const made = module.makeValue!(valueSize, index);
          return made instanceof Uint8Array && made.length === valueSize ? made.slice() : null;
        }
      : null,
    releaseValue: isFunction(module.releaseValue)
      ? (_mapType, value) => module.releaseValue!(value)
      : null,
    resourceCount: isFunction(module.resourceCount) ? () => Number(module.resourceCount!()) : null,
    drain: isFunction(module.drain) ? () => module.drain!() : null,
    invokeHelper: isFunction(module.invokeHelper)
      ? (helper, args) =>
          attempt(
            () => ({
              result: null,
              damage: [],
              value: BigInt.asUintN(64, BigInt(module.invokeHelper!(helper, args) ?? 0n)),
            }),
            (lost) => ({ result: null, damage: [], value: 0n, lost }),
          )
      : null,
    contextAddress: (context) => {
      if (typeof context === 'bigint') return context;
      let token = tokens.get(context);
      if (token === undefined) {
        // A JavaScript object has no address: a slot that names it, and faults when followed.
        tokens.set(context, (token = 0x0c7e_0000_0000n + BigInt(tokens.size + 1) * 0x1000n));
      }
      return token;
    },
    endRun: () => undefined,
  };
};

/** One registration of a module, read anew each time its structures matter. */
const registrationOf = (
  characteristics: ProviderCharacteristics,
  providerContext: unknown,
  parts: { memory: SimulatedMemory; kept: KeptBuffers },
): Registration => {
  const shown = new Map<bigint, ClientObjects>();
  const functions = new Map<unknown, number>();
  const identify = (member: unknown): number => {
    if (!functions.has(member)) functions.set(member, functions.size + 1);
    return functions.get(member)!;
  };
  // Entry points are the registrar's copy, made at registration.
  const { ProviderAttachClient, ProviderDetachClient, ProviderCleanupBindingContext } =
    characteristics ?? {};
  const called = (act: () => unknown, read: (answer: unknown) => string | null): Outcome =>
    attempt(
      () => ({ result: read(act()), damage: parts.kept.written() }),
      (lost) => ({ result: null, damage: [], lost }),
    );
  return {
    facts: () => readFacts(characteristics, identify),
    attach: (call) => {
      const objects = clientObjects(call, (late) => parts.kept.note(late));
      shown.set(call.bindingHandle, objects);
      const untouched = Symbol('untouched');
      const context: Box<unknown> = { value: untouched };
      const dispatch: Box<unknown> = { value: untouched };
      const back = (lost: Loss | null, result: string | null, damage: Damage[]): AttachOutcome => ({
        result,
        damage,
        context: context.value === untouched ? null : (context.value ?? null),
        wroteContext: context.value !== untouched,
        dispatch: dispatch.value === untouched ? null : dispatch.value,
        wroteDispatch: dispatch.value !== untouched,
        ...(lost ? { lost } : {}),
      });
      return attempt<AttachOutcome>(
        () => {
          const answer = ProviderAttachClient.call(
            characteristics,
            call.bindingHandle,
            providerContext,
            objects.instance,
            call.clientBindingContext,
            objects.dispatch,
            context,
            dispatch,
          );
          return back(null, statusOf(answer), objects.damage());
        },
        (lost) => back(lost, null, []),
      );
    },
    detach: (context) =>
      called(() => ProviderDetachClient.call(characteristics, context), statusOf),
    cleanup: (context) =>
      called(
        () => ProviderCleanupBindingContext?.call(characteristics, context),
        () => null,
      ),
    table: () =>
      moduleTable(
        characteristics.ProviderRegistrationInstance?.NpiSpecificCharacteristics,
        parts.kept,
      ),
    retire: (handle) => {
      const objects = shown.get(handle);
      if (objects) retireClient(objects);
      shown.delete(handle);
    },
  };
};
