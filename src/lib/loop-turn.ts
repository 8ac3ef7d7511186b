let taken = false;

/**
 * True for the first caller in a turn of the event loop. Cryptography alone in its turn is cheaper done at once;
 * once a second piece comes along, the thread pool keeps the main thread free (performance L-02, L-03).
 */
export function firstInTurn(): boolean {
  if (taken) return false;
  taken = true;
  setImmediate(() => {
    taken = false;
  });
  return true;
}
