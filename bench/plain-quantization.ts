// Owns the settings that benchmarks of the quantizer compare with: min-max ranges and nearest codes, without any module.
import type { QuantizeSettings } from '../tools/quantize/settings';

export const plain: QuantizeSettings = {
  decide: false,
  equalize: false,
  logitRanges: false,
  refit: false,
  round: false,
  biasCorrection: false,
  calibration: { observer: 'min-max' },
};
