// Owns the outputs in workerd: of the core and the float binary as modules.
import { outputs } from './outputs.mjs';

export default {
  async fetch() {
    return Response.json(await outputs());
  },
};
