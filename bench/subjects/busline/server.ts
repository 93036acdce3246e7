import { connect, implement } from '@busline/bus';
import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { generateMessages } from '../generate-messages.ts';
import type { ServerSide } from '../subject.ts';

export async function serve(natsUrl: string): Promise<ServerSide> {
  const bus = await connect({ servers: natsUrl, name: 'bench-server' });
  await bus.serve({
    name: 'bench-echo',
    version: '1.0.0',
    services: [implement(EchoService, { echo: ({ payload }) => ({ payload }), generate: generateMessages })],
  });
  return { address: '' };
}
