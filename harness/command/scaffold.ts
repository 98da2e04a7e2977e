/** What `init` writes: text only. The C headers are not here, they are copied from the package. */

/** The configuration, in JavaScript so that it needs no compiler. */
export const CONFIG = `/** What the provider declares; the rest is probed. \`mapcert probe\` makes a first version. */
import { defineConfig } from 'custom-map-conformance';

export default defineConfig({
  keySizes: [4],
  valueSizes: [8],
  maxEntries: { min: 1, max: 64 },
  // The index-th valid, distinct value that a user process would write.
  values: (valueSize, index) => {
    const value = new Uint8Array(valueSize);
    new DataView(value.buffer).setUint32(0, index + 1, true);
    return value;
  },
  // Values that the provider must refuse, if there are any:
  // invalidValues: ['ffffffffffffffff'],
});
`;

/** The glue of a native provider. */
export const GLUE = `/*
 * Glue between a provider's driver source and the harness. Build both, with the shim, into one library.
 * The driver source is compiled against the shadow headers and calls NmrRegisterProvider and the like as ever.
 */
#include "cmc_shim.h"

/* The driver's own routines that register its providers and take them back, waiting for completion. */
NTSTATUS my_provider_register(void);
void my_provider_unregister(void);

CMC_EXPORT int
cmc_provider_start(const cmc_host_t* host)
{
    if (cmc_shim_bind(host) != 0) {
        return 1;
    }
    return my_provider_register() >= 0 ? 0 : 2;
}

CMC_EXPORT void
cmc_provider_stop(void)
{
    my_provider_unregister();
}
`;

/** How to go on from here. */
export const README = `# Certifying a custom map provider

1. Put the names of your register and unregister routines into \`provider_glue.c\`.
2. Build the driver source, the glue and the shim into one library, as in

       gcc -shared -fPIC -o my_provider.so -I native/include -I native/include/shadow -I native/shim \\
           provider_glue.c native/shim/cmc_shim.c my_provider.c

   With mingw or MSVC the result is a \`.dll\`; the sources are the same.
3. \`mapcert probe my_provider.so\` shows the profile that the provider has. Correct \`mapcert.config.mjs\` by it.
   The configuration imports the package: \`npm install --save-dev custom-map-conformance\`. After that \`npx mapcert\`
   is the command too; without it, \`npx custom-map-conformance\`.
4. \`mapcert certify my_provider.so --config mapcert.config.mjs\` judges it.
   \`mapcert explain ID\` says what a rule asks.

A provider in TypeScript needs no glue: \`mapcert certify provider.ts\`.
`;
