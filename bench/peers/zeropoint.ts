// Owns zeropoint in the clothes of a peer, so that all engines are driven alike.
import about from '../../package.json' with { type: 'json' };
import { load } from '../../src/index';
import type { Peer, PeerData, PeerModel } from './peer';

export function createZeropoint(): Peer {
  return {
    name: `zeropoint ${about.version}`,
    async load(bytes: Uint8Array): Promise<PeerModel> {
      const model = await load(bytes);
      const view = ({ data }: { data: unknown }) => ({ data: () => data as PeerData });
      return { inputs: model.inputs.map(view), outputs: model.outputs.map(view), run: () => model.run() };
    },
  };
}
