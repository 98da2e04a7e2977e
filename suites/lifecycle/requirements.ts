/** LIFE for providers and runtimes: how a map ends, and that nothing of it stays. */
import type { Requirement } from '../../harness/index.ts';
import { watchMapDelete } from './monitors.ts';

export const requirements: readonly Requirement[] = [
  {
    id: 'LIFE-002',
    asks: 'postprocess_map_delete frees the map context and everything that hangs off it, at once or through the epoch.',
    passing:
      'Every block allocated in calls for a map is freed when the map is gone and all deferred work has run, over repeated lives of maps and at unload.',
    look: 'postprocess_map_delete: is every allocation of preprocess_map_create (and of updates) freed on this path?',
    watch: watchMapDelete,
  },
];
