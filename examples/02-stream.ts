// Both sides talk: each message is answered before the next one is sent. A reader that is slow makes the writer wait.
import { connect, implement } from '@busline/bus';
import { GreetService } from '@busline/schemas/greet/v1/greet';

await using bus = await connect();
const greeter = implement(GreetService, {
  async *chat(requests) {
    for await (const { name } of requests) yield { greeting: `Hello, ${name}!` };
  },
});
await bus.serve({ name: 'greeter', version: '1.0.0', services: [greeter] });

async function* names() {
  for (const name of ['Ada', 'Grace', 'Edsger']) yield { name };
}
for await (const { greeting } of bus.client(GreetService).chat(names())) console.log(greeting);

// Prints:
// Hello, Ada!
// Hello, Grace!
// Hello, Edsger!
