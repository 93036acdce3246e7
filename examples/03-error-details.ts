// An error has a code, words for people, and details for programs. What breaks a rule of the contract never reaches the handler.
import { connect, implement } from '@busline/bus';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { Code, ConnectError } from '@connectrpc/connect';

await using bus = await connect();
const greeter = implement(GreetService, {
  sayHello({ name }) {
    const info = { reason: 'STRANGER', domain: 'greeter', metadata: { name } };
    throw new ConnectError(`I do not know ${name}`, Code.NotFound, undefined, [
      { desc: ErrorInfoSchema, value: info },
    ]);
  },
});
await bus.serve({ name: 'greeter', version: '1.0.0', services: [greeter] });

for (const name of ['Ada', '']) {
  try {
    await bus.client(GreetService).sayHello({ name });
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    const [info] = error.findDetails(ErrorInfoSchema);
    console.log(Code[error.code], '|', error.rawMessage, '|', info?.reason);
  }
}

// Prints:
// NotFound | I do not know Ada | STRANGER
// InvalidArgument | name: must be at least 1 characters | INVALID_MESSAGE
