// Owns files that Chromium takes as what a camera and a microphone give, and the switches that make it take them.

/** Switches of Chromium: devices are files, and every permission is given. */
export function fakeDevices({ video, audio }: { video?: string; audio?: string }): string[] {
  return [
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    ...(video ? [`--use-file-for-fake-video-capture=${video}`] : []),
    ...(audio ? [`--use-file-for-fake-audio-capture=${audio}`] : []),
  ];
}

/** A YUV4MPEG2 file of one grey frame, which is shown again and again: a square picture, stretched to 640 x 480. */
export function greyVideo(pixels: Uint8Array, side: number): Uint8Array {
  const [width, height] = [640, 480];
  const luma = Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    // ITU-R BT.601: black is 16, white 235.
    return 16 + (219 * pixels[Math.floor((y * side) / height) * side + Math.floor((x * side) / width)]) / 255;
  });
  const header = Buffer.from(`YUV4MPEG2 W${width} H${height} F30:1 Ip A1:1 C420jpeg\nFRAME\n`);
  return Buffer.concat([header, luma, new Uint8Array((width * height) / 2).fill(128)]);
}

/** A WAV file of 16 bits and one channel. */
export function wavFile(samples: Float32Array, sampleRate: number): Uint8Array {
  const data = Int16Array.from(samples, (x) => Math.round(32767 * x));
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + data.byteLength, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(2 * sampleRate, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(data.byteLength, 40);
  return Buffer.concat([header, new Uint8Array(data.buffer)]);
}
