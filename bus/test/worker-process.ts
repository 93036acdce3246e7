import { setTimeout as delay } from 'node:timers/promises';
import { implement, runWorker } from '@busline/bus';
import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { OrderService } from '@busline/schemas/orders/v1/orders';

// A worker in a process of its own, for tests that kill or freeze one. `WORK_MS` is how long a call takes.
const workMs = Number(process.env.WORK_MS ?? '0');

/** Keeps the event loop from everything else, as a computation or a long garbage collection would. */
function block(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

await runWorker({
  name: 'test-worker',
  version: '1.0.0',
  services: (bus) => [
    implement(GreetService, {
      async sayHello({ name }) {
        if (name.startsWith('block ')) block(Number(name.slice(6)));
        else if (workMs > 0) await delay(workMs);
        return { greeting: `Hello, ${name}!`, instance: bus.instance };
      },
    }),
    implement(OrderService, {
      async placeOrder({ customerId }) {
        if (workMs > 0) await delay(workMs);
        return { orderId: 'made', customerId };
      },
    }),
    implement(EchoService, {
      echo: ({ payload }) => ({ payload }),
      async *generate({ count, payloadBytes }) {
        for (let n = 0; n < Number(count); n++) yield { payload: new Uint8Array(payloadBytes) };
      },
      async collect(requests) {
        let count = 0n;
        for await (const _ of requests) count++;
        return { count };
      },
      async *echoStream(requests) {
        for await (const { payload } of requests) yield { payload };
      },
    }),
  ],
});
