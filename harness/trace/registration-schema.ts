/** What the facts of a registration, and the headers of structures, look like in a file. */
import { count, flag, label, list, object, or, strictGuid, words } from './json-schema.ts';

/** The header of a structure. */
export const header = object({ version: count, size: count, total_size: count }, [
  'version',
  'size',
  'total_size',
]);

/** `RegistrationFacts`. */
export const facts = object(
  {
    Version: or(count),
    Length: or(count),
    ProviderAttachClient: flag,
    ProviderDetachClient: flag,
    ProviderCleanupBindingContext: flag,
    instance: or(object({ Version: or(count), Size: or(count), Number: or(count) }, [])),
    NpiId: or(strictGuid),
    ModuleId: or(object({ Length: or(count), Type: or(count), Guid: or(strictGuid) }, [])),
    data: or(
      object(
        {
          header: or(header),
          map_type: or(count),
          base_map_type: or(count),
          base_properties: or(
            object({ header: or(header), updates_original_value: flag }, [
              'updates_original_value',
            ]),
          ),
          base_provider_table: or(
            object({ header: or(header), members: list(label) }, ['members']),
          ),
        },
        ['header', 'map_type', 'base_map_type', 'base_properties', 'base_provider_table'],
      ),
    ),
    unreadable: or(words),
  },
  ['NpiId', 'data'],
);
