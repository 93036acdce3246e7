/** The part of `/jsz` that tells what a consumer still has to do. */
interface JetStreamPage {
  readonly account_details?: readonly {
    readonly stream_detail?: readonly {
      readonly consumer_detail?: readonly {
        readonly name: string;
        readonly num_pending: number;
        readonly num_ack_pending: number;
      }[];
    }[];
  }[];
}

/**
 * Events that a consumer has not been given or not acknowledged, by the broker's monitoring page: as long as there are
 * any, an event can come again.
 */
export async function unsettled(monitorUrl: string, consumer: string): Promise<number> {
  const response = await fetch(`${monitorUrl}/jsz?consumers=true`);
  const page = (await response.json()) as JetStreamPage;
  const found = (page.account_details ?? [])
    .flatMap((account) => account.stream_detail ?? [])
    .flatMap((stream) => stream.consumer_detail ?? [])
    .filter(({ name }) => name === consumer);
  if (found.length === 0) throw new Error(`the broker knows no consumer ${consumer}`);
  return found.reduce((sum, { num_pending, num_ack_pending }) => sum + num_pending + num_ack_pending, 0);
}
