// Tests that files of other formats are named by their first bytes, with the way out.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync, ModelError } from '../../src/index';
import { sharedPath, sharedTest } from '../support/shared';

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const bytes = (...values: number[]): Uint8Array => Uint8Array.from([...values, ...new Array(32).fill(7)]);

const files: [string, Uint8Array, RegExp][] = [
  [
    'a Git LFS pointer',
    text(`${['version https:', '', 'git-lfs.github.com', 'spec'].join('/')}/v1\noid sha256:0\nsize 1\n`),
    /Git LFS pointer.*git lfs pull/,
  ],
  ['a web page', text('<!DOCTYPE html><html>'), /web page/],
  ['a web page after empty lines', text('\r\n \n<html>'), /web page/],
  ['model.json', text('{"format": "graph-model"}'), /TensorFlow\.js/],
  ['gzip', gzipSync(text('x'.repeat(100))), /gzip/],
  ['a zip archive', bytes(0x50, 0x4b, 3, 4), /zip archive/],
  ['a SavedModel', bytes(8, 1, 0x12, 0xff), /SavedModel.*from_saved_model/],
  ['ONNX of PyTorch', bytes(8, 7, 0x12, 7, 0x70), /ONNX/],
  ['ONNX without a producer', bytes(8, 13, 0x3a, 99), /ONNX/],
  ['HDF5', bytes(0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10), /Keras/],
  ['a pickle', bytes(0x80, 2, 0x8a), /PyTorch/],
  ['ORT', bytes(1, 0, 0, 0, 0x4f, 0x52, 0x54, 0x4d), /ONNX Runtime/],
  ['something else', bytes(1, 2, 3, 4), /must have 'TFL3' at byte 4/],
];
for (const [title, file, message] of files) {
  test(`${title} is named`, () => {
    assert.throws(
      () => loadSync(file),
      (error: unknown) => error instanceof ModelError && error.code === 'not-tflite' && message.test(error.message),
    );
  });
}

sharedTest(test, 'the ONNX files beside the project are named', () => {
  for (const name of ['squeezenet1.1_float', 'mobilenet_v1_0.25_224_float', 'mobilenet_v1_0.25_224_keras_bn']) {
    assert.throws(() => loadSync(readFileSync(sharedPath('models', `${name}.onnx`))), /the file is ONNX/);
  }
});

test.run();
