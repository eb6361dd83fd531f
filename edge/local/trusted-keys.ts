import { createPublicKey, type KeyObject } from 'node:crypto';
import { referred, type ShapeReader } from './shape.ts';
import type { ResolvedTemplate, Resource } from './template.ts';

/** The keys of all trusted key groups, by key pair id. */
export function readTrustedKeys(shape: ShapeReader, template: ResolvedTemplate, raw: unknown, path: string) {
  const keys = new Map<string, KeyObject>();
  for (const groupRef of shape.texts(raw, path)) {
    const group = referred(shape, template, 'AWS::CloudFront::KeyGroup', groupRef, path);
    if (!group) continue;
    const outer = shape.object(group.properties, 'KeyGroup', ['KeyGroupConfig']);
    const words = { Name: 'a name for people', Comment: 'words for people' };
    const config = shape.object(outer['KeyGroupConfig'], 'KeyGroup', ['Items'], words);
    for (const keyRef of shape.texts(config['Items'], 'KeyGroup.Items')) {
      const key = referred(shape, template, 'AWS::CloudFront::PublicKey', keyRef, 'KeyGroup.Items');
      if (key) keys.set(keyRef, createPublicKey(publicKeyConfig(shape, key).pem));
    }
  }
  return keys;
}

export function publicKeyConfig(shape: ShapeReader, key: Resource): { name: string; pem: string } {
  const outer = shape.object(key.properties, 'PublicKey', ['PublicKeyConfig']);
  const words = { CallerReference: 'it tells requests to create apart', Comment: 'words for people' };
  const config = shape.object(outer['PublicKeyConfig'], 'PublicKey', ['Name', 'EncodedKey'], words);
  return {
    name: shape.text(config['Name'], 'PublicKey.Name'),
    pem: shape.text(config['EncodedKey'], 'PublicKey.EncodedKey'),
  };
}
