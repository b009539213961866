// Owns the smoke in workerd: any request is answered with the hashes.
import { smoke } from './smoke.mjs';

export default {
  async fetch() {
    return Response.json(await smoke());
  },
};
