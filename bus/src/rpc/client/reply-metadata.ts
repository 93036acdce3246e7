import { readReplyMetadata } from '../../wire/reply.ts';

/** The metadata of a reply, parsed when somebody asks for them: most replies have none, and two `Headers` are not free. */
export class ReplyMetadata {
  readonly #head: Uint8Array | undefined;
  #metadata: { readonly header: Headers; readonly trailer: Headers } | undefined;

  constructor(head: Uint8Array | undefined) {
    this.#head = head;
  }

  get hasMetadata(): boolean {
    return this.#head !== undefined;
  }

  get header(): Headers {
    this.#metadata ??= readReplyMetadata(this.#head);
    return this.#metadata.header;
  }

  get trailer(): Headers {
    this.#metadata ??= readReplyMetadata(this.#head);
    return this.#metadata.trailer;
  }
}
