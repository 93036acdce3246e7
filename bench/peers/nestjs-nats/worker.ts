// The worker behind NestJS: its NATS microservice, in a queue group, with its defaults. Decorators are called as the
// functions they are, because Node does not run their syntax; that is what TypeScript compiles them to.
import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, type MicroserviceOptions, Transport } from '@nestjs/microservices';

interface Note {
  readonly id: string;
  readonly text: string;
  readonly priority: number;
}

class NotesController {
  echo({ id, text, priority }: Note): Note {
    return { id, text, priority };
  }
}
Controller()(NotesController);
const { prototype } = NotesController;
MessagePattern('notes.echo')(prototype, 'echo', Object(Object.getOwnPropertyDescriptor(prototype, 'echo')));

class WorkerModule {}
Module({ controllers: [NotesController] })(WorkerModule);

const worker = await NestFactory.createMicroservice<MicroserviceOptions>(WorkerModule, {
  logger: false,
  transport: Transport.NATS,
  options: { servers: [process.env.NATS_URL ?? ''], queue: 'notes' },
});
await worker.listen();
