// Owns the entry `zeropoint/audio`: sound to features of keyword networks.
export { frontendPresets, MicroFrontend, type MicroFrontendOptions } from './audio/micro-frontend';
