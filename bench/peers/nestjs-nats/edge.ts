// NestJS on PORT with its Fastify adapter, which its guide on performance recommends, sending to the worker by its NATS
// transport. No logger; no validation, which is not on by default. Decorators: see worker.ts.
import 'reflect-metadata';
import { Body, Controller, HttpCode, Inject, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type ClientProxy, ClientsModule, Transport } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

const NOTES = 'NOTES';

class NotesController {
  readonly #worker: ClientProxy;

  constructor(worker: ClientProxy) {
    this.#worker = worker;
  }

  echo(note: object) {
    return this.#worker.send('notes.echo', note);
  }
}
Controller('v1/notes')(NotesController);
Inject(NOTES)(NotesController, undefined, 0);
const { prototype } = NotesController;
const echo = Object(Object.getOwnPropertyDescriptor(prototype, 'echo'));
Post()(prototype, 'echo', echo);
HttpCode(200)(prototype, 'echo', echo);
Body()(prototype, 'echo', 0);

class EdgeModule {}
Module({
  imports: [
    ClientsModule.register([
      { name: NOTES, transport: Transport.NATS, options: { servers: [process.env.NATS_URL ?? ''] } },
    ]),
  ],
  controllers: [NotesController],
})(EdgeModule);

const app = await NestFactory.create<NestFastifyApplication>(EdgeModule, new FastifyAdapter(), {
  logger: false,
});
await app.listen(Number(process.env.PORT), '127.0.0.1');
