// Every call has a deadline, and the handler hears of its end. So does one whose caller goes away.
import { connect, implement } from '@busline/bus';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { Code, ConnectError } from '@connectrpc/connect';

await using bus = await connect();
const stopped = Promise.withResolvers<void>();
const greeter = implement(GreetService, {
  sayHello: (_, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        console.log('the handler stops');
        stopped.resolve();
        reject(signal.reason);
      });
    }),
});
await bus.serve({ name: 'greeter', version: '1.0.0', services: [greeter] });

const call = bus.client(GreetService).sayHello({ name: 'Ada' }, { timeoutMs: 100 });
const [outcome] = await Promise.allSettled([call, stopped.promise]);
if (outcome.status === 'rejected') console.log(Code[ConnectError.from(outcome.reason).code]);

// Prints:
// the handler stops
// DeadlineExceeded
