import type { Finding } from '../check/monitor.ts';
import type { TraceEvent } from '../trace/event.ts';
export const runtimeModelFindings = (_trace: readonly TraceEvent[]): Finding[] => [];
