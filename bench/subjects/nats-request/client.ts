import { connect } from '@nats-io/transport-node';
import { type Addresses, CALL_TIMEOUT_MS, type ClientSide } from '../subject.ts';

export async function dial({ natsUrl, address }: Addresses): Promise<ClientSide> {
  const connection = await connect({ servers: natsUrl });
  return {
    async echo(payload) {
      const reply = await connection.request(address, payload, { timeout: CALL_TIMEOUT_MS });
      return reply.data;
    },
  };
}
