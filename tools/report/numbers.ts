// Owns the formats of numbers: grouped digits, bytes, milliseconds, significant digits.

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** 1234567 -> 1,234,567 */
export function formatCount(value: number): string {
  return grouped.format(value);
}

/** In units of 1024: 512 B, 12.3 KiB, 4.56 MiB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const [value, unit] = bytes < 1024 * 1024 ? [bytes / 1024, 'KiB'] : [bytes / 1024 / 1024, 'MiB'];
  return `${formatSignificant(value, 3)} ${unit}`;
}

/** Of files: 2,699 kB, 14.3 kB. */
export function formatKilobytes(bytes: number): string {
  return `${bytes < 100_000 ? (bytes / 1000).toFixed(1) : formatCount(bytes / 1000)} kB`;
}

/** At least `digits` significant digits: 0.00123, 12.3, 1230; with an exponent below 1e-4 and from 1e9 on. */
export function formatSignificant(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e9 || size < 1e-4) return value.toExponential(digits - 1);
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return value.toFixed(decimals);
}

/** Milliseconds with three significant digits: 0.0123 ms, 1.23 ms, 123 ms. */
export function formatMilliseconds(value: number): string {
  return `${formatSignificant(value, 3)} ms`;
}

/** Counts in millions, the unit of the MobileNet papers: 568.7 million, 0.47 million. */
export function formatMillions(value: number): string {
  const millions = value / 1e6;
  return `${millions.toFixed(millions >= 100 ? 1 : 2)} million`;
}
