// The serving side of one measurement. Arguments: the subject and the broker's URL. Ends with its parent.
import { subjectNamed } from '../subjects/catalog.ts';
import type { Message } from './messages.ts';
import { ownCpuUs } from './own-cpu.ts';

const [, , name = '', natsUrl = ''] = process.argv;
const send = (message: Message): void => {
  process.send?.(message);
};

process.on('disconnect', () => process.exit(0));
process.on('message', () => send({ type: 'cpu', cpuUs: ownCpuUs() }));
const { serve } = await subjectNamed(name).loadServer();
const { address } = await serve(natsUrl);
send({ type: 'ready', address });
