import { join } from 'node:path';

/** This clone. Everything the local world writes is below `.cache` of it. */
export const repositoryRoot = join(import.meta.dirname, '..', '..', '..');
export const cacheFolder = join(repositoryRoot, '.cache');
/** Made by `tools/ensure.mjs world`. */
export const kafkaLibs = join(cacheFolder, 'kafka-4.3.1', 'libs');
/** Made by `tools/ensure.mjs world`. */
export const emulatorPython = join(cacheFolder, 'ministack-venv', 'bin', 'python');
export const emulatorLauncher = join(repositoryRoot, 'tools', 'emulator', 'launch.py');
/** Holds nothing but the Node that Lambda uses. */
export const lambdaNodeFolder = join(repositoryRoot, 'node_modules', 'node', 'bin');
export const cdkCli = join(repositoryRoot, 'node_modules', 'aws-cdk', 'bin', 'cdk');
