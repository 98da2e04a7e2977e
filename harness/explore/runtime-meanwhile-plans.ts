/**
 * Plans for a runtime under test in which providers come, go, refuse and take their time while a
 * map is created: on threads of their own where it has threads, from inside the callback where not.
 */
import {
  sequential,
  type Meanwhile,
  type ObservedProvider,
  type Operation,
  type Plan,
} from '../trace/plan.ts';

type RuntimePlan = Plan & { suite: string };

const refuses = { attach: ['STATUS_NOINTERFACE'] } as const;

/** Every plan of this kind, for a type that is custom in the revision. */
export const runtimeMeanwhilePlans = (map_type: number): RuntimePlan[] => {
  const comes = (provider: number, as: Partial<ObservedProvider> = {}) =>
    ({ op: 'register', provider, as: { map_type, ...as } }) as const;
  const goes = (provider: number) => ({ op: 'deregister', provider }) as const;
  const make = (map: number) => ({ op: 'create', map, map_type }) as const;
  const whileAsked = (
    ...operations: Meanwhile['operations']
  ): { attach: string[]; during: Meanwhile } => ({
    attach: [...refuses.attach],
    during: { callback: 'ProviderAttachClient', operations },
  });
  const use = (map: number): Operation[] => [
    { op: 'update', map, key: 0, value: 0 },
    { op: 'update', map, key: 0, value: 1 },
    { op: 'find', map, key: 0 },
    { op: 'delete', map, key: 0 },
    { op: 'update', map, key: 1, value: 2 },
  ];
  const life = (map: number): Operation[] => [make(map), ...use(map), { op: 'close', map }];
  const plan = (name: string, operations: Operation[]): RuntimePlan => ({
    ...sequential(`${name} while a map is created`, operations),
    suite: 'discovery',
    probes: [],
  });
  return [
    plan('a provider registers', [comes(0, whileAsked(comes(1))), ...life(0), ...life(1)]),
    plan('a provider registers and takes its time', [
      comes(0, whileAsked(comes(1, { late: true }))),
      ...life(0),
      ...life(1),
    ]),
    plan('a provider registers, takes its time and refuses', [
      comes(0, whileAsked(comes(1, { late: true, attach: [...refuses.attach] }))),
      ...life(0),
      comes(2),
      ...life(1),
    ]),
    plan('a provider that was asked deregisters', [
      comes(0, { during: { callback: 'ProviderAttachClient', operations: [goes(0)] } }),
      ...life(0),
      { op: 'await_deregistration', provider: 0 },
      ...life(1),
    ]),
    plan('the next provider deregisters', [
      comes(0, whileAsked(goes(1))),
      comes(1),
      ...life(0),
      comes(2),
      ...life(1),
    ]),
    plan('the chosen provider deregisters and another registers', [
      comes(0, {
        during: { callback: 'preprocess_map_create', operations: [goes(0), comes(1)] },
      }),
      ...life(0),
      { op: 'await_deregistration', provider: 0 },
      ...life(1),
    ]),
    plan('others are created', [
      comes(0, {
        during: { callback: 'ProviderAttachClient', operations: [make(1), make(2)] },
      }),
      make(0),
      ...[0, 1, 2].flatMap(use),
    ]),
    plan('eight threads come, go and create', [
      comes(0, whileAsked(comes(1, { late: true }), comes(2), goes(3), ...[1, 2, 3, 4].map(make))),
      comes(3),
      make(0),
      ...[0, 1, 2, 3, 4].flatMap(use),
    ]),
  ];
};
