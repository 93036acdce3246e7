import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { readByClient } from '../read-by-client.ts';
import { type Addresses, CALL_TIMEOUT_MS, type ClientSide } from '../subject.ts';

export async function dial({ address }: Addresses): Promise<ClientSide> {
  const transport = createGrpcTransport({
    baseUrl: address,
    defaultTimeoutMs: CALL_TIMEOUT_MS,
    // The default would have the server compress replies of 1 KiB; no other subject compresses.
    acceptCompression: [],
  });
  const client = createClient(EchoService, transport);
  return {
    echo: async (payload) => (await client.echo({ payload })).payload,
    generate: readByClient(client),
  };
}
