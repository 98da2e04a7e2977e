/**
 * Which rules a runtime breaks that is lost in an operation: those that say what the operation must
 * come to.
 */
import type { HomeRules } from '../check/judge.ts';
import type { Operation } from '../trace/plan.ts';

const byOperation: Partial<Record<Operation['op'], string>> = {
  create: 'CRE-001',
  find: 'CRUD-FIND-001',
  update: 'CRUD-UPD-001',
  batch_update: 'CRUD-UPD-018',
  delete: 'CRUD-DEL-001',
  next_key: 'CRUD-FIND-014',
  push: 'CRUD-UPD-019',
  pop: 'CRUD-UPD-019',
  peek: 'CRUD-UPD-019',
  update_with_handle: 'CRUD-UPD-019',
  associate: 'ASSOC-001',
  close: 'LIFE-001',
  hold: 'LIFE-007',
  find_element: 'HELP-012',
  map_context: 'CTX-002',
  info: 'CRE-018',
  register: 'REG-020',
  deregister: 'UNLOAD-004',
  await_deregistration: 'UNLOAD-004',
  drain: 'LIFE-010',
};

/** Everything that can be lost ends somewhere. */
const otherwise = 'LIFE-010';

export const runtimeHomeRules: HomeRules = (lost, trace) => {
  const operation = trace.operation(lost.op)?.operation;
  return [(operation && byOperation[operation.op]) ?? otherwise];
};
