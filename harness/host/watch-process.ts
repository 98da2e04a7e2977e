/** Watches one process until it has used its limit up. */
import { Patience, type Limit } from '../adapters/process-load.ts';

/** How often it is looked at. */
export const pollMs = 50;

/**
 * Calls `giveUp`, once, when the process has used the limit up from now on. Answers how to stop
 * watching.
 */
export const watchProcess = (id: number, limit: Limit, giveUp: () => void): (() => void) => {
  const patience = new Patience(id);
  const stop = (): void => clearInterval(timer);
  const timer = setInterval(() => {
    patience.look(pollMs);
    if (!patience.isOver(limit)) return;
    stop();
    giveUp();
  }, pollMs);
  return stop;
};
