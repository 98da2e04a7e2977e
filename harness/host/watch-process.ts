/** Watches one process until it has used its limit up. */
import { Patience, type Limit } from '../adapters/process-load.ts';

/** How often it is looked at. */
export const pollMs = 50;

/**
 * Calls `giveUp`, once, when the process has used the limit up from now on, or since what `mark`
 * reads was another one. Answers how to stop watching.
 */
export const watchProcess = (
  id: number,
  limit: Limit,
  giveUp: () => void,
  mark: () => string | null = () => null,
): (() => void) => {
  const patience = new Patience(id);
  let last = mark();
  const stop = (): void => clearInterval(timer);
  const timer = setInterval(() => {
    const now = mark();
    if (now !== last) patience.restart();
    last = now;
    patience.look(pollMs);
    if (!patience.isOver(limit)) return;
    stop();
    giveUp();
  }, pollMs);
  return stop;
};
