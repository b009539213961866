// Owns zeropoint in the clothes of a peer, so that all engines are driven alike.
import about from '../../package.json' with { type: 'json' };
import { load as loadFloat } from '../../src/float';
import { load } from '../../src/index';
import type { Peer, PeerData, PeerModel } from './peer';

function peer(name: string, entry: typeof load): Peer {
  return {
    name: `${name} ${about.version}`,
    async load(bytes: Uint8Array): Promise<PeerModel> {
      const model = await entry(bytes);
      const view = ({ data }: { data: unknown }) => ({ data: () => data as PeerData });
      return { inputs: model.inputs.map(view), outputs: model.outputs.map(view), run: () => model.run() };
    },
  };
}

export function createZeropoint(): Peer {
  return peer('zeropoint', load);
}

/** The entry of networks that are float in part or as a whole. */
export function createZeropointFloat(): Peer {
  return peer('zeropoint/float', loadFloat);
}
