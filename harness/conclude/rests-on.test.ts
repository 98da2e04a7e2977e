/** What a report opens with. */
import { expect, test } from 'vitest';
import { objectMap } from '../../fixtures/providers/object-map.ts';
import { probe } from '../campaign/probe.ts';
import type { SubjectContext } from '../check/subject.ts';
import { moduleExecutor } from '../run/in-process.fixture.ts';
import { restsOn } from './rests-on.ts';

const groundsOf = async (module: ReturnType<typeof objectMap>) => {
  const { profile, registrations } = await probe(
    moduleExecutor(module, null),
    module.profile ?? null,
    'merged',
  );
  const subject: SubjectContext = {
    ...{ kind: 'in-process', revision: 'merged', enumHeader: null },
    ...{ profile, registrations },
  };
  return restsOn([], [], subject);
};

test('that no map could be created is said before all else', async () => {
  const [first] = await groundsOf(
    objectMap({
      name: 'creates-nothing',
      profile: { maxMaps: 1 },
      table: () => ({ preprocess_map_create: () => 'EBPF_INVALID_ARGUMENT' }),
    }),
  );
  expect(first!.what).toMatch(/^no map: none could be created/);
  const [usual] = await groundsOf(objectMap({ name: 'usual', profile: { maxMaps: 1 } }));
  expect(usual).toEqual({ what: 'maxMaps: 1', by: 'declared', excuses: [] });
});
