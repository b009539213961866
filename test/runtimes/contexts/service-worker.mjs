// Owns the outputs in a service worker, which has no import().
import { outputs } from './outputs.mjs';

addEventListener('message', (event) => {
  const [port] = event.ports;
  event.waitUntil(
    outputs().then(
      (data) => port.postMessage(data),
      (error) => port.postMessage({ error: String(error.stack) }),
    ),
  );
});
