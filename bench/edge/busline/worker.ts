// The worker of our own side: an ordinary one.
import { implement, runWorker } from '@busline/bus';
import { NoteService } from '@busline/schemas/busline/bench/v1/note';

await runWorker({
  name: 'bench-notes',
  version: '1.0.0',
  services: () => [
    implement(NoteService, { echoNote: ({ id, text, priority }) => ({ id, text, priority }) }),
  ],
});
