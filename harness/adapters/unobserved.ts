/**
 * What an external NMR hides. A violation that is seen all the same counts; without one, these
 * rules are not judged, with the reason given here: a pass would say more than was seen.
 */

const callsOfTheRegistrar =
  "an external NMR hides the provider's own calls of it and what they were answered";
const endOfABinding =
  'an external NMR calls ProviderDetachClient and ProviderCleanupBindingContext itself: neither ' +
  'answers nor moments are seen';
const kernelServices =
  'IRQL, waits and pageable routines are those of the library that the driver is linked against';
const processServices =
  'processes and handles are those of the library that the driver is linked against';
const pool =
  'the pool is that of the library that the driver is linked against: leaks in it are not seen';

/** By rule, for every driver behind an external NMR. */
const registrar: Readonly<Record<string, string>> = {
  'REG-004': 'an external NMR shows the registration instance, not NPI_PROVIDER_CHARACTERISTICS',
  'REG-013':
    'an external NMR writes the outputs of an attach itself: attaches were accepted, but whether ' +
    'the provider wrote both outputs is not seen',
  'REG-017':
    'an external NMR hides whether a refused attach left a binding context, and cleans it up itself',
  'REG-021': 'an external NMR refuses no registration that is well formed',
  'REG-022': 'an external NMR hides what a start that failed has left registered',
  'UNLOAD-001': callsOfTheRegistrar,
  'UNLOAD-005': endOfABinding,
  'UNLOAD-006': endOfABinding,
  'UNLOAD-008': endOfABinding,
  'UNLOAD-011': 'an external NMR answers no deregistration with an error when it is asked to',
  'IRQL-009': endOfABinding,
};

/** By rule, for a driver that is not handed the harness's services. */
const services: Readonly<Record<string, string>> = {
  'LIFE-002': pool,
  'LIFE-009': pool,
  'UNLOAD-007': pool,
  'IRQL-002': kernelServices,
  'IRQL-003': kernelServices,
  'IRQL-004': kernelServices,
  'IRQL-007': kernelServices,
  'IRQL-010': kernelServices,
  'CRUD-DEL-016': kernelServices,
  'HELP-011': kernelServices,
  'PROC-002': processServices,
  'PROC-003': processServices,
};

/** The rules that cannot pass, with the reason. */
export const unobservedRules = (hasServices: boolean): Record<string, string> =>
  hasServices ? { ...registrar } : { ...registrar, ...services };
