import { implement } from '@busline/bus';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { expect, it, vi } from 'vitest';
import { openMemoryBus } from './open-memory-bus.ts';

it('writes what a handler threw, which no caller is told, to standard error', async () => {
  const written = vi.spyOn(console, 'error').mockImplementation(() => {});
  await using bus = await openMemoryBus();
  const thrown = new Error('the ink is dry');
  const greet = implement(GreetService, {
    sayHello: () => {
      throw thrown;
    },
  });
  await bus.serve({ name: 'greeter', version: '0.0.0', services: [greet] });

  await expect(bus.client(GreetService).sayHello({ name: 'Ada' })).rejects.toThrow('failed unexpectedly');
  expect(written).toHaveBeenCalledWith('a handler failed with an unexpected error', thrown);
});
