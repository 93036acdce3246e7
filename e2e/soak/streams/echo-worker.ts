import { implement, runWorker } from '@busline/bus';
import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { Code, ConnectError } from '@connectrpc/connect';
import { isNumbered, numbered } from './numbered-message.ts';
import { answerParent } from './peer-process.ts';

// The serving end of the proofs `streams` and `memory`, in a process of its own so that it can be measured and frozen.
answerParent({});
await runWorker({
  name: 'soak-worker',
  version: '1.0.0',
  services: () => [
    implement(
      EchoService,
      {
        echo: ({ payload }) => ({ payload }),
        async *generate({ count, payloadBytes }) {
          for (let n = 0; n < Number(count); n++) yield { payload: numbered(n, payloadBytes) };
        },
        async collect(requests) {
          let count = 0;
          let payloadBytes = 0;
          for await (const { payload } of requests) {
            if (!isNumbered(payload, count, payload.length))
              throw new ConnectError(`message ${count} is another`, Code.Unknown);
            count++;
            payloadBytes += payload.length;
          }
          return { count: BigInt(count), payloadBytes: BigInt(payloadBytes) };
        },
        async *echoStream(requests) {
          for await (const { payload } of requests) yield { payload };
        },
      },
      // A thousand streams at once are part of the proof.
      { maxConcurrency: 2_000 },
    ),
  ],
});
