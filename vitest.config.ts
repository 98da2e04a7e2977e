import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Processes, not threads: a native subject that crashes must take its own worker only.
    pool: 'forks',
    include: ['{harness,suites,reports,fixtures}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/build/**', 'dist/**'],
    // Half of the time is spent waiting for host processes, so two workers suit two cores.
    maxWorkers: 2,
    // How long a test takes is the machine's business: what hangs is found by limits on processor
    // time.
    testTimeout: 7_200_000,
    hookTimeout: 7_200_000,
    teardownTimeout: 600_000,
  },
  resolve: {
    alias: {
      'custom-map-conformance': fileURLToPath(new URL('./harness/index.ts', import.meta.url)),
    },
  },
});
