/**
 * REG-005, a MUST for the provider.
 * Source: docs/eBpfExtensions.md#2.7
 */
import { MIT_GUID, NPI } from '../../harness/abi/layout.ts';
import type { Requirement } from '../../harness/index.ts';
import { fixed, watchFacts } from './static.ts';

/** REG-005: the module id is well formed; which GUID it is, is free. */
const watchModuleId = watchFacts((say, { ModuleId }, event) => {
  say.exercised();
  const wrong = !ModuleId
    ? ['ModuleId is NULL']
    : [
        ...fixed('Length', ModuleId.Length, NPI.moduleId.Length),
        ...fixed('Type', ModuleId.Type, MIT_GUID),
        ...(ModuleId.Guid === null && ModuleId.Type === MIT_GUID ? ['Guid cannot be read'] : []),
      ];
  if (wrong.length === 0) return;
  say.violated(
    event,
    'ModuleId is an NPI_MODULEID of Length 24 and Type MIT_GUID (1)',
    wrong.join(', '),
  );
});

export const rule: Requirement = {
  id: 'REG-005',
  asks: 'ModuleId is a well-formed NPI_MODULEID (Length 24, Type MIT_GUID). Which GUID it is does not matter.',
  passing: 'Length and Type were read at registration.',
  look: 'The initialiser of the module id.',
  watch: watchModuleId,
  strength: 'static',
};
