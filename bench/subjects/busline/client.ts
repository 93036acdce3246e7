import { randomBytes } from 'node:crypto';
import { connect } from '@busline/bus';
import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { readByClient } from '../read-by-client.ts';
import { type Addresses, CALL_TIMEOUT_MS, type ClientSide } from '../subject.ts';

/** Every call carries a deadline and belongs to a trace, as it would in a system that is watched. */
export async function dial({ natsUrl }: Addresses): Promise<ClientSide> {
  const bus = await connect({ servers: natsUrl, name: 'bench-client', timeoutMs: CALL_TIMEOUT_MS });
  const client = bus.client(EchoService);
  const traceId = randomBytes(16).toString('hex');
  let spans = 0;
  return {
    async echo(payload) {
      spans += 1;
      const traceparent = `00-${traceId}-${spans.toString(16).padStart(16, '0')}-01`;
      return (await client.echo({ payload }, { headers: { traceparent } })).payload;
    },
    generate: readByClient(client),
  };
}
