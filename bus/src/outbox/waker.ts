/** Lets one loop wait for a time that others can cut short. */
export interface Waker {
  /** Ends the wait there is, or the next one before it begins. */
  wake(): void;
  wait(ms: number): Promise<void>;
}

export function createWaker(): Waker {
  let woken = false;
  let end: (() => void) | undefined;
  return {
    wake() {
      woken = true;
      end?.();
    },
    wait(ms) {
      return new Promise((resolve) => {
        const finish = (): void => {
          clearTimeout(timer);
          woken = false;
          end = undefined;
          resolve();
        };
        const timer = setTimeout(finish, ms);
        end = finish;
        if (woken) finish();
      });
    },
  };
}
