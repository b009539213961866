// Serves classifications in Node: MODEL=mobilenet.tflite node server-node.mjs
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createHandler } from './handler.mjs';

const handler = await createHandler(await readFile(process.env.MODEL));
const server = createServer(async (request, response) => {
  const body = request.method === 'POST' ? request : undefined;
  const answer = await handler(new Request(new URL(request.url, 'http://localhost'), { method: request.method, body, duplex: 'half' }));
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
});
server.listen(Number(process.env.PORT ?? 8000), () => console.log(`listening on http://localhost:${server.address().port}`));
