import { NoteService } from '@busline/schemas/busline/bench/v1/note';
import type { ConnectRouter } from '@connectrpc/connect';

/** The handler that Connect-ES serves, over whatever HTTP. */
export function routes(router: ConnectRouter): void {
  router.service(NoteService, { echoNote: ({ id, text, priority }) => ({ id, text, priority }) });
}
