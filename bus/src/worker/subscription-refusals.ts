import type { Connection } from '../connection/connection.ts';
import { fault } from '../errors/fault.ts';

/** Notices what the broker does not let a worker subscribe to. */
export interface SubscriptionRefusals {
  /**
   * To be called after a flush: by then the broker has told what it refuses.
   *
   * @throws ConnectError NOT_PERMITTED naming the subjects.
   */
  check(): void;
  stop(): void;
}

export function noteSubscriptionRefusals(connection: Connection, worker: string): SubscriptionRefusals {
  const refused: string[] = [];
  const stop = connection.onRefusal(({ operation, subject }) => {
    if (operation === 'subscription') refused.push(subject);
  });
  return {
    check() {
      if (refused.length === 0) return;
      throw fault('NOT_PERMITTED', {
        message: `the broker does not let worker ${worker} subscribe to ${refused.join(', ')}; grant its user these subjects`,
        fate: 'never-started',
      });
    },
    stop,
  };
}
