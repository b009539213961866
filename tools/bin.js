#!/usr/bin/env node
// Owns the command's name: it exists before the build does, so that installing a checkout links it.
import './dist/cli.js';
