/** FLAG and SIZE: the numbers that go with every element callback. */
import { type Condition } from '../../harness/index.ts';
import {
  byData,
  createsMaps,
  hasDelete,
  hasFind,
  hasUpdate,
  hasValues,
  when,
} from '../state/applies.ts';

export const usable = when(createsMaps, hasValues);
const has = {
  find: hasFind,
  update: hasUpdate,
  delete: hasDelete,
};
export const anyCallback = (needs: readonly (keyof typeof has)[]): readonly Condition[] =>
  when(
    byData(
      (subject) => needs.some((one) => has[one].holds(subject)),
      `the provider supplies no ${needs.join(', ')} callback`,
    ),
    ...usable,
  );
export const elements = anyCallback(['find', 'update', 'delete']);
