import { expect, test } from '@jest/globals';
import { clusterIdFrom } from '../../support/world/kafka-cluster.ts';

test('a cluster id never begins with a dash, which the storage tool would take for an option', () => {
  expect(clusterIdFrom('f8000000-0000-4000-8000-000000000001')).toBe('AAAAAAAAQACAAAAAAAAAAQ');
});

test('any other cluster id is the uuid in base64url', () => {
  expect(clusterIdFrom('5ba7b810-9dad-41d1-80b4-00c04fd430c8')).toBe('W6e4EJ2tQdGAtADAT9QwyA');
});
